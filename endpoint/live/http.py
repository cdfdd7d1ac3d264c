"""Which HTTP requests get a response that goes on, and in what form."""

from starlette.types import ASGIApp, Receive, Scope, Send

from auth import Principal
from endpoint.live.answers import Live
from endpoint.live.multipart import Multipart
from endpoint.live.sse import EventStream, last_position
from endpoint.live.streaming import Form, stream, written
from endpoint.negotiation import Accepted
from endpoint.requests import Asked, Refused

_WAYS = (
    "A subscription goes on: ask for it with `Accept: text/event-stream` (graphql-sse), with `Accept: multipart/mixed` "
    "(Apollo), or over a WebSocket (graphql-transport-ws), at this address."
)


def form_of(accepted: Accepted) -> Form:
    """The form for a subscription. Raises Refused where the client takes none, since it would wait for an end."""
    if accepted.stream is None:
        raise Refused(406, _WAYS)
    if accepted.events and not (accepted.specification or "").startswith("subscriptionSpec"):
        return EventStream()
    return Multipart()


def response(live: Live, form: Form, asked: Asked, principal: Principal, credential: str) -> ASGIApp:
    """What goes on answering the operation."""

    async def respond(scope: Scope, receive: Receive, send: Send) -> None:
        answers = live.answers(asked, principal, object(), begin=last_position(scope))
        await stream(live, form, credential, written(form, answers), receive, send)

    return respond
