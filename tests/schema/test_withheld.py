"""What a role may not see is withheld, and nothing more than that."""

from string import Template

import asyncpg
import pytest

from auth import Role
from tests.api import Api
from tests.factories import House
from tests.whole_house import contents, furnish, global_ids


@pytest.fixture
async def places(house: House) -> dict[str, str]:
    return await global_ids(await furnish(house))


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.BILLING, Role.READER])
async def test_the_rest_of_a_note_comes_beside_what_is_withheld(
    api: Api, house: House, places: dict[str, str], role: Role
) -> None:
    fields = "text contentHash versions { text } addenda { text } retractionReason patient { id } author { id }"
    answer = await api.as_(role, house.tenant).answer(
        "{ notes { edges { node { id category status effectiveAt facility { name } " + fields + " } } } }"
    )
    withheld = ["text", "contentHash", "versions", "addenda", "retractionReason"]
    withheld += ["patient", "author"] if role is Role.READER else []
    notes = [edge["node"] for edge in answer["data"]["notes"]["edges"]]
    assert len(notes) == 3, "all but the one entered in error"
    for note in notes:
        assert [name for name, value in note.items() if value is None] == withheld
    refused = {(error["path"][2], error["path"][-1]) for error in answer["errors"]}
    assert refused == {(n, name) for n in range(3) for name in withheld}
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}


async def test_a_reader_sees_of_an_appointment_when_and_how_it_stands(
    api: Api, house: House, places: dict[str, str]
) -> None:
    answer = await api.as_(Role.READER, house.tenant).answer(
        "{ appointments { edges { node { start end timeZone status generation facility { name } "
        "serviceType cancelReason patient { id } practitioner { id } } } } }"
    )
    for edge in answer["data"]["appointments"]["edges"]:
        withheld = [name for name, value in edge["node"].items() if value is None]
        assert withheld == ["serviceType", "cancelReason", "patient", "practitioner"]
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}
    for filter in ('patientIds: ["$patient"]', 'practitionerIds: ["$practitioner"]'):
        document = "{ appointments(filter: {" + Template(filter).substitute(places) + "}) { totalCount } }"
        assert (await api.as_(Role.READER, house.tenant).refused(document))["code"] == "FORBIDDEN"


async def test_nodes_that_are_refused_leave_the_others_alone(api: Api, house: House, places: dict[str, str]) -> None:
    ids = [places[name] for name in ("facility", "patient", "final", "practitioner")]
    answer = await api.as_(Role.READER, house.tenant).answer(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids
    )
    assert answer["data"]["nodes"] == [{"id": ids[0]}, None, {"id": ids[2]}, None]
    assert [error["path"] for error in answer["errors"]] == [["nodes", 1], ["nodes", 3]]


async def test_the_platform_sees_nothing_of_a_tenant(api: Api, house: House, places: dict[str, str]) -> None:
    """By any id of it, and by any field that leads below it."""
    platform = api.as_(Role.PLATFORM_ADMIN)
    for name in ("facility", "practitioner", "patient", "final", "addendum", "appointment"):
        assert (await platform.refused("query ($id: ID!) { node(id: $id) { id } }", id=places[name]))[
            "code"
        ] == "FORBIDDEN"
    document = "query ($id: ID!) { node(id: $id) { ... on Tenant { name facilities { edges { node { name } } } } } }"
    answer = await platform.answer(document, id=places["tenant"])
    assert answer["data"]["node"] == {"name": "A house", "facilities": None}
    assert await platform.ask("{ viewer { role tenant { id } practitioner { id } } }") == {
        "viewer": {"role": "PLATFORM_ADMIN", "tenant": None, "practitioner": None}
    }


WRITING = [
    'createNote(input: {patientId: "$patient", category: VITALS, text: "T"}) { note { id } }',
    'updateNote(input: {id: "$preliminary", text: "T"}) { note { id } }',
    'signNote(input: {id: "$preliminary"}) { note { id } }',
    'addAddendum(input: {noteId: "$final", kind: ADDITION, reason: "R", text: "T"}) { note { id } }',
    'markNoteEnteredInError(input: {id: "$final", reason: "R"}) { note { id } }',
]


@pytest.mark.parametrize("mutation", WRITING, ids=[each.partition("(")[0] for each in WRITING])
async def test_writing_needs_a_practitioner_for_its_author(
    api: Api, owner: asyncpg.Pool, house: House, places: dict[str, str], mutation: str
) -> None:
    """The role alone does not make an author: whoever writes is named under what they wrote."""
    before = await contents(owner, house)
    nobody = api.as_(Role.CLINICIAN, house.tenant, subject="no practitioner's")
    refusal = await nobody.refused("mutation { " + Template(mutation).substitute(places) + " }")
    assert refusal["code"] == "FORBIDDEN"
    assert "no practitioner" in refusal["message"]
    assert await contents(owner, house) == before
