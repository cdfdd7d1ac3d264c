"""The cache of figures among processes: one computation however many ask, never older than a commit."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from auth import Role
from config import Settings
from tests.api import Api, until_up
from tests.db.verdicts import DAY, verdicts
from tests.factories import House


@pytest.fixture
async def processes(settings: Settings, unused_tcp_port_factory: Any) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Two server processes on the same database and Redis."""
    ports = [unused_tcp_port_factory(), unused_tcp_port_factory()]
    started = [_start(settings, port) for port in ports]
    clients = [httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) for port in ports]
    try:
        await asyncio.gather(*map(until_up, clients))
        yield clients
    finally:
        for client in clients:
            await client.aclose()
        for process in started:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


async def test_a_hundred_misses_in_each_of_two_processes_are_one_computation(
    api: Api, house: House, processes: list[httpx.AsyncClient]
) -> None:
    """Told apart by what they say of where the answer came from."""
    await house.fill(notes=500, patients=20)
    token = api.as_(Role.READER, house.tenant).token
    apis = [Api(each, api.settings, token) for each in processes]
    for turn in range(5):
        await house.note()
        found = await asyncio.gather(*(verdicts(each, DAY) for each in apis * 100))
        assert {answer["dailyStats"]["total"] for answer, _ in found} == {501 + turn - await _others(house)}
        assert [verdict for _, verdict in found].count(["DATABASE"]) == 1


async def _others(house: House) -> int:
    """Notes that are not of the day that is asked for."""
    return int(
        await house.pool.fetchval(
            "SELECT coalesce(sum(notes), 0) FROM facility_days WHERE tenant_id = $1 AND day <> '2026-03-02'",
            house.tenant,
        )
    )


def _start(settings: Settings, port: int) -> subprocess.Popen[bytes]:
    names = ("database_url", "redis_url", "data_dir")
    values = {name.upper(): str(getattr(settings, name)) for name in names}
    assert settings.jwt_secret
    values |= {"JWT_SECRET": settings.jwt_secret.get_secret_value(), "PORT": str(port), "LOG_LEVEL": "error"}
    return subprocess.Popen([sys.executable, "server.py"], env={**os.environ, **values}, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("rounds", [100, pytest.param(1_000, marks=pytest.mark.soak)])
async def test_a_read_after_a_commit_is_never_older(
    api: Api, processes: list[httpx.AsyncClient], house: House, rounds: int
) -> None:
    """Commit on one process, read on the other and there, in turns, while others keep asking."""
    token = api.as_(Role.CLINICIAN, house.tenant, "practitioner-0").token
    clinician, there = (Api(each, api.settings, token) for each in processes)
    patient = house.gid("Patient", house.patients[0])
    write = (
        f'mutation {{ createNote(input: {{patientId: "{patient}", category: VITALS, text: "T", '
        'effectiveAt: "2026-03-02T12:00:00Z"}) { note { id } } }'
    )
    read = '{ dailyStats(date: "2026-03-02") { total } }'
    done = False

    async def keep_asking(who: Api) -> None:
        while not done:
            await who.ask(read)

    askers = [asyncio.create_task(keep_asking(who)) for who in (clinician, there)]
    for turn in range(1, 1 + rounds):
        await clinician.ask(write)
        for who in (there, clinician):
            assert (await who.ask(read))["dailyStats"]["total"] == turn
    done = True
    await asyncio.gather(*askers)
