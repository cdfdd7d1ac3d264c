"""What happens, by the API's own mutations."""

from typing import Any

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
