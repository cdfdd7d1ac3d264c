"""CareNotes' types, resolvers, loaders and database behind Strawberry as it comes: its schema, its ASGI view, its executor.

What CareNotes puts between is missing here: plans, caches of documents and of figures, limits on bodies, logs, correlation ids.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import strawberry
from cross_web import AsyncHTTPRequestAdapter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLRequestData
from strawberry.schema.config import StrawberryConfig

from auth import Tokens
from bench.peers.serving import serve
from config import Settings
from db.scope import Database
from resolvers.context import Context
from resolvers.scalars import SCALARS
from schema.mutation import Mutation
from schema.query import Query


class View(GraphQL[Context, None]):
    def __init__(self, settings: Settings) -> None:
        # Made anew of the same types: what CareNotes adds to its own schema is what this one is compared for.
        super().__init__(
            strawberry.Schema(query=Query, mutation=Mutation, config=StrawberryConfig(scalar_map=SCALARS)),
            subscription_protocols=(),
        )
        self._settings = settings
        self._tokens = Tokens(settings)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        principal = await self._tokens.verify(request.headers["authorization"].removeprefix("Bearer "))
        return Context(request.state.database, self._settings, principal)

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


def create_app(settings: Settings) -> Starlette:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, Database]]:
        database = Database(settings)
        yield {"database": database}
        await database.close()

    return Starlette(routes=[Route("/graphql", View(settings))], lifespan=lifespan)


if __name__ == "__main__":
    serve(create_app(Settings()))
