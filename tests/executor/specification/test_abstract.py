"""Interfaces and unions. Follows graphql-core's test_abstract.py, test_abstract_async.py and test_union_interface.py in
tests/execution, and what test_executor.py has about `is_type_of`."""

from collections.abc import Callable
from typing import Any

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, GraphQLUnionType, build_schema

from tests.executor.specification.cases import Case, Expected, check, name

SDL = """
  type Query { pet: Pet, pets: [Pet], union: Either, unions: [Either], dog: Dog }
  interface Named { name: String }
  interface Pet implements Named { name: String }
  type Dog implements Pet & Named { name: String, woofs: Boolean, friends: [Pet] }
  type Cat implements Pet & Named { name: String, meows: Boolean }
  type Rock { weight: Int }
  union Either = Dog | Cat
"""


class Dog:
    __typename = "Dog"

    def __init__(self, name: str = "Odie") -> None:
        self.name, self.woofs, self.friends = name, True, (Cat(),)


class Cat:
    __typename = "Cat"
    name, meows = "Garfield", False


class Tabby(Cat):
    """Its type is known by inheritance."""


class Nameless:
    name = "?"


async def _later(value: Any) -> Any:
    return value


def _schema(
    told: Callable[..., Any] | None = None, tests: dict[str, Callable[..., Any]] | None = None
) -> GraphQLSchema:
    """With a type resolver for each abstract type, or tests for object types."""
    schema = build_schema(SDL)
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
            type_.resolve_type = told
        elif isinstance(type_, GraphQLObjectType):
            type_.is_type_of = (tests or {}).get(type_.name)
    return schema


def _raise(*_: Any) -> Any:
    raise RuntimeError("We are testing this error")


async def _raise_later(*_: Any) -> Any:
    _raise()


WAYS: dict[str, GraphQLSchema] = {
    "typename on the source object": _schema(),
    "resolve_type": _schema(lambda value, *_: "Dog" if isinstance(value, Dog) else "Cat"),
    "resolve_type, async": _schema(lambda value, *_: _later("Dog" if isinstance(value, Dog) else "Cat")),
    "is_type_of": _schema(
        tests={"Dog": lambda value, _: isinstance(value, Dog), "Cat": lambda value, _: isinstance(value, Cat)}
    ),
    "is_type_of, async": _schema(
        tests={
            "Dog": lambda value, _: _later(isinstance(value, Dog)),
            "Cat": lambda value, _: _later(isinstance(value, Cat)),
        }
    ),
    "is_type_of, async and not": _schema(
        tests={"Dog": lambda value, _: _later(isinstance(value, Dog)), "Cat": lambda value, _: isinstance(value, Cat)}
    ),
}


def pets() -> Any:
    return {
        "pets": [Dog(), Cat(), None, Tabby()],
        "unions": [Cat(), Dog("Rex")],
        "pet": Dog(),
        "union": Cat(),
        "dog": Dog(),
    }


CAT, DOG = {"name": "Garfield", "meows": False}, {"name": "Odie", "woofs": True}
RESOLVED = [
    Case(
        "resolves an interface",
        "{ pets { name ... on Dog { woofs } ... on Cat { meows } } }",
        {"pets": [DOG, CAT, None, CAT]},
    ),
    Case(
        "resolves a union",
        "{ unions { ... on Dog { name woofs } ...C } } fragment C on Cat { name meows }",
        {"unions": [CAT, {"name": "Rex", "woofs": True}]},
    ),
    Case(
        "executes union types with inline fragments on their interfaces",
        "{ union { __typename ... on Named { name } ... on Pet { again: name } } }",
        {"union": {"__typename": "Cat", "name": "Garfield", "again": "Garfield"}},
    ),
    Case(
        "allows fragment conditions to be abstract types",
        "{ pet { ...N ... on Either { ... on Dog { friends { __typename ...N } } } } } fragment N on Named { name }",
        {"pet": {"name": "Odie", "friends": [{"__typename": "Cat", "name": "Garfield"}]}},
    ),
    Case(
        "one field with another meaning on each type",
        "{ pets { ... on Dog { x: woofs } ... on Cat { x: meows } } }",
        {"pets": [{"x": True}, {"x": False}, None, {"x": False}]},
    ),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", [Case(**{**vars(case), "root": pets}) for case in RESOLVED], ids=name)
async def test_resolved(case: Case, way: str) -> None:
    await check(WAYS[way], case)


UNRESOLVED = (
    "Abstract type 'Pet' must resolve to an Object type at runtime for field 'Query.pets'. Either the 'Pet' type should"
    " provide a 'resolve_type' function or each possible type should provide an 'is_type_of' function."
)
REFUSED: dict[str, tuple[GraphQLSchema, str]] = {
    "resolve_type can throw": (_schema(_raise), "We are testing this error"),
    "resolve_type can throw, async": (_schema(_raise_later), "We are testing this error"),
    "is_type_of can throw": (_schema(tests={"Dog": _raise}), "We are testing this error"),
    "is_type_of can throw, async": (_schema(tests={"Dog": _raise_later}), "We are testing this error"),
    "no suitable type": (_schema(tests={"Dog": lambda *_: False}), UNRESOLVED),
    "no suitable type, async": (_schema(tests={"Dog": lambda *_: _later(False)}), UNRESOLVED),
    "no type at all": (_schema(), UNRESOLVED),
    "resolve_type gives none": (_schema(lambda *_: None), UNRESOLVED),
    "resolve_type gives a name that is none": (
        _schema(lambda *_: "Human"),
        "Abstract type 'Pet' was resolved to a type 'Human' that does not exist inside the schema.",
    ),
    "resolve_type gives an interface": (
        _schema(lambda *_: "Named"),
        "Abstract type 'Pet' was resolved to a non-object type 'Named'.",
    ),
    "resolve_type gives a type that is not possible": (
        _schema(lambda *_: "Rock"),
        "Runtime Object type 'Rock' is not a possible type for 'Pet'.",
    ),
    "resolve_type gives what is no name": (
        _schema(lambda *_: []),
        "Abstract type 'Pet' must resolve to an Object type at runtime for field 'Query.pets' with value"
        " <Nameless instance>, received '[]', which is not a valid Object type name.",
    ),
    "is_type_of then says no": (
        _schema(lambda *_: "Dog", {"Dog": lambda *_: False}),
        "Expected value of type 'Dog' but got: <Nameless instance>.",
    ),
}


@pytest.mark.parametrize("why", REFUSED)
async def test_refused(why: str) -> None:
    schema, message = REFUSED[why]
    errors: list[Expected] = [(message, ["pets", index], [(1, 3)]) for index in range(2)]
    case = Case(
        why, "{ pets { name } }", {"pets": [None, None]}, errors, root=lambda: {"pets": [Nameless(), Nameless()]}
    )
    await check(schema, case)


async def test_fails_when_is_type_of_check_is_not_met() -> None:
    schema = _schema(tests={"Dog": lambda value, _: value == "dog"})
    await check(
        schema,
        Case(
            "object type",
            "{ dog { __typename } pet { __typename } }",
            {"dog": None, "pet": {"__typename": "Dog"}},
            [("Expected value of type 'Dog' but got: 'cat'.", ["dog"], [(1, 3)])],
            root=lambda: {"dog": "cat", "pet": "dog"},
        ),
    )


async def test_gets_execution_info_in_resolver() -> None:
    seen: list[Any] = []

    def resolve_type(value: Any, info: Any, abstract: Any) -> str:
        seen.append((type(value).__name__, info.path.as_list(), info.field_name, str(abstract)))
        return "Cat"

    case = Case(
        "info", "{ a: pets { name } }", {"a": [{"name": "Garfield"}, None]}, root=lambda: {"pets": [Cat(), None]}
    )
    await check(_schema(resolve_type), case)
    assert seen == [("Cat", ["a"], "pets", "Pet")] * 2  # by graphql-core, then by the engine
