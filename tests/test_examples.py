"""The examples, in processes of their own, over a connection that breaks: each prints every event, once and in order."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

from auth import Role
from config import Settings
from live.running import relaying
from tests.api import Api
from tests.endpoint.live.writing import signed, written
from tests.endpoint.proxy import Proxy
from tests.factories import House

EXAMPLES = {
    "graphql-ws": ["node", "javascript/graphql-ws.mjs"],
    "graphql-sse": ["node", "javascript/graphql-sse.mjs"],
    "graphql-sse, one connection": ["node", "javascript/graphql-sse.mjs", "--single"],
    "Apollo Client": ["node", "javascript/apollo.mjs"],
    "urql": ["node", "javascript/urql.mjs"],
    "gql": [sys.executable, "python/notes.py"],
}
PATIENCE = 30.0


class Example:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout
        self._lines = process.stdout
        self.seen: list[tuple[str, str]] = []

    async def until(self, event: tuple[str, str]) -> None:
        """Reads what it prints up to this event."""
        async with asyncio.timeout(PATIENCE):
            while event not in self.seen:
                line = await self._lines.readline()
                assert line, f"it ended after {self.seen}"
                printed = json.loads(line)
                self.seen.append((printed["kind"], printed["id"]))


@asynccontextmanager
async def started(command: list[str], root: Path, url: str, token: str) -> AsyncIterator[Example]:
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "CARENOTES_URL": url,
        "CARENOTES_TOKEN": token,
    }
    process = await asyncio.create_subprocess_exec(
        *command, cwd=root / "examples", env=environment, stdout=asyncio.subprocess.PIPE, start_new_session=True
    )
    try:
        yield Example(process)
    finally:
        # All of its session: `node` is a script that starts it.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def test_all_of_them_print_everything_over_a_break(
    server: str, settings: Settings, api: Api, house: House, root: Path
) -> None:
    clinician = api.as_(Role.CLINICIAN, house.tenant, "practitioner-0")
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(relaying(settings))
        proxy = await stack.enter_async_context(Proxy(server.removeprefix("http://")))
        url = f"http://127.0.0.1:{proxy.port}/graphql"
        several = {
            name: await stack.enter_async_context(started(command, root, url, clinician.token or ""))
            for name, command in EXAMPLES.items()
        }
        # They have no position before their first event, and start at their own pace: each needs one that it sees.
        warm = asyncio.create_task(_keep_writing(clinician, house))
        await asyncio.gather(*(_first(each) for each in several.values()))
        warm.cancel()
        await asyncio.wait([warm])
        before = ("CREATED", await written(clinician, house))
        await asyncio.gather(*(each.until(before) for each in several.values()))
        await proxy.cut()
        missed = [("CREATED", await written(clinician, house)) for _ in range(2)]
        await signed(clinician, missed[0][1])
        missed.append(("SIGNED", missed[0][1]))
        await proxy.mend()
        last = ("CREATED", await written(clinician, house))
        await asyncio.gather(*(each.until(last) for each in several.values()))
        for name, each in several.items():
            at = each.seen.index(before)
            assert each.seen[at:] == [before, *missed, last], name
            assert len(set(each.seen)) == len(each.seen), name


async def _first(example: Example) -> None:
    async with asyncio.timeout(PATIENCE):
        line = json.loads(await example._lines.readline())
        example.seen.append((line["kind"], line["id"]))


async def _keep_writing(clinician: Api, house: House) -> None:
    while True:
        await written(clinician, house)
        await asyncio.sleep(0.1)
