"""Sending in the tests."""

import asyncio
from collections.abc import Sequence

from uuid_utils.compat import uuid7

from delivery.channels.channel import Message, Provider
from delivery.keys import Key
from delivery.outcomes import Outcome


def a_key() -> Key:
    """Of a reminder of its own."""
    return Key(uuid7(), uuid7())


async def outcomes_of(provider: Provider, messages: Sequence[Message]) -> list[Outcome]:
    """Of a dispatcher that is not stopping. Each message was tried, for some time."""
    outcomes = []
    for sent in await provider.send(messages, asyncio.Event()):
        assert sent is not None
        assert sent.started <= sent.finished
        outcomes.append(sent.outcome)
    return outcomes
