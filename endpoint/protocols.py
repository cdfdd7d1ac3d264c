"""uvicorn's connections, with what the application needs of them.

They tell it when the server stops, since a stream would never end by itself; and a WebSocket takes frames that are made.
"""

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from endpoint.arrival import Arriving
from endpoint.live.frames import EXTENSION


class Http(Arriving):
    def shutdown(self) -> None:
        self.app_state["live"].go_away()
        super().shutdown()


class WebSocket(WebSocketsSansIOProtocol):
    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:
            self.scope["extensions"][EXTENSION] = {"write": self._write}

    def _write(self, frames: bytes) -> bool:
        """To have them made and checked for each subscriber would take as long as all the rest."""
        if not self.writable.is_set() or self.disconnected or self.close_sent or self.transport.is_closing():
            return False
        self.transport.write(frames)
        return True

    def shutdown(self) -> None:
        """The application closes its sockets, with a code of its own; uvicorn would close them with 1012, at once."""
        self.app_state["live"].go_away()
        if not self.handshake_complete:
            super().shutdown()
