"""Validation by graphql-core's rules, at a fifth of the price where nothing is wrong.

Its visitor asks each of thirty rules for its methods at each kind of node, for each document anew, looks each time at what each
may have skipped, and could edit what it visits. Here the same rules see the same nodes on a plain walk, and rules about what a
document has none of (arguments, variables, fragments, directives) are left out. As soon as one of them objects, `validate` of
graphql-core itself says what is wrong.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from inspect import getattr_static
from typing import Any, TypeAlias, cast

from graphql import (
    DeferStreamDirectiveLabel,
    DeferStreamDirectiveOnRootField,
    DeferStreamDirectiveOnValidOperationsRule,
    DocumentNode,
    FragmentDefinitionNode,
    FragmentsOnCompositeTypesRule,
    GraphQLError,
    GraphQLSchema,
    KnownArgumentNamesRule,
    KnownDirectivesRule,
    KnownFragmentNamesRule,
    KnownTypeNamesRule,
    MaxIntrospectionDepthRule,
    Node,
    NoFragmentCyclesRule,
    NoUndefinedVariablesRule,
    NoUnusedFragmentsRule,
    NoUnusedVariablesRule,
    OverlappingFieldsCanBeMergedRule,
    PossibleFragmentSpreadsRule,
    ProvidedRequiredArgumentsRule,
    SingleFieldSubscriptionsRule,
    StreamDirectiveOnListField,
    TypeInfo,
    UniqueArgumentNamesRule,
    UniqueDirectivesPerLocationRule,
    UniqueFragmentNamesRule,
    UniqueInputFieldNamesRule,
    UniqueVariableNamesRule,
    ValuesOfCorrectTypeRule,
    VariablesAreInputTypesRule,
    VariablesInAllowedPositionRule,
    Visitor,
    validate,
)
from graphql.language.ast import QUERY_DOCUMENT_KEYS
from graphql.language.parser import MAX_NESTING_DEPTH
from graphql.pyutils import RefMap
from graphql.validation import ASTValidationRule, ValidationContext
from graphql.validation.validation_context import NodeWithSelectionSet, VariableUsage, VariableUsageVisitor

from executor.overlapping import OverlappingFields
from executor.stream_rule import StreamOnListField

Rule: TypeAlias = type[ASTValidationRule]
Handler: TypeAlias = tuple[int, Callable[..., Any]]
"""Which of the visitors is called, and by what function of its class."""
Handlers: TypeAlias = tuple[list[Handler], list[Handler], tuple[str, ...]]
"""Of a kind of node: what is called when one is entered, what when it is left, and the keys of its children."""

# What rules are about, by what stands in a document that has any of it.
_ABOUT: dict[tuple[str, ...], tuple[Rule, ...]] = {
    ("(",): (
        KnownArgumentNamesRule,
        UniqueArgumentNamesRule,
        UniqueInputFieldNamesRule,
        ValuesOfCorrectTypeRule,
    ),
    ("$",): (
        NoUndefinedVariablesRule,
        NoUnusedVariablesRule,
        UniqueVariableNamesRule,
        VariablesAreInputTypesRule,
        VariablesInAllowedPositionRule,
    ),
    ("$", "...", "fragment"): (KnownTypeNamesRule,),
    ("...", "fragment"): (FragmentsOnCompositeTypesRule,),
    ("fragment",): (NoUnusedFragmentsRule, UniqueFragmentNamesRule),
    ("...",): (KnownFragmentNamesRule, NoFragmentCyclesRule, PossibleFragmentSpreadsRule),
    ("@",): (
        DeferStreamDirectiveLabel,
        DeferStreamDirectiveOnRootField,
        DeferStreamDirectiveOnValidOperationsRule,
        KnownDirectivesRule,
        StreamDirectiveOnListField,
        UniqueDirectivesPerLocationRule,
    ),
    ("subscription",): (SingleFieldSubscriptionsRule,),
    ("__",): (MaxIntrospectionDepthRule,),
}

_MARKS = tuple(dict.fromkeys(mark for marks in _ABOUT for mark in marks))

_MENDED: dict[Rule, Rule] = {
    OverlappingFieldsCanBeMergedRule: OverlappingFields,
    StreamDirectiveOnListField: StreamOnListField,
}

# No rule looks at names by themselves: half of all nodes.
_CHILDREN = {
    kind: tuple(key for key in keys if key not in ("name", "alias", "description"))
    for kind, keys in QUERY_DOCUMENT_KEYS.items()
}


class _RequiredArguments(ProvidedRequiredArgumentsRule):
    """Of fields alone: where there is nothing else that has arguments, what could have some need not be listed each time."""

    __init__ = ASTValidationRule.__init__


class _Objection(Exception):
    """A rule has found something."""


def errors_of(
    schema: GraphQLSchema, document: DocumentNode, by: Sequence[Rule], suggesting: bool = True
) -> list[GraphQLError]:
    """What `validate` finds, in its order; without `suggesting`, no "Did you mean"."""
    # Beyond it `validate` gives up. What the fragments of a document nest, all together, it has as many braces for.
    if _braces(document) <= MAX_NESTING_DEPTH:
        try:
            _check(schema, document, tuple(by))
        except (_Objection, GraphQLError, RecursionError):  # GraphQLError: the fragments are too much work
            pass
        else:
            return []
    return validate(schema, document, [_MENDED.get(rule, rule) for rule in by], hide_suggestions=not suggesting)


def _check(schema: GraphQLSchema, document: DocumentNode, by: tuple[Rule, ...]) -> None:
    """Raises _Objection."""
    assert document.loc is not None
    source = document.loc.source.body
    types = TypeInfo(schema)
    context = _Context(schema, document, types)
    rules = _rules(by, tuple([mark for mark in _MARKS if mark in source]))
    _Walk(types, [rule(context) for rule in rules]).visit(document)


@lru_cache(512)
def _rules(by: tuple[Rule, ...], marks: tuple[str, ...]) -> tuple[Rule, ...]:
    """Each once, without those about what a document with these marks alone has none of."""
    absent = {rule for about, rules in _ABOUT.items() if not any(mark in marks for mark in about) for rule in rules}
    mended = dict(_MENDED)
    if not {"@", "..."}.intersection(marks):
        mended[ProvidedRequiredArgumentsRule] = _RequiredArguments
    return tuple(dict.fromkeys(mended.get(rule, rule) for rule in by if rule not in absent))


class _Walk:
    """Shows nodes to visitors, and to the TypeInfo that they look at.

    A visitor that wants to skip what is below a node sees it all the same: a rule may object to more then, and not to less.
    """

    def __init__(self, types: TypeInfo, visitors: Sequence[Visitor], but: str | None = None) -> None:
        """`but` is the key of children that are left out."""
        self._visitors = (types, *visitors)
        self._handlers = _Handlers.of(tuple(map(type, visitors)), but)
        self._ancestors: list[Any] = []

    def visit(self, node: Node, parent: Any = None) -> None:
        ancestors, visitors = self._ancestors, self._visitors
        entering, leaving, keys = self._handlers[node.kind]
        for index, enter in entering:
            enter(visitors[index], node, None, parent, (), ancestors)
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
        for index, leave in leaving:
            leave(visitors[index], node, None, parent, (), ancestors)


class _Context(ValidationContext):
    """Remembers by identity what rules ask for: graphql-core's own compares whole trees each time."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, types: TypeInfo) -> None:
        super().__init__(schema, document, types, _object)
        self._types = types
        self._fragment_spreads = cast(Any, RefMap())
        self._variable_usages = cast(Any, RefMap())
        self._recursive_variable_usages = cast(Any, RefMap())

    def get_variable_usages(self, node: NodeWithSelectionSet) -> list[VariableUsage]:
        if (found := self._variable_usages.get(node)) is None:
            visitor = VariableUsageVisitor(self._types, node if isinstance(node, FragmentDefinitionNode) else None)
            _Walk(self._types, [visitor], but="variable_definitions").visit(node)
            found = self._variable_usages[node] = visitor.usages
        return found


def _object(error: GraphQLError) -> None:
    raise _Objection from error


class _Handlers(dict[str, Handlers]):
    """Of these visitors, by kinds of nodes. The TypeInfo comes before all of them: it is entered first, and left last."""

    def __init__(self, visitors: tuple[type[Visitor], ...], but: str | None) -> None:
        self._of, self._but = visitors, but

    @classmethod
    @lru_cache(512)
    def of(cls, visitors: tuple[type[Visitor], ...], but: str | None) -> "_Handlers":
        return cls(visitors, but)

    def __missing__(self, kind: str) -> Handlers:
        entering, leaving = (
            [(index, found) for index, visitor in enumerate(self._of, 1) if (found := _method(visitor, way, kind))]
            for way in ("enter", "leave")
        )
        enter, leave = getattr(TypeInfo, f"enter_{kind}", None), getattr(TypeInfo, f"leave_{kind}", None)
        if enter is not None:
            entering.insert(0, (0, lambda types, node, *_: enter(types, node)))
        if leave is not None:
            leaving.append((0, lambda types, *_: leave(types)))
        made = self[kind] = entering, leaving, tuple(key for key in _CHILDREN.get(kind, ()) if key != self._but)
        return made


def _method(visitor: type[Visitor], way: str, kind: str) -> Callable[..., Any] | None:
    """As a function of the visitor and the node."""
    name = next((name for name in (f"{way}_{kind}", way) if hasattr(visitor, name)), None)
    if name is None:
        return None
    method: Callable[..., Any] = getattr(visitor, name)
    if isinstance(getattr_static(visitor, name), staticmethod | classmethod):
        return lambda _, *arguments: method(*arguments)
    return method


def _braces(document: DocumentNode) -> int:
    return MAX_NESTING_DEPTH + 1 if document.loc is None else document.loc.source.body.count("{")
