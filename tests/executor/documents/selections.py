"""Selection sets on any composite type."""

from dataclasses import dataclass, field

from graphql import (
    GraphQLBoolean,
    GraphQLCompositeType,
    GraphQLField,
    GraphQLInputType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
    get_named_type,
    is_composite_type,
    is_required_argument,
)
from graphql.utilities import do_types_overlap

from tests.executor.documents.choices import Choices
from tests.executor.documents.inputs import Inputs, Variable, literal
from tests.executor.documents.response_names import ResponseNames, Scope
from tests.executor.documents.variables import Variables


@dataclass
class Uses:
    """What the text of an operation or a fragment refers to."""

    variables: set[str] = field(default_factory=set)
    fragments: set[str] = field(default_factory=set)


@dataclass
class Fragment:
    condition: GraphQLCompositeType
    uses: Uses = field(default_factory=Uses)
    text: str = ""  # until it is complete, which keeps it from containing itself


@dataclass(frozen=True)
class Selected:
    """A field that was selected, to be selected once more."""

    head: str
    type: GraphQLCompositeType | None
    scope: Scope


class Writer:
    """Writes the selection sets of one document, up to a number of selections."""

    def __init__(
        self, schema: GraphQLSchema, choices: Choices, inputs: Inputs, variables: Variables, *, size: int
    ) -> None:
        self._schema = schema
        self._choices = choices
        self._inputs = inputs
        self._variables = variables
        self._left = size
        self._named_fragments = choices.chance(75)
        self._names = ResponseNames(choices, daring=choices.chance(8))
        self._composites = [type_ for type_ in schema.type_map.values() if is_composite_type(type_)]
        self.fragments: dict[str, Fragment] = {}
        self.uses = Uses()

    def selection_set(self, parent: GraphQLCompositeType, depth: int, scope: Scope = ()) -> str:
        selections: list[str] = []
        selected: list[Selected] = []
        for _ in range(1 + self._choices.below(4)):
            if self._left > 0 or not selections:
                self._left -= 1
                selections.append(self._selection(parent, depth, scope, selected))
        return "{\n" + "\n".join(selections) + "\n}"

    def _selection(self, parent: GraphQLCompositeType, depth: int, scope: Scope, selected: list[Selected]) -> str:
        kind = self._choices.below(100)
        if selected and kind >= 90:
            again = self._choices.among(selected)
            return f"{again.head}{self._directives()}{self._below(again, depth)}"
        if kind >= 77 and depth > 0:
            return self._inline_fragment(parent, depth, scope)
        if kind >= 59 and depth > 0 and self._named_fragments:
            return self._spread(parent, depth)
        fields = {} if isinstance(parent, GraphQLUnionType) else parent.fields
        names = [
            name for name, field in fields.items() if depth > 0 or not is_composite_type(get_named_type(field.type))
        ]
        if not names or kind >= 54:
            if depth > 0 and isinstance(parent, GraphQLUnionType):
                return self._inline_fragment(parent, depth, scope)
            return f"{self._choices.among(('', 'kind: '))}__typename{self._directives()}"
        name = self._choices.among(names)
        field = self._field(name, fields[name], scope)
        selected.append(field)
        return f"{field.head}{self._directives()}{self._below(field, depth)}"

    def _field(self, name: str, field: GraphQLField, scope: Scope) -> Selected:
        arguments = self._arguments(field)
        response_name = self._names.name(name, arguments, str(field.type), scope)
        alias = "" if response_name == name else f"{response_name}: "
        named = get_named_type(field.type)
        below = () if self._named_fragments else (*scope, response_name)
        return Selected(f"{alias}{name}{arguments}", named if is_composite_type(named) else None, below)

    def _below(self, selected: Selected, depth: int) -> str:
        return "" if selected.type is None else " " + self.selection_set(selected.type, depth - 1, selected.scope)

    def _arguments(self, field: GraphQLField) -> str:
        given = {
            name: self._inputs.value(
                argument.type, self._use_variable, has_default=argument.default_value is not Undefined
            )
            for name, argument in field.args.items()
            if is_required_argument(argument) or self._choices.chance(50)
        }
        return f"({literal(given)[1:-1]})" if given else ""

    def _use_variable(self, type_: GraphQLInputType, has_default: bool) -> Variable | None:
        if not self._choices.chance(25):
            return None
        return self._used(self._variables.at(type_, has_default))

    def _used(self, variable: Variable) -> Variable:
        self.uses.variables.add(variable)
        return variable

    def _directives(self) -> str:
        text = ""
        for name in ("skip", "include"):
            if self._choices.chance(7):
                constant = self._choices.among(("false", "true", None))
                condition = constant or f"${self._used(self._variables.at(GraphQLNonNull(GraphQLBoolean)))}"
                text += f" @{name}(if: {condition})"
        return text

    def _condition(self, parent: GraphQLCompositeType) -> GraphQLCompositeType:
        overlapping = [type_ for type_ in self._composites if do_types_overlap(self._schema, parent, type_)]
        # Half of all conditions on an abstract type name an object: that is where results differ from item to item.
        objects = [type_ for type_ in overlapping if isinstance(type_, GraphQLObjectType)]
        return self._choices.among(objects if self._choices.chance(50) else overlapping)

    def _inline_fragment(self, parent: GraphQLCompositeType, depth: int, scope: Scope) -> str:
        condition = None if self._choices.chance(15) else self._condition(parent)
        on = "" if condition is None else f" on {condition}"
        # Each fragment takes from the depth, too: a fragment within a fragment would otherwise never end.
        return f"...{on}{self._directives()} {self.selection_set(condition or parent, depth - 1, scope)}"

    def _spread(self, parent: GraphQLCompositeType, depth: int) -> str:
        fitting = [
            name
            for name, fragment in self.fragments.items()
            if fragment.text and do_types_overlap(self._schema, parent, fragment.condition)
        ]
        name = self._choices.among(fitting) if fitting and self._choices.chance(65) else self._fragment(parent, depth)
        self.uses.fragments.add(name)
        return f"...{name}{self._directives()}"

    def _fragment(self, parent: GraphQLCompositeType, depth: int) -> str:
        name = f"F{len(self.fragments)}"
        fragment = self.fragments[name] = Fragment(self._condition(parent))
        outside, self.uses = self.uses, fragment.uses
        text = self.selection_set(fragment.condition, depth - 1)
        fragment.text = f"fragment {name} on {fragment.condition} {text}"
        self.uses = outside
        return name
