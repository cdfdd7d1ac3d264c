"""GraphQL over HTTP: who asks, what they ask for, the engine that answers, and the answer's bytes."""

from typing import TypeAlias

import orjson
from graphql import ExecutionResult, GraphQLError, OperationType
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.contextvars import bind_contextvars

from auth import Tokens
from config import Settings
from db.cache import Cache
from db.scope import Database
from endpoint import pages
from endpoint.credentials import credential_in, principal_of
from endpoint.errors import present, present_care_error, refusal
from endpoint.limits import Admitted, Gate
from endpoint.live.answers import Live
from endpoint.live.http import form_of, refuse_writing_by_get, response, wants_events
from endpoint.live.query_tokens import token_in
from endpoint.live.reservations import Reservations, token_of
from endpoint.live.sse import EventStream
from endpoint.live.websocket import websocket
from endpoint.requests import Asked, Refused, asked, header
from errors import CareError, RateLimited, Unauthenticated
from executor import Engine, Operation, Trace
from loaders.warming import Warming
from resolvers.context import Context

JSON = b"application/json"
Headers: TypeAlias = list[tuple[bytes, bytes]]


class Endpoint:
    """One operation per request, by POST or, for queries, by GET. A browser's GET gets GraphiQL."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self._settings, self._engine = settings, engine
        self._tokens = Tokens(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Before authentication: the page holds nothing secret, and a browser has no credential to send for it.
        if scope["method"] == "GET" and "text/html" in header(scope, b"accept"):
            await pages.graphiql()(scope, receive, send)
            return
        try:
            if (stream := token_of(scope)) is not None:
                reservations: Reservations = scope["state"]["reservations"]
                await reservations.serve(stream, scope, receive, send)
                return
            answer_ = await self._answer(scope, receive)
        except Refused as refused:
            error: dict[str, object] = {"message": refused.message, "extensions": {"code": "BAD_USER_INPUT"}}
            answer = refusal(refused.status, error)
            if refused.status == 405:
                answer.headers["Allow"] = "GET, POST, PUT, DELETE"
            await answer(scope, receive, send)
        except CareError as error_:
            refused_ = refusal(error_.status, present_care_error(error_))
            if isinstance(error_, Unauthenticated):
                refused_.headers["WWW-Authenticate"] = "Bearer"
            if isinstance(error_, RateLimited):
                refused_.raw_headers.extend(error_.headers)
            await refused_(scope, receive, send)
        else:
            if not isinstance(answer_, tuple):
                await answer_(scope, receive, send)
                return
            body, more = answer_
            headers = [(b"content-type", JSON), (b"content-length", b"%d" % len(body)), *more]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[bytes, Headers] | ASGIApp:
        """The answer's bytes, with headers besides those of every answer; or what goes on answering."""
        database: Database = scope["state"]["database"]
        cache: Cache = scope["state"]["cache"]
        warming: Warming = scope["state"]["warming"]
        live: Live = scope["state"]["live"]
        credential = token_in(scope) or credential_in(header(scope, b"authorization"))
        principal = await principal_of(database, self._tokens, credential)
        bind_contextvars(tenant=str(principal.tenant_id), role=principal.role.value)
        if scope["method"] == "PUT":
            reservations: Reservations = scope["state"]["reservations"]
            return reservations.reserve(principal, credential)
        request = await asked(scope, receive, self._settings.body_limit)
        if wants_events(scope):
            await refuse_writing_by_get(live, scope, request)
            return response(live, EventStream(), request, principal, credential)
        document = await self._engine.documents.fetch(request.query)
        if document.errors:
            return _bytes(ExecutionResult(None, document.errors)), []
        try:
            operation = document.operation(request.operation_name)
        except GraphQLError as error:
            raise Refused(400, error.message) from None
        if operation.is_subscription:
            return response(live, form_of(scope), request, principal, credential)
        if scope["method"] == "GET" and operation.kind is not OperationType.QUERY:
            raise Refused(400, "GET is for queries; send what changes something by POST.")
        gate: Gate = scope["state"]["gate"]
        admitted = await gate.admit(operation, request.variables, principal)
        context = Context(database, self._settings, principal, cache, warming)
        async with admitted.running(receive):
            return await self._executed(operation, request, context, admitted), admitted.headers

    async def _executed(self, operation: Operation, request: Asked, context: Context, admitted: Admitted) -> bytes:
        try:
            # On request, beside the query: {"extensions": {"plan": true, "cache": true, "cost": true}}.
            trace = None
            if request.extensions.get("plan") is True and self._settings.environment == "development":
                trace, context.statements = Trace(), []
            result = await self._engine.run(operation, request.variables, context, trace=trace)
            for error in result.errors or ():
                # That the tenant of a token does not exist shows when its scope begins, and refuses the whole request.
                if isinstance(error.original_error, Unauthenticated):
                    raise error.original_error
            extensions: dict[str, object] = {}
            if request.extensions.get("cache") is True:
                extensions["cache"] = context.cache_verdicts()
            if request.extensions.get("cost") is True:
                extensions["cost"] = admitted.told()
            if trace is not None:
                extensions["plan"] = {"columns": trace.columns, "statements": context.statements}
            return _bytes(result, extensions)
        finally:
            await context.close()


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


def _bytes(result: ExecutionResult, extensions: dict[str, object] | None = None) -> bytes:
    answer: dict[str, object] = {"data": result.data}
    if result.errors:
        answer["errors"] = present(result.errors)
    if extensions:
        answer["extensions"] = extensions
    return orjson.dumps(answer)
