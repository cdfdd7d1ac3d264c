"""Tenants, facilities, practitioners and patients: what changes, what stays, and which conflicts there are."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from auth import Role
from tests.api import Api
from tests.factories import House
from tests.resolvers.writing import ROLES, by_variables, caller, content, payload, right

FIELDS = {
    "tenant": "id name slug status timeZone version",
    "facility": "id name timeZone status version",
    "practitioner": "id subject name email role version facilities { name }",
    "patient": "id mrn name birthDate email phone timeZone locale status dischargedAt version facility { name }",
    "note": "id version status",
    "addendum": "id",
    "appointment": "id version status",
}


def document(mutation: str) -> str:
    kind, what = mutation[0].upper() + mutation[1:], payload(mutation)
    return f"mutation($it: {kind}Input!) {{ {mutation}(input: $it) {{ {what} {{ {FIELDS[what]} }} }} }}"


async def do(who: Api, mutation: str, **input: Any) -> dict[str, Any]:
    done: dict[str, Any] = (await who.ask(document(mutation), it=input))[mutation][payload(mutation)]
    return done


async def fail(who: Api, mutation: str, **input: Any) -> tuple[str, str | None]:
    error = await who.refused(document(mutation), it=input)
    return error["code"], error.get("reason")


async def race(who: Api, mutation: str, inputs: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """All at once: what the winners got, and why the others did not."""
    answers = await asyncio.gather(*(who.answer(document(mutation), it=each) for each in inputs))
    won = [answer["data"][mutation][payload(mutation)] for answer in answers if "errors" not in answer]
    return won, [answer["errors"][0]["extensions"]["reason"] for answer in answers if "errors" in answer]


@pytest.fixture
def admin(api: Api, house: House) -> Api:
    return api.as_(Role.ADMIN, house.tenant)


@pytest.fixture
def platform(api: Api) -> Api:
    return api.as_(Role.PLATFORM_ADMIN)


async def test_tenant(platform: Api, admin: Api, house: House) -> None:
    slug = f"{house.slug}-of-its-own"
    made = await do(platform, "createTenant", name="  A tenant ", slug=slug, timeZone="Asia/Kolkata")
    assert {**made, "id": ""} == {
        **{"id": "", "name": "A tenant", "slug": slug, "status": "ACTIVE"},
        **{"timeZone": "Asia/Kolkata", "version": 1},
    }
    changed = await do(platform, "updateTenant", id=made["id"], name="Another name", expectedVersion=1)
    assert changed == made | {"name": "Another name", "version": 2}
    mine = await do(admin, "updateTenant", id=house.gid("Tenant", house.tenant), timeZone="Europe/Rome")
    assert (mine["timeZone"], mine["name"]) == ("Europe/Rome", "A house")


async def test_suspended_and_resumed(platform: Api, admin: Api, house: House) -> None:
    tenant = house.gid("Tenant", house.tenant)
    assert (await do(platform, "suspendTenant", id=tenant))["status"] == "SUSPENDED"
    assert await fail(admin, "createFacility", name="Cedar", timeZone="UTC") == ("FORBIDDEN", None)
    assert (await admin.refused("{ patients { totalCount } }"))["code"] == "FORBIDDEN"
    assert (await do(platform, "resumeTenant", id=tenant, expectedVersion=2))["status"] == "ACTIVE"
    assert (await admin.ask("{ patients { totalCount } }"))["patients"]["totalCount"] == 3


async def test_facility(admin: Api) -> None:
    made = await do(admin, "createFacility", name="Cedar", timeZone="Asia/Kolkata")
    assert (made["name"], made["timeZone"], made["status"], made["version"]) == ("Cedar", "Asia/Kolkata", "ACTIVE", 1)
    changed = await do(admin, "updateFacility", id=made["id"], status="INACTIVE", timeZone="Asia/Dhaka")
    assert changed == made | {"status": "INACTIVE", "timeZone": "Asia/Dhaka", "version": 2}
    assert await do(admin, "updateFacility", id=made["id"]) == changed | {"version": 3}


async def test_practitioner(admin: Api, house: House) -> None:
    ash, birch = (house.gid("Facility", each) for each in house.facilities)
    new = {"subject": "fay", "name": "Fay New", "email": "Fay@House.Example", "role": "NURSE"}
    made = await do(admin, "createPractitioner", **new, facilityIds=[birch, ash, birch])
    assert made["facilities"] == [{"name": "Ash"}, {"name": "Birch"}]
    assert made["email"] == "Fay@house.example"
    changed = await do(admin, "updatePractitioner", id=made["id"], role="PHYSICIAN", facilityIds=[birch])
    assert changed == made | {"role": "PHYSICIAN", "facilities": [{"name": "Birch"}], "version": 2}
    assert (await do(admin, "updatePractitioner", id=made["id"], name="Fay"))["facilities"] == [{"name": "Birch"}]
    assert (await do(admin, "updatePractitioner", id=made["id"], facilityIds=[]))["facilities"] == []


async def test_patient(admin: Api, house: House) -> None:
    new = {"mrn": " M 1 ", "name": "Gil New", "birthDate": "1940-02-29", "email": "gil@house.example"}
    made = await do(admin, "createPatient", facilityId=house.gid("Facility", house.facilities[0]), **new)
    assert {**made, "id": ""} == {
        **{"id": "", "mrn": "M 1", "name": "Gil New", "birthDate": "1940-02-29", "email": "gil@house.example"},
        **{"phone": None, "timeZone": "Europe/Berlin", "locale": "en", "status": "ACTIVE", "dischargedAt": None},
        **{"version": 1, "facility": {"name": "Ash"}},
    }
    # What is not given stays, and null takes away what may be missing.
    changed = await do(admin, "updatePatient", id=made["id"], phone="+4930123456", expectedVersion=1)
    assert changed == made | {"phone": "+4930123456", "version": 2}
    cleared = await do(admin, "updatePatient", id=made["id"], email=None, locale="de-DE")
    assert cleared == changed | {"email": None, "locale": "de-DE", "version": 3}
    moved = await do(admin, "updatePatient", id=made["id"], facilityId=house.gid("Facility", house.facilities[1]))
    assert moved == cleared | {"facility": {"name": "Birch"}, "version": 4}


async def test_discharged_once(admin: Api, house: House) -> None:
    patient = house.gid("Patient", house.patients[0])
    done = await do(admin, "dischargePatient", id=patient, dischargedAt="2026-03-02T12:00:00+01:00")
    assert (done["status"], done["dischargedAt"]) == ("DISCHARGED", "2026-03-02T11:00:00+00:00")
    assert await fail(admin, "dischargePatient", id=patient) == ("CONFLICT", "STATE")
    other = [{"id": house.gid("Patient", house.patients[1])}] * 5
    won, lost = await race(admin, "dischargePatient", other)
    assert (len(won), lost) == (1, ["STATE"] * 4)


async def test_duplicates(platform: Api, admin: Api, house: House) -> None:
    before = await content(house)
    duplicate = ("CONFLICT", "DUPLICATE")
    facility, patient = house.gid("Facility", house.facilities[0]), house.gid("Patient", house.patients[0])
    person = {"subject": "fay", "name": "Fay New", "email": "fay@house.example", "role": "NURSE"}
    someone = house.gid("Practitioner", house.practitioners[0])
    born = {"facilityId": facility, "name": "Gil New", "birthDate": "1940-02-29"}
    assert await fail(platform, "createTenant", name="A", slug=house.slug, timeZone="UTC") == duplicate
    assert await fail(admin, "createPatient", mrn="MRN-00001", **born) == duplicate
    assert await fail(admin, "updatePatient", id=patient, mrn="MRN-00001") == duplicate
    assert await fail(admin, "createPractitioner", **person | {"subject": "practitioner-1"}) == duplicate
    assert await fail(admin, "createPractitioner", **person | {"email": "p1@HOUSE.example"}) == duplicate
    assert await fail(admin, "updatePractitioner", id=someone, subject="practitioner-1") == duplicate
    assert await fail(admin, "updatePractitioner", id=someone, email="p1@house.example") == duplicate
    assert await content(house) == before


async def test_of_many_with_one_mrn_one_is_made(admin: Api, house: House) -> None:
    born = {"facilityId": house.gid("Facility", house.facilities[0]), "name": "Gil New", "birthDate": "1940-02-29"}
    won, lost = await race(admin, "createPatient", [born | {"mrn": "NEW", "name": f"Gil {n}"} for n in range(8)])
    assert (len(won), lost) == (1, ["DUPLICATE"] * 7)


WITH_ID = [name for name in ROLES if not name.startswith(("create", "book"))]


@pytest.mark.parametrize("mutation", WITH_ID)
async def test_an_id_of_nothing(api: Api, house: House, mutation: str) -> None:
    who, good, before = caller(api, house, mutation), await right(mutation, house), await content(house)
    name = "noteId" if mutation == "addAddendum" else "id"
    kind = "Note" if mutation == "addAddendum" else payload(mutation).capitalize()
    wrong = house.gid("Facility" if kind == "Tenant" else "Tenant", house.tenant)
    for gid in (house.gid(kind, uuid4()), wrong, "nonsense", "", "é", good[name] + "A"):
        for more in ({}, {"expectedVersion": 1} if name == "id" else {}, {"idempotencyKey": gid or "none"}):
            error = await who.refused(document(mutation), it=good | {name: gid} | more)
            assert (error["code"], error["argument"]) == ("NOT_FOUND", ["input", name]), gid
    assert await content(house) == before


@pytest.mark.parametrize("mutation", [name for name in WITH_ID if name != "addAddendum"])
async def test_a_version_that_is_no_longer(api: Api, house: House, mutation: str) -> None:
    who, good = caller(api, house, mutation), await right(mutation, house)
    before = await content(house)
    for version in (0, 2, -1, 2**31 - 1):
        error = await who.refused(document(mutation), it=good | {"expectedVersion": version, "idempotencyKey": "one"})
        assert (error["code"], error["reason"]) == ("CONFLICT", "STALE_VERSION")
        assert (error["expected"], error["actual"]) == (version, 1)
    assert await content(house) == before
    found, variables = by_variables(mutation, good | {"expectedVersion": 1, "idempotencyKey": "one"})
    assert await who.ask(found, **variables)


async def test_references_to_nothing(admin: Api, house: House, other_house: House) -> None:
    before, good = await content(house), await right("createPatient", house)
    patient = house.gid("Patient", house.patients[0])
    someone = house.gid("Practitioner", house.practitioners[0])
    ours, theirs = house.gid("Facility", house.facilities[0]), house.gid("Facility", other_house.facilities[0])
    for gid in (theirs, house.gid("Facility", uuid4()), patient, ""):
        for mutation, input, at in (
            ("createPatient", good | {"facilityId": gid}, ["facilityId"]),
            ("updatePatient", {"id": patient, "facilityId": gid}, ["facilityId"]),
            ("updatePractitioner", {"id": someone, "facilityIds": [ours, gid]}, ["facilityIds", 1]),
        ):
            error = await admin.refused(document(mutation), it=input)
            assert (error["code"], error["argument"]) == ("NOT_FOUND", ["input", *at])
    assert await content(house) == before


async def test_edits_at_once(admin: Api, house: House) -> None:
    patient = house.gid("Patient", house.patients[0])
    edits: list[dict[str, Any]] = [{"phone": "+4930123456"}, {"email": "x@house.example"}, {"locale": "fr"}]
    # Of those who say what they saw, one wins; of those who do not, each changes what it gave and nothing else.
    won, lost = await race(admin, "updatePatient", [{"id": patient, "expectedVersion": 1} | each for each in edits])
    assert (len(won), lost) == (1, ["STALE_VERSION"] * 2)
    won, lost = await race(admin, "updatePatient", [{"id": patient} | each for each in edits])
    assert (len(won), lost) == (3, [])
    now = await do(admin, "updatePatient", id=patient)
    assert (now["phone"], now["email"], now["locale"], now["version"]) == ("+4930123456", "x@house.example", "fr", 6)


async def test_lists_at_once(admin: Api, house: House) -> None:
    """The list is one of those that were given, not a mixture."""
    someone = house.gid("Practitioner", house.practitioners[0])
    places = [await house.facility(name=f"Place {n}") for n in range(6)]
    lists = [[house.gid("Facility", each) for each in places[n : n + 2]] for n in range(0, 6, 2)]
    won, lost = await race(admin, "updatePractitioner", [{"id": someone, "facilityIds": each} for each in lists * 2])
    assert (len(won), lost) == (6, [])
    now = [each["name"] for each in (await do(admin, "updatePractitioner", id=someone))["facilities"]]
    assert now in [["Place 0", "Place 1"], ["Place 2", "Place 3"], ["Place 4", "Place 5"]]


async def test_what_was_committed_is_answered_though_another_field_fails(api: Api, house: House) -> None:
    document = """mutation ($patient: ID!) {
      written: createNote(input: {patientId: $patient, category: VITALS, text: "Pulse 72."}) { note { id } }
      refused: signNote(input: {id: "nothing"}) { note { id } }
    }"""
    nurse = api.as_(Role.CLINICIAN, house.tenant, "practitioner-0")
    answer = await nurse.answer(document, patient=house.gid("Patient", house.patients[0]))
    assert answer["data"]["refused"] is None
    assert [error["path"] for error in answer["errors"]] == [["refused"]]
    [note] = await house.pool.fetch("SELECT id FROM notes WHERE tenant_id = $1", house.tenant)
    assert answer["data"]["written"]["note"]["id"] == house.gid("Note", note["id"])
