"""A rate is kept by all processes together, and by each alone where Redis is away."""

import asyncio

import pytest
from limits import RateLimitItem, parse
from pydantic import ValidationError
from redis.asyncio import Redis
from uuid_utils.compat import uuid7

from config import Settings
from db.vocabulary import Channel
from delivery.gates.rates import Rates, rates


@pytest.fixture
def rate() -> RateLimitItem:
    """A hundred in an hour, of this test alone."""
    rate = parse("100/hour")
    rate.namespace = str(uuid7())
    return rate


async def taken(rates: Rates, wanted: int = 500) -> int:
    """All that is to be had."""
    total = 0
    while took := await rates.take(Channel.EMAIL, wanted):
        total += took
    return total


async def test_all_processes_together_keep_to_it(redis: Redis, rate: RateLimitItem) -> None:
    one, other = (Rates(redis, {Channel.EMAIL: rate}) for _ in range(2))
    first, *rest = [await one.take(Channel.EMAIL, 500), await other.take(Channel.EMAIL, 3)]
    assert (first, rest) == (10, [3]), "a chunk at a time, and what is left of it is for later"
    assert await taken(one) + await taken(other) == 100 - 13
    assert 0 < one.wait(Channel.EMAIL) <= 360


async def test_what_was_not_used_is_for_the_next(redis: Redis, rate: RateLimitItem) -> None:
    one = Rates(redis, {Channel.EMAIL: rate})
    assert await taken(one) == 100
    one.give_back(Channel.EMAIL, 7)
    assert await taken(one, wanted=5) == 7


async def test_channels_without_a_rate_are_free(redis: Redis) -> None:
    one = Rates(redis, {})
    assert await one.take(Channel.PUSH, 500) == 500
    one.give_back(Channel.PUSH, 500)


async def test_without_redis_each_process_keeps_to_it(rate: RateLimitItem) -> None:
    gone = Redis.from_url("redis://127.0.0.1:1/0")
    for each in (Rates(None, {Channel.EMAIL: rate}), Rates(gone, {Channel.EMAIL: rate})):
        assert await taken(each) == 100


async def test_a_period_later_there_is_more(redis: Redis) -> None:
    rate = parse("20/second")
    rate.namespace = str(uuid7())
    one = Rates(redis, {Channel.EMAIL: rate})
    began = asyncio.get_running_loop().time()
    total = 0
    while total < 40:
        total += await one.take(Channel.EMAIL, 500)
        await asyncio.sleep(one.wait(Channel.EMAIL))
    assert 0.8 < asyncio.get_running_loop().time() - began < 3


def test_the_settings_have_them() -> None:
    assert rates(Settings()) == {}
    assert rates(Settings(email_rate="5/second")) == {Channel.EMAIL: parse("5/second")}
    with pytest.raises(ValidationError, match="rate limit"):
        Settings(push_rate="fast")
