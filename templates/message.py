"""From a template to a message."""

from collections.abc import Sequence
from typing import NamedTuple
from unicodedata import category
from zoneinfo import ZoneInfo

from errors import Invalid
from templates.locales import locale_for
from templates.sandbox import compiled
from templates.values import VARIABLES, Values

SOURCE_LIMIT = {"subject": 1_000, "text": 20_000, "html": 100_000}
"""Characters of a template."""

LIMIT = {"subject": 2_000, "text": 50_000, "html": 200_000}
"""Characters that can come of it, before they are escaped."""


class Template(NamedTuple):
    """`subject` is the subject of a mail and the title of a push; what has none, and no HTML, leaves them out."""

    subject: str | None
    text: str
    html: str | None


class Rendered(NamedTuple):
    subject: str | None
    text: str
    html: str | None


def check(template: Template, about: type[Values], locale: str, at: Sequence[str | int] = ()) -> frozenset[str]:
    """The variables that it uses. Raises Invalid unless it can be rendered for every patient; `at` is the template's path."""
    used: frozenset[str] = frozenset()
    for part, source in template._asdict().items():
        if source is None:
            continue
        try:
            used |= _checked(part, source, about, locale)
        except Invalid as error:
            raise Invalid(error.message, (*at, part)) from None
    return used


def _checked(part: str, source: str, about: type[Values], locale: str) -> frozenset[str]:
    if len(source) > SOURCE_LIMIT[part]:
        raise Invalid(f"This must not have more than {SOURCE_LIMIT[part]} characters; it has {len(source)}.")
    if not source.strip():
        raise Invalid("This must not be empty.")
    _, used, longest = compiled(source, part == "html", VARIABLES[about], locale)
    if longest > LIMIT[part]:
        raise Invalid(f"What comes of this could have {longest} characters; {LIMIT[part]} are fine.")
    return used


def render(template: Template, written_in: str, values: Values, locale: str, zone: ZoneInfo) -> Rendered:
    """Never fails after `check`. `written_in` is the template's locale, `locale` the patient's.

    `zone` is that of the clock by which the appointment is read, which need not be the patient's.
    """
    variables = VARIABLES[type(values)]
    context: dict[str, object] = {name: getattr(values, name) for name, _ in variables}
    context |= {"locale": locale_for(written_in, locale), "zone": zone}

    def part(source: str, html: bool = False) -> str:
        return compiled(source, html, variables, written_in).template.render(context)

    return Rendered(
        template.subject and one_line(part(template.subject)),
        part(template.text),
        template.html and part(template.html, html=True),
    )


def one_line(text: str) -> str:
    """Without line ends or other control characters, so that it can be a header and nothing but one header."""
    return " ".join("".join(" " if category(each) in ("Cc", "Zl", "Zp") else each for each in text).split())
