"""Which media types a client accepts (RFC 9110, section 12.5.1), and which of ours suit it best."""

from functools import lru_cache
from typing import NamedTuple

JSON = b"application/json; charset=utf-8"
GRAPHQL_JSON = b"application/graphql-response+json; charset=utf-8"
"""What a client trusts to come from a GraphQL server, whatever the status: so it has statuses of its own."""

MULTIPART = "multipart/mixed"
EVENTS = "text/event-stream"


class Accepted(NamedTuple):
    """Of each kind of answer the type that the client likes best; None where it accepts none."""

    single: bytes | None
    """`JSON` or `GRAPHQL_JSON`: for what is answered at once."""
    stream: str | None
    """`MULTIPART` or `EVENTS`: for what is answered bit by bit. Only who names one of them accepts it."""
    specification: str | None
    """The `deferSpec`, `incrementalSpec` or `subscriptionSpec` that a client of multipart asks for, as `name=value`."""
    events: bool
    """Whether it accepts `EVENTS`, be it as a second choice."""
    page: bool
    """Whether it would rather have HTML: a browser, whose user opens the address."""


class _Range(NamedTuple):
    type: str
    parameters: dict[str, str]
    quality: float


@lru_cache(1024)
def accepted(header: bytes) -> Accepted:
    """What an Accept header says. Without one it is JSON, as in the days before GraphQL had a type of its own."""
    ranges = [_range(each) for each in (header.decode("latin-1") or "*/*").split(",") if each.strip()]
    json, graphql = _liking("application/json", ranges), _liking("application/graphql-response+json", ranges)
    # Who does not name the newer type may not know it; who names both alike does.
    newer = graphql > json or (graphql == json and graphql[1] == _NAMED)
    best = max(json, graphql)
    single = None if not best[0] else GRAPHQL_JSON if newer else JSON
    named = {each.type: each for each in ranges if each.quality}
    streams = [named[each] for each in (MULTIPART, EVENTS) if each in named]
    stream = max(streams, key=lambda each: each.quality, default=None)
    html = _liking("text/html", ranges)
    return Accepted(
        single,
        stream and stream.type,
        _specification(named.get(MULTIPART)),
        EVENTS in named,
        html[1] == _NAMED and html[0] > best[0],
    )


_NAMED = 2


def _liking(type_: str, ranges: list[_Range]) -> tuple[float, int]:
    """The quality that the most specific range gives a type, and how specific that is: 2 by name, 0 by `*/*` or not at all."""
    family = type_.partition("/")[0] + "/*"
    for specific, pattern in ((_NAMED, type_), (1, family), (0, "*/*")):
        qualities = [each.quality for each in ranges if each.type == pattern and _is_utf_8(each.parameters)]
        if qualities:
            return max(qualities), specific
    return 0.0, 0


def _is_utf_8(parameters: dict[str, str]) -> bool:
    return parameters.get("charset", "utf-8").lower() in ("utf-8", "utf8")


def _specification(multipart: _Range | None) -> str | None:
    for name, value in (multipart.parameters if multipart else {}).items():
        if name in ("deferspec", "incrementalspec", "subscriptionspec"):
            return f"{name.removesuffix('spec')}Spec={value}"
    return None


def _range(text: str) -> _Range:
    type_, *rest = text.split(";")
    pairs = (each.partition("=") for each in rest)
    parameters = {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs if name.strip()}
    return _Range(type_.strip().lower(), parameters, _quality(parameters.pop("q", "1")))


def _quality(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return quality if 0.0 <= quality <= 1.0 else 0.0


@lru_cache(256)
def is_json(content_type: bytes) -> bool:
    """Whether a body of this Content-Type is JSON in UTF-8."""
    given = _range(content_type.decode("latin-1"))
    return given.type == "application/json" and _is_utf_8(given.parameters)
