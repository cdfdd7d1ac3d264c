"""What will be read of the objects that a resolver returns, so that it need not fetch more."""

from typing import TYPE_CHECKING, Any

from executor.objects import Object

if TYPE_CHECKING:
    from executor.fields import Field
    from executor.run import Run


def reads(info: Any, *below: str) -> frozenset[str] | None:
    """The attributes that are read of the objects below a field, by way of the fields `below`; None: perhaps all.

    `info` is Strawberry's. It is not known for interfaces and unions, for resolvers that did not say, and where no plan runs.
    """
    asked: tuple[Run, Field] | None = getattr(info._raw_info, "asked", None)
    if asked is None:
        return None
    run, field = asked
    if below not in field.reads_below:
        field.reads_below[below] = _reads(run, field, below)
    return field.reads_below[below]


def _reads(run: "Run", field: "Field", below: tuple[str, ...]) -> frozenset[str] | None:
    objects = field.objects
    if not isinstance(objects, Object):
        return None
    fields = field.selection(objects.type, run).fields
    if below:
        found = [_reads(run, each, below[1:]) for each in fields if each.field_name == below[0]]
    else:
        found = [each.reader.reads for each in fields]
    return None if None in found else frozenset[str]().union(*(each for each in found if each is not None))
