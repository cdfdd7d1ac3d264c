"""Which argument an error of graphql-core is about: the specification's errors say where in the document, not which."""

import re
from collections.abc import Sequence
from typing import Any

from graphql import (
    ArgumentNode,
    GraphQLError,
    ListValueNode,
    Node,
    ObjectFieldNode,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    parse,
    visit,
)

Path = list[str | int]

# How graphql-core begins a message about a variable. What follows echoes the client's own value, so match the start only.
_VARIABLE = re.compile(r"Variable '\$(\w+)' has invalid value(?: at ((?:\.\w+|\[\d+\])+))?:")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")


class Arguments:
    """For the errors of one response. Reads their document once, however many there are."""

    def __init__(self) -> None:
        self._read: dict[str, _Places] = {}

    def path_of(self, error: GraphQLError) -> Path | None:
        """The path of the argument that a wrong value was given for, inline or by a variable; None for other errors."""
        node = error.nodes[0] if error.nodes else None
        if isinstance(node, VariableDefinitionNode):
            found = _VARIABLE.match(error.message)
            if not found:
                return None
            name, steps = found[1], _STEP.findall(found[2] or "")
            used = self._places(node).variables.get(name, [name])
            return [*used, *(word or int(index) for word, index in steps)]
        # graphql-core reports a copy of a list, which has no place in the document; what is in the list has.
        while isinstance(node, ListValueNode) and node.loc is None and node.values:
            node = node.values[0]
        if isinstance(node, ValueNode) and node.loc:
            return self._places(node).values.get(node.loc.start)
        return None

    def _places(self, node: Node) -> "_Places":
        assert node.loc is not None
        body = node.loc.source.body
        if body not in self._read:
            self._read[body] = _Places()
            visit(parse(body), self._read[body])
        return self._read[body]


class _Places(Visitor):
    """The names of the argument and of the object fields around each value, by where it begins, and around each variable."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[int, Path] = {}
        self.variables: dict[str, Path] = {}

    def enter(self, node: Node, _key: Any, parent: Any, _path: Any, ancestors: Sequence[Any]) -> None:
        if not isinstance(node, ValueNode) or node.loc is None:
            return
        around = [each for each in (*ancestors, parent) if isinstance(each, ArgumentNode | ObjectFieldNode)]
        if any(isinstance(each, ArgumentNode) for each in around):
            path: Path = [each.name.value for each in around]
            self.values.setdefault(node.loc.start, path)
            if isinstance(node, VariableNode):
                self.variables.setdefault(node.name.value, path)
