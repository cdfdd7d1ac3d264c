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
from executor import Guard, batched
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


def column(description: str, needs: Permission | None = None, name: str | None = None) -> Any:
    """A field that is read from the row as it is; clients see it by `name` where the row's own would be no word of theirs."""
    return strawberry.field(name=name, description=_documented(description, needs), extensions=_guard(needs))


def answered_by(resolver: Callable[..., Any], *needs: Permission) -> Any:
    """A field that a resolver answers; its docstring is the field's description."""
    return _resolved(strawberry.field, resolver, *needs)


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
