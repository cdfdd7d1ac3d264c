"""graphql-core's rule that fields of one name can be merged, with a smaller bound on what it may cost."""

from graphql import OverlappingFieldsCanBeMergedRule, ValidationContext

COMPARISONS = 50_000
"""In the rule's own units. Takes a tenth of a second to spend, and a large page's document ten times less; its own bound
lets a short document that repeats a field take two seconds."""


class OverlappingFields(OverlappingFieldsCanBeMergedRule):
    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.rule_context.remaining_complexity_budget = COMPARISONS
