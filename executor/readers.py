"""How the values of a field are read from the objects above it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from inspect import iscoroutinefunction
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from graphql import GraphQLField, GraphQLObjectType
from graphql.execution import default_field_resolver

from executor.places import Place
from executor.values import Column, Later, any_awaitable, is_awaitable
from executor.waiting import awaited

if TYPE_CHECKING:
    from executor.fields import Field
    from executor.run import Run

Batch: TypeAlias = Callable[..., Sequence[Any] | Awaitable[Sequence[Any]]]
"""`batch(sources, info, **arguments)`: a value, or an exception, for each source.

One that is not async is taken for a pure function of its sources: it may be asked once for a source that is met twice.
"""


class Reader(Protocol):
    kind: str
    """For people: what is done."""

    pure: bool
    """Whether a source that is met twice may be read once."""

    reads: frozenset[str] | None
    """The attributes of its sources that it reads; None where that is not known."""

    def read(self, sources: Column, field: "Field", place: Place, run: "Run") -> Column | Later: ...


class Typename:
    kind, pure = "typename", True
    reads: frozenset[str] | None = frozenset()

    def read(self, sources: Column, field: "Field", place: Place, run: "Run") -> Column:
        return [field.parent.name] * len(sources)


class Attribute:
    """The attribute of that name; of records, the item."""

    kind, pure = "attribute", True

    def __init__(self, name: str) -> None:
        self.name = name
        self.reads: frozenset[str] | None = frozenset({name})
        self._item, self._attribute = itemgetter(name), attrgetter(name)

    def read(self, sources: Column, field: "Field", place: Place, run: "Run") -> Column:
        records = run.plan.dialect.records.issuperset(map(type, sources))
        try:
            return list(map(self._item if records else self._attribute, sources))
        except Exception:  # noqa: BLE001  # a property may raise anything: then for each source by itself
            return self._each(sources, field, place, run)

    def _each(self, sources: Column, field: "Field", place: Place, run: "Run") -> Column:
        column: Column = []
        for index, source in enumerate(sources):
            try:
                column.append(getattr(source, self.name))
            except Exception as error:  # noqa: BLE001
                column.append(run.failures.fail(error, field.nodes, place, index))
        return column


class Called:
    """graphql-core's contract: a resolver that is called for each source."""

    kind, pure = "called", False
    reads: frozenset[str] | None = None

    def __init__(self, resolve: Callable[..., Any]) -> None:
        self.resolve = resolve

    def read(self, sources: Column, field: "Field", place: Place, run: "Run") -> Column | Later:
        try:
            arguments = field.arguments.values(run)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is the field's error
            return failed(error, sources, field, place, run)
        column: Column = []
        for index, source in enumerate(sources):
            try:
                column.append(self.resolve(source, run.info(field, place, index), **arguments))
            except Exception as error:  # noqa: BLE001
                column.append(run.failures.fail(error, field.nodes, place, index))
        return awaited(column, field, place, run) if any_awaitable(column) else column


class Default(Called):
    """graphql-core's default: a key or an attribute of the field's own name, which may be a method."""

    kind = "default"

    def __init__(self, name: str) -> None:
        super().__init__(default_field_resolver)
        self._name = name

    def read(self, sources: Column, field: "Field", place: Place, run: "Run") -> Column | Later:
        if all(type(source) is dict for source in sources):
            column = [source.get(self._name) for source in sources]
            if not any(map(callable, column)):
                return awaited(column, field, place, run) if any_awaitable(column) else column
        return super().read(sources, field, place, run)


class Batched:
    """One call for all sources."""

    kind = "batched"

    def __init__(self, batch: Batch) -> None:
        self.batch, self.pure = batch, not iscoroutinefunction(batch)
        self.reads: frozenset[str] | None = None

    def read(self, sources: Column, field: "Field", place: Place, run: "Run") -> Column | Later:
        try:
            values = self.batch(sources, run.info(field, place, 0), **field.arguments.values(run))
            return self._later(values, sources, field, place, run) if is_awaitable(values) else aligned(values, sources)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is the error of each field
            return failed(error, sources, field, place, run)

    @staticmethod
    async def _later(
        values: Awaitable[Sequence[Any]], sources: Column, field: "Field", place: Place, run: "Run"
    ) -> Column:
        try:
            return aligned(await values, sources)
        except Exception as error:  # noqa: BLE001
            return failed(error, sources, field, place, run)


def failed(error: Exception, sources: Column, field: "Field", place: Place, run: "Run") -> Column:
    """The same failure for each source, at its own path."""
    return [run.failures.fail(error, field.nodes, place, index) for index in range(len(sources))]


def aligned(values: Any, sources: Column) -> Column:
    column = values if isinstance(values, list) else list(values)
    if len(column) != len(sources):
        raise RuntimeError(f"a batch of {len(sources)} was answered with {len(column)} values")
    return column


def reader_of(parent: GraphQLObjectType, name: str, definition: GraphQLField) -> Reader:
    """For a schema of graphql-core. A field may bring its batch as the extension `executor.batch`."""
    extensions: Mapping[str, Any] = definition.extensions or {}
    if (batch := extensions.get("executor.batch")) is not None:
        return Batched(batch)
    return Default(name) if definition.resolve is None else Called(definition.resolve)
