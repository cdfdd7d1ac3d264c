"""The words of reminders: checked once, at publishing; rendered for each patient."""
