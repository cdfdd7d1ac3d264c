"""What a template may say, and what it may not."""

import pytest

from errors import Invalid
from templates.message import LIMIT, SOURCE_LIMIT, Template, check
from templates.values import OfAppointment, OfPatient


def refusal(source: str, locale: str = "en") -> Invalid:
    with pytest.raises(Invalid) as refused:
        check(Template(None, source, None), OfAppointment, locale, ("input", "template"))
    return refused.value


def test_the_variables_in_use_are_told() -> None:
    template = Template(
        "{{ tenant_name }}",
        "{% if days_until == 1 %}{{ starts_at | time }}{% else %}{{ patient_name }}{% endif %}",
        "<p>{{ facility_name }}</p>",
    )
    used = {"tenant_name", "days_until", "starts_at", "patient_name", "facility_name"}
    assert check(template, OfAppointment, "en") == used


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (
            "Hello {{ name }}",
            "no variable name. There are: patient_name, facility_name, tenant_name, practitioner_name",
        ),
        ("{{ service_type }}", "no variable service_type"),
        ("{{ locale }}", "no variable locale"),  # filters know it; templates do not
        ("{{ starts_at }}", "say in which, such as {{ starts_at | date }}"),
        ("{{ days_until == 1 }}", "use `if`"),
        ("{{ patient_name | upper }}", "no filter upper. There are: date, time, datetime, plural"),
        ("{{ patient_name | date }}", "takes an instant, and this is text"),
        ("{{ starts_at | plural({'other': '#'}) }}", "takes a number, and this is an instant"),
        ("{{ starts_at | date('dd.MM.') }}", "one of short, medium, long, full"),
        ("{{ starts_at | date('short', 'full') }}", "one of short, medium, long, full"),
        ("{{ starts_at | date(patient_name) }}", "one of short, medium, long, full"),
        ("{{ starts_at | date(length='short') }}", "no names"),
        ("{{ days_until | plural }}", "takes forms"),
        ("{{ days_until | plural({1: 'a day'}) }}", 'form for "other"'),
        ("{{ days_until | plural({'few': '#', 'other': '#'}) }}", "In en, plurals are texts .* one, other"),
        ("{{ days_until | plural({true: 'a', 'other': '#'}) }}", "In en, plurals"),
        ("{{ days_until | plural({'one': 1, 'other': '#'}) }}", "In en, plurals"),
        ("{{ days_until | plural({'other': patient_name}) }}", "constants"),
        ("{% if patient_name %}x{% endif %}", "no condition: compare it"),
        ("{% if days_until == '1' %}x{% endif %}", "compares a number with text"),
        ("{% if patient_name in 'Ada' %}x{% endif %}", "Compare with =="),
        ("{{ 'x' if days_until == 1 }}", "needs an `else`"),
        ("{{ 'x' if days_until == 1 else 2 }}", "text or a number"),
        ("{{ none }}", "a whole number"),
        ("{{ 1.5 }}", "a whole number"),
        ("Hello {{ patient_name", "unexpected end of template"),
        ("one\ntwo\n{{ name }}", "Line 3: "),
    ],
)
def test_refused_at_publishing(source: str, says: str) -> None:
    error = refusal(source)
    assert error.extensions["argument"] == ["input", "template", "text"]
    with pytest.raises(Invalid, match=says):
        raise error


def test_a_reminder_without_an_appointment_has_no_start() -> None:
    with pytest.raises(Invalid, match="no variable starts_at"):
        check(Template(None, "{{ starts_at | date }}", None), OfPatient, "en")


@pytest.mark.parametrize("locale", ["xx", "e", "", "../etc", "en-ZZ-ZZ"])
def test_a_language_that_nothing_is_known_of(locale: str) -> None:
    assert "no language" in refusal("x", locale).message


def test_the_categories_are_those_of_the_language() -> None:
    forms = "{{ days_until | plural({'one': 'dzień', 'few': '# dni', 'many': '# dni', 'other': '# dnia'}) }}"
    check(Template(None, forms, None), OfAppointment, "pl")


@pytest.mark.parametrize("part", ["subject", "text", "html"])
def test_a_part_has_limits_of_its_own(part: str) -> None:
    for source, says in [
        (" \n", "empty"),
        ("x" * (SOURCE_LIMIT[part] + 1), f"more than {SOURCE_LIMIT[part]} characters"),
        ("{{ patient_name }}" * (LIMIT[part] // 200 + 1), f"{LIMIT[part]} are fine"),
    ]:
        template = Template(None, "x", None)._replace(**{part: source})
        with pytest.raises(Invalid, match=says) as refused:
            check(template, OfAppointment, "en")
        assert refused.value.extensions["argument"] == [part]
