"""Writes the demo data: one transaction, in batches, as the role that owns the tables."""

import asyncio
import gc
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import NamedTuple
from uuid import UUID

import asyncpg
import orjson

from db.demo.appointments import appointments
from db.demo.constraints import creating, dropping, indexes_and_references
from db.demo.notes import Stories, Story
from db.demo.organisations import Organisation, organisations, slugs
from db.demo.patients import patients
from db.demo.plan import Plan
from db.demo.reminders import reminding
from db.demo.rows import (
    TABLES,
    AddendumRow,
    AppointmentRow,
    ContactPreferenceRow,
    FacilityRow,
    NoteRow,
    NoteVersionRow,
    PatientRow,
    PractitionerFacilityRow,
    PractitionerRow,
    QueuedReminderRow,
    ReminderRow,
    ReminderRuleRow,
    TemplateRow,
    TemplateTextRow,
    TenantRow,
)
from db.demo.texts import Texts
from db.event_kinds import FacilityEventKind
from db.event_tables import OutboxEvent
from db.figure_tables import FacilityDay, NoteCount, NotePerson
from db.tables import Addendum, Base, Facility, Note, NoteVersion, Patient
from errors import Conflict

BATCH = 20_000
"""Notes in one COPY. What is in memory at a time does not depend on how many there are."""

PAUSE = 64
"""Records between two pauses of a COPY: enough that pauses cost nothing, and few enough to keep PostgreSQL busy."""

Progress = Callable[[str, int, int], None]
"""Is told the stage, and how much of it is done of how much."""

_FIGURES = {
    FacilityDay.__tablename__: "recounted_days",
    NoteCount.__tablename__: "recounted_notes",
    NotePerson.__tablename__: "recounted_people",
}
"""What each table of counts is filled with: functions of migration 0002."""
_LARGE = [Base.metadata.tables[model.__tablename__] for model in (Patient, Note, NoteVersion, Addendum)]


@dataclass(frozen=True, slots=True)
class DemoTenant:
    id: UUID
    slug: str
    name: str
    subject: str
    """Of the tokens of one of its practitioners."""


@dataclass(frozen=True, slots=True)
class Summary:
    rows: dict[str, int]
    """By table."""
    tenants: list[DemoTenant]
    """The largest first."""
    seconds: float


async def load(owner_url: str, plan: Plan, progress: Progress, *, batch: int = BATCH) -> Summary:
    """All of the plan or, where anything goes wrong, nothing. `Conflict` where its tenants are there already."""
    begun = time.monotonic()
    connection = await asyncpg.connect(owner_url, server_settings={"timezone": "UTC", "jit": "off"})
    # Rows are tuples, in no circle with anything: the collector would look through them in vain.
    collecting = gc.isenabled()
    gc.disable()
    try:
        async with connection.transaction():
            loading = _Loading(connection, plan, progress, batch)
            await loading.run()
        progress("statistics", 0, 1)
        await connection.execute(f"VACUUM (ANALYZE) {', '.join([*TABLES.values(), *_FIGURES])}")
        progress("statistics", 1, 1)
    finally:
        if collecting:
            gc.enable()
        await connection.close()
    return Summary(loading.rows, loading.tenants, time.monotonic() - begun)


class _Loading:
    def __init__(self, connection: asyncpg.Connection, plan: Plan, progress: Progress, batch: int) -> None:
        self.rows = dict.fromkeys(TABLES.values(), 0)
        self.tenants: list[DemoTenant] = []
        self._connection = connection
        self._plan = plan
        self._progress = progress
        self._batch = batch

    async def run(self) -> None:
        await self._begin()
        # Every index costs more kept up to date row by row than built at the end, and so does every reference checked.
        filled = await self._connection.fetchval("SELECT EXISTS (SELECT FROM notes)")
        put_aside = [] if filled else indexes_and_references(_LARGE)
        for element in put_aside:
            await self._connection.execute(dropping(element))
        texts = Texts(self._plan)
        self._progress("notes", 0, self._plan.notes)
        for organisation, chance in organisations(self._plan):
            await self._organisation(organisation)
            await self._copy(PatientRow, patients(self._plan, organisation, chance))
            await self._appointments(organisation)
            await self._stories(iter(Stories(self._plan, organisation, texts, chance)))
        for done, element in enumerate(put_aside, start=1):
            await self._connection.execute(creating(element))
            self._progress("indexes", done, len(put_aside))
        await self._figures()

    async def _figures(self) -> None:
        """The counts that statistics are read from: once for each tenant, when all its notes are there."""
        self._progress("figures", 0, len(self.tenants))
        for done, tenant in enumerate(self.tenants, start=1):
            facilities = await self._connection.fetchval(
                "SELECT array_agg(id) FROM facilities WHERE tenant_id = $1", tenant.id
            )
            await self._connection.execute("SELECT touch_figures($1, $2)", tenant.id, facilities)
            # As rebuild_figures does it, which looks for each row first: a new tenant has none.
            for table, recounted in _FIGURES.items():
                await self._connection.execute(
                    f"INSERT INTO {table} SELECT * FROM {recounted}($1, $2, '-infinity', 'infinity')",  # noqa: S608
                    tenant.id,
                    facilities,
                )
            self._progress("figures", done, len(self.tenants))

    async def _begin(self) -> None:
        # One load at a time. Others still read, and write for tenants that exist, unless the indexes are put aside.
        await self._connection.execute(
            "SET LOCAL maintenance_work_mem = '256MB'; LOCK TABLE tenants IN SHARE ROW EXCLUSIVE MODE"
        )
        wanted = slugs(self._plan)
        taken = await self._connection.fetchval("SELECT min(slug) FROM tenants WHERE slug = ANY($1)", wanted)
        if taken is not None:
            raise Conflict(f"There is a tenant {taken} already: another seed makes other tenants.", reason="DUPLICATE")

    async def _organisation(self, organisation: Organisation) -> None:
        tenant = organisation.row
        await self._copy(TenantRow, [tenant])
        await self._copy(FacilityRow, [site.row for site in organisation.sites])
        await self._copy(PractitionerRow, organisation.practitioners)
        await self._copy(PractitionerFacilityRow, organisation.employments)
        subject = organisation.practitioners[0].subject
        self.tenants.append(DemoTenant(tenant.id, tenant.slug, tenant.name, subject))

    async def _appointments(self, organisation: Organisation) -> None:
        rows = list(appointments(self._plan, organisation))
        await self._copy(AppointmentRow, rows)
        made = reminding(self._plan, organisation, rows)
        await self._copy(TemplateRow, made.templates)
        await self._copy(TemplateTextRow, made.texts)
        await self._copy(ReminderRuleRow, made.rules)
        await self._copy(ContactPreferenceRow, made.preferences)
        await self._copy(ReminderRow, made.reminders)
        await self._copy(QueuedReminderRow, made.queue())

    async def _stories(self, stories: Iterator[Story]) -> None:
        while first := next(stories, None):
            batch = _Batch(chain([first], islice(stories, self._batch - 1)))
            await self._copy(NoteRow, batch.notes())
            await self._copy(NoteVersionRow, batch.versions)
            await self._copy(AddendumRow, batch.addenda)
            await self._tell(batch.notes_at)
            self._progress("notes", self.rows["notes"], self._plan.notes)

    async def _tell(self, notes_at: Counter[tuple[UUID, UUID]]) -> None:
        """One event for all notes of the batch at a facility, instead of one for each."""
        kind = FacilityEventKind.NOTES_LOADED
        await self._connection.copy_records_to_table(
            OutboxEvent.__tablename__,
            columns=("tenant_id", "kind", "type", "entity_id", "facility_id", "payload"),
            records=[
                (tenant, kind, Facility.__name__, facility, facility, orjson.dumps({"notes": notes}).decode())
                for (tenant, facility), notes in notes_at.items()
            ],
        )

    async def _copy(self, row: type[NamedTuple], records: Iterable[NamedTuple]) -> None:
        table = TABLES[row]
        status = await self._connection.copy_records_to_table(
            table, records=_sent_meanwhile(records), columns=row._fields
        )
        self.rows[table] += int(status.removeprefix("COPY "))


class _Batch:
    """Some stories, told once: notes as they come, what hangs on them kept until the notes are in."""

    def __init__(self, stories: Iterable[Story]) -> None:
        self._stories = stories
        self.versions: list[NoteVersionRow] = []
        self.addenda: list[AddendumRow] = []
        self.notes_at: Counter[tuple[UUID, UUID]] = Counter()
        """By tenant and facility."""

    def notes(self) -> Iterator[NoteRow]:
        for story in self._stories:
            self.versions += story.versions
            self.addenda += story.addenda
            self.notes_at[story.note.tenant_id, story.note.facility_id] += 1
            yield story.note


async def _sent_meanwhile(records: Iterable[NamedTuple]) -> AsyncIterator[NamedTuple]:
    """The same, with pauses: only in these does what was made go out, for PostgreSQL to work on while more is made."""
    for number, record in enumerate(records):
        if not number % PAUSE:
            await asyncio.sleep(0)
        yield record
