"""What counting costs who writes: `createNote` by its resolver, with and without it; and fifty writers at one place and day."""

import asyncio
import time
from datetime import UTC, datetime
from statistics import median
from types import SimpleNamespace
from typing import Any, cast

import strawberry

import ids
from auth import Role
from bench.report import table
from bench.stats.world import World
from db import figures
from db.vocabulary import NoteCategory
from resolvers import note_writing
from resolvers.context import Info

WRITERS = 50
BLOCK = 20
NOON = datetime(2025, 12, 20, 12, tzinfo=UTC)
TEXT = "Slept through the night, ate half of the breakfast, walked to the window and back with the frame."


async def measure(world: World, notes: int) -> tuple[dict[str, float], str]:
    input = note_writing.CreateNoteInput(
        patient_id=strawberry.ID(ids.encode("Patient", await _patient(world))),
        facility_id=strawberry.ID(ids.encode("Facility", world.facility)),
        category=NoteCategory.VITALS,
        effective_at=NOON,
        text=TEXT,
    )

    async def write() -> float:
        began = time.perf_counter()
        context = world.context(Role.CLINICIAN)
        info = cast(Info, SimpleNamespace(context=context, field_name="createNote"))
        await note_writing.create_note(info, input)
        await context.close()
        return time.perf_counter() - began

    counting, taken = figures.count, {True: list[float](), False: list[float]()}

    async def nothing(*_: Any) -> None: ...

    for _ in range(BLOCK):
        await write()
    for _ in range(notes // BLOCK):
        for counted in (True, False):
            setattr(figures, "count", counting if counted else nothing)  # noqa: B010  # mypy takes it for a constant
            taken[counted] += [await write() for _ in range(BLOCK)]
    figures.count = counting
    async with world.database.write(world.tenant_id) as scope:
        await figures.rebuild(scope, [world.facility])

    before, began = await _counted(world), time.perf_counter()
    await asyncio.gather(*(_writes(write, notes // WRITERS + 1) for _ in range(WRITERS)))
    seconds, written = time.perf_counter() - began, WRITERS * (notes // WRITERS + 1)
    assert await _counted(world) - before == written, "no count is lost"
    scope = world.database.read(world.tenant_id)
    assert not await figures.drift(scope, [world.facility])
    await scope.close()

    with_, without = median(taken[True]), median(taken[False])
    found = {"write_ratio": with_ / without, "write_ms": with_ * 1000, "writers_per_second": written / seconds}
    rows = [
        ["counted", f"{with_ * 1000:.2f} ms", f"{with_ / without:.2f}"],
        ["not counted", f"{without * 1000:.2f} ms", "1.00"],
    ]
    text = f"""Writing, `createNote` by its resolver, {notes} notes each way in turns of {BLOCK}:

{table(["", "median", "ratio"], rows)}

{WRITERS} writers at once, all at one facility and day: {written:,} notes at {written / seconds:,.0f} a second; no deadlock,
every note counted, no drift.
"""
    return found, text


async def _writes(write: Any, notes: int) -> None:
    for _ in range(notes):
        await write()


async def _patient(world: World) -> Any:
    return await world.owner.fetchval(
        "SELECT id FROM patients WHERE tenant_id = $1 AND facility_id = $2 LIMIT 1", world.tenant_id, world.facility
    )


async def _counted(world: World) -> int:
    return int(
        await world.owner.fetchval(
            "SELECT sum(notes) FROM facility_days WHERE tenant_id = $1 AND facility_id = $2",
            world.tenant_id,
            world.facility,
        )
    )
