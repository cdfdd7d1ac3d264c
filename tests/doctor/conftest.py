"""A database to break: each test breaks another thing of it and asks the one check that must see it."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from config import Settings
from doctor.checks import Finding, Look
from doctor.subject import Limits, Subject, opened
from tests.conftest import DatabaseMaker, TestDatabase

Find = Callable[..., Coroutine[Any, Any, list[Finding]]]
Open = Callable[[], AbstractAsyncContextManager[Subject]]


@pytest.fixture(scope="package")
async def patient(make_database: DatabaseMaker) -> TestDatabase:
    return await make_database()


@pytest.fixture(scope="package")
async def admin(patient: TestDatabase) -> AsyncIterator[asyncpg.Connection]:
    """A superuser, who may break anything."""
    connection = await asyncpg.connect(patient.admin_url)
    yield connection
    await connection.close()


@pytest.fixture(scope="package")
def of_patient(patient: TestDatabase, settings: Settings) -> Settings:
    urls = {"database_url": patient.app_url, "migration_database_url": patient.owner_url}
    return settings.model_copy(update=urls)


@pytest.fixture
def find(of_patient: Settings) -> Find:
    """What a check finds; keyword arguments are of the subject, or limits."""

    async def find(look: Look, **changes: Any) -> list[Finding]:
        limits = {name: changes.pop(name) for name in list(changes) if name in Limits.__dataclass_fields__}
        async with opened(of_patient) as subject:
            on = replace(subject, limits=replace(Limits(), **limits), **changes)
            return [finding async for finding in look(on)]

    return find
