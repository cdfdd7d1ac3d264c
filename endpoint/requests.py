"""What an HTTP request asks for: GraphQL over HTTP (https://graphql.github.io/graphql-over-http/), read from its bytes."""

from typing import Any, NamedTuple
from urllib.parse import parse_qs

import orjson
from starlette.types import Receive, Scope

from endpoint.negotiation import is_json


class Refused(Exception):
    """A request that asks for no operation that could be run.

    `status` is HTTP's. Where the request was well formed all the same, an answer that is plain JSON has 200 instead, as older
    clients expect; `code` is the error's.
    """

    def __init__(
        self, status: int, message: str, code: str = "BAD_USER_INPUT", well_formed: bool = False, allow: str = ""
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.code, self.well_formed, self.allow = status, message, code, well_formed, allow


class Asked(NamedTuple):
    query: str | None
    """The document; None where it is named by `document_id` or by its hash in `extensions`."""
    variables: dict[str, Any] | None
    operation_name: str | None
    extensions: dict[str, Any]
    document_id: str | None = None

    @property
    def sha256(self) -> str | None:
        """The hash of a persisted document: as Apollo's clients send it, or an id (GraphQL over HTTP, Persisted Documents)."""
        persisted = self.extensions.get("persistedQuery")
        hash_ = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
        if hash_ is None and self.document_id and self.document_id.startswith("sha256:"):
            hash_ = self.document_id.removeprefix("sha256:")
        return hash_ if isinstance(hash_, str) else None


def header(scope: Scope, name: bytes) -> str:
    """The header's value, the first if there are several; empty if there is none."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


async def asked(
    scope: Scope, headers: dict[bytes, bytes], receive: Receive, body_limit: int, batch_limit: int = 0
) -> Asked | list[Asked]:
    """A list for a batch, which is a list of requests in one body. Raises Refused."""
    if scope["method"] == "POST":
        if not is_json(headers.get(b"content-type", b"")):
            raise Refused(415, "Send JSON in UTF-8: `Content-Type: application/json`.")
        given = _parsed(await _body(receive, body_limit))
        return _batch(given, batch_limit) if isinstance(given, list) else asked_in(given)
    if scope["method"] == "GET":
        return asked_in(_parameters(scope["query_string"]))
    raise Refused(405, "GraphQL takes GET and POST.", allow="GET, POST, PUT, DELETE")


async def _body(receive: Receive, limit: int) -> bytes:
    """Up to the limit. What was announced does not count, what arrives does."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        pieces = [body]
        length = len(body)
        while message.get("more_body") and length <= limit:
            message = await receive()
            pieces.append(message.get("body", b""))
            length += len(pieces[-1])
        body = b"".join(pieces)
    if message["type"] == "http.disconnect":
        raise Refused(400, "The request ended before its body.")
    if len(body) > limit:
        raise Refused(413, f"The body of a request has up to {limit} bytes.")
    return body


def _parsed(body: bytes | str) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refused(400, "This is not JSON.") from None


def _parameters(query_string: bytes) -> dict[str, Any]:
    try:
        given = {name: values[-1] for name, values in parse_qs(query_string.decode(), strict_parsing=False).items()}
    except ValueError:
        raise Refused(400, "The query string is not readable.") from None
    for name in ("variables", "extensions"):
        if name in given:
            given[name] = _parsed(given[name])
    return given


def _batch(given: list[Any], limit: int) -> list[Asked]:
    if not 0 < len(given) <= limit:
        many = f"A batch has up to {limit} operations, and this one has {len(given)}."
        raise Refused(400, many if given and limit else "One operation per request.")
    return [asked_in(each) for each in given]


def asked_in(given: Any) -> Asked:
    """The request that JSON says. Raises Refused."""
    if isinstance(given, list):
        raise Refused(400, "One operation per request.")
    if not isinstance(given, dict):
        raise Refused(400, "The body of a request is a JSON object.")
    query, variables, name = given.get("query"), given.get("variables"), given.get("operationName")
    if variables is not None and not isinstance(variables, dict):
        raise Refused(400, "`variables` is an object, or null.")
    if name is not None and not isinstance(name, str):
        raise Refused(400, "`operationName` is a string, or null.")
    extensions = given.get("extensions")
    if extensions is not None and not isinstance(extensions, dict):
        raise Refused(400, "`extensions` is an object, or null.")
    if isinstance(query, str) and query:
        return Asked(query, variables, name or None, extensions or {})
    document_id = given.get("documentId")
    if document_id is not None and not isinstance(document_id, str):
        raise Refused(400, "`documentId` is a string.")
    made = Asked(None, variables, name or None, extensions or {}, document_id)
    if query not in (None, "") or not (document_id or made.sha256):
        raise Refused(400, "Send a document: `query` is a string with GraphQL in it.")
    return made
