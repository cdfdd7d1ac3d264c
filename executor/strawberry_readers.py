"""How the fields of a Strawberry schema are read."""

from collections.abc import Awaitable, Sequence
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

import strawberry
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from executor.batching import Batched
from executor.guards import Guard
from executor.places import Place
from executor.readers import Reader, aligned, failed
from executor.strawberry_arguments import Conversion
from executor.values import Column, Later, any_awaitable, is_awaitable
from executor.waiting import awaited

if TYPE_CHECKING:
    from executor.fields import Field
    from executor.run import Run


class _Answered:
    """A field that a resolver answers."""

    def __init__(self, field: StrawberryField, converter: GraphQLCoreConverter) -> None:
        assert field.base_resolver is not None
        self._field, self._info_class = field, converter.config.info_class
        self.resolver: object = field.base_resolver.wrapped_func
        """The function itself, for whoever knows what it stands for."""
        self._conversion = Conversion(field, converter)

    def arguments(self, field: "Field", run: "Run") -> dict[str, Any]:
        """What the resolver is called with, but for parents and `info`. Raises what it fails with."""
        return self._conversion.values(field.arguments.values(run))

    def _info(self, run: "Run", field: "Field", place: Place, index: int) -> strawberry.Info[Any, Any]:
        return self._info_class(_raw_info=run.info(field, place, index), _field=self._field)

    def _info_of_all(self, run: "Run", field: "Field", place: Place) -> strawberry.Info[Any, Any]:
        """For what is asked once for all sources; its path is that of the first."""
        if place not in run.infos:
            run.infos[place] = self._info(run, field, place, 0)
        found: strawberry.Info[Any, Any] = run.infos[place]
        return found


class Resolved(_Answered):
    """A resolver, called for each source."""

    kind, pure = "called", False
    reads: frozenset[str] | None = None

    def read(self, sources: Column, field: "Field", place: Place, run: "Run") -> Column | Later:
        try:
            arguments = field.arguments.values(run)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is the field's error
            return failed(error, sources, field, place, run)
        resolver = self._field.base_resolver
        assert resolver is not None
        column: Column = []
        for index, source in enumerate(sources):
            try:
                args, kwargs = self._conversion.call(source, self._info(run, field, place, index), arguments)
                column.append(resolver(*args, **kwargs))
            except Exception as error:  # noqa: BLE001
                column.append(run.failures.fail(error, field.nodes, place, index))
        return awaited(column, field, place, run) if any_awaitable(column) else column


class Batch(_Answered):
    """A resolver that answers for all sources (`executor.batching`)."""

    kind = "batched"

    def __init__(self, batched: Batched, field: StrawberryField, converter: GraphQLCoreConverter) -> None:
        super().__init__(field, converter)
        self.batch, self.reads = batched
        self.pure = not iscoroutinefunction(self.batch)

    def read(self, sources: Column, field: "Field", place: Place, run: "Run") -> Column | Later:
        try:
            _, kwargs = self._conversion.call(
                sources, self._info_of_all(run, field, place), field.arguments.values(run)
            )
            values = self.batch(**kwargs)
            return _later(values, sources, field, place, run) if is_awaitable(values) else aligned(values, sources)
        except Exception as error:  # noqa: BLE001
            return failed(error, sources, field, place, run)


async def _later(values: Awaitable[Sequence[Any]], sources: Column, field: "Field", place: Place, run: "Run") -> Column:
    try:
        return aligned(await values, sources)
    except Exception as error:  # noqa: BLE001
        return failed(error, sources, field, place, run)


class Guarded:
    """A field that a guard stands before: it is asked once for all sources."""

    def __init__(self, reader: Reader, guards: Sequence[Guard]) -> None:
        self.reader, self._guards = reader, guards
        self.kind, self.pure, self.reads = f"guarded, {reader.kind}", reader.pure, reader.reads

    def read(self, sources: Column, field: "Field", place: Place, run: "Run") -> Column | Later:
        try:
            field.arguments.values(run)  # what cannot be coerced is said first
            self.check(run)
        except Exception as error:  # noqa: BLE001
            return failed(error, sources, field, place, run)
        return self.reader.read(sources, field, place, run)

    def check(self, run: "Run") -> None:
        """Raises what the field fails with."""
        for guard in self._guards:
            guard.check(run.context)
