"""Folders of data for the embedded servers, and a database with demo data."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from db.demo import Summary, load
from db.embedded import running, supervisor
from tests.conftest import DatabaseMaker, TestDatabase
from tests.db.demo_plan import PLAN, quiet
from tests.db.folders import Folder, folder, sql


@pytest.fixture
def fresh() -> Iterator[Folder]:
    with folder() as made:
        yield made


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    with folder() as made:
        with running(made.path) as servers:
            sql(servers.admin_database_url, "CREATE TABLE kept (word text); INSERT INTO kept VALUES ('first')")
            redis.Redis.from_url(servers.redis_url).set("kept", "first")
        yield made.path


@pytest.fixture
def data(template: Path) -> Iterator[Folder]:
    """Data that has been through its first start already."""
    with folder() as made:
        subprocess.run(["cp", "-a", template, made.path], check=True)
        yield made


@pytest.fixture
def watchful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "WATCH_SECONDS", 0.05)


@pytest.fixture(scope="session")
async def loaded(make_database: DatabaseMaker) -> tuple[TestDatabase, Summary]:
    database = await make_database()
    return database, await load(database.owner_url, PLAN, quiet)
