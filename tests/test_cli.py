"""The command `carenotes`, as an operator uses it."""

import asyncio
import re
from pathlib import Path

import asyncpg
import httpx
import pytest
from sqlalchemy.engine import make_url

from auth import ApiKey
from config import Settings
from db.migrate import head
from schema import schema
from tests.conftest import Cluster, DatabaseMaker, Run, TestDatabase
from tests.factories import House


async def who_am_i(http: httpx.AsyncClient, credential: str) -> httpx.Response:
    return await http.post(
        "/graphql",
        json={"query": "{ viewer { role subject } notes { totalCount } }"},
        headers={"Authorization": f"Bearer {credential}"},
    )


async def test_a_token_opens_its_tenant(carenotes: Run, http: httpx.AsyncClient, house: House) -> None:
    status, printed, _ = await asyncio.to_thread(
        carenotes, "token", "--tenant", house.slug, "--role", "READER", "--expires-in", "5m"
    )
    assert status == 0
    answer = (await who_am_i(http, printed.strip())).json()
    assert answer["data"]["viewer"] == {"role": "READER", "subject": "operator"}


async def test_an_api_key_lives_and_dies(carenotes: Run, http: httpx.AsyncClient, house: House) -> None:
    of_house = ("--tenant", house.slug)
    making = ("api-key", "create", *of_house, "--role", "BILLING", "--name", "invoices", "--expires-in", "1d")
    created, key, said = await asyncio.to_thread(carenotes, *making)
    assert created == 0
    assert (await who_am_i(http, key.strip())).json()["data"]["viewer"]["role"] == "BILLING"
    key_id = re.search(r"API key ([0-9a-f-]{36})", said)
    assert key_id
    _, listed, _ = await asyncio.to_thread(carenotes, "api-key", "list", *of_house)
    assert key_id[1] in listed
    assert "invoices" in listed
    assert ApiKey.parse(key.strip()).secret not in listed
    revoking = ("api-key", "revoke", key_id[1], *of_house)
    assert (await asyncio.to_thread(carenotes, *revoking))[0] == 0
    assert (await who_am_i(http, key.strip())).status_code == 401
    status, _, complaint = await asyncio.to_thread(carenotes, *revoking)
    assert status == 1
    assert "no API key" in complaint


def test_the_schema_is_printed(carenotes: Run) -> None:
    assert carenotes("print-schema") == (0, schema.as_str() + "\n", "")


def test_demo_data_is_loaded_once_and_only_whole(
    carenotes: Run, monkeypatch: pytest.MonkeyPatch, fresh_database: TestDatabase
) -> None:
    monkeypatch.setenv("DATABASE_URL", fresh_database.app_url)
    monkeypatch.setenv("MIGRATION_DATABASE_URL", fresh_database.owner_url)
    status, _, said = carenotes("demo", "--notes", "300", "--tenants", "2", "--days", "10", "--seed", "7")
    assert status == 0
    assert "Loaded 300 notes of 2 tenants" in said
    status, _, said = carenotes("demo", "--notes", "300", "--tenants", "2", "--days", "10", "--seed", "7")
    assert status == 1
    assert "There is a tenant" in said


async def test_counts_are_verified_and_rebuilt(carenotes: Run, house: House) -> None:
    await house.fill(notes=40, patients=5)
    of_house = ("--tenant", house.slug)
    status, _, said = await asyncio.to_thread(carenotes, "stats", "verify", *of_house)
    assert (status, "All counts are right" in said) == (0, True)
    # What no mutation does: a note that is counted nowhere, and a count of notes that are not there.
    await house.pool.execute("DELETE FROM notes WHERE tenant_id = $1 AND id = $2", house.tenant, house.notes[0])
    await house.pool.execute(
        "UPDATE note_people SET starts = '1990-01-01' WHERE tenant_id = $1 AND grain = 'DAY' AND person_id = $2",
        house.tenant,
        house.patients[1],
    )
    status, printed, said = await asyncio.to_thread(carenotes, "stats", "verify", *of_house)
    assert (status, "stats rebuild" in said) == (1, True)
    assert f"facility_days: facility {house.facilities[0]}, 2026-03-02" in printed
    assert f"note_people: facility {house.facilities[1]}, 1990-01-01" in printed
    status, _, said = await asyncio.to_thread(carenotes, "stats", "rebuild", *of_house)
    assert (status, "anew" in said) == (0, True)
    assert (await asyncio.to_thread(carenotes, "stats", "verify", *of_house))[0] == 0


def test_migrating_says_where_the_schema_is(carenotes: Run) -> None:
    status, _, said = carenotes("migrate")
    assert status == 0
    assert f"Schema at revision {head()}." in said


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["token", "--role", "READER"], "give --tenant"),
        (["token", "--role", "PLATFORM_ADMIN", "--tenant", "x"], "none for PLATFORM_ADMIN"),
        (["token", "--role", "READER", "--tenant", "nowhere"], "There is no tenant nowhere"),
        (["token", "--role", "READER", "--tenant", "nowhere", "--expires-in", "soon"], "no tenant"),
        (["api-key", "create", "--tenant", "x", "--role", "PLATFORM_ADMIN", "--name", "x"], "belongs to a tenant"),
        (["api-key", "create", "--tenant", "x", "--role", "ADMIN", "--name", "x", "--expires-in", "0d"], "no duration"),
    ],
)
def test_what_cannot_be_is_one_clear_line(carenotes: Run, arguments: list[str], complaint: str) -> None:
    status, printed, said = carenotes(*arguments)
    assert status == 1
    assert printed == ""
    assert complaint in said
    assert "Traceback" not in said


@pytest.mark.parametrize("arguments", [["token", "--role", "KING"], ["demo", "--notes", "0"], ["frobnicate"]])
def test_what_is_misspelled_is_a_usage_error(carenotes: Run, arguments: list[str]) -> None:
    assert carenotes(*arguments)[0] == 2


@pytest.mark.parametrize("command", ["serve", "migrate", "demo", "token", "api-key", "stats", "print-schema"])
def test_every_command_has_help(carenotes: Run, command: str) -> None:
    status, printed, _ = carenotes(command, "--help")
    assert status == 0
    assert len(printed.splitlines()) > 4


def test_bad_settings_are_named(carenotes: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECRET", "short")
    status, _, said = carenotes("migrate")
    assert status == 1
    assert "at least 32 bytes" in said


def test_migrating_without_the_owner_says_what_is_missing(carenotes: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MIGRATION_DATABASE_URL")
    status, _, said = carenotes("migrate")
    assert status == 1
    assert "MIGRATION_DATABASE_URL" in said


def test_the_owner_is_not_served_as(carenotes: Run, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setenv("DATABASE_URL", str(settings.migration_database_url))
    status, _, said = carenotes("api-key", "list", "--tenant", "x")
    assert status == 1
    assert "row-level security does not bind" in said


async def test_an_empty_database_is_not_served_from(
    carenotes: Run, monkeypatch: pytest.MonkeyPatch, make_database: DatabaseMaker
) -> None:
    empty = await make_database(migrated=False)
    monkeypatch.setenv("DATABASE_URL", empty.app_url)
    status, _, said = await asyncio.to_thread(carenotes, "api-key", "list", "--tenant", "x")
    assert status == 1
    assert "carenotes migrate" in said


def test_a_database_that_is_not_there_is_one_clear_line(
    carenotes: Run, monkeypatch: pytest.MonkeyPatch, cluster: Cluster
) -> None:
    nowhere = make_url(cluster.app_url).set(database="nowhere")
    monkeypatch.setenv("DATABASE_URL", nowhere.render_as_string(hide_password=False))
    status, _, said = carenotes("api-key", "list", "--tenant", "x")
    assert status == 1
    assert "does not exist" in said


@pytest.mark.parametrize(
    ("setting", "value", "complaint"),
    [
        ("DATABASE_URL", "nonsense", "no address of PostgreSQL"),
        ("DATABASE_URL", "mysql://x/y", "no address of PostgreSQL"),
        ("REDIS_URL", "nonsense", "no address of Redis"),
        ("ENVIRONMENT", "production", "no place in production"),
        ("PORT", "1", "Cannot listen on"),
    ],
)
def test_serving_is_refused_in_one_clear_line(
    carenotes: Run, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, complaint: str
) -> None:
    monkeypatch.setenv(setting, value)
    if setting == "PORT":
        monkeypatch.setenv("HOST", "192.0.2.1")  # of nobody's network (RFC 5737)
    status, printed, said = carenotes("serve", *(["--demo"] if value == "production" else []))
    assert (status, printed) == (1, "")
    assert complaint in said
    assert "Traceback" not in said


async def test_a_role_that_may_become_the_owner_is_not_served_as(
    carenotes: Run, monkeypatch: pytest.MonkeyPatch, make_database: DatabaseMaker, cluster: Cluster
) -> None:
    """Policies do not bind the owner, nor who can `SET ROLE` to it."""
    database = await make_database()
    admin = await asyncpg.connect(cluster.admin_url)
    await admin.execute("CREATE ROLE too_close LOGIN PASSWORD 'test' IN ROLE carenotes_owner")
    try:
        url = make_url(database.app_url).set(username="too_close")
        monkeypatch.setenv("DATABASE_URL", url.render_as_string(hide_password=False))
        status, _, said = await asyncio.to_thread(carenotes, "api-key", "list", "--tenant", "x")
        assert status == 1
        assert "row-level security does not bind" in said
    finally:
        await admin.execute("DROP ROLE too_close")
        await admin.close()


def test_a_server_that_is_away_is_one_clear_line(
    carenotes: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://nobody@/x?host={tmp_path}")
    status, _, said = carenotes("api-key", "list", "--tenant", "x")
    assert status == 1
    assert "cannot be reached" in said
