"""How the peers in Python are served: as CareNotes is, by one process."""

import os

import uvicorn
from starlette.types import ASGIApp


def serve(app: ASGIApp) -> None:
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        loop="uvloop",
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
    )
