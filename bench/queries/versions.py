"""Of what was measured."""

import asyncio
import json
import subprocess
from importlib.metadata import version

import asyncpg

from bench.queries.contenders import NODE_PEERS, node
from db.embedded import Servers

PYTHON = ("strawberry-graphql", "graphql-core", "asyncpg", "sqlalchemy", "starlette", "uvicorn")
NODE = ("postgraphile", "mercurius", "fastify", "pg")


def versions(servers: Servers) -> str:
    postgres = asyncio.run(_postgres(servers))
    packages = json.loads((NODE_PEERS / "package.json").read_text())["dependencies"]
    runtime = subprocess.run([node(), "--version"], check=True, capture_output=True, text=True).stdout.strip()
    # It says its version only beside its help, and then that it was called wrongly.
    wrk = subprocess.run(["wrk", "--version"], check=False, capture_output=True, text=True).stdout.split()[1]
    return ", ".join(
        [
            f"PostgreSQL {postgres}",
            *(f"{name} {version(name)}" for name in PYTHON),
            f"node {runtime}",
            *(f"{name} {packages[name]}" for name in NODE),
            f"wrk {wrk}",
        ]
    )


async def _postgres(servers: Servers) -> str:
    connection = await asyncpg.connect(servers.database_url)
    try:
        answer: str = await connection.fetchval("SHOW server_version")
        return answer.split(maxsplit=1)[0]
    finally:
        await connection.close()
