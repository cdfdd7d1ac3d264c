"""Practitioners' calendars: what takes place in a span of time, whole."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, select

from db.appointment_tables import LONGEST, Appointment
from db.pool import values_of
from db.scope import Scope
from db.statements import TENANT, Columns, Shapes, columns_of
from loaders.keys import among, among_words
from loaders.loader import Loader


@dataclass(frozen=True, slots=True)
class Span:
    """From one instant to another, which it does not include; and the states of the appointments in it."""

    begin: datetime
    end: datetime
    statuses: tuple[str, ...]


class Calendars(Loader[UUID, list[Appointment]]):
    """The appointments of a practitioner that reach into the span, by their start."""

    def __init__(self, scope: Scope, span: Span) -> None:
        super().__init__(scope)
        self._span = span

    async def fetch(self, keys: list[UUID], columns: Columns) -> list[list[Appointment]]:
        span = self._span
        rows = await self.scope.rows(
            _shapes.get(columns, lambda: _reaching_in(columns)),
            Appointment,
            keys=keys,
            earliest=span.begin - LONGEST,
            begin=span.begin,
            end=span.end,
            statuses=span.statuses,
        )
        found = defaultdict[UUID, list[Appointment]](list)
        for practitioner, row in zip(values_of(rows, Appointment.practitioner_id), rows, strict=True):
            found[practitioner].append(row)
        return [found[key] for key in keys]


_shapes = Shapes()


def _reaching_in(columns: Columns) -> Select[Any]:
    """By comparisons, not by ranges: those are not leakproof, so that under a policy no index would serve them."""
    instant = Appointment.starts_at.type
    return (
        select(*columns_of(Appointment.__table__, columns, "practitioner_id"))
        .where(
            Appointment.tenant_id == TENANT,
            among(Appointment.practitioner_id),
            Appointment.starts_at > bindparam("earliest", type_=instant),
            Appointment.starts_at < bindparam("end", type_=instant),
            Appointment.ends_at > bindparam("begin", type_=instant),
            among_words(Appointment.status, "statuses"),
        )
        .order_by(Appointment.starts_at, Appointment.id)
    )
