"""The console, for development: a message is shown to whoever started the process, and is sent to nobody."""

import asyncio
import sys
from collections.abc import Sequence
from typing import TextIO

from delivery.channels.channel import Message
from delivery.channels.turns import in_turns
from delivery.outcomes import Outcome, Sent, accepted


class Console:
    name = "console"

    def __init__(self, output: TextIO | None = None) -> None:
        """Standard output where no other is given."""
        self._output = output or sys.stdout

    async def send(self, messages: Sequence[Message], stopping: asyncio.Event) -> Sequence[Sent | None]:
        return await in_turns(messages, stopping, [self._show])

    async def close(self) -> None:
        self._output.flush()

    async def _show(self, message: Message) -> Outcome:
        head = " | ".join(filter(None, (str(message.key.reminder_id), message.to, message.subject)))
        self._output.write(f"{head}\n{message.text.rstrip()}\n\n")
        return accepted(str(message.key.reminder_id))
