"""Values and templates for the tests of templates."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from templates.message import Rendered, Template, check, render
from templates.values import OfAppointment

BERLIN = ZoneInfo("Europe/Berlin")
TOMORROW = OfAppointment(
    patient_name="Zoë O'Neill",
    facility_name="Gander & Sons",
    tenant_name="Sunrise Care",
    practitioner_name="Rosa King",
    starts_at=datetime(2026, 3, 29, 7, 30, tzinfo=UTC),
    ends_at=datetime(2026, 3, 29, 8, tzinfo=UTC),
    days_until=1,
)

_NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
_INSTANTS = st.datetimes(datetime(1900, 1, 2), datetime(9998, 12, 30), timezones=st.just(UTC))
VALUES = st.builds(
    OfAppointment,
    patient_name=_NAMES,
    facility_name=_NAMES,
    tenant_name=_NAMES,
    practitioner_name=_NAMES,
    starts_at=_INSTANTS,
    ends_at=_INSTANTS,
    days_until=st.integers(-400, 400),
)


def rendered(
    source: str, values: OfAppointment = TOMORROW, written_in: str = "en", locale: str = "en", zone: ZoneInfo = BERLIN
) -> str:
    """The text of a template that is checked first."""
    template = Template(None, source, None)
    check(template, type(values), written_in)
    return render(template, written_in, values, locale, zone).text


def message(subject: str | None = None, text: str = "-", html: str | None = None, **changes: str) -> Rendered:
    """All parts, with other names than usual."""
    template = Template(subject, text, html)
    check(template, OfAppointment, "en")
    fields = {name: getattr(TOMORROW, name) for name in OfAppointment.__dataclass_fields__}
    return render(template, "en", OfAppointment(**{**fields, **changes}), "en", BERLIN)
