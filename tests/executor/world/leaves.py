"""What resolvers return for leaves: values that a type serializes, and values that it refuses."""

import math
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, NamedTuple

from graphql import GraphQLEnumType, GraphQLScalarType


class LeafValues(NamedTuple):
    """Values by name of scalar."""

    right: Mapping[str, Sequence[Any]]
    wrong: Mapping[str, Sequence[Any]]

    def right_for(self, type_: GraphQLScalarType | GraphQLEnumType, dice: Random) -> Any:
        if isinstance(type_, GraphQLEnumType):
            return dice.choice([value.value for value in type_.values.values()])
        return dice.choice(self.right.get(type_.name) or BUILT_IN.right.get(type_.name, ("text",)))

    def wrong_for(self, type_: GraphQLScalarType | GraphQLEnumType, dice: Random) -> Any:
        if isinstance(type_, GraphQLEnumType):
            return dice.choice(("no such value", [], 99))
        return dice.choice(self.wrong.get(type_.name) or BUILT_IN.wrong.get(type_.name, ("text",)))


NOTHING = LeafValues({}, {})
BUILT_IN = LeafValues(
    right={
        "Int": (7, 0, -1, True, 3.0, "12"),
        "Float": (1.5, 2, "0.25", False),
        "String": ("text", "", "ü", 5, True, 1.5),
        "Boolean": (True, False, 1, 0.0),
        "ID": ("id", 4, ""),
    },
    wrong={
        "Int": (3.5, 2**31, "x", [], math.nan),
        "Float": ("x", math.nan, math.inf, {}),
        "String": ([], {}, b"bytes"),
        "Boolean": ("yes", math.nan, []),
        "ID": (1.5, [], False),
    },
)
