"""Answers of statistics, kept until a commit makes them old: in this process, and in Redis for all."""

from db.cache.entries import Entry
from db.cache.figures import VERSION, Cache, Cached, Verdict

__all__ = ["VERSION", "Cache", "Cached", "Entry", "Verdict"]
