"""Mistakes of ours while sending: they cost the message at hand, and are reported."""

import traceback

import structlog

log = structlog.get_logger()


def log_bug(bug: Exception) -> None:
    """What and where, and not its message, which could quote a patient's data."""
    frames = traceback.extract_tb(bug.__traceback__)
    log.error(
        "bug", error=type(bug).__name__, trace=[f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    )
