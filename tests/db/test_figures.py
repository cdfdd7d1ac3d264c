"""The counts that statistics are read from are those of the notes: after any mutation, any zone, any number at once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auth import Role
from tests.api import Api
from tests.db.recounting import assert_exact, naively, stored
from tests.factories import House

ZONES = ["Europe/Berlin", "America/New_York", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]
"""With clocks that change at night, at midnight, by half an hour; of odd offsets; on the far side of the date line."""

CHANGES = [datetime(2026, *at, tzinfo=UTC) for at in ((3, 8, 5), (3, 29, 0), (4, 4, 15), (10, 25, 0), (11, 1, 4))]
"""Hours in which the clocks of these zones change."""

instants = st.builds(
    lambda change, minutes: (change + timedelta(minutes=minutes)).isoformat(),
    st.sampled_from(CHANGES),
    st.integers(-26 * 60, 26 * 60),
)
categories = st.sampled_from(["VITALS", "PROGRESS", "INCIDENT"])
indexes = st.integers(0, 5)
operations = st.one_of(
    st.fixed_dictionaries({"do": st.just("create"), "at": instants, "category": categories, "n": indexes}),
    st.fixed_dictionaries(
        {"do": st.just("update"), "n": indexes},
        optional={"at": instants, "category": categories, "facility": st.integers(0, 1), "text": st.just("Anew.")},
    ),
    st.fixed_dictionaries({"do": st.sampled_from(["sign", "amend", "retract"]), "n": indexes}),
    st.fixed_dictionaries({"do": st.just("zone"), "facility": st.integers(0, 1), "zone": st.sampled_from(ZONES)}),
)


class Ward:
    """Does the operations over the API. What a note's state does not allow is a conflict, and counts nothing."""

    def __init__(self, api: Api, house: House) -> None:
        self.clinician = api.as_(Role.CLINICIAN, house.tenant, "practitioner-0")
        self.admin = api.as_(Role.ADMIN, house.tenant)
        self.house = house
        self.notes: list[str] = []

    async def do(self, op: dict[str, Any]) -> None:
        house, note = self.house, self.notes[op.get("n", 0) % len(self.notes)] if self.notes else None
        if op["do"] == "create":
            answer = await self._mutate(
                "createNote",
                {
                    "patientId": house.gid("Patient", house.patients[op["n"] % 3]),
                    "facilityId": house.gid("Facility", house.facilities[op["n"] % 2]),
                    "category": op["category"],
                    "effectiveAt": op["at"],
                    "text": "Slept well.",
                },
            )
            self.notes.append(answer["data"]["createNote"]["note"]["id"])
        elif op["do"] == "zone":
            facility = house.gid("Facility", house.facilities[op["facility"]])
            await self._mutate("updateFacility", {"id": facility, "timeZone": op["zone"]}, "facility", self.admin)
        elif note is None:
            return
        elif op["do"] == "update":
            changes = {"category": op.get("category"), "effectiveAt": op.get("at"), "text": op.get("text")}
            if "facility" in op:
                changes["facilityId"] = house.gid("Facility", house.facilities[op["facility"]])
            await self._mutate("updateNote", {"id": note, **{name: v for name, v in changes.items() if v}})
        elif op["do"] == "sign":
            await self._mutate("signNote", {"id": note})
        elif op["do"] == "amend":
            await self._mutate("addAddendum", {"noteId": note, "kind": "ADDITION", "reason": "R", "text": "T"})
        else:
            await self._mutate("markNoteEnteredInError", {"id": note, "reason": "Another patient."})

    async def _mutate(
        self, name: str, input: dict[str, Any], payload: str = "note", by: Api | None = None
    ) -> dict[str, Any]:
        kind = name[0].upper() + name[1:]
        document = f"mutation ($it: {kind}Input!) {{ {name}(input: $it) {{ {payload} {{ id }} }} }}"
        answer = await (by or self.clinician).answer(document, it=input)
        for error in answer.get("errors", ()):
            assert error["extensions"]["code"] == "CONFLICT", error
            assert error["extensions"]["reason"] == "NOTE_STATUS", error
        return answer


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.lists(operations, min_size=1, max_size=6), min_size=1, max_size=8))
async def test_counts_are_those_of_the_notes(api: Api, owner: asyncpg.Pool, steps: list[list[dict[str, Any]]]) -> None:
    """The operations of a step all at once, step after step."""
    house = await House.build(owner)
    ward = Ward(api, house)
    for step in steps:
        await asyncio.gather(*(ward.do(op) for op in step))
        await assert_exact(owner, house.tenant)


async def test_fifty_writers_on_one_facility_and_day_lose_nothing(api: Api, owner: asyncpg.Pool, house: House) -> None:
    ward, at = Ward(api, house), "2026-03-02T12:00:00Z"
    creating = {"do": "create", "at": at, "category": "VITALS", "n": 0}
    await asyncio.gather(*(ward.do(creating) for _ in range(50)))
    assert len(ward.notes) == 50
    moves = [
        {"do": ("update", "sign", "retract")[n % 3], "n": n, "facility": n % 2, "category": "INCIDENT"}
        for n in range(50)
    ]
    ward.notes.sort()
    await asyncio.gather(*(ward.do(move) for move in moves))
    notes = await assert_exact(owner, house.tenant)
    assert len(notes) == 50 - 16


async def test_rebuilding_while_others_write_is_exact(api: Api, owner: asyncpg.Pool, house: House) -> None:
    """Counts that were wrong before are right after it, and what was written meanwhile is in them once."""
    ward = Ward(api, house)
    await house.fill(notes=400, patients=20)
    await owner.execute("UPDATE note_people SET notes = notes + 1 WHERE tenant_id = $1", house.tenant)
    await owner.execute("DELETE FROM facility_days WHERE tenant_id = $1", house.tenant)
    assert await stored(owner, house.tenant) != naively([])

    async def write(n: int) -> None:
        for turn in range(8):
            await ward.do({"do": "create", "at": f"2026-03-0{1 + turn % 3}T12:00:00Z", "category": "VITALS", "n": n})

    async def rebuild() -> None:
        for _ in range(5):
            await house.count()

    await asyncio.gather(*(write(n) for n in range(10)), rebuild())
    assert len(await assert_exact(owner, house.tenant)) == 480
