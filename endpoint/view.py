"""GraphQL over HTTP: Strawberry's view, with our authentication, context and errors."""

from typing import Any

import orjson
from cross_web import AsyncHTTPRequestAdapter, HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.http.base import BaseRequestProtocol
from strawberry.types import ExecutionResult
from structlog.contextvars import bind_contextvars

from auth import ApiKey, Principal, Tokens
from config import Settings
from db import api_keys
from db.scope import Database
from endpoint import pages
from endpoint.errors import present, present_care_error, refusal
from errors import CareError, Unauthenticated
from resolvers.context import Context
from schema import schema


class Endpoint(GraphQL[Context, None]):
    """One operation per request, by POST or, for queries, by GET. A browser's GET gets GraphiQL."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(schema, subscription_protocols=())
        self._settings = settings
        self._tokens = Tokens(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        try:
            response = await self.run(Request(scope, _bounded(receive, self._settings.body_limit)))
        except HTTPException as error:
            response = refusal(error.status_code, {"message": error.reason, "extensions": {"code": "BAD_USER_INPUT"}})
        except CareError as error:
            response = refusal(error.status, present_care_error(error))
            if isinstance(error, Unauthenticated):
                response.headers["WWW-Authenticate"] = "Bearer"
        await response(scope, receive, send)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        database: Database = request.state.database
        principal = await self._authenticate(database, request.headers.get("authorization"))
        bind_contextvars(tenant=str(principal.tenant_id), role=principal.role.value)
        return Context(database, self._settings, principal)

    async def _authenticate(self, database: Database, header: str | None) -> Principal:
        scheme, _, credential = (header or "").partition(" ")
        credential = credential.strip()
        if scheme.lower() != "bearer" or not credential:
            raise Unauthenticated("Send a credential: `Authorization: Bearer <token or API key>`.")
        if credential.startswith(ApiKey.PREFIX):
            return await api_keys.authenticate(database, ApiKey.parse(credential))
        return await self._tokens.verify(credential)

    async def run(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        # Before authentication: the page holds nothing secret, and a browser has no credential to send for it.
        if self.should_render_graphql_ide(self.request_adapter_class(request)):
            return pages.graphiql()
        return await super().run(request, *args, **kwargs)

    def should_render_graphql_ide(self, request: BaseRequestProtocol) -> bool:
        return request.method == "GET" and "text/html" in request.headers.get("accept", "")

    async def execute_operation(
        self,
        request: Request,
        request_adapter: AsyncHTTPRequestAdapter,
        request_data: GraphQLRequestData | list[GraphQLRequestData],
        context: Context,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        try:
            return await super().execute_operation(request, request_adapter, request_data, context, *args, **kwargs)
        finally:
            await context.close()

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        answer: GraphQLHTTPResponse = {"data": result.data}
        for error in result.errors or ():
            # That the tenant of a token does not exist shows when its scope begins, and refuses the whole request.
            if isinstance(error.original_error, Unauthenticated):
                raise error.original_error
        if result.errors:
            answer["errors"] = [*present(result.errors)]
        return answer

    def parse_json(self, data: str | bytes) -> Any:
        parsed = super().parse_json(data)
        # Bytes are a body, and Strawberry takes it for an object without a look.
        if isinstance(data, bytes) and not isinstance(parsed, dict | list):
            raise HTTPException(400, "The body of a request is a JSON object.")
        return parsed

    def decode_json(self, data: str | bytes) -> object:
        return orjson.loads(data)

    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data)


def _bounded(receive: Receive, limit: int) -> Receive:
    """Refuses a body beyond the limit. What was announced does not count, what arrives does."""
    left = limit

    async def bounded() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413, f"The body of a request has up to {limit} bytes.")
        return message

    return bounded
