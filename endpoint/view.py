"""GraphQL over HTTP: who asks, what they ask for, the engine that answers, and the answer's bytes."""

from typing import TypeAlias

import orjson
from graphql import ExecutionResult, GraphQLError, OperationType
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.contextvars import bind_contextvars

from auth import ApiKey, Principal, Tokens
from config import Settings
from db import api_keys
from db.cache import Cache
from db.scope import Database
from endpoint import pages
from endpoint.errors import present, present_care_error, refusal
from endpoint.limits import Admitted, Gate
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
        self._tokens, self._gate = Tokens(settings), Gate(settings, engine)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Before authentication: the page holds nothing secret, and a browser has no credential to send for it.
        if scope["method"] == "GET" and "text/html" in header(scope, b"accept"):
            await pages.graphiql()(scope, receive, send)
            return
        try:
            body, more = await self._answer(scope, receive)
        except Refused as refused:
            error: dict[str, object] = {"message": refused.message, "extensions": {"code": "BAD_USER_INPUT"}}
            answer = refusal(refused.status, error)
            if refused.status == 405:
                answer.headers["Allow"] = "GET, POST"
            await answer(scope, receive, send)
        except CareError as error_:
            response = refusal(error_.status, present_care_error(error_))
            if isinstance(error_, Unauthenticated):
                response.headers["WWW-Authenticate"] = "Bearer"
            if isinstance(error_, RateLimited):
                response.raw_headers.extend(error_.headers)
            await response(scope, receive, send)
        else:
            headers = [(b"content-type", JSON), (b"content-length", b"%d" % len(body)), *more]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[bytes, Headers]:
        """The body, and headers besides those of every answer."""
        database: Database = scope["state"]["database"]
        cache: Cache = scope["state"]["cache"]
        warming: Warming = scope["state"]["warming"]
        principal = await self._authenticate(database, header(scope, b"authorization"))
        bind_contextvars(tenant=str(principal.tenant_id), role=principal.role.value)
        request = await asked(scope, receive, self._settings.body_limit)
        document = self._engine.documents.get(request.query)
        if document.errors:
            return _bytes(ExecutionResult(None, document.errors)), []
        try:
            operation = document.operation(request.operation_name)
        except GraphQLError as error:
            raise Refused(400, error.message) from None
        if scope["method"] == "GET" and operation.kind is not OperationType.QUERY:
            raise Refused(400, "GET is for queries; send what changes something by POST.")
        admitted = await self._gate.admit(operation, request.variables, principal, scope["state"]["budgets"])
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

    async def _authenticate(self, database: Database, authorization: str) -> Principal:
        scheme, _, credential = authorization.partition(" ")
        credential = credential.strip()
        if scheme.lower() != "bearer" or not credential:
            raise Unauthenticated("Send a credential: `Authorization: Bearer <token or API key>`.")
        if credential.startswith(ApiKey.PREFIX):
            return await api_keys.authenticate(database, ApiKey.parse(credential))
        return await self._tokens.verify(credential)


class At:
    """Gives the requests of one path to an endpoint, and all others to the application."""

    def __init__(self, app: ASGIApp, path: str, endpoint: ASGIApp) -> None:
        self.app, self.path, self.endpoint = app, path, endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        here = scope["type"] == "http" and scope["path"] == self.path
        await (self.endpoint if here else self.app)(scope, receive, send)


def _bytes(result: ExecutionResult, extensions: dict[str, object] | None = None) -> bytes:
    answer: dict[str, object] = {"data": result.data}
    if result.errors:
        answer["errors"] = present(result.errors)
    if extensions:
        answer["extensions"] = extensions
    return orjson.dumps(answer)
