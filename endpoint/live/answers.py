"""What every transport does with an operation: who asks is known, the answers are messages."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import UUID

from graphql import GraphQLError
from sqlalchemy import select

from auth import Principal, Tokens
from config import Settings
from db import streams
from db.cache import Cache
from db.cache.documents import PersistedDocuments
from db.scope import PLATFORM, Database
from db.tables import Tenant
from endpoint.credentials import principal_of
from endpoint.documents import Sources
from endpoint.errors import present, present_care_error
from endpoint.limits import Gate
from endpoint.live.ending import Ending, GoingAway
from endpoint.live.executing import Executing, payload
from endpoint.live.limits import Limits
from endpoint.live.ring import Message, Push
from endpoint.live.sharing import Sharing
from endpoint.live.standing import Standing
from endpoint.live.subscriptions import Subscription
from endpoint.requests import Asked, Refused
from errors import CareError, Suspended, Unauthenticated
from executor import Engine, NoSource, Operation
from live.stretches import Followed
from loaders.warming import Warming
from resolvers.context import Context


class Live:
    """One for each process."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        gate: Gate,
        database: Database,
        cache: Cache,
        warming: Warming,
        feed: Followed,
        sources: Sources,
        persisted: PersistedDocuments,
    ) -> None:
        self.settings, self._engine, self._gate = settings, engine, gate
        self._database, self._cache, self._warming = database, cache, warming
        self._sources, self._persisted = sources, persisted
        self._tokens = Tokens(settings)
        self._limits = Limits(settings)
        self._endings: set[Ending] = set()
        self._leaving = False
        self.standing = Standing(self.authenticate, self._admit, settings.credential_check_interval)
        self.sharing = Sharing(
            Executing(engine, self._context), feed, self._newest, shared=settings.shared_subscriptions
        )

    async def authenticate(self, credential: str) -> Principal:
        """Raises Unauthenticated."""
        return await principal_of(self._database, self._tokens, credential)

    async def _operation(self, asked: Asked, principal: Principal) -> Operation:
        """Raises Refused, and NoSource: it has the errors of parsing and validation."""
        document = await self._sources.document(asked, principal.tenant_id or PLATFORM, self._persisted)
        if document.errors:
            raise NoSource(document.errors)
        try:
            return document.operation(asked.operation_name)
        except GraphQLError as error:
            raise NoSource([error]) from None

    async def answers(
        self,
        asked: Asked,
        principal: Principal,
        connection: object,
        begin: int | None = None,
        push: Push | None = None,
    ) -> AsyncGenerator[Message, None]:
        """Of a subscription many, but for those that `push` takes; of others one. Raises what `errors_of` presents.

        `begin` is a position that the transport knows of; else the arguments say where a subscription begins.
        """
        operation, variables = await self._operation(asked, principal), asked.variables or {}
        with self._limits.one_more(connection, principal):
            admitted = await self._gate.admit(operation, variables, principal)
            if not operation.is_subscription:
                async with admitted.running():
                    answer = await self._one(operation, variables, principal)
                yield Message(None, answer)
                return
            async with aclosing(
                self.sharing.messages(Subscription(operation, variables, principal), begin, push)
            ) as messages:
                async for message in messages:
                    yield message

    async def _one(self, operation: Operation, variables: dict[str, object], principal: Principal) -> bytes:
        context = self._context(principal)
        try:
            return payload(await self._engine.run(operation, variables, context))
        finally:
            await context.close()

    def begin(self, ending: Ending) -> None:
        """A connection that is to be ended when the server stops."""
        self._endings.add(ending)
        if self._leaving:
            ending.end(GoingAway())

    def ended(self, ending: Ending) -> None:
        self._endings.discard(ending)

    def go_away(self) -> None:
        """Ends all connections, and those that still come."""
        self._leaving = True
        for ending in list(self._endings):
            ending.end(GoingAway())

    def _context(self, principal: Principal, feed: Followed | None = None) -> Context:
        return Context(self._database, self.settings, principal, self._cache, self._warming, feed)

    async def _admit(self, tenant_id: UUID) -> None:
        """Raises Unauthenticated or Suspended, as beginning a scope does."""
        scope = self._database.read(tenant_id)
        try:
            await scope.value(select(Tenant.id).where(Tenant.id == tenant_id))
        finally:
            await scope.close()

    async def _newest(self, tenant_id: UUID | None) -> int:
        if tenant_id is None:
            return 0
        scope = self._database.read(tenant_id)
        try:
            return await streams.newest(scope)
        finally:
            await scope.close()


def errors_of(error: Exception) -> list[dict[str, object]]:
    """What a client is told of what ended an operation."""
    if isinstance(error, NoSource):
        return present(error.errors)
    if isinstance(error, GraphQLError):
        return present([error])
    if isinstance(error, CareError):
        return [present_care_error(error)]
    if isinstance(error, Refused):
        return [{"message": error.message, "extensions": {"code": error.code}}]
    return present([GraphQLError("bug", original_error=error)])


def ends_connection(error: Exception) -> CareError | None:
    """The cause, where it is about who asks and not about what."""
    cause = error.original_error if isinstance(error, GraphQLError) else error
    return cause if isinstance(cause, Unauthenticated | Suspended) else None
