"""Answers of statistics, kept until a commit makes them old: in this process, and in Redis for all."""

from db.cache.figures import Cache, Cached, Verdict, version_of

__all__ = ["Cache", "Cached", "Verdict", "version_of"]
