"""Jinja, locked twice: what is not in `language.py` is not compiled, and what is compiled runs in Jinja's own sandbox."""

from functools import lru_cache
from typing import NamedTuple

from jinja2 import StrictUndefined, Template, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from errors import Invalid
from templates.filters import FILTERS
from templates.language import Inspection
from templates.locales import known
from templates.values import Variables


def _environment(autoescape: bool) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        autoescape=autoescape, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, cache_size=0
    )
    environment.globals = {}
    environment.tests = {}
    environment.filters = {name: filter.function for name, filter in FILTERS.items()}
    return environment


_PLAIN, _HTML = _environment(autoescape=False), _environment(autoescape=True)


class Compiled(NamedTuple):
    template: Template
    used: frozenset[str]
    longest: int
    """Characters that can come out, before they are escaped."""


@lru_cache(4096)
def compiled(source: str, html: bool, variables: Variables, locale: str) -> Compiled:
    """Raises Invalid for what is not in the language."""
    if (spoken := known(locale)) is None:
        raise Invalid(f"{locale} is no language whose dates and plurals are known.")
    environment = _HTML if html else _PLAIN
    try:
        parsed = environment.parse(source)
    except TemplateSyntaxError as error:
        raise Invalid(f"Line {error.lineno}: {error.message}") from None
    except (RecursionError, ValueError):
        # Jinja reads by recursion, and Python reads no number of thousands of digits.
        raise Invalid("This is nested too deep, or a number in it is too long.") from None
    inspection = Inspection(parsed, variables, spoken)
    return Compiled(environment.from_string(parsed), frozenset(inspection.used), inspection.longest)
