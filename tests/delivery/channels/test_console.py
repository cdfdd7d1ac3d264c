"""The console."""

from io import StringIO
from uuid import UUID

from delivery.channels.channel import Message
from delivery.channels.console import Console
from delivery.keys import Key
from delivery.outcomes import accepted
from tests.delivery.channels.batches import outcomes_of

REMINDER = UUID("019ac1de-0000-7000-8000-000000000000")


async def test_messages_are_shown() -> None:
    output = StringIO()
    messages = [
        Message(Key(REMINDER, REMINDER), "Ada", "See you tomorrow.\n", "Appointment"),
        Message(Key(REMINDER, REMINDER), "Ben", "See you\ntoday."),
    ]
    assert await outcomes_of(Console(output), messages) == [accepted(str(REMINDER))] * 2
    assert output.getvalue() == (
        f"{REMINDER} | Ada | Appointment\nSee you tomorrow.\n\n{REMINDER} | Ben\nSee you\ntoday.\n\n"
    )
