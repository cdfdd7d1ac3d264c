"""What happens: by the API's own mutations, or straight into the outbox."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from db import outbox
from tests.api import Api
from tests.factories import House

CREATE = """mutation ($patient: ID!, $text: String!) {
  createNote(input: {patientId: $patient, text: $text, category: PROGRESS, effectiveAt: "2026-03-02T12:00:00Z"}) { note { id } }
}"""


async def written(clinician: Api, house: House, text: str = "Slept well.") -> str:
    """Writes a note of 2 March 2026, and returns its id."""
    answer: Any = await clinician.ask(CREATE, patient=house.gid("Patient", house.patients[0]), text=text)
    note: str = answer["createNote"]["note"]["id"]
    return note


BOOK = """mutation ($patient: ID!, $practitioner: ID!, $start: DateTime!, $end: DateTime!) {
  bookAppointment(input: {
    patientId: $patient, practitionerId: $practitioner, serviceType: "Physiotherapy", start: $start, end: $end
  }) { appointment { id } }
}"""


async def booked(coordinator: Api, house: House) -> str:
    """Books an appointment in three days, and returns its id."""
    start = datetime.now(UTC) + timedelta(days=3)
    answer: Any = await coordinator.ask(
        BOOK,
        patient=house.gid("Patient", house.patients[0]),
        practitioner=house.gid("Practitioner", house.practitioners[0]),
        start=start.isoformat(),
        end=(start + timedelta(minutes=30)).isoformat(),
    )
    appointment: str = answer["bookAppointment"]["appointment"]["id"]
    return appointment


async def signed(clinician: Api, note: str) -> None:
    await clinician.ask("mutation ($id: ID!) { signNote(input: {id: $id}) { note { id } } }", id=note)


async def happen(house: House, note: UUID, count: int = 1, kind: str = "UPDATED", **payload: str) -> None:
    """So many events of one note."""
    await house.pool.execute(
        "INSERT INTO outbox (tenant_id, kind, type, entity_id, facility_id, patient_id, payload) "
        "SELECT tenant_id, $3, 'Note', id, facility_id, patient_id, jsonb_object($5::text[], $6::text[]) "
        "FROM notes, generate_series(1, $4) WHERE tenant_id = $1 AND id = $2",
        *(house.tenant, note, kind, count, list(payload), list(payload.values())),
    )
    for watcher in outbox.commit_watchers:
        watcher(house.tenant)
