"""What would be on standard error."""

import logging
from typing import Any

from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict

from endpoint.logs import watchers


class Listener(logging.Handler):
    """Collects the lines of the root logger, as the application's own handler writes them, and our events as they are."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.events: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(("httpx", "httpcore")):  # the test's own client
            return
        formats = [h.formatter for h in logging.getLogger().handlers if isinstance(h.formatter, ProcessorFormatter)]
        self.lines += [each.format(record) for each in formats] or [logging.Formatter().format(record)]

    def hear(self, event: EventDict, line: str) -> None:
        self.events.append(dict(event))
        self.lines.append(line)

    def __enter__(self) -> "Listener":
        logging.getLogger().addHandler(self)
        watchers.append(self.hear)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self)
        watchers.remove(self.hear)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)
