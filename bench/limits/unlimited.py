"""CareNotes with its gate open: what is compared with, to know what the limits cost."""

from contextlib import nullcontext
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

import server
from cli.environment import environment
from endpoint import protocols
from endpoint.limits import Admitted, Gate


class _Open(Gate):
    async def admit(self, *_: Any) -> Admitted:
        return _FREE


class _Free(Admitted):
    def __init__(self) -> None: ...

    def running(self, _: object = None) -> Any:
        return nullcontext()

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        return []


_FREE = _Free()


class _Plain(HttpToolsProtocol):
    def shutdown(self) -> None:
        self.app_state["live"].go_away()
        super().shutdown()


def main() -> None:
    # The names by which the application takes them.
    setattr(server, "Gate", _Open)  # noqa: B010
    setattr(protocols, "Http", _Plain)  # noqa: B010
    with environment() as settings:
        server.run(settings, print)


if __name__ == "__main__":
    main()
