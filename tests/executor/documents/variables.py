"""The variables of a document: made where they are used, declared by each operation that reaches them."""

from dataclasses import dataclass
from typing import Any

from graphql import GraphQLInputType, GraphQLNonNull, Undefined

from tests.executor.documents.choices import Choices
from tests.executor.documents.inputs import Inputs, Variable, literal


@dataclass(frozen=True)
class Declaration:
    type: GraphQLInputType
    default: Any = Undefined

    def fits(self, type_: GraphQLInputType, has_default: bool) -> bool:
        """https://spec.graphql.org/draft/#IsVariableUsageAllowed()"""
        if str(self.type) in (str(type_), f"{type_}!"):
            return True
        filled = has_default or self.default not in (Undefined, None)
        return filled and isinstance(type_, GraphQLNonNull) and str(self.type) == str(type_.of_type)

    def __str__(self) -> str:
        return str(self.type) if self.default is Undefined else f"{self.type} = {literal(self.default)}"


class Variables:
    def __init__(self, choices: Choices, inputs: Inputs) -> None:
        self._choices = choices
        self._inputs = inputs
        self.declared: dict[str, Declaration] = {}

    def at(self, type_: GraphQLInputType, has_default: bool = False) -> Variable:
        """A variable that may stand where a value of the type is expected."""
        fitting = [name for name, declaration in self.declared.items() if declaration.fits(type_, has_default)]
        if fitting and self._choices.chance(60):
            return Variable(self._choices.among(fitting))
        name = f"v{len(self.declared)}"
        self.declared[name] = self._declaration(type_)
        return Variable(name)

    def _declaration(self, type_: GraphQLInputType) -> Declaration:
        if isinstance(type_, GraphQLNonNull):
            if self._choices.chance(30):  # may be nullable, if a default stands in for what is not given
                return Declaration(type_.of_type, self._inputs.value(type_))
            return Declaration(type_)
        if self._choices.chance(20):
            return Declaration(GraphQLNonNull(type_))
        return Declaration(type_, self._inputs.value(type_) if self._choices.chance(30) else Undefined)

    def given(self) -> dict[str, Any]:
        """What a client sends: most of it fits."""
        values: dict[str, Any] = {}
        for name, declaration in self.declared.items():
            needed = isinstance(declaration.type, GraphQLNonNull) and declaration.default is Undefined
            if self._choices.chance(2 if needed else 30):
                continue
            values[name] = self._inputs.value(declaration.type, wrong=2)
        if self._choices.chance(5):
            values["nobody_declared_this"] = 1
        return values
