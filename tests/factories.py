"""Rows for tests, written as the owner."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

import ids

_numbers = itertools.count(1)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass
class House:
    """A tenant with two facilities, two practitioners, three patients. Ids are lists, in order of creation."""

    pool: asyncpg.Pool
    tenant: UUID = field(default_factory=uuid7)
    slug: str = field(default_factory=lambda: f"house-{next(_numbers)}")
    facilities: list[UUID] = field(default_factory=list)
    practitioners: list[UUID] = field(default_factory=list)
    patients: list[UUID] = field(default_factory=list)
    notes: list[UUID] = field(default_factory=list)
    addenda: list[UUID] = field(default_factory=list)
    appointments: list[UUID] = field(default_factory=list)

    @classmethod
    async def build(cls, pool: asyncpg.Pool) -> "House":
        house = cls(pool)
        await house._insert(
            "tenants", id=house.tenant, slug=house.slug, name="A house", status="ACTIVE", time_zone="UTC"
        )
        for name, zone in (("Ash", "Europe/Berlin"), ("Birch", "America/New_York")):
            await house.facility(name=name, time_zone=zone)
        for name in ("Ada Nurse", "Ben Doctor"):
            await house.practitioner(name=name)
        for name in ("Cora One", "Dora Two", "Evan Three"):
            await house.patient(name=name)
        return house

    async def _insert(self, table: str, **values: Any) -> UUID:
        columns, places = ", ".join(values), ", ".join(f"${n}" for n in range(1, len(values) + 1))
        await self.pool.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", *values.values())
        row_id: UUID = values["id"]
        return row_id

    async def _add(self, kind: list[UUID], table: str, values: dict[str, Any]) -> UUID:
        kind.append(await self._insert(table, **{"tenant_id": self.tenant, "id": uuid7(), **values}))
        return kind[-1]

    async def facility(self, **values: Any) -> UUID:
        defaults = {"name": "A facility", "time_zone": "UTC", "status": "ACTIVE"}
        return await self._add(self.facilities, "facilities", defaults | values)

    async def practitioner(self, **values: Any) -> UUID:
        n = len(self.practitioners)
        defaults = {"subject": f"practitioner-{n}", "name": "A nurse", "email": f"p{n}@house.example", "role": "NURSE"}
        return await self._add(self.practitioners, "practitioners", defaults | values)

    async def patient(self, **values: Any) -> UUID:
        defaults = {
            "facility_id": self.facilities[0],
            "mrn": f"MRN-{len(self.patients):05}",
            "name": "A patient",
            "birth_date": date(1950, 1, 1),
            "time_zone": "UTC",
            "locale": "en",
            "status": "ACTIVE",
        }
        return await self._add(self.patients, "patients", defaults | values)

    async def note(self, **values: Any) -> UUID:
        """PRELIMINARY unless said otherwise; each a minute after the one before."""
        defaults: dict[str, Any] = {
            "patient_id": self.patients[0],
            "facility_id": self.facilities[0],
            "author_id": self.practitioners[0],
            "category": "PROGRESS",
            "priority": "NORMAL",
            "shift": "DAY",
            "status": "PRELIMINARY",
            "effective_at": NOON + timedelta(minutes=len(self.notes)),
            "recorded_at": NOON + timedelta(minutes=len(self.notes)),
            "text": "Slept well.",
        }
        values = defaults | values
        if values["status"] in ("FINAL", "AMENDED"):
            values |= {
                "signed_at": values["recorded_at"],
                "signed_by_id": values["author_id"],
                "content_hash": bytes(32),
            }
        if values["status"] == "ENTERED_IN_ERROR":
            values |= {
                "retracted_at": values["recorded_at"],
                "retracted_by_id": values["author_id"],
                "retraction_reason": "wrong patient",
            }
        note = await self._add(self.notes, "notes", values)
        # As the mutations do it: counted at once.
        await self.pool.execute(
            """SELECT count_notes($1, jsonb_build_array(to_jsonb(n) || '{"change": 1}')::text)
               FROM notes n WHERE tenant_id = $1 AND id = $2""",
            self.tenant,
            note,
        )
        return note

    async def count(self) -> None:
        """All figures anew, for notes that were written past the factory."""
        await self.pool.execute("SELECT rebuild_figures($1, $2, '-infinity', 'infinity')", self.tenant, self.facilities)

    async def employ(self, practitioner: UUID, facility: UUID) -> None:
        await self.pool.execute(
            "INSERT INTO practitioner_facilities (tenant_id, practitioner_id, facility_id) VALUES ($1, $2, $3)",
            self.tenant,
            practitioner,
            facility,
        )

    async def version_of(self, note: UUID, text: str = "Slept badly.") -> None:
        """What the note said before an edit by the second practitioner."""
        await self.pool.execute(
            """INSERT INTO note_versions (tenant_id, note_id, version, facility_id, category, priority, shift, effective_at,
                   text, replaced_by_id)
               SELECT tenant_id, id, version, facility_id, category, priority, shift, effective_at, $3, $4
               FROM notes WHERE tenant_id = $1 AND id = $2""",
            self.tenant,
            note,
            text,
            self.practitioners[1],
        )

    async def addendum_to(self, note: UUID, text: str = "Woke up twice.") -> UUID:
        defaults = {"note_id": note, "author_id": self.practitioners[1], "kind": "ADDITION", "reason": "left out"}
        return await self._add(self.addenda, "addenda", {**defaults, "text": text})

    async def appointment(self, **values: Any) -> UUID:
        """BOOKED unless said otherwise; each of half an hour, and an hour after the one before."""
        starts_at = values.get("starts_at", NOON + timedelta(hours=len(self.appointments)))
        defaults: dict[str, Any] = {
            "patient_id": self.patients[0],
            "practitioner_id": self.practitioners[0],
            "facility_id": self.facilities[0],
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(minutes=30),
            "time_zone": "Europe/Berlin",
            "service_type": "Physiotherapy",
            "exclusive": True,
            "status": "BOOKED",
            "cancel_reason": "No transport." if values.get("status") == "CANCELLED" else None,
        }
        return await self._add(self.appointments, "appointments", defaults | values)

    async def fill(self, notes: int, patients: int) -> None:
        """Many rows at once: notes spread evenly over as many patients, facilities and practitioners as there are."""
        for n in range(len(self.patients), patients):
            await self.patient(name=f"Patient {n:04}", facility_id=self.facilities[n % 2])
        first = len(self.notes)
        rows = [
            (
                self.tenant,
                uuid7(),
                self.patients[n % patients],
                self.facilities[n % 2],
                self.practitioners[n % 2],
                "PROGRESS",
                "NORMAL",
                "DAY",
                "PRELIMINARY",
                NOON + timedelta(minutes=n),
                NOON + timedelta(minutes=n),
                f"Note number {n}.",
            )
            for n in range(first, first + notes)
        ]
        columns = ["tenant_id", "id", "patient_id", "facility_id", "author_id", "category", "priority", "shift"]
        columns += ["status", "effective_at", "recorded_at", "text"]
        await self.pool.copy_records_to_table("notes", records=rows, columns=columns)
        self.notes += [row[1] for row in rows]
        await self.count()

    def gid(self, type_name: str, row_id: UUID) -> str:
        return ids.encode(type_name, row_id)
