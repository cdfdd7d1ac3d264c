"""How large a document is: counted before anything walks through it field by field, fragments wherever they are spread.

Each definition is walked once and what fragments add is added up, so that a short document which spreads a fragment in a
fragment in a fragment costs no more to count than any other.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from graphql import (
    DocumentNode,
    ExecutableDefinitionNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

MOST = 1_000_000_000
"""Where counting stops: fragments in fragments make numbers that no JSON holds."""


class Shape(NamedTuple):
    """Of an operation, or of a fragment by itself."""

    depth: int = 0
    """Levels of fields."""
    root_fields: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0

    def with_spread(self, level: int, fragment: "Shape") -> "Shape":
        """With the fragment spread below so many levels of fields."""
        return Shape(
            max(self.depth, level + fragment.depth),
            min(MOST, self.root_fields + (0 if level else fragment.root_fields)),
            *(min(MOST, mine + its) for mine, its in zip(self[2:], fragment[2:], strict=True)),
        )


@dataclass
class _Counted:
    """A definition without its fragments, which are spread at these levels."""

    shape: Shape
    spreads: list[tuple[str, int]] = field(default_factory=list)


def shapes(document: DocumentNode) -> Iterator[Shape]:
    """Of each operation. None where fragments go round in circles: validation says that."""
    fragments = {
        each.name.value: _counted(each) for each in document.definitions if isinstance(each, FragmentDefinitionNode)
    }
    within = {name: [spread for spread, _ in each.spreads] for name, each in fragments.items()}
    whole: dict[str, Shape] = {}
    try:
        for name in TopologicalSorter(within).static_order():
            if name in fragments:
                whole[name] = _with_fragments(fragments[name], whole)
    except CycleError:
        return
    for each in document.definitions:
        if isinstance(each, OperationDefinitionNode):
            yield _with_fragments(_counted(each), whole)


def _with_fragments(counted: _Counted, whole: dict[str, Shape]) -> Shape:
    shape = counted.shape
    for name, level in counted.spreads:
        if name in whole:
            shape = shape.with_spread(level, whole[name])
    return shape


def _counted(definition: ExecutableDefinitionNode) -> _Counted:
    depth = root_fields = fields = aliases = 0
    directives = len(definition.directives or ())
    spreads: list[tuple[str, int]] = []
    # What the parser lets pass is nested 200 deep; fields are met in any order.
    left: list[tuple[SelectionSetNode, int]] = [(definition.selection_set, 0)]
    while left:
        selections, level = left.pop()
        for node in selections.selections:
            directives += len(node.directives or ())
            if isinstance(node, FieldNode):
                fields += 1
                root_fields += not level
                aliases += node.alias is not None
                depth = max(depth, level + 1)
                if node.selection_set is not None:
                    left.append((node.selection_set, level + 1))
            elif isinstance(node, InlineFragmentNode):
                left.append((node.selection_set, level))
            elif isinstance(node, FragmentSpreadNode):
                spreads.append((node.name.value, level))
    return _Counted(Shape(depth, root_fields, fields, aliases, directives), spreads)
