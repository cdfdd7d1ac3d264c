"""What limits cost those who keep within them, and what others notice of those who use them up."""
