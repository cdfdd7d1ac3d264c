"""The words of reminders: checked when they are published, rendered for each patient. No SQL, and no clinical text."""
