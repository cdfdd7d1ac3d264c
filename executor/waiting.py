"""Awaits what resolvers returned, all at once."""

from asyncio import gather
from typing import TYPE_CHECKING, Any

from executor.places import Place
from executor.values import Column, Cut, is_awaitable

if TYPE_CHECKING:
    from executor.fields import Field
    from executor.run import Run


async def awaited(column: Column, field: "Field", place: Place, run: "Run") -> Column:
    """The column with each awaitable replaced by what it gave, or by its failure."""
    waiting = [index for index, value in enumerate(column) if is_awaitable(value)]
    column = list(column)
    if len(waiting) == 1:
        try:
            column[waiting[0]] = await column[waiting[0]]
        except Exception as error:  # noqa: BLE001  # whatever it is, it is the field's error
            column[waiting[0]] = run.failures.fail(error, field.nodes, place, waiting[0])
        return column
    results = await gather(*(column[index] for index in waiting), return_exceptions=True)
    for index, result in zip(waiting, results, strict=True):
        if isinstance(result, Exception):
            column[index] = run.failures.fail(result, field.nodes, place, index)
        elif isinstance(result, BaseException):
            raise result
        else:
            column[index] = result
    return column


def is_async_iterable(value: Any) -> bool:
    return hasattr(value, "__aiter__")


async def collected(column: Column) -> Column:
    """The column with each async iterable replaced by the list of its items, as far as it came."""
    return list(await gather(*map(_list, column)))


async def _list(value: Any) -> Any:
    if not is_async_iterable(value):
        return value
    items: list[Any] = []
    try:
        async for item in value:
            items.append(item)
    except Exception as error:  # noqa: BLE001
        return Cut(items, error)
    return items
