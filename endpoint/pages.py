"""The built pages of `web/`, served without the internet."""

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

DIST = Path(__file__).parent.parent / "web" / "dist"

# Inline styles are GraphiQL's editor's: it places each of its lines by one.
_POLICY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self'; "
        "connect-src 'self'; worker-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
    ),
}
_PAGE = {**_POLICY, "Cache-Control": "no-cache"}
# A file's name changes with its content. The policy goes with it as well: a worker takes its own from its script.
_ASSET = {**_POLICY, "Cache-Control": "public, max-age=31536000, immutable"}

_MISSING = """<!doctype html><meta charset="utf-8"><title>CareNotes</title>
<p>GraphiQL is not built yet. <code>make web</code> builds it; then load this page again.</p>"""


def graphiql() -> Response:
    """The page; its script reads the token from the address's fragment, which no server sees."""
    page = DIST / "graphiql.html"
    return FileResponse(page, headers=_PAGE) if page.exists() else HTMLResponse(_MISSING, 503, _PAGE)


def assets() -> StaticFiles:
    """What the pages load."""
    return _Assets(directory=DIST / "assets", check_dir=False)


class _Assets(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        if not DIST.exists():
            raise HTTPException(404)
        response = await super().get_response(path, scope)
        response.headers.update(_ASSET)
        return response
