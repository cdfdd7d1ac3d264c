"""Reads a source ahead of whoever takes from it, so that what is there together is taken together."""

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Generic, TypeVar

from live.cancelling import heed_cancellation, stopped

T = TypeVar("T")


class Ahead(Generic[T]):
    """Up to `most` items are read ahead; the source is closed at the end of the block."""

    def __init__(self, source: AsyncIterator[T], most: int) -> None:
        self._source, self._most = source, most
        self._items: list[T] = []
        self._failure: Exception | None = None
        self._ended = False
        self._some, self._room = asyncio.Event(), asyncio.Event()

    async def take(self) -> list[T]:
        """What is there by now, at least one; nothing at the source's end. Raises what the source did, after its last item."""
        heed_cancellation()
        await self._some.wait()
        if not self._items and self._failure is not None:
            raise self._failure
        items, self._items = self._items, []
        if not self._ended:
            self._some.clear()
        self._room.set()
        return items

    async def _read(self) -> None:
        try:
            async for item in self._source:
                self._items.append(item)
                self._some.set()
                if len(self._items) >= self._most:
                    self._room.clear()
                    await self._room.wait()
        except Exception as error:  # noqa: BLE001  # it is for whoever takes
            self._failure = error
        finally:
            self._ended = True
            self._some.set()

    async def __aenter__(self) -> "Ahead[T]":
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        await stopped([self._reading])
        if (close := getattr(self._source, "aclose", None)) is not None:
            await close()
