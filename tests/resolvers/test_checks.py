"""Values that look right and are not."""

from collections.abc import Callable
from typing import Any

import pytest

from errors import Invalid
from resolvers import checks, scalars

AT = ("input", "it")


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (checks.line, "\u200b\ufeff"),  # nothing to be seen
        (checks.line, "Ada\u202eeciN"),  # reads backwards
        (checks.line, "two\u2028lines"),
        (checks.line, "a\tb"),
        (checks.text, "\u200b \n"),
        (checks.phone, "+491234567\uff18"),  # a full-width 8
        (checks.locale, "de-\uff11\uff12\uff13"),
        (checks.slug, "a--b"),
        (checks.slug, "a" * 64),
    ],
)
def test_refused_with_its_path(check: Callable[[str, checks.Path], Any], value: str) -> None:
    with pytest.raises(Invalid) as refused:
        check(value, AT)
    assert refused.value.extensions["argument"] == list(AT)


@pytest.mark.parametrize("value", ["...", "-.-", "a b c", "\u0301\u0301\u0301", "ab", "__"])
def test_what_holds_no_trigram_is_not_searched_for(value: str) -> None:
    with pytest.raises(Invalid, match="3 letters or digits in a row"):
        checks.search(value, AT, 3)


@pytest.mark.parametrize(("value", "pattern"), [("Zoë", "%Zoë%"), ("100%", r"%100\%%"), ("a_bcd", r"%a\_bcd%")])
def test_what_is_searched_for_is_taken_literally(value: str, pattern: str) -> None:
    assert checks.search(value, AT, 3) == pattern


@pytest.mark.parametrize(
    ("parse", "value"),
    [
        (scalars.parse_date, "2000-W01-1"),
        (scalars.parse_date, "20000101"),
        (scalars.parse_datetime, "1900-01-01T00:00:00+14:00"),  # 1899 in UTC
        (scalars.parse_datetime, "9999-12-31T23:00:00-14:00"),
        (scalars.parse_datetime, "2026-01-01T00:00:00"),
        (scalars.parse_time_zone, "localtime"),
        (scalars.parse_time_zone, "Factory"),
        (scalars.parse_time_zone, "europe/berlin"),
    ],
)
def test_no_date_instant_or_zone(parse: Callable[[object], object], value: str) -> None:
    with pytest.raises(Invalid):
        parse(value)
