"""PostgreSQL dies by SIGKILL while notes are written: what was answered is there, once, and nothing by half."""

import asyncio
import secrets
import shutil
import signal
import tempfile
from pathlib import Path

import asyncpg
import httpx
import psutil
from pydantic import SecretStr

from auth import Role
from config import Settings
from db.embedded import running
from db.migrate import migrate
from tests.api import Api
from tests.conftest import SECRET
from tests.factories import House
from tests.serving import serving

CREATE = """mutation($it: CreateNoteInput!) { createNote(input: $it) { note { id version } } }"""
EDIT = """mutation($it: UpdateNoteInput!) { updateNote(input: $it) { note { id version } } }"""
WRITERS, NOTES = 4, 20


async def insist(who: Api, document: str, **input: object) -> tuple[str, int, int]:
    """As a good client does: the same request with the same key until there is an answer. How often it took as well."""
    for attempt in range(100_000):
        answer = await who.answer(document, it=input)
        if "errors" not in answer:
            [payload] = answer["data"].values()
            return payload["note"]["id"], payload["note"]["version"], attempt
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"UNAVAILABLE"}, answer
    raise AssertionError("it never came back")


def postmaster(folder: Path) -> psutil.Process:
    return psutil.Process(int((folder / "postgres" / "postmaster.pid").read_text().splitlines()[0]))


async def test_killed_while_notes_are_written() -> None:
    folder = Path(tempfile.gettempdir()) / f"carenotes-{secrets.token_hex(4)}"
    with running(folder) as servers:
        await migrate(servers.migration_database_url, servers.database_url)
        settings = Settings(
            database_url=servers.database_url,
            redis_url=servers.redis_url,
            jwt_secret=SecretStr(SECRET),
            database_wait=2,
            database_pool_size=WRITERS,
        )
        async with asyncpg.create_pool(servers.migration_database_url, min_size=1, max_size=1) as owner:
            house = await House.build(owner)
        async with serving(settings) as address, httpx.AsyncClient(base_url=address, timeout=30) as http:
            await write_through_a_crash(Api(http, settings), house, folder)
            assert (await http.get("/health/ready")).status_code == 200
        async with asyncpg.create_pool(servers.migration_database_url, min_size=1, max_size=1) as owner:
            found = await owner.fetch(
                """SELECT n.text, n.version, array_agg(v.text) AS before FROM notes n
                   JOIN note_versions v ON v.tenant_id = n.tenant_id AND v.note_id = n.id GROUP BY 1, 2 ORDER BY 1"""
            )
            keys = await owner.fetchval("SELECT count(*) FROM idempotency_keys")
    shutil.rmtree(folder)
    expected = sorted(f"{writer}.{n}" for writer in range(WRITERS) for n in range(NOTES))
    assert [(row["text"], row["version"], row["before"]) for row in found] == [
        (f"{t} b", 2, [f"{t} a"]) for t in expected
    ]
    assert keys == 2 * len(expected)


async def write_through_a_crash(api: Api, house: House, folder: Path) -> None:
    """Every writer makes notes and edits each; after some the server dies, and the embedded one comes back by itself."""
    who = api.as_(Role.CLINICIAN, house.tenant, "practitioner-0")
    patient = house.gid("Patient", house.patients[0])
    done, repeated = asyncio.Semaphore(0), 0

    async def write(writer: int) -> None:
        nonlocal repeated
        for n in range(NOTES):
            text, key = f"{writer}.{n}", {"idempotencyKey": f"{writer}.{n}"}
            new = {"patientId": patient, "category": "PROGRESS", "text": f"{text} a"}
            note, _, first = await insist(who, CREATE, **new, **key)
            _, version, second = await insist(who, EDIT, id=note, text=f"{text} b", expectedVersion=1, **key)
            assert version == 2
            repeated += first + second
            done.release()

    async def kill() -> None:
        for _ in range(WRITERS * NOTES // 4):
            await done.acquire()
        postmaster(folder).send_signal(signal.SIGKILL)

    async with asyncio.timeout(60):
        await asyncio.gather(kill(), *map(write, range(WRITERS)))
    assert repeated, "the crash came when nobody was writing"
