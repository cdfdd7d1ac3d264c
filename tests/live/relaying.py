"""A relay in a process of its own, to be killed at any instant: `carenotes relay` without the rest of the command."""

import asyncio
import sys

from config import Settings
from live.running import relaying

RUNNING = b"relaying\n"


async def main() -> None:
    async with relaying(Settings()) as running:
        sys.stdout.write(RUNNING.decode())
        sys.stdout.flush()
        await running


if __name__ == "__main__":
    asyncio.run(main())
