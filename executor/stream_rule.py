"""A rule of graphql-core 3.3.2, mended: it looks for the fields of a union, which has none, and raises AttributeError."""

from typing import Any, cast

from graphql import DirectiveNode, GraphQLError, GraphQLUnionType, StreamDirectiveOnListField
from graphql.validation import ValidationContext


class StreamOnListField(StreamDirectiveOnListField):
    def enter_directive(self, node: DirectiveNode, *place: Any) -> None:
        parent = cast(ValidationContext, self.context).get_parent_type()
        if not isinstance(parent, GraphQLUnionType):
            super().enter_directive(node, *place)
        elif node.name.value == "stream":
            # The only field of a union is __typename, which is no list.
            self.report_error(
                GraphQLError(
                    f"Stream directive cannot be used on non-list field '__typename' on type '{parent.name}'.", node
                )
            )
