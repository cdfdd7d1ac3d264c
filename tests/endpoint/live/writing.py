"""What happens: by the API's own mutations, or straight into the outbox."""

from typing import Any
from uuid import UUID

from db import outbox
from tests.api import Api
from tests.factories import House

CREATE = """mutation ($patient: ID!, $facility: ID, $text: String!, $category: NoteCategory!) {
  createNote(input: {patientId: $patient, facilityId: $facility, text: $text, category: $category}) { note { id } }
}"""


async def written(
    clinician: Api,
    house: House,
    text: str = "Slept well.",
    facility: int = 0,
    category: str = "PROGRESS",
    patient: int = 0,
) -> str:
    """Writes a note, and returns its id."""
    answer: Any = await clinician.ask(
        CREATE,
        patient=house.gid("Patient", house.patients[patient]),
        facility=house.gid("Facility", house.facilities[facility]),
        text=text,
        category=category,
    )
    note: str = answer["createNote"]["note"]["id"]
    return note


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
