"""Reminders: written and cancelled with their appointment, claimed by dispatchers, settled. All of it is SQL on a Scope."""

from db.reminders.booking import book, cancel, reschedule

__all__ = ["book", "cancel", "reschedule"]
