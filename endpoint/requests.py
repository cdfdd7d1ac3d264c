"""What an HTTP request asks for: GraphQL over HTTP (https://graphql.github.io/graphql-over-http/), read from its bytes."""

from typing import Any, NamedTuple
from urllib.parse import parse_qs

import orjson
from starlette.types import Receive, Scope


class Refused(Exception):
    """A request that asks for no operation. `status` is HTTP's."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class Asked(NamedTuple):
    query: str
    variables: dict[str, Any] | None
    operation_name: str | None
    extensions: dict[str, Any]


def header(scope: Scope, name: bytes) -> str:
    """The header's value, the first if there are several; empty if there is none."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


async def asked(scope: Scope, receive: Receive, limit: int) -> Asked:
    """Raises Refused."""
    if scope["method"] == "POST":
        if header(scope, b"content-type").partition(";")[0].strip().lower() != "application/json":
            raise Refused(400, "Send JSON: `Content-Type: application/json`.")
        return asked_in(_parsed(await _body(receive, limit)))
    if scope["method"] == "GET":
        return asked_in(_parameters(scope["query_string"]))
    raise Refused(405, "GraphQL takes GET and POST.")


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


def asked_in(given: Any) -> Asked:
    """The request that JSON says. Raises Refused."""
    if isinstance(given, list):
        raise Refused(400, "One operation per request.")
    if not isinstance(given, dict):
        raise Refused(400, "The body of a request is a JSON object.")
    query, variables, name = given.get("query"), given.get("variables"), given.get("operationName")
    if not isinstance(query, str) or not query:
        raise Refused(400, "Send a document: `query` is a string with GraphQL in it.")
    if variables is not None and not isinstance(variables, dict):
        raise Refused(400, "`variables` is an object, or null.")
    if name is not None and not isinstance(name, str):
        raise Refused(400, "`operationName` is a string, or null.")
    extensions = given.get("extensions")
    if extensions is not None and not isinstance(extensions, dict):
        raise Refused(400, "`extensions` is an object, or null.")
    return Asked(query, variables, name or None, extensions or {})
