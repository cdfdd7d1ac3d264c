"""Runs a subscription: events of a stretch become messages, what is there together in one read scope."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from functools import partial
from typing import Any, NamedTuple

from graphql import ExecutionResult

from auth import Principal
from endpoint.answers import encoded, shown
from endpoint.live.ahead import Ahead
from endpoint.live.ring import Message
from endpoint.live.subscriptions import Subscription
from errors import Suspended, Unauthenticated, Unavailable
from executor import Engine
from live.retrying import retried
from live.stretches import Followed, Stretch
from resolvers.context import Context

TOGETHER = 64
"""The most events that are answered in one scope, and the most that are read ahead."""
AT_ONCE = 4
"""Scopes that subscriptions of a process may have at once: the rest of its connections are for requests."""

Contexts = Callable[[Principal, Followed | None], Context]


class Answered(NamedTuple):
    messages: list[Message]
    position: int
    """All events up to here are answered."""


class Executing:
    def __init__(self, engine: Engine, contexts: Contexts) -> None:
        self._engine, self._contexts = engine, contexts
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def run(self, subscription: Subscription, stretch: Stretch) -> AsyncGenerator[Answered, None]:
        """Raises NoSource for what cannot be subscribed to, and what ends the subscription."""
        # The source reads in a context of its own: those of answers are closed after each.
        context = self._contexts(subscription.principal, stretch)
        try:
            source = await self._engine.source(subscription.operation, subscription.variables, context)
            async with Ahead(source, TOGETHER) as ahead:
                while events := await ahead.take():
                    position = stretch.position
                    messages = await retried(partial(self._answers, subscription, events))
                    yield Answered(messages, max(position, messages[-1].position or 0))
        finally:
            await context.close()

    async def _answers(self, subscription: Subscription, events: list[Any]) -> list[Message]:
        async with self._turns:
            context = self._contexts(subscription.principal, None)
            try:
                # Together: what their loaders ask for in one turn of the loop is one statement.
                results = await asyncio.gather(
                    *(
                        self._engine.run(subscription.operation, subscription.variables, context, root=event)
                        for event in events
                    )
                )
            finally:
                await context.close()
        for result in results:
            _refuse(result)
        return [
            Message(getattr(event, "position", None), payload(result))
            for event, result in zip(events, results, strict=True)
        ]


def payload(result: ExecutionResult) -> bytes:
    """The response of the specification, section 7.1, as JSON."""
    return encoded(shown(result))


def _refuse(result: ExecutionResult) -> None:
    """Raises what ends the subscription (its tenant is gone or suspended), or what is worth another try."""
    for error in result.errors or ():
        cause = error.original_error
        if isinstance(cause, Unauthenticated | Suspended | Unavailable):
            raise cause
