"""A note's life, from the first line to the addendum, with several hands in it at once."""

import asyncio
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson
import pytest

from auth import Role
from tests.api import Api
from tests.factories import House
from tests.resolvers.writing import content

NOTE = """id version status text category priority shift effectiveAt lateEntry signedAt contentHash
  patient { id } facility { id name } author { id } signedBy { id } retractedBy { id } retractedAt retractionReason
  versions { version text category priority shift replacedBy { id } } addenda { text reason kind author { id } }"""


def document(mutation: str) -> str:
    return (
        f"mutation($it: {mutation[0].upper()}{mutation[1:]}Input!) {{ {mutation}(input: $it) {{ note {{ {NOTE} }} }} }}"
    )


async def do(who: Api, mutation: str, **input: Any) -> dict[str, Any]:
    done: dict[str, Any] = (await who.ask(document(mutation), it=input))[mutation]["note"]
    return done


async def fail(who: Api, mutation: str, **input: Any) -> tuple[str, str]:
    error = await who.refused(document(mutation), it=input)
    return error["code"], error["reason"]


async def write(who: Api, house: House, **input: Any) -> dict[str, Any]:
    patient = house.gid("Patient", house.patients[0])
    return await do(who, "createNote", **{"patientId": patient, "category": "PROGRESS", "text": "One."} | input)


@pytest.fixture
def nurse(api: Api, house: House) -> Api:
    return api.as_(Role.CLINICIAN, house.tenant, "practitioner-0")


@pytest.fixture
def doctor(api: Api, house: House) -> Api:
    return api.as_(Role.CLINICIAN, house.tenant, "practitioner-1")


async def test_from_the_first_line_to_the_addendum(nurse: Api, doctor: Api, house: House) -> None:
    author, signer = ({"id": house.gid("Practitioner", each)} for each in house.practitioners)
    note = await write(nurse, house, effectiveAt="2025-03-02T12:00:00+01:00")
    assert (note["status"], note["priority"], note["author"], note["version"]) == ("PRELIMINARY", "NORMAL", author, 1)
    assert (note["effectiveAt"], note["lateEntry"]) == ("2025-03-02T11:00:00+00:00", True)
    assert note["patient"]["id"] == house.gid("Patient", house.patients[0])
    assert (note["signedAt"], note["signedBy"], note["contentHash"]) == (None, None, None)

    edited = await do(doctor, "updateNote", id=note["id"], text="Two.", priority="HIGH", expectedVersion=1)
    old = {
        "version": 1,
        "text": "One.",
        "category": "PROGRESS",
        "priority": "NORMAL",
        "shift": "DAY",
        "replacedBy": signer,
    }
    assert edited == note | {"text": "Two.", "priority": "HIGH", "version": 2, "versions": [old]}

    signed = await do(doctor, "signNote", id=note["id"], expectedVersion=2)
    assert (signed["status"], signed["signedBy"], signed["version"]) == ("FINAL", signer, 3)
    assert signed["versions"] == [old]
    assert signed["contentHash"] == seal(signed)

    more = {"noteId": note["id"], "kind": "CORRECTION", "reason": "A slip.", "text": "Three."}
    amended = await do(nurse, "addAddendum", **more)
    assert (amended["status"], amended["text"], amended["version"]) == ("AMENDED", "Two.", 4)
    assert amended["contentHash"] == signed["contentHash"]
    assert amended["addenda"] == [{"text": "Three.", "reason": "A slip.", "kind": "CORRECTION", "author": author}]

    gone = await do(doctor, "markNoteEnteredInError", id=note["id"], reason="The other patient.", expectedVersion=4)
    assert (gone["status"], gone["retractedBy"], gone["retractionReason"]) == (
        *("ENTERED_IN_ERROR", signer),
        "The other patient.",
    )
    assert (gone["text"], gone["contentHash"], gone["signedBy"]) == ("Two.", signed["contentHash"], signer)
    assert (await nurse.ask("{ notes { totalCount } }"))["notes"]["totalCount"] == 0
    shown = await nurse.ask("{ notes(filter: {statuses: [ENTERED_IN_ERROR]}) { edges { node { id } } } }")
    assert shown["notes"]["edges"] == [{"node": {"id": note["id"]}}]


def seal(note: dict[str, Any]) -> str:
    """As a client computes it from what it read: canonical JSON, which for these values is sorted and dense."""
    plain = {name: note[name] for name in ("id", "category", "priority", "shift", "effectiveAt", "text")}
    people = {name: note[name]["id"] for name in ("author", "facility", "patient")}
    return sha256(orjson.dumps(plain | people, option=orjson.OPT_SORT_KEYS)).hexdigest()


@pytest.mark.parametrize("status", ["FINAL", "AMENDED", "ENTERED_IN_ERROR"])
async def test_what_is_no_longer_preliminary_is_not_edited(nurse: Api, house: House, status: str) -> None:
    note = house.gid("Note", await house.note(status=status))
    before = await content(house)
    # The state comes first: with the right version as with a wrong one, it cannot be edited.
    for more in ({}, {"expectedVersion": 1}, {"expectedVersion": 7}, {"idempotencyKey": "one"}):
        assert await fail(nurse, "updateNote", id=note, text="Two.", **more) == ("CONFLICT", "NOTE_STATUS")
        assert await fail(nurse, "signNote", id=note, **more) == ("CONFLICT", "NOTE_STATUS")
    assert await content(house) == before


async def test_only_a_signed_note_is_added_to_and_only_once_is_it_withdrawn(nurse: Api, house: House) -> None:
    more = {"kind": "ADDITION", "reason": "It was left out.", "text": "Two."}
    for status in ("PRELIMINARY", "ENTERED_IN_ERROR"):
        note = house.gid("Note", await house.note(status=status))
        before = await content(house)
        assert await fail(nurse, "addAddendum", noteId=note, **more) == ("CONFLICT", "NOTE_STATUS")
        assert await content(house) == before
    assert await fail(nurse, "markNoteEnteredInError", id=note, reason="Again.") == ("CONFLICT", "NOTE_STATUS")


async def test_who_is_no_practitioner_writes_nothing(api: Api, house: House) -> None:
    stranger, note = api.as_(Role.CLINICIAN, house.tenant, "nobody"), house.gid("Note", await house.note())
    patient = house.gid("Patient", house.patients[0])
    before = await content(house)
    for mutation, input in (
        ("createNote", {"patientId": patient, "category": "PROGRESS", "text": "One."}),
        ("updateNote", {"id": note, "text": "Two."}),
        ("signNote", {"id": note}),
        ("markNoteEnteredInError", {"id": note, "reason": "No."}),
    ):
        assert (await stranger.refused(document(mutation), it=input))["code"] == "FORBIDDEN"
    assert await content(house) == before


BERLIN, NEW_YORK = 0, 1
SHIFTS = [
    # The clock in Berlin goes forward on 2025-03-30 and back on 2025-10-26, both at 01:00 UTC.
    *((BERLIN, "2025-03-29T05:59:59.999999Z", "NIGHT"), (BERLIN, "2025-03-29T06:00:00Z", "DAY")),
    *((BERLIN, "2025-03-30T04:59:59Z", "NIGHT"), (BERLIN, "2025-03-30T05:00:00Z", "DAY")),
    *((BERLIN, "2025-03-30T12:59:59Z", "DAY"), (BERLIN, "2025-03-30T13:00:00Z", "EVENING")),
    *((BERLIN, "2025-10-25T20:59:59Z", "EVENING"), (BERLIN, "2025-10-25T21:00:00Z", "NIGHT")),
    *((BERLIN, "2025-10-26T05:00:00Z", "NIGHT"), (BERLIN, "2025-10-26T06:00:00Z", "DAY")),
    # In New York on 2025-03-09 and 2025-11-02, at 2:00 of the clock there.
    *((NEW_YORK, "2025-03-08T11:59:00Z", "NIGHT"), (NEW_YORK, "2025-03-09T11:00:00Z", "DAY")),
    *((NEW_YORK, "2025-11-01T11:00:00Z", "DAY"), (NEW_YORK, "2025-11-02T11:59:00Z", "NIGHT")),
    *((NEW_YORK, "2025-07-01T09:00:00+05:30", "NIGHT"), (NEW_YORK, "2025-07-01T00:30:00+05:30", "EVENING")),
]


async def test_a_shift_is_by_the_clock_of_the_facility(nurse: Api, house: House) -> None:
    for place, instant, shift in SHIFTS:
        where = house.gid("Facility", house.facilities[place])
        note = await write(nurse, house, facilityId=where, effectiveAt=instant)
        assert (note["shift"], note["facility"]["id"]) == (shift, where), instant
    at_home = await write(nurse, house, effectiveAt="2025-07-01T05:30:00Z")
    assert (at_home["facility"]["name"], at_home["shift"]) == ("Ash", "DAY")
    given = await write(nurse, house, effectiveAt="2025-07-01T05:30:00Z", shift="NIGHT")
    assert given["shift"] == "NIGHT"


async def test_edits_at_once_keep_every_version(nurse: Api, house: House) -> None:
    note = (await write(nurse, house))["id"]
    texts = [f"Edit {n}." for n in range(8)]
    await asyncio.gather(*(do(nurse, "updateNote", id=note, text=text) for text in texts))
    now = await do(nurse, "signNote", id=note)
    assert [each["version"] for each in now["versions"]] == list(range(1, 9))
    assert sorted([each["text"] for each in now["versions"]] + [now["text"]]) == sorted(["One.", *texts])


async def test_of_edits_that_saw_the_same_one_wins(nurse: Api, house: House) -> None:
    note = (await write(nurse, house))["id"]
    edits = [{"id": note, "expectedVersion": 1, "text": f"Edit {n}."} for n in range(8)]
    answers = await asyncio.gather(*(nurse.answer(document("updateNote"), it=each) for each in edits))
    won = [answer["data"]["updateNote"]["note"]["text"] for answer in answers if "errors" not in answer]
    lost = [answer["errors"][0]["extensions"]["reason"] for answer in answers if "errors" in answer]
    assert (len(won), lost) == (1, ["STALE_VERSION"] * 7)
    now = await do(nurse, "signNote", id=note)
    assert (now["text"], len(now["versions"]), now["version"]) == (won[0], 1, 3)


@pytest.mark.parametrize("expected", [{}, {"expectedVersion": 1}])
async def test_signed_and_edited_at_once(nurse: Api, doctor: Api, house: House, expected: dict[str, int]) -> None:
    """What was signed is what is there: either with the edit, or the edit is refused."""
    for n in range(6):
        note = (await write(nurse, house))["id"]
        sign = doctor.answer(document("signNote"), it={"id": note, **expected})
        edit = nurse.answer(document("updateNote"), it={"id": note, "text": "Two.", **expected})
        answers = await asyncio.gather(*((sign, edit) if n % 2 else (edit, sign)))
        signed, edited = answers if n % 2 else reversed(answers)
        failed = [a["errors"][0]["extensions"]["reason"] for a in (signed, edited) if "errors" in a]
        if expected:
            assert failed in (["NOTE_STATUS"], ["STALE_VERSION"])
        else:
            assert "errors" not in signed
            assert failed in ([], ["NOTE_STATUS"])
        data = await nurse.ask(f"query($id: ID!) {{ node(id: $id) {{ ... on Note {{ {NOTE} }} }} }}", id=note)
        now = data["node"]
        assert now["text"] == ("One." if "errors" in edited else "Two.")
        assert [each["text"] for each in now["versions"]] == ([] if "errors" in edited else ["One."])
        assert now["status"] == ("PRELIMINARY" if "errors" in signed else "FINAL")
        assert now["contentHash"] == (None if "errors" in signed else seal(now))


async def test_addenda_at_once(nurse: Api, house: House) -> None:
    note = house.gid("Note", await house.note(status="FINAL"))
    more = {"noteId": note, "kind": "ADDITION", "reason": "It was left out."}
    await asyncio.gather(*(do(nurse, "addAddendum", **more, text=f"Addendum {n}.") for n in range(8)))
    now = await do(nurse, "addAddendum", **more, text="Addendum 8.")
    assert sorted(each["text"] for each in now["addenda"]) == [f"Addendum {n}." for n in range(9)]
    assert (now["status"], now["version"]) == ("AMENDED", 10)


async def test_a_new_time_or_place_is_of_another_shift(api: Api, house: House) -> None:
    """Unless the edit says which: 08:00 in Berlin is the day, and 02:00 in New York the night."""
    note = house.gid("Note", await house.note(effective_at=datetime(2026, 1, 5, 7, tzinfo=UTC)))
    nurse = api.as_(Role.CLINICIAN, house.tenant, "practitioner-0")
    edit = "mutation ($it: UpdateNoteInput!) { updateNote(input: $it) { note { shift } } }"

    async def shift(**changes: object) -> str:
        moved: str = (await nurse.ask(edit, it={"id": note, **changes}))["updateNote"]["note"]["shift"]
        return moved

    assert await shift(facilityId=house.gid("Facility", house.facilities[1])) == "NIGHT"
    assert await shift(effectiveAt="2026-01-05T21:00:00Z") == "EVENING"
    assert await shift(text="Slept.") == "EVENING"
    assert await shift(effectiveAt="2026-01-05T15:00:00Z", shift="NIGHT") == "NIGHT"
