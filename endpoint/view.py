"""GraphQL over HTTP: who asks, what they ask for, the engine that answers, and the answer."""

from contextlib import suppress
from typing import NamedTuple

from graphql import ExecutionResult, GraphQLError, InitialIncrementalExecutionResult, OperationType
from starlette.types import ASGIApp, Receive, Scope, Send

from auth import Principal, Tokens
from config import Settings
from db.scope import PLATFORM
from endpoint import pages
from endpoint.answers import Answer, answer, batch, refusal, revalidated, wrong
from endpoint.asking import is_asking
from endpoint.browsers import refuse_foreign
from endpoint.credentials import credential_in, principal_of
from endpoint.documents import Sources
from endpoint.incremental import payloads
from endpoint.limits import Admitted, Gate, Gone
from endpoint.live.http import form_of, response
from endpoint.live.query_tokens import token_in
from endpoint.live.reservations import Reservations, token_of
from endpoint.live.sse import EventStream
from endpoint.live.websocket import websocket
from endpoint.negotiation import EVENTS, JSON, Accepted, accepted
from endpoint.requests import Asked, Refused, asked
from endpoint.streams import streamed
from errors import CareError, Timeout, Unauthenticated
from executor import Document, Engine, Operation, Trace
from resolvers.context import Context


class Request(NamedTuple):
    """What the operations of one request have in common."""

    scope: Scope
    headers: dict[bytes, bytes]
    accepted: Accepted
    principal: Principal
    credential: str
    receive: Receive

    @property
    def media(self) -> bytes:
        return self.accepted.single or JSON

    @property
    def only_events(self) -> bool:
        """Whether all it takes are events, as an EventSource does, which cannot see a status either."""
        return self.accepted.single is None and self.accepted.stream == EVENTS


class Endpoint:
    """Operations by POST or, queries, by GET; several in a batch. A browser that opens the address gets GraphiQL."""

    def __init__(self, settings: Settings, engine: Engine, sources: Sources) -> None:
        self._settings, self._engine, self._sources = settings, engine, sources
        self._tokens = Tokens(settings)
        self._origins, self._shows_graphiql = settings.origins, settings.shows_graphiql

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        accepts = accepted(headers.get(b"accept", b""))
        # Before authentication: the page holds nothing secret, and a browser has no credential to send for it.
        if accepts.page and scope["method"] == "GET" and self._shows_graphiql:
            await pages.graphiql()(scope, receive, send)
            return
        try:
            refuse_foreign(headers, self._origins)
            if (stream := token_of(scope)) is not None:
                await scope["state"]["reservations"].serve(stream, scope, receive, send)
                return
            answered = await self._answer(scope, headers, accepts, receive)
        except (Refused, CareError) as why:
            answered = refusal(why, accepts.single or JSON)
        if isinstance(answered, Answer):
            await send({"type": "http.response.start", "status": answered.status, "headers": answered.headers})
            await send({"type": "http.response.body", "body": answered.body})
        else:
            await answered(scope, receive, send)

    async def _answer(
        self, scope: Scope, headers: dict[bytes, bytes], accepts: Accepted, receive: Receive
    ) -> Answer | ASGIApp:
        if accepts.single is None and accepts.stream is None:
            raise Refused(406, "Accept `application/graphql-response+json` or `application/json`.")
        credential = token_in(scope) or credential_in(headers.get(b"authorization", b"").decode("latin-1"))
        principal = await principal_of(scope["state"]["database"], self._tokens, credential)
        is_asking(principal)
        if scope["method"] == "PUT":
            reservations: Reservations = scope["state"]["reservations"]
            return reservations.reserve(principal, credential)
        given = await asked(scope, headers, receive, self._settings.body_limit, self._settings.batch_limit)
        request = Request(scope, headers, accepts, principal, credential, receive)
        if isinstance(given, list):
            return await self._batch(given, request)
        return await self._one(given, request)

    async def _batch(self, operations: list[Asked], request: Request) -> Answer:
        """One after the other, each with a connection only while it needs one. What is wrong with one is its answer alone."""
        if request.accepted.single is None:
            raise Refused(406, "A batch is answered with JSON.")
        request = request._replace(accepted=request.accepted._replace(stream=None))
        answers = []
        for each in operations:
            try:
                answered = await self._one(each, request)
            except (Refused, CareError) as why:
                if isinstance(why, Unauthenticated):
                    raise
                answered = refusal(why, request.media)
            assert isinstance(answered, Answer), "nothing is streamed to who accepts no stream"
            answers.append(answered)
        return batch(answers, request.media)

    async def _one(self, given: Asked, request: Request) -> Answer | ASGIApp:
        state, principal, accepts = request.scope["state"], request.principal, request.accepted
        document = await self._sources.document(given, principal.tenant_id or PLATFORM, state["persisted"])
        if document.errors and not request.only_events:
            return wrong(document.errors, request.media)
        operation = None if document.errors else _operation(document, given, request)
        if operation is None or operation.is_subscription:
            return response(state["live"], form_of(accepts), given, principal, request.credential)
        later = operation.is_incremental(given.variables)
        if later and accepts.stream is None:
            message = "@defer and @stream need a stream: accept `multipart/mixed` or `text/event-stream` as well."
            raise Refused(406, message, well_formed=True)
        if request.only_events and not later:
            return response(state["live"], EventStream(), given, principal, request.credential)
        gate: Gate = state["gate"]
        admitted = await gate.admit(operation, given.variables, principal)
        context = Context(state["database"], self._settings, principal, state["cache"], state["warming"])
        if later or accepts.single is None:
            return await self._streamed(operation, given, context, request, admitted)
        async with admitted.running(request.receive):
            result, extensions = await self._executed(operation, given, context, admitted)
        answered = answer(result, extensions, request.media)
        answered.headers.extend(admitted.headers)
        if request.scope["method"] == "GET" and not result.errors and self._sources.trusted(given):
            return revalidated(answered, request.headers.get(b"if-none-match", b""))
        return answered

    async def _executed(
        self, operation: Operation, given: Asked, context: Context, admitted: Admitted
    ) -> tuple[ExecutionResult, dict[str, object]]:
        """The result, and what was asked for beside it: {"extensions": {"plan": true, "cache": true, "cost": true}}."""
        try:
            trace = None
            if given.extensions.get("plan") is True and self._settings.environment == "development":
                trace, context.statements = Trace(), []
            result = await self._engine.run(operation, given.variables, context, trace=trace)
            _refuse_strangers(result)
            extensions: dict[str, object] = {}
            if given.extensions.get("cache") is True:
                extensions["cache"] = context.cache_verdicts()
            if given.extensions.get("cost") is True:
                extensions["cost"] = admitted.told()
            if trace is not None:
                extensions["plan"] = {"columns": trace.columns, "statements": context.statements}
            return result, extensions
        finally:
            await context.close()

    async def _streamed(
        self, operation: Operation, given: Asked, context: Context, request: Request, admitted: Admitted
    ) -> Answer | ASGIApp:
        """Begun before the first byte is sent: whom the tenant does not know is still refused with a status."""
        accepts = request.accepted
        try:
            async with admitted.running(request.receive):
                begun = await self._engine.run_incrementally(operation, given.variables, context)
            initial = begun if isinstance(begun, ExecutionResult) else begun.initial_result
            _refuse_strangers(initial)
        except BaseException:
            await context.close()
            raise
        if isinstance(begun, ExecutionResult) and accepts.single is not None:
            await context.close()
            return answer(begun, None, accepts.single)

        async def respond(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                parts = streamed(payloads(begun, accepts.specification), accepts)
                parts.raw_headers.extend(admitted.headers)
                # By then a status is on its way: whose time is up is told by the end of the connection. Not `parts(...)`, which
                # would look for the client as well, and cancel what is under way again and again, so that nothing is tidied up.
                with suppress(Gone, Timeout):
                    async with admitted.running(receive):
                        await parts.stream_response(send)
            finally:
                if not isinstance(begun, ExecutionResult):
                    # What was still waited for is given up, the client being gone.
                    await begun.subsequent_results.aclose()
                await context.close()

        return respond


class At:
    """Gives the requests of one path to an endpoint, and all others to the application."""

    def __init__(self, app: ASGIApp, path: str, endpoint: ASGIApp) -> None:
        self.app, self.path, self.endpoint = app, path, endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope["path"] != self.path:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await websocket(scope, receive, send)
        else:
            await self.endpoint(scope, receive, send)


def _operation(document: Document, given: Asked, request: Request) -> Operation:
    """Raises Refused."""
    try:
        operation = document.operation(given.operation_name)
    except GraphQLError as error:
        raise Refused(400, error.message, well_formed=True) from None
    if operation.kind is OperationType.MUTATION and request.scope["method"] == "GET":
        raise Refused(405, "GET is for queries; send what changes something by POST.", allow="POST")
    return operation


def _refuse_strangers(result: ExecutionResult | InitialIncrementalExecutionResult) -> None:
    """That the tenant of a token does not exist shows when its scope begins, and refuses the whole request."""
    for error in result.errors or ():
        if isinstance(error.original_error, Unauthenticated):
            raise error.original_error
