"""The built pages of `web/`, served without the internet."""

from pathlib import Path

from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles

DIST = Path(__file__).parent.parent / "web" / "dist"

POLICY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
        "img-src 'self' data: blob:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; "
        "frame-ancestors 'none'; form-action 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}

_MISSING = """<!doctype html><meta charset="utf-8"><title>CareNotes</title>
<p>GraphiQL is not built yet. <code>make web</code> builds it; then load this page again.</p>"""


def graphiql() -> Response:
    """The page; its script reads the token from the address's fragment, which no server sees."""
    page = DIST / "graphiql.html"
    return FileResponse(page, headers=POLICY) if page.exists() else HTMLResponse(_MISSING, 503, POLICY)


def assets() -> StaticFiles:
    """Files whose names change with their content: a browser may keep them for good."""
    return _Immutable(directory=DIST / "assets", check_dir=False)


class _Immutable(StaticFiles):
    async def get_response(self, path: str, scope: object) -> Response:
        response = await super().get_response(path, scope)  # type: ignore[arg-type]
        if response.status_code == 200:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
