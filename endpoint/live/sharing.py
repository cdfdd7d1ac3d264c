"""Fan-out: one execution, and one message made, for all who subscribe to the same with the same rights.

Whoever begins earlier than the others, or has fallen behind the messages that are kept, runs an execution of its own up to
where the shared one is, and joins. So a slow subscriber costs no memory, nobody waits for it, and it misses nothing.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from contextvars import Context
from functools import partial
from uuid import UUID, uuid4

from asgi_correlation_id import correlation_id

from endpoint.live.executing import Executing
from endpoint.live.ring import Message, Push, Reader, Ring
from endpoint.live.subscriptions import Subscription
from errors import EventsExpired
from live.cancelling import stopped
from live.retrying import retried
from live.stretches import Followed, Stretch

Newest = Callable[[UUID | None], Awaitable[int]]
"""The last position of a tenant; 0 without a tenant."""

REST = 1 / 3
"""Of the time that it took to hand messages to all: what happens meanwhile is answered, and sent to each, together. So a
process whose subscribers take all of its time falls behind by milliseconds, and not by more and more."""


class Sharing:
    def __init__(self, executing: Executing, feed: Followed, newest: Newest, *, shared: bool = True) -> None:
        """Not `shared`: each subscriber has an execution of its own, to compare."""
        self._executing, self._feed, self._newest, self._one_for_all = executing, feed, newest, shared
        self._shared: dict[object, _Shared] = {}
        self.riding = self.rides = 0
        """How many subscribers get the messages of an execution that is shared, so are not catching up; and how many did."""

    def __len__(self) -> int:
        """How many executions are shared by now."""
        return len(self._shared)

    async def messages(
        self, subscription: Subscription, begin: int | None = None, push: Push | None = None
    ) -> AsyncGenerator[Message, None]:
        """The answers to its events, in order, without gap or duplicate, but for those that `push` takes. Raises what ends it.

        They are those after `begin`, or else after what the subscription's own arguments say.
        """
        shared = self._joined(subscription)
        try:
            await shared.begun()
            told = _Told(begin)
            while True:
                # Together: what the ring has from its end on is what happens after this position.
                reached, reader = shared.reached, Reader(shared.ring, told.pushing(push) if push else None)
                alone = Stretch(self._feed, begin=told.position, end=reached)
                async with aclosing(self._executing.run(subscription, alone)) as answers:
                    async for answered in answers:
                        for message in filter(told.first_of, answered.messages):
                            yield message
                began = alone.began or 0
                # A subscriber may be ahead of us: it came from a process that has read further.
                if began > reached and began > await self._newest(subscription.principal.tenant_id):
                    raise EventsExpired  # a position of another database, or of one that was set back
                told.position = max(reached, began, told.position or 0)
                self.riding += 1
                self.rides += 1
                try:
                    while (messages := await reader.read()) is not None:
                        for message in filter(told.first_of, messages):
                            yield message
                        if not messages:
                            shared.finish()
                            return
                finally:
                    self.riding -= 1
        finally:
            await self._left(shared)

    def _joined(self, subscription: Subscription) -> "_Shared":
        key = subscription.shared_by if self._one_for_all else object()
        if (shared := self._shared.get(key)) is None or shared.ring.closed:
            shared = self._shared[key] = _Shared(key)
            # In a context of its own: it is not the work of the request that happens to be the first.
            shared.task = asyncio.create_task(self._run(shared, subscription.from_now), context=Context())
        shared.subscribers += 1
        return shared

    async def _left(self, shared: "_Shared") -> None:
        shared.subscribers -= 1
        if shared.subscribers == 0:
            if self._shared.get(shared.key) is shared:
                del self._shared[shared.key]
            await stopped([shared.task])

    async def _run(self, shared: "_Shared", subscription: Subscription) -> None:
        correlation_id.set(str(uuid4()))
        loop = asyncio.get_running_loop()
        try:
            shared.start(await retried(partial(self._newest, subscription.principal.tenant_id)))
            stretch = Stretch(self._feed, begin=shared.reached)
            async with aclosing(self._executing.run(subscription, stretch)) as answers:
                async for answered in answers:
                    shared.reached = answered.position
                    begun = loop.time()
                    await shared.ring.add(answered.messages)
                    await asyncio.sleep(REST * (loop.time() - begun))
        except Exception as error:  # noqa: BLE001  # it is for the subscribers
            shared.failure = error
        finally:
            shared.started.set()
            shared.ring.close()


class _Told:
    """What a subscriber has been told."""

    __slots__ = ("_state", "position")

    def __init__(self, position: int | None) -> None:
        self.position = position
        self._state: bytes | None = None

    def first_of(self, message: Message) -> bool:
        """Whether it is news: an event that it had not come to, or a state other than the last. It is told from now on."""
        news = self._is_news(message)
        self._tell(message)
        return news

    def pushing(self, push: Push) -> Push:
        """The same for what is news; what is not needs no sending."""

        def pushed(messages: Sequence[Message]) -> bool:
            news = [message for message in messages if self._is_news(message)]
            if news and not push(news):
                return False
            for message in news:
                self._tell(message)
            return True

        return pushed

    def _is_news(self, message: Message) -> bool:
        if message.position is None:
            return message.payload != self._state
        return self.position is None or message.position > self.position

    def _tell(self, message: Message) -> None:
        if message.position is None:
            self._state = message.payload
        else:
            self.position = max(message.position, self.position or 0)


class _Shared:
    """An execution, from the position on that was the last when it began."""

    task: "asyncio.Task[None]"

    def __init__(self, key: object) -> None:
        self.key, self.subscribers, self.reached = key, 0, 0
        self.ring = Ring()
        self.failure: Exception | None = None
        self.started = asyncio.Event()

    def start(self, position: int) -> None:
        self.reached = position
        self.started.set()

    async def begun(self) -> None:
        """When it is known from where on. Raises what it failed with."""
        await self.started.wait()
        self.finish()

    def finish(self) -> None:
        if self.failure is not None:
            raise self.failure
