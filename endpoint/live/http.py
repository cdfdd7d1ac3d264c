"""Which HTTP requests get a response that goes on, and in what form."""

from graphql import OperationType
from starlette.types import ASGIApp, Receive, Scope, Send

from auth import Principal
from endpoint.live.answers import Live
from endpoint.live.multipart import Multipart
from endpoint.live.sse import EventStream, last_position
from endpoint.live.streaming import Form, stream, written
from endpoint.requests import Asked, Refused, header
from executor import NoSource

_WAYS = (
    "A subscription goes on: ask for it with `Accept: text/event-stream` (graphql-sse), with `Accept: multipart/mixed` "
    "(Apollo), or over a WebSocket (graphql-transport-ws), at this address."
)


def wants_events(scope: Scope) -> bool:
    """Whether nothing else will do: then queries and mutations are answered as a stream, too (graphql-sse)."""
    return header(scope, b"accept").partition(";")[0].strip().lower() == "text/event-stream"


def form_of(scope: Scope) -> Form:
    """The form for a subscription. Raises Refused where the client takes none, since it would wait for an end."""
    accept = header(scope, b"accept").lower()
    if "subscriptionspec" in accept:
        return Multipart()
    if "text/event-stream" in accept:
        return EventStream()
    if "multipart/mixed" in accept:
        return Multipart()
    raise Refused(406, _WAYS)


def response(live: Live, form: Form, asked: Asked, principal: Principal, credential: str) -> ASGIApp:
    """What goes on answering the operation."""

    async def respond(scope: Scope, receive: Receive, send: Send) -> None:
        answers = live.answers(asked, principal, object(), begin=last_position(scope))
        await stream(live, form, credential, written(form, answers), receive, send)

    return respond


async def refuse_writing_by_get(live: Live, scope: Scope, asked: Asked) -> None:
    """Raises Refused: a link must not change anything."""
    try:
        kind = (await live.operation(asked)).kind
    except NoSource:
        return  # which the stream tells
    if scope["method"] == "GET" and kind is OperationType.MUTATION:
        raise Refused(400, "GET is for queries; send what changes something by POST.")
