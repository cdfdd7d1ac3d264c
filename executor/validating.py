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
    OverlappingFieldsCanBeMergedRule,
    PossibleFragmentSpreadsRule,
    StreamDirectiveOnListField,
    TypeInfo,
    UniqueDirectivesPerLocationRule,
    UniqueFragmentNamesRule,
    UniqueVariableNamesRule,
    VariablesAreInputTypesRule,
    VariablesInAllowedPositionRule,
    validate,
)
from graphql.language.ast import QUERY_DOCUMENT_KEYS
from graphql.language.parser import MAX_NESTING_DEPTH
from graphql.validation import ASTValidationRule, ValidationContext

from executor.overlapping import OverlappingFields

Rule: TypeAlias = type[ASTValidationRule]
Handler: TypeAlias = Callable[..., Any]
Handlers: TypeAlias = tuple[list[Handler], list[Handler]]
"""Of a kind of node: what is called when one is entered, and when it is left."""

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


# No rule looks at names by themselves: half of all nodes.
_CHILDREN = {
    kind: tuple(key for key in keys if key not in ("name", "alias", "description"))
    for kind, keys in QUERY_DOCUMENT_KEYS.items()
}


class _Objection(Exception):
    """A rule has found something."""


def errors_of(schema: GraphQLSchema, document: DocumentNode, by: Sequence[Rule]) -> list[GraphQLError]:
    """What `validate` finds, in its order."""
    by = [OverlappingFields if rule is OverlappingFieldsCanBeMergedRule else rule for rule in by]
    # Beyond it `validate` gives up. What the fragments of a document nest, all together, it has as many braces for.
    if _braces(document) > MAX_NESTING_DEPTH:
        return validate(schema, document, by)
    try:
        _walk(schema, document, by)
    except (_Objection, RecursionError):
        return validate(schema, document, by)
    return []


def _walk(schema: GraphQLSchema, document: DocumentNode, by: Sequence[Rule]) -> None:
    """Raises _Objection. A rule that wants to skip what is below a node still sees it: it may object to more, not to less."""
    assert document.loc is not None
    source = document.loc.source.body
    absent = {rule for mark, about in _ABOUT.items() if mark not in source for rule in about}
    types = TypeInfo(schema)
    context = ValidationContext(schema, document, types, _object)
    rules = [rule(context) for rule in by if rule not in absent]
    known: dict[str, Handlers] = {}
    ancestors: list[Any] = []

    def handlers(kind: str) -> Handlers:
        entering, leaving = _methods(tuple(map(type, rules)), kind)
        enter, leave = getattr(types, f"enter_{kind}", None), getattr(types, f"leave_{kind}", None)
        found = known[kind] = (
            [*([_of_one(enter)] if enter else []), *(getattr(rules[index], name) for index, name in entering)],
            [*(getattr(rules[index], name) for index, name in leaving), *([_of_none(leave)] if leave else [])],
        )
        return found

    def visit(node: Node, parent: Any) -> None:
        entering, leaving = known.get(node.kind) or handlers(node.kind)
        for enter in entering:
            enter(node, None, parent, (), ancestors)
        if parent is not None:
            ancestors.append(parent)
        for key in _CHILDREN.get(node.kind, ()):
            child = getattr(node, key, None)
            if isinstance(child, Node):
                visit(child, node)
            elif child:
                ancestors.append(node)
                for each in child:
                    visit(each, child)
                ancestors.pop()
        if parent is not None:
            ancestors.pop()
        for leave in leaving:
            leave(node, None, parent, (), ancestors)

    visit(document, None)


def _braces(document: DocumentNode) -> int:
    return MAX_NESTING_DEPTH + 1 if document.loc is None else document.loc.source.body.count("{")


def _object(error: GraphQLError) -> None:
    raise _Objection from error


@cache
def _methods(rules: tuple[Rule, ...], kind: str) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """Who sees nodes of this kind entered, and who left; and by which method."""
    found = [
        [(index, name) for index, rule in enumerate(rules) if (name := _method(rule, way, kind))]
        for way in ("enter", "leave")
    ]
    return found[0], found[1]


def _method(rule: Rule, way: str, kind: str) -> str | None:
    return next((name for name in (f"{way}_{kind}", way) if hasattr(rule, name)), None)


def _of_one(enter: Handler) -> Handler:
    return lambda node, *_: enter(node)


def _of_none(leave: Handler) -> Handler:
    return lambda *_: leave()
