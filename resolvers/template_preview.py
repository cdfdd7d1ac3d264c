"""How a template would look, with made-up values. What cannot be published cannot be previewed, for the same reason."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Annotated, TypeAlias
from zoneinfo import ZoneInfo

import strawberry

from db.reminder_tables import TemplateText
from db.vocabulary import TemplateContext
from db.wall_clock import instant_when
from executor import batched
from resolvers.context import Info
from resolvers.scalars import TimeZone
from resolvers.template_publishing import ABOUT, TemplateTextInput, checked_text
from templates.message import Rendered, Template, render
from templates.values import OfAppointment, OfPatient, Values

_DAY, _AT, _LENGTH = date(2026, 3, 12), time(9, 30), timedelta(minutes=45)

_UTC = TimeZone("UTC")
Zone: TypeAlias = Annotated[
    TimeZone,
    strawberry.argument(description="The clock by which the appointment is read; it begins at 09:30 of it, tomorrow."),
]


async def template_preview(
    info: Info,
    draft: Annotated[TemplateTextInput, strawberry.argument(description="What it would say.")],
    context: Annotated[
        TemplateContext, strawberry.argument(description="What it may speak of.")
    ] = TemplateContext.APPOINTMENT,
    time_zone: Zone = _UTC,
) -> Rendered:
    """A text with made-up values for all variables. `BAD_USER_INPUT`, with the line, for what could not be published."""
    about = ABOUT[context]
    said = checked_text(draft, about, ["draft"])
    return render(said, draft.locale, _examples(about, time_zone), draft.locale, ZoneInfo(time_zone))


@batched("subject", "text", "html", "locale")
def preview(texts: strawberry.Parent[Sequence[TemplateText]], time_zone: Zone = _UTC) -> list[Rendered]:
    """It with made-up values for all variables."""
    values, zone = _examples(OfAppointment, time_zone), ZoneInfo(time_zone)
    return [
        render(Template(each.subject, each.text, each.html), each.locale, values, each.locale, zone) for each in texts
    ]


def _examples(about: type[Values], time_zone: str) -> Values:
    people = {"patient_name": "Alex Morgan", "facility_name": "Harbour House", "tenant_name": "Harbour Care"}
    if about is OfPatient:
        return OfPatient(**people)
    starts_at = instant_when(_DAY, _AT, ZoneInfo(time_zone))
    return OfAppointment(
        **people, practitioner_name="Robin Lee", starts_at=starts_at, ends_at=starts_at + _LENGTH, days_until=1
    )
