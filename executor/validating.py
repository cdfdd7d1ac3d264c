"""Validation by graphql-core's rules, at a fifth of the price where nothing is wrong.

Its visitor asks each of thirty rules for its methods at each kind of node, for each document anew, looks each time at what each
may have skipped, and could edit what it visits. Here the same rules see the same nodes on a plain walk, and rules about what a
document has none of (variables, fragments, directives) are left out. As soon as one of them objects, graphql-core's own
`validate` says what is wrong.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeAlias

from graphql import (
    DeferStreamDirectiveLabel,
    DeferStreamDirectiveOnRootField,
    DeferStreamDirectiveOnValidOperationsRule,
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    KnownDirectivesRule,
    KnownFragmentNamesRule,
    MaxIntrospectionDepthRule,
    Node,
    NoFragmentCyclesRule,
    NoUndefinedVariablesRule,
    NoUnusedFragmentsRule,
    NoUnusedVariablesRule,
    OperationDefinitionNode,
    OverlappingFieldsCanBeMergedRule,
    PossibleFragmentSpreadsRule,
    SelectionSetNode,
    StreamDirectiveOnListField,
    TypeInfo,
    UniqueDirectivesPerLocationRule,
    UniqueFragmentNamesRule,
    UniqueVariableNamesRule,
    VariablesAreInputTypesRule,
    VariablesInAllowedPositionRule,
    Visitor,
    validate,
)
from graphql.language.ast import QUERY_DOCUMENT_KEYS
from graphql.language.parser import MAX_NESTING_DEPTH
from graphql.validation import ASTValidationRule, ValidationContext
from graphql.validation.validation_context import NodeWithSelectionSet, VariableUsage, VariableUsageVisitor

from executor.overlapping import OverlappingFields
from executor.stream_rule import StreamOnListField

Rule: TypeAlias = type[ASTValidationRule]
Handler: TypeAlias = Callable[..., Any]
Handlers: TypeAlias = tuple[list[Handler], list[Handler], tuple[str, ...]]
"""Of a kind of node: what is called when one is entered, what when it is left, and the keys of its children."""

# What a rule is about, by what stands in a document for it.
_ABOUT: dict[str, tuple[Rule, ...]] = {
    "$": (
        NoUndefinedVariablesRule,
        NoUnusedVariablesRule,
        UniqueVariableNamesRule,
        VariablesAreInputTypesRule,
        VariablesInAllowedPositionRule,
    ),
    "fragment": (NoUnusedFragmentsRule, UniqueFragmentNamesRule),
    "...": (KnownFragmentNamesRule, NoFragmentCyclesRule, PossibleFragmentSpreadsRule),
    "@": (
        DeferStreamDirectiveLabel,
        DeferStreamDirectiveOnRootField,
        DeferStreamDirectiveOnValidOperationsRule,
        KnownDirectivesRule,
        StreamDirectiveOnListField,
        UniqueDirectivesPerLocationRule,
    ),
    "__": (MaxIntrospectionDepthRule,),
}

_MENDED: dict[Rule, Rule] = {
    OverlappingFieldsCanBeMergedRule: OverlappingFields,
    StreamDirectiveOnListField: StreamOnListField,
}

# No rule looks at names by themselves: half of all nodes.
_CHILDREN = {
    kind: tuple(key for key in keys if key not in ("name", "alias", "description"))
    for kind, keys in QUERY_DOCUMENT_KEYS.items()
}


class _Objection(Exception):
    """A rule has found something."""


def errors_of(
    schema: GraphQLSchema, document: DocumentNode, by: Sequence[Rule], suggesting: bool = True
) -> list[GraphQLError]:
    """What `validate` finds, in its order; without `suggesting`, no "Did you mean"."""
    by = [_MENDED.get(rule, rule) for rule in by]
    # Beyond it `validate` gives up. What the fragments of a document nest, all together, it has as many braces for.
    if _braces(document) <= MAX_NESTING_DEPTH:
        try:
            _check(schema, document, by)
        except (_Objection, GraphQLError, RecursionError):  # GraphQLError: the fragments are too much work
            pass
        else:
            return []
    return validate(schema, document, by, hide_suggestions=not suggesting)


def _check(schema: GraphQLSchema, document: DocumentNode, by: Sequence[Rule]) -> None:
    """Raises _Objection."""
    assert document.loc is not None
    source = document.loc.source.body
    absent = {rule for mark, about in _ABOUT.items() if mark not in source for rule in about}
    types = TypeInfo(schema)
    context = _Context(schema, document, types)
    _Walk(types, [rule(context) for rule in by if rule not in absent]).visit(document)


class _Walk:
    """Shows nodes to visitors, and to the TypeInfo that they look at.

    A visitor that wants to skip what is below a node sees it all the same: a rule may object to more then, and not to less.
    """

    def __init__(self, types: TypeInfo, visitors: Sequence[Visitor], but: str | None = None) -> None:
        """`but` is the key of children that are left out."""
        self._types, self._visitors, self._but = types, visitors, but
        self._kinds = tuple(map(type, visitors))
        self._known: dict[str, Handlers] = {}
        self._ancestors: list[Any] = []

    def visit(self, node: Node, parent: Any = None) -> None:
        ancestors = self._ancestors
        entering, leaving, keys = self._known.get(node.kind) or self._handlers(node.kind)
        for enter in entering:
            enter(node, None, parent, (), ancestors)
        if parent is not None:
            ancestors.append(parent)
        for key in keys:
            child = getattr(node, key, None)
            if isinstance(child, Node):
                self.visit(child, node)
            elif child:
                ancestors.append(node)
                for each in child:
                    self.visit(each, child)
                ancestors.pop()
        if parent is not None:
            ancestors.pop()
        for leave in leaving:
            leave(node, None, parent, (), ancestors)

    def _handlers(self, kind: str) -> Handlers:
        entering, leaving = _methods(self._kinds, kind)
        enter, leave = getattr(self._types, f"enter_{kind}", None), getattr(self._types, f"leave_{kind}", None)
        found = self._known[kind] = (
            [
                *([lambda node, *_: enter(node)] if enter else []),
                *(getattr(self._visitors[index], name) for index, name in entering),
            ],
            [
                *(getattr(self._visitors[index], name) for index, name in leaving),
                *([lambda *_: leave()] if leave else []),
            ],
            tuple(key for key in _CHILDREN.get(kind, ()) if key != self._but),
        )
        return found


class _Context(ValidationContext):
    """Remembers by identity what rules ask for: graphql-core's own compares whole trees each time."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, types: TypeInfo) -> None:
        super().__init__(schema, document, types, _object)
        self._types = types
        self._spreads: dict[int, list[FragmentSpreadNode]] = {}
        self._usages: dict[int, list[VariableUsage]] = {}
        self._usages_of_all: dict[int, list[VariableUsage]] = {}

    def get_fragment_spreads(self, node: SelectionSetNode) -> list[FragmentSpreadNode]:
        if (found := self._spreads.get(id(node))) is None:
            found = self._spreads[id(node)] = super().get_fragment_spreads(node)
        return found

    def get_variable_usages(self, node: NodeWithSelectionSet) -> list[VariableUsage]:
        if (found := self._usages.get(id(node))) is None:
            visitor = VariableUsageVisitor(self._types, node if isinstance(node, FragmentDefinitionNode) else None)
            _Walk(self._types, [visitor], but="variable_definitions").visit(node)
            found = self._usages[id(node)] = visitor.usages
        return found

    def get_recursive_variable_usages(self, operation: OperationDefinitionNode) -> list[VariableUsage]:
        if (found := self._usages_of_all.get(id(operation))) is None:
            found = self._usages_of_all[id(operation)] = super().get_recursive_variable_usages(operation)
        return found


def _object(error: GraphQLError) -> None:
    raise _Objection from error


@cache
def _methods(visitors: tuple[type[Visitor], ...], kind: str) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """Who sees nodes of this kind entered, and who left; and by which method."""
    found = [
        [(index, name) for index, visitor in enumerate(visitors) if (name := _method(visitor, way, kind))]
        for way in ("enter", "leave")
    ]
    return found[0], found[1]


def _method(visitor: type[Visitor], way: str, kind: str) -> str | None:
    return next((name for name in (f"{way}_{kind}", way) if hasattr(visitor, name)), None)


def _braces(document: DocumentNode) -> int:
    return MAX_NESTING_DEPTH + 1 if document.loc is None else document.loc.source.body.count("{")
