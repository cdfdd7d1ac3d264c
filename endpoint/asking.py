"""Who asks, for the lines of the log: of a request, or of a connection, and of all that it starts."""

from contextvars import ContextVar
from typing import Any

from structlog.typing import EventDict

from auth import Principal

_asking: ContextVar[EventDict | None] = ContextVar("asking", default=None)


def nobody_yet() -> None:
    """A request begins: what the one before it was bound to is not its own."""
    _asking.set(None)


def is_asking(principal: Principal) -> None:
    _asking.set({"tenant": str(principal.tenant_id), "role": principal.role.value})


def told(_: Any, __: str, event: EventDict) -> EventDict:
    """A processor of structlog, whose own context variables would be searched for with each line."""
    if (asking := _asking.get()) is not None:
        event.update(asking)
    return event
