"""The data behind a schema: made up, and the same in each run, whoever asks and in whatever order."""

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import GraphQLAbstractType, GraphQLError, GraphQLObjectType, GraphQLSchema

from tests.executor.world.leaves import NOTHING, LeafValues
from tests.executor.world.profile import Profile
from tests.executor.world.sources import crc, identity, level, type_name
from tests.executor.world.values import Maker


class Failure(Exception):
    """What resolvers of this world raise."""


@dataclass
class World:
    """The context of one run. `effects` is what mutations did, in order; `coroutines` is everything to be awaited."""

    schema: GraphQLSchema
    profile: Profile
    leaves: LeafValues = NOTHING
    effects: list[str] = field(default_factory=list)
    coroutines: list[Coroutine[Any, Any, Any]] = field(default_factory=list)

    def answer(
        self, source: Any, parent: GraphQLObjectType, name: str, arguments: dict[str, Any], *, plain: bool = False
    ) -> Any:
        """What a resolver returns or raises. What is plain has nothing to be awaited within it."""
        dice = self.dice("when", identity(source), parent.name, name, arguments)
        return self.perhaps_later(dice, lambda: self.outcome(source, parent, name, arguments, plain=plain))

    def outcome(
        self, source: Any, parent: GraphQLObjectType, name: str, arguments: dict[str, Any], *, plain: bool = False
    ) -> Any:
        """The same, at once."""
        key = crc(identity(source), parent.name, name, arguments)
        dice = self.dice(key)
        if dice.randrange(1000) < self.profile.raised:
            raise _failure(dice, f"raised: {key}")
        return Maker(self, dice, level(source), plain).value(parent.fields[name].type, key)

    def batch_answer(self, sources: list[Any], parent: GraphQLObjectType, name: str, arguments: dict[str, Any]) -> Any:
        """The outcomes of all parents, with an exception for each that has none."""

        def outcomes() -> list[Any]:
            self.fail_as_batch(parent, name, arguments)
            return [self._caught(source, parent, name, arguments) for source in sources]

        return self.perhaps_later(self.dice("when", parent.name, name, arguments), outcomes)

    def _caught(self, source: Any, parent: GraphQLObjectType, name: str, arguments: dict[str, Any]) -> Any:
        try:
            return self.outcome(source, parent, name, arguments, plain=True)
        except Exception as error:  # noqa: BLE001  # an entry of the batch
            return error

    def fail_as_batch(self, parent: GraphQLObjectType, name: str, arguments: dict[str, Any]) -> None:
        """Raises, for all parents alike, where the batch fails as a whole."""
        dice = self.dice("batch", parent.name, name, arguments)
        if dice.randrange(1000) < self.profile.raised:
            raise _failure(dice, f"raised by the batch: {parent.name}.{name}")

    def perhaps_later(self, dice: Random, answer: Callable[[], Any]) -> Any:
        """The answer, or something to be awaited for it."""
        if self.profile.timing == "sync" or (self.profile.timing == "mixed" and dice.random() < 0.5):
            return answer()
        turns = dice.randrange(3)

        async def later() -> Any:
            for _ in range(turns):
                await asyncio.sleep(0)
            return answer()

        coroutine = later()
        self.coroutines.append(coroutine)
        return coroutine

    def forgotten(self) -> int:
        """How many coroutines nobody awaited. They are closed."""
        unstarted = [each for each in self.coroutines if inspect.getcoroutinestate(each) == inspect.CORO_CREATED]
        for coroutine in unstarted:
            coroutine.close()
        return len(unstarted)

    def runtime_type(self, source: Any, abstract: GraphQLAbstractType) -> Any:
        """What a type resolver returns or raises."""
        dice = self.dice("type", identity(source), abstract.name)

        def name() -> Any:
            if dice.randrange(1000) < self.profile.raised:
                raise Failure("the type could not be told")
            if dice.randrange(1000) < self.profile.wrong:
                return dice.choice((None, "Nothing", "String", abstract.name, self.schema.query_type, "Query", 5))
            return type_name(source)

        return self.perhaps_later(dice, name)

    def is_type_of(self, source: Any, type_: GraphQLObjectType) -> Any:
        """What a type's test returns or raises."""
        dice = self.dice("is", identity(source), type_.name)

        def answer() -> bool:
            if dice.randrange(1000) < self.profile.raised:
                raise Failure("the type could not be tested")  # alike for all types: which is tested first is open
            return bool(type_name(source) == type_.name) and dice.randrange(1000) >= self.profile.wrong

        return self.perhaps_later(dice, answer)

    def dice(self, *key: object) -> Random:
        return Random(crc(self.profile.seed, *key))


def _failure(dice: Random, message: str) -> Exception:
    if dice.random() < 0.3:
        return GraphQLError(message, extensions={"code": "FAILED"})
    return dice.choice((Failure, ValueError, KeyError))(message)
