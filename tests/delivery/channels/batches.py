"""Sending in the tests."""

import asyncio
from collections.abc import Sequence

from delivery.channels.channel import Message, Provider
from delivery.outcomes import Outcome


async def outcomes_of(provider: Provider, messages: Sequence[Message]) -> list[Outcome]:
    """Of a dispatcher that is not stopping. Each message was tried, for some time."""
    outcomes = []
    for sent in await provider.send(messages, asyncio.Event()):
        assert sent is not None
        assert sent.started <= sent.finished
        outcomes.append(sent.outcome)
    return outcomes
