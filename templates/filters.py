"""The filters of templates: dates, times and plurals as the patient's locale and zone have them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_decimal
from jinja2 import pass_context
from jinja2.runtime import Context

from templates.values import Kind

LENGTHS = ("short", "medium", "long", "full")
"""Of CLDR's patterns; `full` has the weekday of a date and the zone of a time."""


@pass_context
def _date(context: Context, instant: datetime, length: str = "medium") -> str:
    return format_date(instant.astimezone(context["zone"]).date(), length, context["locale"])


@pass_context
def _time(context: Context, instant: datetime, length: str = "short") -> str:
    return format_time(instant, length, context["zone"], context["locale"])


@pass_context
def _datetime(context: Context, instant: datetime, length: str = "medium") -> str:
    return format_datetime(instant, length, context["zone"], context["locale"])


@pass_context
def _plural(context: Context, number: int, forms: Mapping[int | str, str]) -> str:
    locale = context["locale"]
    form = next(forms[key] for key in (number, locale.plural_form(number), "other") if key in forms)
    return form.replace("#", format_decimal(number, locale=locale))


class Filter(NamedTuple):
    takes: Kind
    function: Callable[..., Any]
    longest: int
    """In characters; without what its arguments hold."""


FILTERS = {
    "date": Filter(Kind.INSTANT, _date, 100),
    "time": Filter(Kind.INSTANT, _time, 100),
    "datetime": Filter(Kind.INSTANT, _datetime, 200),
    # As ICU does it: the form for the number itself, or for its category in the language; # is the number.
    "plural": Filter(Kind.NUMBER, _plural, 20),
}
"""All give text."""
