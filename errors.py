"""What can go wrong that a client should know about: one class for each stable `extensions.code`.

Anything that is not a `CareError` is a bug and reaches the client as `INTERNAL`, with a correlation id and nothing else.
Messages are shown to clients and written to logs, so they never hold clinical text, names or other values of a patient.
"""

from collections.abc import Sequence
from typing import ClassVar


class Misconfigured(RuntimeError):
    """Something that the operator can mend, and no client can; the message says how."""


class CareError(Exception):
    """An error whose message is meant for the client. Keyword arguments become `extensions` beside the code."""

    code: ClassVar[str] = "INTERNAL"
    status: ClassVar[int] = 500

    def __init__(self, message: str, **extensions: object) -> None:
        super().__init__(message)
        self.message = message
        self.extensions = {"code": self.code, **extensions}


class Unauthenticated(CareError):
    """No credential, or one that cannot be accepted."""

    code = "UNAUTHENTICATED"
    status = 401


class Forbidden(CareError):
    """The credential is good, its role is not enough."""

    code = "FORBIDDEN"
    status = 403


class Suspended(Forbidden):
    """The credential is good, and its tenant is suspended."""


class NotFound(CareError):
    """Nothing of that id in this tenant. Somebody else's looks the same as nobody's."""

    code = "NOT_FOUND"
    status = 404

    def __init__(self, what: str, argument: Sequence[str | int]) -> None:
        super().__init__(f"There is no {what} with this id.", argument=list(argument))


class Invalid(CareError):
    """An argument that cannot be right; `argument` is its path, such as ("input", "text")."""

    code = "BAD_USER_INPUT"
    status = 400

    def __init__(self, message: str, argument: Sequence[str | int] = ()) -> None:
        super().__init__(message, **({"argument": list(argument)} if argument else {}))


class Conflict(CareError):
    """The request was fine and the state was not; `reason` is a stable word that says which conflict it is."""

    code = "CONFLICT"
    status = 409

    def __init__(self, message: str, reason: str, **extensions: object) -> None:
        super().__init__(message, reason=reason, **extensions)


class TooManySubscriptions(CareError):
    """As many as are allowed are open. One has to end before another begins."""

    code = "RATE_LIMITED"
    status = 429


class Timeout(CareError):
    """The database was told to give up."""

    code = "TIMEOUT"
    status = 504


class Unavailable(CareError):
    """A server that this one needs is away. Nothing was written unless the message says so; trying again later is right."""

    code = "UNAVAILABLE"
    status = 503


class TooComplex(CareError):
    """Asks for more at once than an operation may."""

    code = "QUERY_TOO_COMPLEX"
    status = 400


class RateLimited(CareError):
    """As much as is allowed is in use, or spent. `headers` are HTTP's, and say when there is more."""

    code = "RATE_LIMITED"
    status = 429

    def __init__(self, message: str, headers: Sequence[tuple[bytes, bytes]] = (), **extensions: object) -> None:
        super().__init__(message, **extensions)
        self.headers = headers


class EventsExpired(CareError):
    """The events after a cursor are not kept any more. Nothing was delivered since: what is there now can be read anew."""

    code = "EVENTS_EXPIRED"
    status = 410

    def __init__(self) -> None:
        super().__init__(
            "What happened after this cursor is not kept any more. Read what is there now, and subscribe without `after`."
        )
