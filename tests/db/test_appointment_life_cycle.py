"""The life of an appointment, guarded by the database: raw SQL as the application's role, past the code."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from db.appointment_states import OCCUPYING, PLANNED, TRANSITIONS
from db.vocabulary import AppointmentStatus
from tests.conftest import TestDatabase
from tests.factories import NOON, House

MOVABLE = ["practitioner_id", "facility_id", "starts_at", "ends_at", "time_zone", "exclusive", "generation"]
MOVABLE += ["updated_at", "version"]
FIXED = ["tenant_id", "id", "patient_id", "service_type", "status", "cancel_reason", "created_at"]

REFUSED_BY_POLICY = pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security")
NOT_GRANTED = pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied")

each_state = pytest.mark.parametrize("state", AppointmentStatus)


@pytest.fixture
async def app(shared_database: TestDatabase, house: House) -> AsyncIterator[asyncpg.Connection]:
    """A connection as the application's role, the house's tenant set."""
    connection = await asyncpg.connect(shared_database.app_url)
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("SELECT set_tenant($1)", house.tenant)
    yield connection
    await transaction.rollback()
    await connection.close()


async def insert(app: asyncpg.Connection, house: House, **values: Any) -> None:
    row = {
        "tenant_id": house.tenant,
        "id": uuid7(),
        "patient_id": house.patients[0],
        "practitioner_id": house.practitioners[0],
        "facility_id": house.facilities[0],
        "starts_at": NOON,
        "ends_at": NOON + timedelta(minutes=30),
        "time_zone": "UTC",
        "service_type": "Physiotherapy",
        "exclusive": True,
        "status": "BOOKED",
        **values,
    }
    places = ", ".join(f"${n + 1}" for n in range(len(row)))
    await app.execute(f"INSERT INTO appointments ({', '.join(row)}) VALUES ({places})", *row.values())


@each_state
async def test_an_appointment_begins_as_what_is_planned(
    app: asyncpg.Connection, house: House, state: AppointmentStatus
) -> None:
    reason = "r" if state is AppointmentStatus.CANCELLED else None
    if state in PLANNED:
        await insert(app, house, status=state)
    else:
        with REFUSED_BY_POLICY:
            await insert(app, house, status=state, cancel_reason=reason)


async def test_an_appointment_begins_with_its_first_generation(app: asyncpg.Connection, house: House) -> None:
    with REFUSED_BY_POLICY:
        await insert(app, house, generation=2)


@each_state
async def test_it_can_be_moved_while_it_is_planned(
    app: asyncpg.Connection, house: House, state: AppointmentStatus
) -> None:
    appointment = await house.appointment(status=state)
    for column in MOVABLE:
        moved = await app.execute(f"UPDATE appointments SET {column} = {column} WHERE id = $1", appointment)
        assert moved == f"UPDATE {int(state in PLANNED)}", column


async def test_what_is_fixed_cannot_be_changed_at_all(app: asyncpg.Connection, house: House) -> None:
    appointment = await house.appointment()
    columns = "SELECT column_name FROM information_schema.columns WHERE table_name = 'appointments'"
    assert {row["column_name"] for row in await app.fetch(columns)} == {*MOVABLE, *FIXED}
    for column in FIXED:
        with NOT_GRANTED:
            async with app.transaction():
                await app.execute(f"UPDATE appointments SET {column} = {column} WHERE id = $1", appointment)
    with NOT_GRANTED:
        await app.execute("DELETE FROM appointments WHERE id = $1", appointment)


@each_state
async def test_a_state_leads_where_the_table_says_and_nowhere_else(
    app: asyncpg.Connection, house: House, state: AppointmentStatus
) -> None:
    """`NOON` lies behind, so that whoever did not come has not come."""
    for following in AppointmentStatus:
        appointment = await house.appointment(status=state)
        reason = "r" if following is AppointmentStatus.CANCELLED else None
        version = await app.fetchval(
            "SELECT transition_appointment($1, $2, $3, $4)", house.tenant, appointment, following, reason
        )
        assert version == (2 if following in TRANSITIONS[state] else None), following
        now = await app.fetchrow("SELECT status, version FROM appointments WHERE id = $1", appointment)
        assert now
        assert tuple(now) == ((following, 2) if version else (state, 1))


async def test_every_state_is_in_the_table_and_can_be_reached() -> None:
    assert set(TRANSITIONS) == set(AppointmentStatus)
    assert set(AppointmentStatus) == {*PLANNED, *(each for following in TRANSITIONS.values() for each in following)}


async def test_nobody_fails_to_come_before_the_time(app: asyncpg.Connection, house: House) -> None:
    ahead = await house.appointment(starts_at=datetime.now(UTC) + timedelta(minutes=5))
    noshow = "SELECT transition_appointment($1, $2, 'NOSHOW', NULL)"
    assert await app.fetchval(noshow, house.tenant, ahead) is None
    assert await app.fetchval("SELECT transition_appointment($1, $2, 'ARRIVED', NULL)", house.tenant, ahead) == 2


@pytest.mark.parametrize(("following", "reason"), [("CANCELLED", None), ("ARRIVED", "r")])
async def test_a_reason_belongs_to_cancelling(
    app: asyncpg.Connection, house: House, following: str, reason: str | None
) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="appointments_cancel_reason_check"):
        await app.fetchval(
            "SELECT transition_appointment($1, $2, $3, $4)",
            *(house.tenant, await house.appointment(), following, reason),
        )


@pytest.mark.parametrize(
    ("length", "constraint"),
    [(timedelta(0), "ends_at"), (timedelta(minutes=-1), "ends_at"), (timedelta(hours=24, seconds=1), "length")],
)
async def test_times_that_make_no_sense(
    app: asyncpg.Connection, house: House, length: timedelta, constraint: str
) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match=f"appointments_{constraint}_check"):
        await insert(app, house, ends_at=NOON + length)


async def test_a_day_may_be_longer_than_24_hours_and_an_appointment_not(app: asyncpg.Connection, house: House) -> None:
    """By the clock, whatever zone the session is in: on 25 October 2026 Berlin's day has 25 hours."""
    await app.execute("SET LOCAL timezone = 'Europe/Berlin'")
    start = datetime(2026, 10, 24, 22, tzinfo=UTC)
    await insert(app, house, starts_at=start, ends_at=start + timedelta(hours=24))
    with pytest.raises(asyncpg.CheckViolationError, match="appointments_length_check"):
        await insert(app, house, starts_at=start, ends_at=start + timedelta(hours=25))


OTHERS = [
    # minutes from the start of the first, how many, what else; whether it is refused
    (0, 30, {}, True),
    (-15, 30, {}, True),
    (15, 30, {}, True),
    (10, 5, {}, True),
    (-60, 120, {}, True),
    (30, 30, {}, False),
    (-30, 30, {}, False),
    (0, 30, {"exclusive": False}, False),
    (0, 30, {"practitioner_id": 1}, False),
]


@pytest.mark.parametrize(("begin", "minutes", "values", "refused"), OTHERS)
async def test_a_practitioner_is_not_in_two_places(
    app: asyncpg.Connection, house: House, begin: int, minutes: int, values: dict[str, Any], refused: bool
) -> None:
    await insert(app, house)
    if "practitioner_id" in values:
        values = {"practitioner_id": house.practitioners[1]}
    start = NOON + timedelta(minutes=begin)
    second = insert(app, house, starts_at=start, ends_at=start + timedelta(minutes=minutes), **values)
    if refused:
        with pytest.raises(asyncpg.ExclusionViolationError, match="appointments_double_booking_excl"):
            await second
    else:
        await second


@each_state
async def test_which_states_take_the_practitioners_time(
    app: asyncpg.Connection, house: House, state: AppointmentStatus
) -> None:
    await house.appointment(status=state, starts_at=NOON)
    if state in OCCUPYING:
        with pytest.raises(asyncpg.ExclusionViolationError):
            await insert(app, house)
    else:
        await insert(app, house)


async def test_tenants_do_not_stand_in_each_others_way(
    app: asyncpg.Connection, house: House, other_house: House
) -> None:
    await other_house.appointment(starts_at=NOON)
    await insert(app, house)
