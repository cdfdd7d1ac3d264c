"""What the HTML of a mail may be: text and pictures. Variables stand in its text, where escaping them is enough."""

from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from urllib.parse import urlsplit

from jinja2 import nodes

from errors import Invalid

_PLACEHOLDER = "\ue000"
"""A private character: where a variable will be."""

_ACTIVE = {
    *("applet", "base", "button", "embed", "form", "frame", "iframe", "input", "link", "math", "object"),
    *("script", "select", "svg", "textarea"),
}
_LINKS = {"action", "background", "cite", "href", "poster", "src", "srcset"}
_SCHEMES = {"", "https", "mailto", "tel"}


def inspect_markup(template: nodes.Template) -> None:
    """Raises Invalid for what does something, and for a variable within a tag or a style sheet."""
    markup = _Markup()
    markup.feed("".join(_pieces(template.body)))
    markup.close()


def _pieces(statements: Sequence[nodes.Node]) -> Iterator[str]:
    """The text of all branches, one after the other."""
    for statement in statements:
        match statement:
            case nodes.Output():
                for shown in statement.nodes:
                    yield _whole_tags(shown) if isinstance(shown, nodes.TemplateData) else _PLACEHOLDER
            case nodes.If():
                for branch in (statement.body, statement.elif_, statement.else_):
                    yield from _pieces(branch)


def _whole_tags(text: nodes.TemplateData) -> str:
    """Or a variable could begin a tag, or a branch end one that another began."""
    if text.data.rfind("<") > text.data.rfind(">"):
        raise Invalid(f"Line {text.lineno}: a tag is whole, without {{{{ or {{% in it; for the sign itself write &lt;.")
    return text.data


class _Markup(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _ACTIVE:
            raise Invalid(f"A mail cannot have <{tag}>.")
        if _PLACEHOLDER in (self.get_starttag_text() or ""):
            raise Invalid(f"Variables stand in the text, not in <{tag}>.")
        for name, value in attrs:
            self._attribute(tag, name, "".join((value or "").split()))
        self._in_style = tag == "style"

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if name.startswith("on") or ((tag, name) == ("meta", "http-equiv") and value.lower() == "refresh"):
            raise Invalid(f"Nothing happens in a mail by itself; <{tag}> has {name}.")
        if name in _LINKS and _scheme(value) not in _SCHEMES:
            raise Invalid("A link in a mail is https:, mailto: or tel:.")

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style and _PLACEHOLDER in data:
            raise Invalid("Variables stand in the text, not in style sheets.")


def _scheme(url: str) -> str:
    try:
        return urlsplit(url).scheme
    except ValueError:
        return "none"
