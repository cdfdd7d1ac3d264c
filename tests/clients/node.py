"""Runs the programs of this folder on node, which comes with the environment."""

import asyncio
import os
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
PATIENCE = 60.0


async def node(*arguments: str) -> str:
    """What the program prints; fails with what it complains about."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    process = await asyncio.create_subprocess_exec(
        "node",
        *arguments,
        cwd=FOLDER,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, complaint = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 0, (out + complaint).decode()
    return out.decode()
