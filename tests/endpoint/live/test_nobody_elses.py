"""Property: whatever is filtered by, and whoever asks, only the tenant's own events come, and all that match."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auth import Role
from tests.api import Api
from tests.endpoint.live.conftest import Running, subscribed
from tests.endpoint.live.sockets import signed_in
from tests.endpoint.live.writing import happen
from tests.factories import House

EVENTS = """subscription ($filter: NoteEventFilter) {
  noteEvents(filter: $filter) { kind cursor facility { id name } node { id text patient { name } author { name } } }
}"""
WRITERS = {"category": ["PROGRESS", "WOUND_CARE"], "priority": ["NORMAL", "HIGH"], "shift": ["DAY", "NIGHT"]}


def drawn(words: list[str]) -> st.SearchStrategy[list[str] | None]:
    return st.none() | st.lists(st.sampled_from(words), max_size=2, unique=True)


async def write(house: House, note: dict[str, Any]) -> str:
    """A note of this kind and its event; the note's global id."""
    facility, patient = house.facilities[note["facility"]], house.patients[note["patient"]]
    words = {name: note[name] for name in WRITERS}
    row = await house.note(facility_id=facility, patient_id=patient, text=f"Only for {house.slug}.", **words)
    await happen(house, row, kind="CREATED", author_id=str(house.practitioners[0]), status="PRELIMINARY", **words)
    return house.gid("Note", row)


NOTES = st.fixed_dictionaries(
    {
        "ours": st.booleans(),
        "facility": st.integers(0, 1),
        "patient": st.integers(0, 1),
        **{name: st.sampled_from(words) for name, words in WRITERS.items()},
    }
)
ROWS = st.none() | st.lists(st.sampled_from([("ours", 0), ("ours", 1), ("theirs", 0)]), max_size=2, unique=True)
Rows = list[tuple[str, int]] | None
CLINICAL = (Role.ADMIN, Role.CLINICIAN)


def matches(note: dict[str, Any], facilities: Rows, patients: Rows, words: dict[str, list[str] | None]) -> bool:
    return bool(
        note["ours"]
        and (facilities is None or ("ours", note["facility"]) in facilities)
        and (patients is None or ("ours", note["patient"]) in patients)
        and all(wanted is None or note[name] in wanted for name, wanted in words.items())
    )


def last_of(facilities: Rows, patients: Rows, words: dict[str, list[str] | None]) -> dict[str, Any]:
    """A note that matches, if any can."""
    ours = [
        [at for whose, at in rows if whose == "ours"] if rows is not None else [0] for rows in (facilities, patients)
    ]
    facility, patient = ((found or [0])[0] for found in ours)
    chosen = {name: (wanted or WRITERS[name])[0] for name, wanted in words.items()}
    return {"ours": True, "facility": facility, "patient": patient, **chosen}


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    role=st.sampled_from([*CLINICAL, Role.COORDINATOR, Role.BILLING, Role.READER]),
    facilities=ROWS,
    patients=ROWS,
    words=st.fixed_dictionaries({name: drawn(words) for name, words in WRITERS.items()}),
    notes=st.lists(NOTES, min_size=1, max_size=5),
)
async def test_only_ones_own_and_all_that_match(
    running: Running,
    api: Api,
    house: House,
    other_house: House,
    role: Role,
    facilities: Rows,
    patients: Rows,
    words: dict[str, list[str] | None],
    notes: list[dict[str, Any]],
) -> None:
    patients = None if role is Role.READER else patients
    houses = {"ours": house, "theirs": other_house}

    def gids(kind: str, rows: Rows) -> list[str] | None:
        named = {"Facility": "facilities", "Patient": "patients"}[kind]
        if rows is None:
            return None
        return [houses[who].gid(kind, getattr(houses[who], named)[n]) for who, n in rows]

    named = {
        "facilityIds": gids("Facility", facilities),
        "patientIds": gids("Patient", patients),
        "categories": words["category"],
        "priorities": words["priority"],
        "shifts": words["shift"],
    }
    filter = {name: value for name, value in named.items() if value is not None}
    last = last_of(facilities, patients, words)
    # Events of the example before, which may have got their positions only now.
    older = {house.gid("Note", note) for note in house.notes}
    async with signed_in(running.address, api.as_(role, house.tenant).token) as socket:
        await subscribed(running.live, socket, EVENTS, filter=filter)
        expected = []
        for note in [*notes, last]:
            written = await write(house if note["ours"] else other_house, note)
            if matches(note, facilities, patients, words):
                expected.append(written)
        if not matches(last, facilities, patients, words):
            assert expected == []
            return
        seen: list[str] = []
        while expected[-1] not in seen:
            event = (await socket.next("1"))["data"]["noteEvents"]
            if event["node"]["id"] not in older:
                seen.append(event["node"]["id"])
            assert event["node"]["text"] == (f"Only for {house.slug}." if role in CLINICAL else None)
            assert event["facility"]["name"] in ("Ash", "Birch")
        assert seen == expected
