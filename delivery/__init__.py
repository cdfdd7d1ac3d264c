"""Reminders on their way out: when, in which words, through which channel."""
