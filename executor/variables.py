"""The variables of an operation: their types looked up once, and the values of each request coerced.

What graphql-core does, without what it does again for each request. As soon as anything is out of the ordinary, graphql-core's
own function does it all, and says what is wrong.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLSchema,
    Undefined,
    VariableDefinitionNode,
    coerce_input_value,
    get_named_type,
    is_leaf_type,
    is_non_null_type,
)
from graphql.execution import VariableValues
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValueSource, get_variable_values, input_is_nested_too_deeply

MOST_ERRORS = 50
_NONE = VariableValues({}, {})


class Variables:
    def __init__(self, schema: GraphQLSchema, definitions: Sequence[VariableDefinitionNode]) -> None:
        self.definitions = definitions
        self._schema = schema
        self._signatures: list[tuple[GraphQLVariableSignature, bool]] | None = None
        """With each whether its values can be nested."""

    def coerced(self, inputs: Mapping[str, Any] | None, suggesting: bool) -> VariableValues | list[GraphQLError]:
        if not self.definitions:
            return _NONE
        given = dict(inputs or {})
        try:
            found = self._plainly(given)
        except (GraphQLError, RecursionError):
            found = None
        return found or get_variable_values(self._schema, self.definitions, given, MOST_ERRORS, not suggesting)

    def _plainly(self, inputs: dict[str, Any]) -> VariableValues | None:
        """None where a default is needed, or something is wrong."""
        if self._signatures is None:
            self._signatures = self._looked_up()
        sources, coerced = dict[str, VariableValueSource](), dict[str, Any]()
        for signature, nested in self._signatures:
            name, type_, default, _ = signature
            value = inputs.get(name, Undefined)
            if value is Undefined:
                if default is not None or is_non_null_type(type_):
                    return None
                sources[name] = VariableValueSource(signature)
                continue
            if nested and input_is_nested_too_deeply(value, type_):
                return None
            made = coerce_input_value(value, type_)
            if made is Undefined:
                return None
            sources[name], coerced[name] = VariableValueSource(signature, value), made
        return VariableValues(sources, coerced)

    def _looked_up(self) -> list[tuple[GraphQLVariableSignature, bool]]:
        """Raises GraphQLError."""
        found = []
        for each in self.definitions:
            signature = get_variable_signature(self._schema, each)
            if isinstance(signature, GraphQLError):
                raise signature
            found.append((signature, not is_leaf_type(get_named_type(signature.type))))
        return found
