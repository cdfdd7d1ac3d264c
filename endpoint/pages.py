"""The built pages of `web/`, served without the internet."""

from mimetypes import guess_type
from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

DIST = Path(__file__).parent.parent / "web" / "dist"

_SOURCES = (
    "default-src 'none'; script-src 'self'; style-src 'self'{}; font-src 'self'; img-src 'self'; "
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
)
_POLICY = {
    "Content-Security-Policy": _SOURCES.format(""),
}
_PAGE = {**_POLICY, "Cache-Control": "no-cache"}
# Inline styles are GraphiQL's editor's: it places each of its lines by one.
_EDITOR = {**_PAGE, "Content-Security-Policy": _SOURCES.format(" 'unsafe-inline'")}
# A file's name changes with its content. The policy goes with it as well: a worker takes its own from its script.
_ASSET = {**_POLICY, "Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}

_MISSING = """<!doctype html><meta charset="utf-8"><title>CareNotes</title>
<p>The pages are not built yet. <code>make web</code> builds them; then load this page again.</p>"""


def graphiql() -> Response:
    """The page; its script reads the token from the address's fragment, which no server sees."""
    return _page("graphiql.html", _EDITOR)


async def dashboard(_: Request) -> Response:
    """The page; what it shows it asks the API for, as any other client."""
    return _page("index.html", _PAGE)


def _page(name: str, headers: dict[str, str]) -> Response:
    page = DIST / name
    return FileResponse(page, headers=headers) if page.exists() else HTMLResponse(_MISSING, 503, headers)


def assets() -> StaticFiles:
    """What the pages load."""
    return _Assets(directory=DIST / "assets", check_dir=False)


class _Assets(StaticFiles):
    """The build has put a compressed copy beside each."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if not DIST.exists():
            raise HTTPException(404)
        if "gzip" not in Headers(scope=scope).get("accept-encoding", ""):
            response = await super().get_response(path, scope)
        else:
            response = await super().get_response(f"{path}.gz", scope)
            response.headers["Content-Encoding"] = "gzip"
        kind = guess_type(path)[0] or "application/octet-stream"
        response.headers["Content-Type"] = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
        response.headers.update(_ASSET)
        return response
