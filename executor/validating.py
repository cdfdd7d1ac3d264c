"""Validation by graphql-core's rules, and by its `validate`, at a third of the price for a short document.

Its visitor of many rules asks each of thirty for its methods at each kind of node, for each document anew, and looks each time
at what each may have skipped. Here the rules are one rule, which knows for each kind of node who wants to see it; and rules
about what a document has none of (variables, fragments, directives) are left out.
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
    Node,
    NoFragmentCyclesRule,
    NoUndefinedVariablesRule,
    NoUnusedFragmentsRule,
    NoUnusedVariablesRule,
    PossibleFragmentSpreadsRule,
    StreamDirectiveOnListField,
    UniqueDirectivesPerLocationRule,
    UniqueFragmentNamesRule,
    UniqueVariableNamesRule,
    VariablesAreInputTypesRule,
    VariablesInAllowedPositionRule,
    validate,
)
from graphql.language.visitor import BREAK, SKIP, EnterLeaveVisitor
from graphql.validation import ASTValidationContext, ASTValidationRule

from executor.stream_rule import StreamOnListField

Rule: TypeAlias = type[ASTValidationRule]
Handler: TypeAlias = Callable[..., Any]

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
}

_MENDED: dict[Rule, Rule] = {StreamDirectiveOnListField: StreamOnListField}


def errors_of(
    schema: GraphQLSchema, document: DocumentNode, by: Sequence[Rule], suggesting: bool = True
) -> list[GraphQLError]:
    """What `validate` finds, in its order; without `suggesting`, no "Did you mean"."""
    source = document.loc.source.body if document.loc else None
    absent = {rule for mark, about in _ABOUT.items() if source is not None and mark not in source for rule in about}
    rule = _together(tuple(_MENDED.get(rule, rule) for rule in by if rule not in absent))
    return validate(schema, document, [rule], hide_suggestions=not suggesting)


@cache
def _together(parts: tuple[Rule, ...]) -> Rule:
    """One rule that does what they do, in their order."""

    @cache
    def methods(kind: str) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
        """Who sees nodes of this kind entered, and who left; and by which method."""
        found = [
            [(index, name) for index, part in enumerate(parts) if (name := _method(part, way, kind))]
            for way in ("enter", "leave")
        ]
        return found[0], found[1]

    class Together(ASTValidationRule):
        def __init__(self, context: ASTValidationContext) -> None:
            super().__init__(context)
            self._parts = [part(context) for part in parts]
            # The node whose children a rule does not want to see; BREAK where it wants to see nothing more.
            self._skipping: list[Any] = [None] * len(parts)
            self._any_skip = False

        def get_enter_leave_for_kind(self, kind: str) -> EnterLeaveVisitor:
            if (known := self.enter_leave_map.get(kind)) is None:
                entering, leaving = ([(i, getattr(self._parts[i], name)) for i, name in of] for of in methods(kind))
                known = self.enter_leave_map[kind] = EnterLeaveVisitor(
                    self._entered(entering) if entering else None,
                    self._left(leaving) if entering or leaving else None,
                )
            return known

        def _entered(self, handlers: list[tuple[int, Handler]]) -> Handler:
            skipping = self._skipping

            def enter(node: Node, *place: Any) -> None:
                for index, handler in handlers:
                    if skipping[index] is None:
                        self._heed(handler(node, *place), index, node)

            return enter

        def _left(self, handlers: list[tuple[int, Handler]]) -> Handler:
            skipping = self._skipping

            def leave(node: Node, *place: Any) -> None:
                for index, handler in handlers:
                    if skipping[index] is None and handler(node, *place) in (BREAK, True):
                        skipping[index] = BREAK
                if self._any_skip:
                    skipping[:] = [None if each is node else each for each in skipping]

            return leave

        def _heed(self, wish: object, index: int, node: Node) -> None:
            if wish is SKIP or wish is False:
                self._skipping[index], self._any_skip = node, True
            elif wish is BREAK or wish is True:
                self._skipping[index] = BREAK

    return Together


def _method(part: Rule, way: str, kind: str) -> str | None:
    return next((name for name in (f"{way}_{kind}", way) if hasattr(part, name)), None)
