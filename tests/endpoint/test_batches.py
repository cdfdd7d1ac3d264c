"""Several operations in one request."""

from auth import Role
from config import Settings
from tests.api import Api
from tests.endpoint.asking import EVENTS, GRAPHQL, ask, codes
from tests.factories import House

ROLE = {"query": "{ viewer { role } }"}


async def test_each_has_its_own_answer_in_order(api: Api, house: House) -> None:
    wrong = {"query": "{ nope }"}
    unknown = {"documentId": "nope"}
    subject = {"query": "query A { viewer { role } } query B { viewer { subject } }", "operationName": "B"}
    deferred = {"query": "{ ... @defer { viewer { role } } }"}
    who = api.as_(Role.READER, house.tenant, "me")
    response = await ask(who, [ROLE, wrong, unknown, subject, deferred], GRAPHQL)
    assert response.status_code == 200
    first, second, third, fourth, fifth = response.json()
    assert first == {"data": {"viewer": {"role": "READER"}}}
    assert codes(second) == ["GRAPHQL_VALIDATION_FAILED"]
    assert codes(third) == ["PERSISTED_QUERY_NOT_FOUND"]
    assert fourth == {"data": {"viewer": {"subject": "me"}}}
    assert "stream" in fifth["errors"][0]["message"]


async def test_mutations_of_a_batch_run_one_after_the_other(api: Api, house: House) -> None:
    create = "mutation ($input: CreateNoteInput!) { createNote(input: $input) { note { id } } }"
    input_ = {"patientId": house.gid("Patient", house.patients[0]), "category": "PROGRESS", "text": "Ate well."}
    count = {"query": "{ notes { totalCount } }"}
    mutation = {"query": create, "variables": {"input": input_}}
    who = api.as_(Role.CLINICIAN, house.tenant, "practitioner-0")
    answers = (await ask(who, [count, mutation, count, mutation, count])).json()
    assert [answers[n]["data"]["notes"]["totalCount"] for n in (0, 2, 4)] == [0, 1, 2]


async def test_the_size_has_a_limit(api: Api, house: House, settings: Settings) -> None:
    who = api.as_(Role.READER, house.tenant)
    assert (await ask(who, [ROLE] * settings.batch_limit)).status_code == 200
    for size in (0, settings.batch_limit + 1):
        response = await ask(who, [ROLE] * size)
        assert (response.status_code, codes(response.json())) == (400, ["BAD_USER_INPUT"])
    assert f"has {size}" in response.json()["errors"][0]["message"]


async def test_one_that_is_no_request_refuses_all(api: Api, house: House) -> None:
    who = api.as_(Role.READER, house.tenant)
    for body in ([ROLE, 5], [ROLE, {}], [[ROLE]]):
        assert (await ask(who, body)).status_code == 400
    assert (await ask(who, [ROLE], EVENTS)).status_code == 406
