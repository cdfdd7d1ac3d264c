"""An operation of a document: whether it can be planned, and its plans."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    Node,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
)
from graphql.execution import VariableValues
from graphql.execution.collect_fields import FragmentDetails

from executor.bindings import Bindings
from executor.cost import Formula, Weights
from executor.plans import Plan
from executor.variables import Variables

_KNOWN_DIRECTIVES = frozenset({"skip", "include"})
_INTROSPECTION = frozenset({"__schema", "__type"})
_INCREMENTAL = frozenset({"defer", "stream"})
VARIANTS = 16
"""Plans that are kept of one operation: one for each choice of its @skip and @include."""
DEEPEST = 50
"""Levels of a plan: each takes some frames of Python's stack. What is deeper is left to graphql-core."""


class Operation:
    def __init__(
        self,
        bindings: Bindings,
        node: OperationDefinitionNode,
        fragments: Sequence[FragmentDefinitionNode],
        grown: Callable[[int], None] = lambda _: None,
    ) -> None:
        """`grown` is told how many fields its plans have bound, or with those of a plan that was let go, less."""
        self.node = node
        self.document = DocumentNode(definitions=(node, *fragments))
        self.name = node.name.value if node.name else None
        self.kind = node.operation
        self.variables = Variables(bindings.schema, node.variable_definitions or ())
        self._bindings, self._grown = bindings, grown
        self._fragments = {each.name.value: FragmentDetails(each) for each in fragments}
        self._root = bindings.schema.get_root_type(node.operation)
        seen = _Seen()
        if _may_be_beyond(node):
            seen.look_at(node, *fragments)
        self._switches = sorted(seen.switches)
        self._increments = seen.increments
        shallow = _depth(node, {each.name.value: each for each in fragments}, {}) <= DEEPEST
        self._can_be_planned = self._root is not None and not seen.beyond and not node.directives and shallow
        self._plans: OrderedDict[tuple[Any, ...], Plan] = OrderedDict()
        self._formula: Formula | None = None

    def formula(self, weights: Weights) -> Formula:
        """What it costs. Made once: `weights` are those of the schema."""
        if self._formula is None:
            fragments = {name: each.definition for name, each in self._fragments.items()}
            self._formula = Formula(weights, self.node, fragments)
        return self._formula

    def plan(self, variables: VariableValues) -> Plan | None:
        """None where graphql-core must run it: introspection, incremental delivery, directives that no plan knows."""
        if not self._can_be_planned:
            return None
        key = tuple(variables.coerced.get(name) for name in self._switches)
        if (found := self._plans.get(key)) is not None:
            return found
        assert self._root is not None
        try:
            made = Plan(self._bindings, self.node, self._fragments, self._root, self._only(variables), self._grown)
        except GraphQLError:
            return None  # graphql-core says what is wrong, and where
        self._plans[key] = made
        if len(self._plans) > VARIANTS:
            _, old = self._plans.popitem(last=False)
            self._grown(-old.size)
        return made

    def is_incremental(self, variables: Mapping[str, Any] | None) -> bool:
        """Whether some of its answer may come later: it has a @defer or a @stream whose `if` is not false."""
        if not self._increments:
            return False
        given = variables or {}
        defaults = {each.variable.name.value: each.default_value for each in self.variables.definitions}
        return any(
            name is None or given.get(name, _default(defaults.get(name))) is not False for name in self._increments
        )

    def _only(self, variables: VariableValues) -> VariableValues:
        """What a plan may depend on. It is kept for other requests, so it must not hold what is in this one."""
        return VariableValues(
            {name: variables.sources[name] for name in self._switches if name in variables.sources},
            {name: variables.coerced[name] for name in self._switches if name in variables.coerced},
        )

    @property
    def is_subscription(self) -> bool:
        return self.kind is OperationType.SUBSCRIPTION


def _default(value: Node | None) -> bool:
    return value.value if isinstance(value, BooleanValueNode) else True


def _depth(node: Node, fragments: Mapping[str, FragmentDefinitionNode], known: dict[str, int]) -> int:
    """Levels of fields, those of fragments included. A validated document has no fragment inside itself."""
    selections = getattr(node, "selection_set", None)
    deepest = 0
    for each in selections.selections if selections else ():
        if isinstance(each, FragmentSpreadNode):
            name = each.name.value
            if name not in known:
                known[name] = _depth(fragments[name], fragments, known) if name in fragments else 0
            deepest = max(deepest, known[name])
        else:
            deepest = max(deepest, _depth(each, fragments, known) + isinstance(each, FieldNode))
    return deepest


def _may_be_beyond(node: OperationDefinitionNode) -> bool:
    """Whether its document has a directive, an introspection or a fragment's variables in it, as far as a look at it tells."""
    source = node.loc.source.body if node.loc else None
    return source is None or "@" in source or "__" in source or ("fragment" in source and "$" in source)


class _Seen:
    """The variables of @skip and @include, and whether there is anything that no plan covers."""

    def __init__(self) -> None:
        self.switches: set[str] = set()
        self.beyond = False
        self.increments: list[str | None] = []
        """For each @defer and @stream that is not off for good: the variable that turns it on, if one does."""

    def look_at(self, *definitions: OperationDefinitionNode | FragmentDefinitionNode) -> None:
        left: list[Any] = list(definitions)
        while left:
            node = left.pop()
            if isinstance(node, FieldNode):
                self.beyond |= node.name.value in _INTROSPECTION
            elif isinstance(node, FragmentDefinitionNode):
                self.beyond |= bool(node.variable_definitions)
            for directive in node.directives or ():
                self._directive(directive)
            left += getattr(node, "variable_definitions", None) or ()
            if (selections := getattr(node, "selection_set", None)) is not None:
                left += selections.selections

    def _directive(self, node: DirectiveNode) -> None:
        if node.name.value not in _KNOWN_DIRECTIVES:
            self.beyond = True
        if node.name.value in _INCREMENTAL:
            self._incremental(node)
        for argument in node.arguments or ():
            if isinstance(argument.value, VariableNode):
                self.switches.add(argument.value.name.value)

    def _incremental(self, node: DirectiveNode) -> None:
        value = next((each.value for each in node.arguments or () if each.name.value == "if"), None)
        if isinstance(value, VariableNode):
            self.increments.append(value.name.value)
        elif not (isinstance(value, BooleanValueNode) and value.value is False):
            self.increments.append(None)
