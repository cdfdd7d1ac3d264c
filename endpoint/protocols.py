"""uvicorn's connections, which tell what goes on in them when the server stops: a stream would never end by itself."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol


class Http(HttpToolsProtocol):
    def shutdown(self) -> None:
        self.app_state["live"].go_away()
        super().shutdown()


class WebSocket(WebSocketsSansIOProtocol):
    def shutdown(self) -> None:
        """The application closes its sockets, with a code of its own; uvicorn would close them with 1012, at once."""
        self.app_state["live"].go_away()
        if not self.handshake_complete:
            super().shutdown()
