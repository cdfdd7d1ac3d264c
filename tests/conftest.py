"""Real servers for the tests: PostgreSQL, Valkey, and CareNotes itself behind a socket."""

import asyncio
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import asyncpg
import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy.engine import make_url
from sqlalchemy.sql import ClauseElement

import cli
from config import Settings
from db.embedded import Servers, running
from db.migrate import migrate
from db.scope import Database, statement_watchers
from db.statements import compiled_watchers
from tests.api import Api
from tests.factories import House
from tests.serving import serving
from tests.tenancy import unnamed_tenants

SECRET = "a secret for the tests alone, of 32 bytes or more"

RECEIPTS_SECRET = "whsec_cmVjZWlwdHMtcmVjZWlwdHMtcmVjZWlwdHM="


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On the server of TEST_DATABASE_URL only what uses it: all else would do again what it does without."""
    if "TEST_DATABASE_URL" not in os.environ:
        return
    elsewhere = [item for item in items if "cluster" not in getattr(item, "fixturenames", ())]
    config.hook.pytest_deselected(items=elsewhere)
    items[:] = [item for item in items if "cluster" in getattr(item, "fixturenames", ())]


@dataclass(frozen=True)
class TestDatabase:
    """A migrated database of its own."""

    __test__ = False
    owner_url: str
    app_url: str
    admin_url: str


@dataclass(frozen=True)
class Cluster:
    """Servers to make databases on."""

    owner_url: str
    app_url: str
    admin_url: str
    redis_url: str


def _on(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """Embedded servers, gone afterwards."""
    # Not below pytest's folder, which is closed to the user that PostgreSQL runs as for root.
    folder = Path(tempfile.gettempdir()) / f"carenotes-{secrets.token_hex(4)}"
    with running(folder) as servers:
        yield servers
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def cluster(servers: Servers) -> Cluster:
    """Where databases are made: the embedded server, or that of TEST_DATABASE_URL (a superuser's)."""
    if (url := os.environ.get("TEST_DATABASE_URL")) is None:
        return Cluster(
            servers.migration_database_url, servers.database_url, servers.admin_database_url, servers.redis_url
        )
    asyncio.run(_make_roles(url))
    as_role = {
        name: make_url(url).set(username=name, password="test").render_as_string(hide_password=False)
        for name in ("carenotes_owner", "carenotes_app")
    }
    return Cluster(as_role["carenotes_owner"], as_role["carenotes_app"], url, servers.redis_url)


async def _make_roles(admin_url: str) -> None:
    connection = await asyncpg.connect(admin_url)
    # Roles are the whole server's, and the tests' processes start at once: one makes them. Closing gives the lock back.
    await connection.fetchval("SELECT pg_advisory_lock(hashtext('roles of the tests'))")
    for role in ("carenotes_owner", "carenotes_app"):
        if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
            await connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'test'")
    await connection.close()


class DatabaseMaker(Protocol):
    def __call__(self, migrated: bool = True) -> Awaitable[TestDatabase]: ...


@pytest.fixture(scope="session")
async def make_database(cluster: Cluster) -> AsyncIterator[DatabaseMaker]:
    """Makes databases: each a copy of one that was migrated once."""
    run, made = secrets.token_hex(4), 0
    admin = await asyncpg.connect(cluster.admin_url)

    async def create(name: str, template: str) -> TestDatabase:
        await admin.execute(f'CREATE DATABASE "{name}" OWNER carenotes_owner TEMPLATE {template}')
        return TestDatabase(_on(cluster.owner_url, name), _on(cluster.app_url, name), _on(cluster.admin_url, name))

    template = await create(f"test_{run}_template", "template0")
    await migrate(template.owner_url, template.app_url)

    async def make(migrated: bool = True) -> TestDatabase:
        nonlocal made
        made += 1
        return await create(f"test_{run}_{made}", f"test_{run}_template" if migrated else "template0")

    yield make
    for name in [f"test_{run}_{n + 1}" for n in range(made)] + [f"test_{run}_template"]:
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await admin.close()


@pytest.fixture
async def fresh_database(make_database: DatabaseMaker) -> TestDatabase:
    """An empty database for one test."""
    return await make_database()


@pytest.fixture(scope="session")
async def shared_database(make_database: DatabaseMaker) -> TestDatabase:
    """The database behind `server`. Each test makes tenants of its own in it, and so meets nobody else's rows."""
    return await make_database()


@pytest.fixture(scope="session")
def settings(shared_database: TestDatabase, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(
        database_url=shared_database.app_url,
        migration_database_url=shared_database.owner_url,
        redis_url=cluster.redis_url,
        jwt_secret=SecretStr(SECRET),
        receipts_secret=SecretStr(RECEIPTS_SECRET),
        data_dir=tmp_path_factory.mktemp("data"),
        database_wait=10,
        # Or what one test asked for would be asked again in the middle of another.
        statistics_warming=False,
        # Or reminders of one test would be sent in the middle of another.
        dispatching=False,
        # Or it would look into the outbox between a test's arranging and its looking after the fact.
        relaying=False,
    )


@pytest.fixture
def on_test_servers(settings: Settings) -> dict[str, str]:
    """What a process of its own needs in its environment."""
    names = ("database_url", "migration_database_url", "redis_url", "data_dir")
    return {name.upper(): str(getattr(settings, name)) for name in names} | {"JWT_SECRET": SECRET}


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def carenotes(
    monkeypatch: pytest.MonkeyPatch, on_test_servers: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> Run:
    """Runs the command on the test servers; exit status, what it printed, what it said of it."""
    for name, value in on_test_servers.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["carenotes", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run


@pytest.fixture(scope="session")
async def server(settings: Settings) -> AsyncIterator[str]:
    """CareNotes on a socket; its address."""
    async with serving(settings) as address:
        yield address


@pytest.fixture(scope="session")
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The application's own way in: Scopes, as its role."""
    database = Database(settings)
    yield database
    await database.close()


@pytest.fixture(scope="session")
async def owner(shared_database: TestDatabase) -> AsyncIterator[asyncpg.Pool]:
    """A way past the policies, for arranging and for looking after the fact."""
    async with asyncpg.create_pool(shared_database.owner_url, min_size=1, max_size=4) as pool:
        yield pool


@pytest.fixture
async def house(owner: asyncpg.Pool) -> House:
    """A tenant of this test alone, with facilities, practitioners, patients."""
    return await House.build(owner)


@pytest.fixture
async def other_house(owner: asyncpg.Pool) -> House:
    """Another tenant."""
    return await House.build(owner)


@pytest.fixture(scope="session")
async def http(server: str) -> AsyncIterator[httpx.AsyncClient]:
    # Given up before the server closes them: a request must not meet a connection that is being closed.
    limits = httpx.Limits(max_connections=None, keepalive_expiry=2)
    async with httpx.AsyncClient(base_url=server, timeout=30, limits=limits) as client:
        yield client


@pytest.fixture
def api(http: httpx.AsyncClient, settings: Settings) -> Api:
    """Speaks GraphQL over the wire, as whoever it is told to be."""
    return Api(http, settings)


@pytest.fixture(scope="session")
async def unlimited(settings: Settings) -> AsyncIterator[Api]:
    """For who asks for everything at once."""
    changed = settings.model_copy(update={"cost_limit": 10**12, "budget": 0, "tenant_budget": 0})
    async with serving(changed) as address, httpx.AsyncClient(base_url=address, timeout=30) as http:
        yield Api(http, changed)


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """The SQL that requests run, without what begins and ends their transactions. Clear it between two requests."""
    seen: list[str] = []

    def record(sql: str, *_: object) -> None:
        # A relay or a reader of events of another test in this process looks now and then.
        if not any(name in sql for name in ("_events(", "streams_older_than(")):
            seen.append(sql)

    statement_watchers.append(record)
    yield seen
    statement_watchers.remove(record)


@pytest.fixture(autouse=True, scope="session")
def every_statement_names_its_tenant() -> Iterator[None]:
    """In all tests: the policies would hide a forgotten tenant, but a sharded database would ask every shard for it."""

    def check(statement: ClauseElement) -> None:
        assert not (missing := unnamed_tenants(statement)), f"tenant_id is not given for {missing}: {statement}"

    compiled_watchers.append(check)
    yield
    compiled_watchers.remove(check)


@pytest.fixture
def root() -> Path:
    """The project's folder."""
    return Path(__file__).parent.parent
