"""Completes columns of objects: values become dicts, by the selection of their type."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from graphql import GraphQLError, GraphQLObjectType
from graphql.pyutils import inspect

from executor.completing import present
from executor.failures import Failed
from executor.places import Kept, Place
from executor.values import Column, Later, any_awaitable, then
from executor.waiting import awaited

if TYPE_CHECKING:
    from executor.fields import Field
    from executor.run import Run
    from executor.selections import Selection


class Object:
    """All values are of one type."""

    def __init__(self, type_: GraphQLObjectType) -> None:
        self.type = type_

    def complete(self, column: Column, field: "Field", place: Place, run: "Run") -> Column | Later:
        checked, owners = present(column, field, place, run)
        if owners is None:
            return self.of_type(checked, field, place, run)
        return some(checked, owners, place, lambda sources, under: self.of_type(sources, field, under, run))

    def of_type(self, sources: Column, field: "Field", place: Place, run: "Run") -> Column | Later:
        """The objects of sources that are there. What the type's own predicate refuses fails."""
        is_type_of = self.type.is_type_of
        if is_type_of is None:
            return self._objects(sources, field, place, run)
        verdicts = asked(is_type_of, sources, field, place, run)
        if any_awaitable(verdicts):
            return self._judged_later(verdicts, sources, field, place, run)
        return self._judged(verdicts, sources, field, place, run)

    async def _judged_later(
        self, verdicts: Column, sources: Column, field: "Field", place: Place, run: "Run"
    ) -> Column:
        done = self._judged(await awaited(verdicts, field, place, run), sources, field, place, run)
        return done if isinstance(done, list) else await done

    def _judged(self, verdicts: Column, sources: Column, field: "Field", place: Place, run: "Run") -> Column | Later:
        owners: list[int] = []
        checked = list(sources)
        for index, (verdict, source) in enumerate(zip(verdicts, sources, strict=True)):
            if type(verdict) is Failed:
                checked[index] = verdict
            elif verdict:
                owners.append(index)
            else:
                refused = GraphQLError(f"Expected value of type '{self.type}' but got: {inspect(source)}.", field.nodes)
                checked[index] = run.failures.fail(refused, field.nodes, place, index)
        return some(checked, owners, place, lambda kept, under: self._objects(kept, field, under, run))

    def _objects(self, sources: Column, field: "Field", place: Place, run: "Run") -> Column | Later:
        try:
            selection = field.selection(self.type, run)
        except GraphQLError as error:  # the argument of a directive is wrong
            return [run.failures.fail(error, field.nodes, place, index) for index in range(len(sources))]
        if len(sources) > 1 and selection.shareable:
            names = list(map(id, sources))
            distinct = dict(zip(names, sources, strict=True))
            if len(distinct) < len(sources):
                return self._shared(selection, distinct, names, sources, place, run)
        return selection.objects(sources, place, run)

    @staticmethod
    def _shared(
        selection: "Selection", distinct: dict[int, Any], names: list[int], sources: Column, place: Place, run: "Run"
    ) -> Column | Later:
        """One dict for one row, however often it is met; unless one fails, for failures have a path each."""
        failures, mark = run.failures, run.failures.mark()
        before, failures.any = failures.any, False
        done = cast(Column, selection.objects(list(distinct.values()), place, run))
        if failures.any:
            failures.rewind(mark)
            return selection.objects(sources, place, run)
        failures.any = before
        found = dict(zip(distinct, done, strict=True))
        return list(map(found.__getitem__, names))


def some(
    column: Column, owners: list[int], place: Place, complete: Callable[[Column, Place], Column | Later]
) -> Column | Later:
    """The column with what stands at the indices `owners` completed; the rest is as it was."""
    if not owners:
        return column
    if len(owners) == len(column):
        return complete(column, place)

    def put_back(done: Column) -> Column:
        for index, each in zip(owners, done, strict=True):
            column[index] = each
        return column

    return then(complete([column[index] for index in owners], Kept(place, owners)), put_back)


def asked(
    question: Callable[..., Any], sources: Column, field: "Field", place: Place, run: "Run", *more: object
) -> Column:
    """`question(source, info, *more)` of each source, or its failure. Answers may have to be awaited."""
    answers: Column = []
    for index, source in enumerate(sources):
        try:
            answers.append(question(source, run.info(field, place, index), *more))
        except Exception as error:  # noqa: BLE001  # whatever it is, it is the field's error
            answers.append(run.failures.fail(error, field.nodes, place, index))
    return answers
