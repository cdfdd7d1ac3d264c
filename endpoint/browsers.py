"""What protects those who use this server by way of a browser, from other sites and from content that is none.

A credential comes in the header Authorization or, for a short while, in the address, and never in a cookie: so no request that
a page of another site can make without asking first (https://fetch.spec.whatwg.org/#cors-safelisted-request-header) is ever
authenticated. What is refused here would only work where a proxy before this server adds the credential.
"""

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from config import Settings
from endpoint.requests import Refused

_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_POLICY = [(b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")]
"""For what is no page: a browser that shows it all the same loads and runs nothing."""
_TRANSPORT = [(b"strict-transport-security", b"max-age=63072000")]
"""Two years, in production. Browsers heed it where it comes over TLS."""


class Secured:
    """Gives each answer the headers that tell a browser what it must not do with it. Pages have a policy of their own."""

    def __init__(self, app: ASGIApp, production: bool) -> None:
        self.app = app
        self._headers = [*_HEADERS, *(_TRANSPORT if production else ())]
        self._all = [*self._headers, *_POLICY]
        self._names = {name for name, _ in self._all}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message["headers"]
                names = dict(given)
                more = self._all
                if not self._names.isdisjoint(names):
                    ours = self._headers if b"content-security-policy" in names else self._all
                    more = [each for each in ours if each[0] not in names]
                message["headers"] = [*given, *more]
            await send(message)

        await self.app(scope, receive, secured)


def cors(settings: Settings) -> list[Middleware]:
    """Nothing, unless pages of other origins are allowed."""
    if not settings.origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=sorted(settings.origins),
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            # Whatever it asks for: these origins are trusted, and there are no cookies.
            allow_headers=["*"],
            expose_headers=["ETag", "Retry-After", "X-Correlation-ID"],
            max_age=7200,
        )
    ]


def refuse_foreign(headers: dict[bytes, bytes], allowed: frozenset[str]) -> None:
    """Raises Refused for what a page of another origin had its browser send, unless that origin is allowed.

    Browsers say so in Sec-Fetch-Site (https://www.w3.org/TR/fetch-metadata/); older ones in Origin, which is then held against
    Host. Who is no browser says neither.
    """
    site, origin = headers.get(b"sec-fetch-site"), headers.get(b"origin")
    if (site is None and origin is None) or site in (b"same-origin", b"none"):
        return
    given = (origin or b"").decode("latin-1")
    if given in allowed:
        return
    if site is None and given.partition("://")[2] == headers.get(b"host", b"").decode("latin-1"):
        return
    raise Refused(403, "Pages of this origin may not use this server: ALLOWED_ORIGINS does not name it.", "FORBIDDEN")
