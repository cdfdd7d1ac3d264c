"""What PostgreSQL writes whole is, byte for byte, what a plan reads field by field."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import asyncpg
import orjson
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from auth import Principal, Role
from config import Settings
from db.scope import Database
from endpoint.engine import create_engine
from endpoint.errors import present
from executor import Engine
from resolvers.context import Context
from resolvers.whole import Whole
from schema import schema
from tests.executor.documents.choices import Choices
from tests.factories import NOON, House
from tests.reminding import due, of_appointment, rule
from tests.resolvers.whole.documents import Document

TEXTS = (
    'She said "no".',
    "C:\\ward\\2\n\tnext line",
    "Müller, 佐藤 🩹 \u2028",
    "slept; slept \x07 \x7f/well",
    "'quoted' $1 %s",
)
NAMES = ('Anne "Nan" O\\Neill', "Müller-佐藤 🩹", "Jeanne d'Arc / Sohn", "<b>&amp;</b>")
SOME, MANY = 40, 10_000


@pytest.fixture(scope="module")
async def full_house(owner: asyncpg.Pool) -> House:
    """Texts with what JSON escapes, instants with and without fractions, notes in all states, appointments, reminders."""
    house = await House.build(owner)
    for name in NAMES:
        await house.patient(name=name, facility_id=house.facilities[1], phone="+49", mrn=f"M{name}")
    for n in range(40):
        at = NOON + timedelta(minutes=n // 3, microseconds=(0, 1, 500_000, 123_450)[n % 4])
        await house.note(
            patient_id=house.patients[n % len(house.patients)],
            facility_id=house.facilities[n % 2],
            author_id=house.practitioners[n // 2 % 2],
            category=("VITALS", "PROGRESS", "INCIDENT")[n % 3],
            priority=("HIGH", "NORMAL")[n % 2],
            status=("PRELIMINARY", "FINAL", "AMENDED", "ENTERED_IN_ERROR")[n // 5 % 4],
            effective_at=at,
            recorded_at=at + timedelta(hours=n, microseconds=n),
            text=f"{n} {TEXTS[n % len(TEXTS)]}",
        )
    for n in range(20):
        cancelled = n % 5 == 4
        await house.appointment(
            patient_id=house.patients[n % len(house.patients)],
            practitioner_id=house.practitioners[n % 2],
            facility_id=house.facilities[n // 2 % 2],
            # Every third is upcoming, whenever this runs.
            starts_at=NOON + timedelta(days=36_500 * (n % 3 == 2), minutes=n // 3, microseconds=n % 2),
            exclusive=False,
            status="CANCELLED" if cancelled else "BOOKED",
            cancel_reason=TEXTS[n % len(TEXTS)] if cancelled else None,
            service_type=NAMES[n % len(NAMES)],
            generation=1 + n % 3,
        )
    rules = [await rule(house, channels=channels) for channels in (["EMAIL"], ["PUSH", "EMAIL"])]
    for n, appointment in enumerate(house.appointments):
        await of_appointment(house, appointment, rules[n % 2])
    await due(house, 4)
    await house.pool.execute(
        """UPDATE reminder_queue SET lease_token = gen_random_uuid(), leased_until = now() + interval '1 day', attempt_count = 2
           WHERE tenant_id = $1 AND channel = 'PUSH'""",
        house.tenant,
    )
    return house


class Both:
    """Two engines on one database."""

    def __init__(self, settings: Settings, database: Database, house: House) -> None:
        self.settings, self.database, self.house = settings, database, house
        self.fields = create_engine(settings.model_copy(update={"plans": "fields"}))
        self.whole = create_engine(settings)
        self.whole.whole = Whole(often=0)

    async def answer(self, engine: Engine, document: str, variables: dict[str, Any], role: Role) -> bytes:
        context = Context(self.database, self.settings, Principal(self.house.tenant, "somebody", role))
        try:
            result = await engine.execute(document, variables, context=context)
        finally:
            await context.close()
        return orjson.dumps({"data": result.data, "errors": present(result.errors or [])})


@pytest.fixture(scope="module")
async def both(settings: Settings, full_house: House) -> AsyncIterator[Both]:
    database = Database(settings)
    yield Both(settings, database, full_house)
    await database.close()


async def _compare(both: Both, statements: list[str], document: str, role: Role) -> None:
    variables: dict[str, Any] = {"before": None, "facility": both.house.gid("Facility", both.house.facilities[0])}
    after: str | None = None
    for _ in range(3):
        asked = {**variables, "after": after, "before": (NOON + timedelta(minutes=5)).isoformat()}
        expected = await both.answer(both.fields, document, asked, role)
        statements.clear()
        assert await both.answer(both.whole, document, asked, role) == expected
        answer = orjson.loads(expected)
        assert {error["extensions"]["code"] for error in answer["errors"]} <= {"FORBIDDEN"}
        if role is Role.ADMIN:  # who may see everything
            assert len(statements) == 1, "it was not answered whole"
        after = ((answer["data"] or {}).get("root0") or {}).get("pageInfo", {}).get("endCursor")
        if after is None:
            return


roles = st.sampled_from([Role.ADMIN, Role.ADMIN, Role.CLINICIAN, Role.COORDINATOR, Role.BILLING, Role.READER])


@st.composite
def documents(draw: st.DrawFn) -> str:
    return Document(Choices(draw), schema._schema).text


def property_of(count: int) -> Callable[[Any], Any]:
    return examples(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck))


@property_of(SOME)
@given(document=documents(), role=roles)
async def test_some(both: Both, statements: list[str], document: str, role: Role) -> None:
    await _compare(both, statements, document, role)


@pytest.mark.soak
@property_of(MANY)
@given(document=documents(), role=roles)
async def test_many(both: Both, statements: list[str], document: str, role: Role) -> None:
    await _compare(both, statements, document, role)
