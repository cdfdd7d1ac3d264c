"""A subscription, and who may share its execution."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import orjson
from graphql import (
    FieldNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    visit,
)

from auth import Principal
from executor import Operation

AFTER = "after"
"""The argument of a subscription that says where it begins."""


@dataclass(frozen=True)
class Subscription:
    operation: Operation
    variables: dict[str, Any]
    principal: Principal

    @cached_property
    def from_now(self) -> "Subscription":
        """The same without where it begins, as far as that is a variable."""
        begins = begin_variable(self.operation.node)
        return replace(self, variables={name: value for name, value in self.variables.items() if name != begins})

    @cached_property
    def shared_by(self) -> object:
        """Equal for those who get the same messages once they have caught up.

        What a subscription answers depends on the role, not on who holds it: no field below one asks for the subject.
        """
        variables = orjson.dumps(self.from_now.variables, option=orjson.OPT_SORT_KEYS)
        return self.operation, variables, self.principal.tenant_id, self.principal.role


def begin_variable(operation: OperationDefinitionNode) -> str | None:
    """The variable that says where the subscription begins, if it can be left out and is of no other use."""
    fields = [each for each in operation.selection_set.selections if isinstance(each, FieldNode)]
    given = {argument.name.value: argument.value for field in fields for argument in field.arguments or ()}
    variable = given.get(AFTER)
    if not isinstance(variable, VariableNode):
        return None
    uses = _Uses(variable.name.value)
    visit(operation, uses)
    # Its definition, and this one. What fragments use it for is not looked at.
    return uses.name if uses.count == 2 and not uses.needed else None


class _Uses(Visitor):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.count, self.needed = name, 0, False

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        self.count += node.name.value == self.name

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: object) -> None:
        if node.variable.name.value == self.name and isinstance(node.type, NonNullTypeNode):
            self.needed = True

    def enter_fragment_spread(self, *_: object) -> None:
        self.needed = True
