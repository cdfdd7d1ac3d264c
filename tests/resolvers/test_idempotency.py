"""One key, one effect, one answer: at once, one after the other, and across the death of the server."""

import asyncio
from typing import Any

import httpx
import pytest

from auth import Role
from config import Settings
from tests.api import Api
from tests.endpoint.crashing import Crashable
from tests.factories import House
from tests.resolvers.writing import by_variables, caller, content, right

COUNTS = {"createNote": "notes", "createPatient": "patients", "createPractitioner": "practitioners"}
COUNTS |= {"bookAppointment": "appointments"}


async def send(who: Api, mutation: str, body: dict[str, Any], **more: Any) -> dict[str, Any]:
    document, variables = by_variables(mutation, body | more)
    return await who.answer(document, **variables)


async def rows(house: House, table: str) -> int:
    found: int = await house.pool.fetchval(f"SELECT count(*) FROM {table} WHERE tenant_id = $1", house.tenant)
    return found


async def keys(house: House) -> set[str]:
    return {
        r["key"] for r in await house.pool.fetch("SELECT key FROM idempotency_keys WHERE tenant_id = $1", house.tenant)
    }


@pytest.mark.parametrize("mutation", COUNTS)
async def test_twenty_at_once(api: Api, house: House, mutation: str) -> None:
    who, body, before = caller(api, house, mutation), await right(mutation, house), await rows(house, COUNTS[mutation])
    answers = await asyncio.gather(*(send(who, mutation, body, idempotencyKey="one") for _ in range(20)))
    assert all("errors" not in answer for answer in answers), answers
    assert len({str(answer) for answer in answers}) == 1
    assert await rows(house, COUNTS[mutation]) == before + 1


async def test_twenty_at_once_on_the_platform(api: Api, house: House) -> None:
    who, body = caller(api, house, "createTenant"), await right("createTenant", house)
    answers = await asyncio.gather(*(send(who, "createTenant", body, idempotencyKey=house.slug) for _ in range(20)))
    assert len({str(answer) for answer in answers}) == 1
    assert "errors" not in answers[0]
    assert await house.pool.fetchval("SELECT count(*) FROM tenants WHERE slug = $1", body["slug"]) == 1


async def test_twenty_edits_at_once(api: Api, house: House) -> None:
    """An edit that expects a version would fail the second time, if it were done a second time."""
    who, body = caller(api, house, "updateNote"), await right("updateNote", house)
    more = {"text": "Ate all of it.", "expectedVersion": 1, "idempotencyKey": "one"}
    answers = await asyncio.gather(*(send(who, "updateNote", body, **more) for _ in range(20)))
    assert all("errors" not in answer for answer in answers), answers
    assert await rows(house, "note_versions") == 1


async def test_another_body(api: Api, house: House) -> None:
    who, body = caller(api, house, "createNote"), await right("createNote", house)
    await send(who, "createNote", body, idempotencyKey="one")
    before = await content(house)
    for other in ({"text": "Another text."}, {"priority": "HIGH"}, {"effectiveAt": "2026-03-01T08:00:00Z"}):
        document, variables = by_variables("createNote", body | {"idempotencyKey": "one"} | other)
        error = await who.refused(document, **variables)
        assert (error["code"], error["reason"]) == ("CONFLICT", "IDEMPOTENCY_KEY_REUSED")
    assert await content(house) == before


async def test_two_bodies_at_once(api: Api, house: House) -> None:
    """One of them is done; those with the other are told."""
    who, body = caller(api, house, "createNote"), await right("createNote", house)
    answers = await asyncio.gather(
        *(send(who, "createNote", body, text=f"Text {n % 2}.", idempotencyKey="one") for n in range(10))
    )
    refusals = [error["extensions"]["reason"] for answer in answers for error in answer.get("errors", ())]
    assert refusals == ["IDEMPOTENCY_KEY_REUSED"] * 5
    assert await rows(house, "notes") == 1


async def test_given_and_null_are_not_the_same_body(api: Api, house: House) -> None:
    who, body = caller(api, house, "updatePatient"), await right("updatePatient", house)
    assert "errors" not in await send(who, "updatePatient", body, email=None, idempotencyKey="one")
    answer = await send(who, "updatePatient", body, idempotencyKey="one")
    assert answer["errors"][0]["extensions"]["reason"] == "IDEMPOTENCY_KEY_REUSED"


async def test_a_key_is_of_its_subject_its_mutation_and_its_tenant(api: Api, house: House, other_house: House) -> None:
    body = await right("createNote", house)
    first, second = (api.as_(Role.CLINICIAN, house.tenant, f"practitioner-{n}") for n in range(2))
    await send(first, "createNote", body, idempotencyKey="one")
    assert "errors" not in await send(second, "createNote", body, text="By another.", idempotencyKey="one")
    patient = await right("createPatient", house)
    assert "errors" not in await send(first, "createPatient", patient, idempotencyKey="one")
    elsewhere = await right("createNote", other_house)
    abroad = caller(api, other_house, "createNote")
    assert "errors" not in await send(abroad, "createNote", elsewhere, idempotencyKey="one")
    assert (await rows(house, "notes"), await rows(other_house, "notes")) == (2, 1)


async def test_a_failure_does_not_burn_the_key(api: Api, house: House) -> None:
    who, body = caller(api, house, "createPatient"), await right("createPatient", house)
    taken = await house.patient(mrn=body["mrn"])
    answer = await send(who, "createPatient", body, idempotencyKey="one")
    assert answer["errors"][0]["extensions"]["reason"] == "DUPLICATE"
    assert await keys(house) == set()
    await house.pool.execute("UPDATE patients SET mrn = 'OLD' WHERE tenant_id = $1 AND id = $2", house.tenant, taken)
    assert "errors" not in await send(who, "createPatient", body, idempotencyKey="one")


async def test_a_retry_shows_the_result_as_it_is_now(api: Api, house: House) -> None:
    who = caller(api, house, "createNote")
    document = "mutation($it: CreateNoteInput!) { createNote(input: $it) { note { id text version } } }"
    body = await right("createNote", house) | {"idempotencyKey": "one"}
    note = (await who.ask(document, it=body))["createNote"]["note"]
    await send(who, "updateNote", {"id": note["id"]}, text="Ate all of it.")
    again = (await who.ask(document, it=body))["createNote"]["note"]
    assert again == {"id": note["id"], "text": "Ate all of it.", "version": 2}
    assert await rows(house, "notes") == 1


async def test_after_a_day_a_key_is_new_and_the_old_ones_are_swept(api: Api, house: House) -> None:
    who, body = caller(api, house, "createNote"), await right("createNote", house)
    for n in range(15):
        await send(who, "createNote", body, idempotencyKey=f"old-{n}")
    await send(who, "createNote", body, idempotencyKey="young")
    for key, age in (("old-%", "24 hours 1 second"), ("young", "23 hours 59 minutes")):
        await house.pool.execute(
            f"UPDATE idempotency_keys SET created_at = now() - interval '{age}' WHERE tenant_id = $1 AND key LIKE $2",
            house.tenant,
            key,
        )
    assert "errors" not in await send(who, "createNote", body, text="Another body.", idempotencyKey="old-0")
    # Ten at a time: what one request takes away is bounded, and so is what can pile up.
    assert len(await keys(house)) == 6
    await send(who, "createNote", body, idempotencyKey="young")
    assert await rows(house, "notes") == 17
    await send(who, "createNote", body, idempotencyKey="new")
    assert await keys(house) == {"old-0", "young", "new"}


async def test_twenty_at_once_with_a_key_of_yesterday(api: Api, house: House) -> None:
    who, body = caller(api, house, "createNote"), await right("createNote", house)
    await send(who, "createNote", body, idempotencyKey="one")
    await house.pool.execute(
        "UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE tenant_id = $1", house.tenant
    )
    answers = await asyncio.gather(*(send(who, "createNote", body, idempotencyKey="one") for _ in range(20)))
    assert len({str(answer) for answer in answers}) == 1
    assert await rows(house, "notes") == 2


async def test_killed_between_commit_and_answer(settings: Settings, house: House, root: Any) -> None:
    """The client saw nothing. It asks again, another process answers, and there is one note."""
    async with Crashable(settings, root) as server:
        who = caller(Api(server.http, settings), house, "createNote")
        document, variables = by_variables("createNote", await right("createNote", house) | {"idempotencyKey": "one"})
        assert "errors" not in await who.answer("{ viewer { role } }")
        server.crash_at_next_answer()
        with pytest.raises(httpx.TransportError):
            await who.post(document, **variables)
        assert await server.died() == -9
        [committed] = await house.pool.fetch("SELECT id FROM notes WHERE tenant_id = $1", house.tenant)
        await server.start()
        note = (await who.ask(document, **variables))["createNote"]["note"]["id"]
        assert note == house.gid("Note", committed["id"])
        assert await rows(house, "notes") == 1
