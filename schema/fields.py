"""Ties a field to what answers it, to who may ask, and to its documentation."""

import inspect
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, TypeVar

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.types import get_object_definition

import ids
from auth import Permission, roles_with
from config import Settings
from executor import Guard, batched
from executor.cost import LENGTH, Cost, Length, ListSize
from resolvers.context import Context
from resolvers.relations import GlobalId, declared

T = TypeVar("T")


class Needs(Guard):
    """Refuses a field to roles that hold none of the permissions."""

    def __init__(self, *permissions: Permission) -> None:
        self.permissions = permissions

    def check(self, context: Context) -> None:
        context.principal.require(*self.permissions)


# Both helpers return Any: a field is declared with the type that clients see, and filled with one that mypy need not know.


def column(
    description: str, needs: Permission | None = None, name: str | None = None, weighs: float | None = None
) -> Any:
    """A field that is read from the row as it is; clients see it by `name` where the row's own would be no word of theirs.

    `weighs` is what it costs where that is not the usual (`executor.cost`).
    """
    return strawberry.field(
        name=name, description=_documented(description, needs), extensions=_guard(needs), directives=_weighing(weighs)
    )


def answered_by(
    resolver: Callable[..., Any],
    *needs: Permission,
    weighs: float | None = None,
    many: int | None = None,
    length: Length | None = None,
) -> Any:
    """A field that a resolver answers; its docstring is the field's description.

    `weighs` is what it costs where that is not the usual, `many` how long its list is taken to be, and `length` tells how long
    it is where its arguments say that (`executor.cost`).
    """
    field = _resolved(strawberry.field, resolver, *needs)
    if length is not None:
        field.metadata = {LENGTH: length}
    given = {argument.python_name for argument in field.arguments}
    field.directives = _weighing(_CHANGE if weighs is None and given == {"input"} else weighs)
    if many is not None:
        field.directives.append(ListSize(assumed_size=many, require_one_slicing_argument=False))
    if given >= {*_ENDS}:
        field.directives.append(_PAGED)
    return field


def told_by(resolver: Callable[..., Any], *needs: Permission) -> Any:
    """A field of subscriptions: the resolver makes their events."""
    return _resolved(strawberry.subscription, resolver, *needs)


def _resolved(kind: Callable[..., Any], resolver: Callable[..., Any], *needs: Permission) -> Any:
    description = inspect.getdoc(resolver)
    assert description, f"{resolver.__qualname__} needs a docstring: clients read it"
    field = kind(resolver=resolver, description=_documented(description, *needs), extensions=_guard(*needs))
    for argument in field.arguments:
        argument.description = argument.description or _description_of(argument.type)
    return field


FREE = Cost(weight="0")
"""Of a type whose objects are no rows: they cost what is in them."""
_CHANGE = 10
"""What a mutation costs: a transaction of some statements."""
_ENDS = ["first", "last"]
_PAGED = ListSize(
    assumed_size=Settings.model_fields["page_size"].default,
    slicing_arguments=_ENDS,
    sized_fields=["edges"],
    require_one_slicing_argument=False,
)
"""Of every connection. What a setting makes of the size of a page is known where costs are counted."""


def _weighing(weight: float | None) -> list[object]:
    return [] if weight is None else [Cost(weight=f"{weight:g}")]


def global_id(type_name: str) -> Any:
    """The field `id`: the row's, made global."""

    @declared(GlobalId(type_name))
    @batched("id")
    def global_ids_of(rows: strawberry.Parent[Sequence[Any]]) -> list[str]:
        return ids.encode_all(type_name, list(map(itemgetter("id"), rows)))

    return strawberry.field(resolver=global_ids_of, description="Names this object among all, for `node(id:)`. Opaque.")


def _description_of(type_: Any) -> str | None:
    """An input type says what it is; its argument need not say it again."""
    definition = get_object_definition(getattr(type_, "of_type", type_))
    return definition.description if definition else None


def _guard(*needs: Permission | None) -> list[FieldExtension]:
    permissions = [each for each in needs if each]
    return [Needs(*permissions)] if permissions else []


def _documented(description: str, *needs: Permission | None) -> str:
    permissions = [each for each in needs if each]
    if not permissions:
        return description
    return f"{description}\n\nFor {', '.join(roles_with(*permissions))}."
