"""Messages: the words, dates, numbers and plurals that a patient reads."""

from email.message import EmailMessage
from email.policy import SMTP
from unicodedata import category
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from errors import Invalid
from templates.locales import locale_for, lookup
from templates.message import LIMIT, Template, check, one_line, render
from templates.values import OfAppointment, days_until
from tests.db.clocks import ZONES, at
from tests.templates.examples import TOMORROW, VALUES, message, rendered

NARROW = "\u202f"
"""What CLDR has between a time and its AM or PM."""


@pytest.mark.parametrize(
    ("source", "written_in", "locale", "text"),
    [
        ("{{ starts_at | date }}", "en", "en", "Mar 29, 2026"),
        ("{{ starts_at | date('full') }}", "en", "en-GB", "Sunday, 29 March 2026"),
        ("{{ starts_at | date('full') }}", "de", "de-CH", "Sonntag, 29. März 2026"),
        ("{{ starts_at | date('short') }}", "ja", "ja", "2026/03/29"),
        ("{{ starts_at | time }}", "en", "en", f"9:30{NARROW}AM"),
        ("{{ starts_at | time }}", "en", "en-GB", "09:30"),
        ("{{ starts_at | time('full') }}", "de", "de", "09:30:00 Mitteleuropäische Sommerzeit"),
        ("{{ starts_at | datetime('short') }}", "de", "de", "29.03.26, 09:30"),
        ("{{ starts_at | date('full') }}", "en", "fr", "Sunday, March 29, 2026"),  # the text is in English
    ],
)
def test_dates_are_written_as_where_the_patient_is(source: str, written_in: str, locale: str, text: str) -> None:
    assert rendered(source, written_in=written_in, locale=locale) == text


def test_times_are_those_of_the_zone() -> None:
    assert rendered("{{ starts_at | date('short') }} {{ starts_at | time }}", zone=ZoneInfo("Pacific/Honolulu")) == (
        f"3/28/26 9:30{NARROW}PM"
    )


FORMS = "{{ days_until | plural({0: 'today', 1: 'tomorrow', 'one': '# day', 'other': 'in # days'}) }}"
POLISH = "{{ days_until | plural({'one': '# dzień', 'few': '# dni', 'many': '# dni!', 'other': '# dnia'}) }}"


@pytest.mark.parametrize(
    ("source", "locale", "days", "text"),
    [
        (FORMS, "en", 0, "today"),
        (FORMS, "en", 1, "tomorrow"),
        (FORMS, "en", 2, "in 2 days"),
        (FORMS, "en", 1200, "in 1,200 days"),
        (FORMS, "de", 1200, "in 1.200 days"),
        (POLISH, "pl", 1, "1 dzień"),
        (POLISH, "pl", 3, "3 dni"),
        (POLISH, "pl", 5, "5 dni!"),
        ("{{ days_until | plural({0: '', 'other': '#'}) }}.", "en", 0, "."),
    ],
)
def test_plurals_are_those_of_the_language(source: str, locale: str, days: int, text: str) -> None:
    values = OfAppointment(
        **{name: getattr(TOMORROW, name) for name in OfAppointment.__dataclass_fields__ if name != "days_until"},
        days_until=days,
    )
    assert rendered(source, values, written_in=locale, locale=locale) == text


def test_a_condition_on_a_line_of_its_own_leaves_no_line() -> None:
    source = "Hello\n  {% if days_until == 1 %}\ntomorrow\n  {% endif %}\nBye"
    assert rendered(source) == "Hello\ntomorrow\nBye"


def test_markup_in_a_name_is_text() -> None:
    name = "<img src=x onerror=alert(1)>\"'&"
    shown = message(
        "{{ patient_name }}",
        "{{ patient_name }}",
        "<p>{{ patient_name }} {{ days_until | plural({'other': '<i>'}) }}",
        patient_name=name,
    )
    assert (shown.subject, shown.text) == (name, name)
    assert shown.html == "<p>&lt;img src=x onerror=alert(1)&gt;&#34;&#39;&amp; &lt;i&gt;"


@pytest.mark.parametrize(
    "name", ["x\r\nBcc: all@example.org", "x\n\nbody", "x\x00y", "x\u2028y", "x\x85y", "x\x0b\x1cy"]
)
def test_no_name_adds_a_header(name: str) -> None:
    subject = message("{{ patient_name }}\n {{ patient_name }}", patient_name=name).subject
    assert subject is not None
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = subject
    assert [line for line in mail.as_string().splitlines() if line and not line.startswith((" ", "Subject: "))] == []


@settings(deadline=None)
@given(st.text())
def test_one_line_is_one_line(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert one_line(line) == line
    assert not {category(character) for character in line} & {"Cc", "Zl", "Zp"}


INSTANTS = st.sampled_from(["starts_at", "ends_at"])
NUMBERS = st.sampled_from(["days_until", "0", "17"])
COMPARISONS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
CONDITIONS: st.SearchStrategy[str] = st.deferred(
    lambda: st.one_of(
        st.just("true"),
        *(st.builds("{} {} {}".format, kind, COMPARISONS, kind) for kind in (INSTANTS, NUMBERS, TEXTS)),
        st.builds("({} {} {})".format, CONDITIONS, st.sampled_from(["and", "or"]), CONDITIONS),
        st.builds("not {}".format, CONDITIONS),
    )
)
TEXTS: st.SearchStrategy[str] = st.deferred(
    lambda: st.one_of(
        st.sampled_from(["patient_name", "tenant_name", "'a'", "'{{'"]),
        st.builds("{} | {}".format, INSTANTS, st.sampled_from(["date", "time('full')", "datetime('short')"])),
        st.builds("{} | plural({{0: 'none', 'one': '#', 'other': '# of #'}})".format, NUMBERS),
        st.builds("({} if {} else {})".format, TEXTS, CONDITIONS, TEXTS),
    )
)
SHOWN = st.builds("{{{{ {} }}}}".format, st.one_of(TEXTS, NUMBERS))
ODD = st.sampled_from(["{{ starts_at }}", "{{ unknown }}", "{{ patient_name + 1 }}", "{%", "}}", "{#", "#}"])
SOURCES = st.lists(
    st.one_of(
        st.text(max_size=20),
        SHOWN,
        st.builds(
            "{{% if {} %}}{}{{% elif {} %}}{}{{% else %}}x{{% endif %}}".format, CONDITIONS, SHOWN, CONDITIONS, SHOWN
        ),
        ODD,
    ),
    min_size=1,
    max_size=4,
).map("".join)


@settings(max_examples=100, deadline=None)
@given(source=SOURCES, values=VALUES, zone=ZONES, locale=st.sampled_from(["en", "de-CH", "ar-EG", "pl", "xx-YY"]))
def test_what_is_published_renders_for_everybody(
    source: str, values: OfAppointment, zone: ZoneInfo, locale: str
) -> None:
    template = Template(source, source, source)
    try:
        check(template, OfAppointment, "en")
    except Invalid:
        return
    shown = render(template, "en", values, locale, zone)
    assert shown.subject is not None
    assert len(shown.subject) <= LIMIT["subject"]
    assert len(shown.text) <= LIMIT["text"]
    shown.text.encode()


@pytest.mark.parametrize(
    ("wanted", "served"),
    [
        ("de-CH", "de"),
        ("de", "de"),
        ("zh-Hant-TW", "zh-Hant"),
        ("zh-TW", "en-GB"),
        ("en", "en-GB"),
        ("en-GB", "en-GB"),
        ("fr", "en-GB"),
    ],
)
def test_the_language_is_the_nearest_that_there_is(wanted: str, served: str) -> None:
    assert lookup(wanted, {"de", "en-GB", "zh-Hant"}, "en-GB") == served


def test_without_the_default_language_there_is_none() -> None:
    assert lookup("fr-CA", {"de"}, "en-GB") is None
    assert lookup("fr-CA", {"en"}, "en-GB") == "en"


@pytest.mark.parametrize(
    ("written_in", "wanted", "locale"),
    [("de", "de-CH", "de_CH"), ("en", "de-CH", "en"), ("zh-Hans", "zh-TW", "zh_Hans"), ("en", "en-XX", "en")],
)
def test_dates_stay_in_the_language_of_the_text(written_in: str, wanted: str, locale: str) -> None:
    assert str(locale_for(written_in, wanted)) == locale


@pytest.mark.parametrize(
    ("now", "days"),
    [
        ("2026-03-29T00:00+01:00", 0),
        ("2026-03-28T23:59+01:00", 1),
        ("2026-03-28T00:00+01:00", 1),
        ("2026-02-28T12:00+01:00", 29),
    ],
)
def test_days_are_midnights(now: str, days: int) -> None:
    assert days_until(TOMORROW.starts_at, at(now), ZoneInfo("Europe/Berlin")) == days
