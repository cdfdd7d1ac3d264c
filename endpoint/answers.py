"""An answer's status, headers and bytes."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson
from graphql import ExecutionResult, GraphQLError

from endpoint.errors import counted, present, present_care_error
from endpoint.negotiation import JSON
from endpoint.requests import Refused
from errors import CareError, RateLimited, Unauthenticated

PARTIAL = 294
"""Data and errors (GraphQL over HTTP, September 2026, section 5.4). Who does not know it takes it for 200 (RFC 9110, 15)."""
_NO_STORE = (b"cache-control", b"no-store")
_REVALIDATED = (b"cache-control", b"private, no-cache")
_VARIED = (b"vary", b"Accept, Authorization")


class Answer(NamedTuple):
    """One that is sent at once."""

    status: int
    body: bytes
    headers: list[tuple[bytes, bytes]]


def answer(result: ExecutionResult, extensions: dict[str, object] | None, media: bytes) -> Answer:
    """Of an operation that was run, or that was found to be wrong before."""
    status = 200 if media is JSON or not result.errors else 400 if is_request_error(result) else PARTIAL
    return _answer(status, encoded(shown(result, extensions)), media)


def batch(answers: Sequence[Answer], media: bytes) -> Answer:
    """Those of its operations, in their order. Each says by itself how it went, so the status is 200."""
    return _answer(200, b"[" + b",".join(each.body for each in answers) + b"]", media)


def refusal(why: Refused | CareError, media: bytes) -> Answer:
    """The answer to a request that got as far as no operation."""
    if isinstance(why, CareError):
        refused = _answer(why.status, encoded({"errors": [counted(present_care_error(why))]}), media)
        if isinstance(why, Unauthenticated):
            refused.headers.append((b"www-authenticate", b"Bearer"))
        if isinstance(why, RateLimited):
            refused.headers.extend(why.headers)
        return refused
    error: dict[str, Any] = {"message": why.message, "extensions": {"code": why.code}}
    status = 200 if why.well_formed and media is JSON else why.status
    refused = _answer(status, encoded({"errors": [counted(error)]}), media)
    if why.allow:
        refused.headers.append((b"allow", why.allow.encode()))
    return refused


def revalidated(fresh: Answer, known: bytes) -> Answer:
    """With a tag, by which a client that has it already need not get it again (RFC 9110, section 13.1.2).

    `known` is If-None-Match. The tag is weak: compressed or not, it is the same answer.
    """
    tag = b'W/"%s"' % blake2b(fresh.body, digest_size=16).hexdigest().encode()
    headers = [(b"etag", tag), _REVALIDATED, _VARIED]
    if tag in [each.strip() for each in known.split(b",")] or known.strip() == b"*":
        return Answer(304, b"", headers)
    return Answer(fresh.status, fresh.body, [each for each in fresh.headers if each is not _NO_STORE] + headers)


def is_request_error(result: ExecutionResult) -> bool:
    """Whether nothing was run: errors of fields have a path (GraphQL specification, section 7.1.3)."""
    return result.data is None and bool(result.errors) and all(each.path is None for each in result.errors or ())


def shown(result: ExecutionResult, extensions: dict[str, object] | None = None) -> dict[str, Any]:
    """The response as the specification has it: without `data` where nothing was run."""
    response: dict[str, Any] = {} if is_request_error(result) else {"data": result.data}
    if result.errors:
        response["errors"] = present(result.errors)
    if extensions:
        response["extensions"] = extensions
    return response


def encoded(response: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(response)
    except orjson.JSONEncodeError as error:
        if "Recursion limit" not in str(error):
            raise
        too_deep = "An answer may have 254 levels, lists included. Ask for less at once."
        return orjson.dumps({"errors": [{"message": too_deep, "extensions": {"code": "QUERY_TOO_COMPLEX"}}]})


def _answer(status: int, body: bytes, media: bytes) -> Answer:
    return Answer(status, body, [(b"content-type", media), (b"content-length", b"%d" % len(body)), _NO_STORE])


def wrong(errors: list[GraphQLError], media: bytes) -> Answer:
    """Of a document that cannot be run."""
    return answer(ExecutionResult(None, errors), None, media)
