"""Resolvers that answer for all parents of a level in one call."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from inspect import iscoroutinefunction, signature
from typing import Any, NamedTuple, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


class Batched(NamedTuple):
    batch: Callable[..., Any]
    reads: frozenset[str] | None
    """The attributes of the parents that it reads; None where that is not known."""


def batched(*reads: str) -> Callable[[F], F]:
    """A Strawberry resolver whose first parameter is all parents, and which returns a value, or an exception, for each.

        @batched("author_id")
        async def author(notes: strawberry.Parent[Sequence[Note]], info: Info) -> list[Author]: ...

    `reads` are the attributes of the parents that it reads: of rows, no other column need be fetched for it.

    Plans call it once for a level. graphql-core calls it as an ordinary resolver; then the parents that it is asked for in one
    turn of the event loop are answered together. One that is not async is taken for a pure function of its parents.
    """
    return lambda batch: _resolver(batch, frozenset(reads))


def _resolver(batch: F, reads: frozenset[str]) -> F:
    parents = next(iter(signature(batch).parameters))
    waiting: dict[tuple[object, ...], _Together] = {}

    def one(*_: Any, **arguments: Any) -> Any:
        parent = arguments.pop(parents)
        return batch(**{parents: [parent]}, **arguments)[0]

    async def one_of_many(*_: Any, **arguments: Any) -> Any:
        parent, info = arguments.pop(parents), arguments.get("info")
        # One field of one request has the same arguments for all its parents.
        asked = (id(info.context), id(info._raw_info.field_nodes[0])) if info is not None else (id(parent),)
        if asked not in waiting:
            waiting[asked] = _Together(lambda found: batch(**{parents: found}, **arguments), lambda: waiting.pop(asked))
        return await waiting[asked].answer(parent)

    resolver = wraps(batch)(one_of_many if iscoroutinefunction(batch) else one)
    setattr(resolver, _MARK, Batched(batch, reads))
    return cast(F, resolver)


def batch_of(resolver: object) -> Batched | None:
    """What `batched` was given, if the resolver is its result."""
    return getattr(resolver, _MARK, None)


_MARK = "__batch__"


class _Together:
    """Parents that are asked for in one turn of the event loop."""

    def __init__(self, batch: Callable[[list[Any]], Awaitable[Sequence[Any]]], started: Callable[[], object]) -> None:
        self._batch, self._started = batch, started
        self._parents: list[Any] = []
        self._answers = asyncio.ensure_future(self._run())

    async def answer(self, parent: Any) -> Any:
        index = len(self._parents)
        self._parents.append(parent)
        answer = (await asyncio.shield(self._answers))[index]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def _run(self) -> Sequence[Any]:
        self._started()
        return await self._batch(self._parents)
