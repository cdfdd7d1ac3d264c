"""Requests that arrive too slowly are cut off: uvicorn waits for a header or a body as long as a client likes.

A thousand connections that send a byte now and then would else be held for ever (slowloris, CWE-400).
"""

from asyncio import TimerHandle, Transport
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Arriving(HttpToolsProtocol):
    """From its first byte, or from when the connection was made, a request has so many seconds to arrive.

    A timer runs only while a request has begun and is not there: what comes at once pays for two flags.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._seconds: float = self.app_state["gate"].request_timeout
        self._arriving = True
        self._late: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn declares it
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._arriving and self._late is None:
            self._wait()

    def on_message_begin(self) -> None:
        self._arriving = True
        super().on_message_begin()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._arriving = False
        self._stop()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._late = self.loop.call_later(self._seconds, self._cut_off)

    def _stop(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _cut_off(self) -> None:
        self._late = None
        if self.transport.is_closing():
            return
        if self.flow.read_paused:  # it is we who do not read
            self._wait()
            return
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(_TOO_SLOW)
        self.transport.close()
