"""Ways out of the sandbox, and ways to keep it busy: none is published."""

import pytest
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from errors import Invalid
from templates.message import Template, check
from templates.sandbox import _HTML, _PLAIN
from templates.values import OfAppointment

ESCAPES = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ patient_name.__class__ }}",
    "{{ patient_name['__class__'] }}",
    "{{ patient_name | attr('__class__') }}",
    "{{ patient_name.format(tenant_name) }}",
    "{{ '{0.__class__}'.format(patient_name) }}",
    "{{ '%s' % patient_name }}",
    "{{ patient_name | map(attribute='__class__') | list }}",
    "{{ patient_name | safe }}",
    "{{ self._TemplateReference__context }}",
    "{{ cycler.__init__.__globals__.os }}",
    "{{ lipsum() }}",
    "{{ config }}",
    "{{ caller() }}",
    "{{ starts_at.__init__.__globals__ }}",
    "{{ starts_at.replace(year=1) | date }}",
    "{{ starts_at | date(**{'length': 'full'}) }}",
    "{{ starts_at | date(*['full']) }}",
    "{% set patient_name = 'x' %}",
    "{% set x.y = 1 %}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% from 'os' import path %}",
    "{% extends 'base' %}",
    "{% block a %}{% endblock %}",
    "{% macro a() %}{% endmacro %}",
    "{% call x() %}{% endcall %}",
    "{% filter upper %}x{% endfilter %}",
    "{% with x = 1 %}{% endwith %}",
    "{% autoescape false %}{{ patient_name }}{% endautoescape %}",
    "{% trans %}x{% endtrans %}",
    "{% do x %}",
]
WORK = [
    "{% for x in range(10 ** 9) %}{% endfor %}",
    "{% for x in patient_name recursive %}{{ loop(x) }}{% endfor %}",
    "{{ range(10 ** 9) | list }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ 'x' * 10 ** 9 }}",
    "{{ 'x' | center(10 ** 9) }}",
    "{{ patient_name ~ patient_name }}",
    "{{ patient_name + patient_name }}",
    "{{ '%1000000000d' | format(1) }}",
    "{{ " + "9" * 5_000 + " }}",
    "{{ " + "9" * 21 + " }}",
    "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
    "{{ " + "not " * 5_000 + "true }}",
    "{% if " + "true and " * 500 + "true %}{% endif %}",
    "{{ days_until" + " | plural({'other': '#'})" * 200 + " }}",
    "{% if true %}" * 100 + "{% endif %}" * 100,
    "{% if true %}" + "{% elif true %}" * 500 + "{% endif %}",
    "{{ days_until | plural({'other': '" + "#" * 10_000 + "'}) }}",
    "{{" * 10_000,
    "{#" * 10_000,
    "{%" + " " * 19_000,
]


@pytest.mark.parametrize("source", ESCAPES + WORK, ids=lambda source: source[:40])
@pytest.mark.parametrize("part", ["subject", "text", "html"])
def test_refused(part: str, source: str) -> None:
    with pytest.raises(Invalid):
        check(Template(None, "x", None)._replace(**{part: source}), OfAppointment, "en")


@pytest.mark.parametrize("escape", ["\\ud800", "\\udfff", "\\U0000dc00"])
def test_half_a_character_is_not_published(escape: str) -> None:
    for source in (f"{{{{ '{escape}' }}}}", f"{{{{ days_until | plural({{'other': '{escape}'}}) }}}}"):
        with pytest.raises(Invalid, match="half a character"):
            check(Template(None, source, None), OfAppointment, "en")


@pytest.mark.parametrize("environment", [_PLAIN, _HTML], ids=["plain", "HTML"])
def test_the_lock_behind_the_door(environment: ImmutableSandboxedEnvironment) -> None:
    """What slips through the language meets Jinja's sandbox, without one global, test or filter that is not ours."""
    with pytest.raises(SecurityError):
        environment.from_string("{{ x.__class__.__mro__ }}").render(x="")
    with pytest.raises(SecurityError):
        environment.from_string("{{ x.append(1) }}").render(x=[])
    assert not environment.globals
    assert not environment.tests
    assert set(environment.filters) == {"date", "time", "datetime", "plural"}
