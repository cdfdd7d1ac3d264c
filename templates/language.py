"""What a template may say: a small part of Jinja's language, whose every sentence can be rendered.

Variables, comparisons, `if`, and four filters. Nothing is looked up in a value, nothing is called, and there is nothing to
repeat, so a template does as much work as it is long. Each expression has a kind, and kinds have to fit: what passes here
fails for no patient.
"""

from collections.abc import Sequence
from typing import NoReturn

from babel import Locale
from jinja2 import nodes

from errors import Invalid
from templates.filters import FILTERS, LENGTHS
from templates.values import Kind, Variables

DEEPEST = 20
"""How deep conditions and expressions may be nested: far from where Python's own recursion ends."""

LONGEST_VALUE = 200
"""Characters that a variable may have: those that a name may have where it is let in."""

LONGEST_NUMBER = 20

_COMPARISONS = {"eq", "ne", "lt", "lteq", "gt", "gteq"}


class Inspection:
    """Walks a parsed template; raises Invalid, with the line, at the first thing that cannot be part of it."""

    def __init__(self, template: nodes.Template, variables: Variables, locale: Locale) -> None:
        self._variables, self._locale = dict(variables), locale
        self.used: set[str] = set()
        self.longest = 0
        """Characters that can come out, before they are escaped: those of all branches together."""
        self._statements(template.body, 0)

    def _statements(self, statements: Sequence[nodes.Node], depth: int) -> None:
        for statement in statements:
            self._statement(statement, depth)

    def _statement(self, node: nodes.Node, depth: int) -> None:
        match node:
            case nodes.Output():
                for shown in node.nodes:
                    self._output(shown, depth)
            case nodes.If():
                self._if(node, depth)
            case _:
                self._refuse(node, f"A template has variables and `if`, and no {type(node).__name__.lower()}.")

    def _output(self, node: nodes.Expr, depth: int) -> None:
        if isinstance(node, nodes.TemplateData):
            self._count(node, node.data)
            return
        match self._kind(node, depth):
            case Kind.INSTANT:
                self._refuse(
                    node, "An instant can be written in many ways: say in which, such as {{ starts_at | date }}."
                )
            case Kind.CONDITION:
                self._refuse(node, "A condition has no words of its own: use `if`.")

    def _if(self, node: nodes.If, depth: int) -> None:
        self._condition(node.test, depth)
        self._statements(node.body, depth + 1)
        # To Python, an elif is an if within the else of the one before.
        for further, branch in enumerate(node.elif_, 1):
            self._if(branch, depth + further)
        self._statements(node.else_, depth + 1)

    def _condition(self, node: nodes.Node, depth: int) -> None:
        if self._kind(node, depth) is not Kind.CONDITION:
            self._refuse(node, "This is no condition: compare it, such as days_until == 1.")

    def _kind(self, node: nodes.Node, depth: int) -> Kind:
        if depth > DEEPEST:
            self._refuse(node, f"This is nested more than {DEEPEST} deep.")
        match node:
            case nodes.Name():
                return self._variable(node)
            case nodes.Const():
                return self._constant(node)
            case nodes.Filter():
                return self._filter(node, depth + 1)
            case nodes.Compare():
                return self._comparison(node, depth + 1)
            case nodes.And() | nodes.Or() | nodes.Not():
                for part in node.iter_child_nodes():
                    self._condition(part, depth + 1)
                return Kind.CONDITION
            case nodes.CondExpr():
                return self._choice(node, depth + 1)
        self._refuse(node, f"Variables are shown, compared and filtered; there is no {type(node).__name__.lower()}.")

    def _variable(self, node: nodes.Name) -> Kind:
        if node.name not in self._variables:
            self._refuse(node, f"There is no variable {node.name}. There are: {', '.join(self._variables)}.")
        self.used.add(node.name)
        self.longest += LONGEST_VALUE
        return self._variables[node.name]

    def _constant(self, node: nodes.Const) -> Kind:
        match node.value:
            case bool():  # an int, too
                return Kind.CONDITION
            case int() if abs(node.value) < 10**LONGEST_NUMBER:
                self.longest += LONGEST_NUMBER
                return Kind.NUMBER
            case str():
                self._count(node, node.value)
                return Kind.TEXT
        self._refuse(node, f"A constant is a text, or a whole number of up to {LONGEST_NUMBER} digits.")

    def _comparison(self, node: nodes.Compare, depth: int) -> Kind:
        kind = self._kind(node.expr, depth)
        for operand in node.ops:
            if operand.op not in _COMPARISONS:
                self._refuse(node, "Compare with ==, !=, <, <=, > or >=.")
            if (other := self._kind(operand.expr, depth)) is not kind:
                self._refuse(node, f"This compares {kind.value} with {other.value}.")
        return Kind.CONDITION

    def _choice(self, node: nodes.CondExpr, depth: int) -> Kind:
        self._condition(node.test, depth)
        if node.expr2 is None:
            self._refuse(node, "This `if` needs an `else`.")
        kind, other = self._kind(node.expr1, depth), self._kind(node.expr2, depth)
        if kind is not other:
            self._refuse(node, f"This is {kind.value} or {other.value}, and has to be always the same.")
        return kind

    def _filter(self, node: nodes.Filter, depth: int) -> Kind:
        if node.name not in FILTERS:
            self._refuse(node, f"There is no filter {node.name}. There are: {', '.join(FILTERS)}.")
        if node.node is None or node.kwargs or node.dyn_args or node.dyn_kwargs:
            self._refuse(node, "A filter follows a variable, and its arguments have no names.")
        takes, _, longest = FILTERS[node.name]
        if (kind := self._kind(node.node, depth)) is not takes:
            self._refuse(node, f"The filter {node.name} takes {takes.value}, and this is {kind.value}.")
        if node.name == "plural":
            self._forms(node)
        else:
            self._length(node)
        self.longest += longest
        return Kind.TEXT

    def _length(self, node: nodes.Filter) -> None:
        match node.args:
            case [] | [nodes.Const(value="short" | "medium" | "long" | "full")]:
                return
        self._refuse(node, f"The filter {node.name} takes one of {', '.join(LENGTHS)}.")

    def _forms(self, node: nodes.Filter) -> None:
        """ICU's: exact numbers and the categories that the language has, `other` at least."""
        match node.args:
            case [nodes.Dict(items=pairs)]:
                forms = {self._plain(pair.key): self._plain(pair.value) for pair in pairs}
            case _:
                self._refuse(node, 'The filter plural takes forms, such as {1: "tomorrow", "other": "in # days"}.')
        categories = [*sorted(self._locale.plural_form.tags), "other"]
        for key, form in forms.items():
            if not (key in categories or type(key) is int) or not isinstance(form, str):
                known = ", ".join(categories)
                self._refuse(node, f"In {self._locale}, plurals are texts for whole numbers or for {known}.")
            self._count(node, form.replace("#", "#" * LONGEST_NUMBER))
        if "other" not in forms:
            self._refuse(node, 'A plural needs a form for "other".')

    def _plain(self, node: nodes.Expr) -> object:
        if not isinstance(node, nodes.Const):
            self._refuse(node, "The forms of a plural are constants.")
        return node.value

    def _count(self, node: nodes.Node, text: str) -> None:
        # An escape such as \ud800 makes half a character, which UTF-8 cannot hold.
        if any("\ud800" <= character <= "\udfff" for character in text):
            self._refuse(node, "This holds half a character (a surrogate).")
        self.longest += len(text)

    def _refuse(self, node: nodes.Node, message: str) -> NoReturn:
        raise Invalid(f"Line {node.lineno or 1}: {message}")
