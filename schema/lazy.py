"""Types that refer to each other in a circle, by name."""

from typing import TYPE_CHECKING, Annotated, TypeAlias

import strawberry

if TYPE_CHECKING:
    from schema.appointment import Appointment
    from schema.note import Note
    from schema.patient import Patient
    from schema.practitioner import Practitioner
    from schema.reminder import Reminder
    from schema.statistics import DailyStats

LazyAppointment: TypeAlias = Annotated["Appointment", strawberry.lazy("schema.appointment")]
LazyDailyStats: TypeAlias = Annotated["DailyStats", strawberry.lazy("schema.statistics")]
LazyNote: TypeAlias = Annotated["Note", strawberry.lazy("schema.note")]
LazyPatient: TypeAlias = Annotated["Patient", strawberry.lazy("schema.patient")]
LazyPractitioner: TypeAlias = Annotated["Practitioner", strawberry.lazy("schema.practitioner")]
LazyReminder: TypeAlias = Annotated["Reminder", strawberry.lazy("schema.reminder")]
