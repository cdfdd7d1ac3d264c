"""What would be on standard error."""

import logging
from typing import Any

from structlog.stdlib import ProcessorFormatter


class Listener(logging.Handler):
    """Collects the lines of the root logger, as the application's own handler writes them, and our events as they are."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.events: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(("httpx", "httpcore")):  # the test's own client
            return
        if isinstance(record.msg, dict):
            self.events.append(dict(record.msg))
        formats = [h.formatter for h in logging.getLogger().handlers if isinstance(h.formatter, ProcessorFormatter)]
        self.lines += [each.format(record) for each in formats] or [logging.Formatter().format(record)]

    def __enter__(self) -> "Listener":
        logging.getLogger().addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)
