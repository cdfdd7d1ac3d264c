"""What a client is told of an error: coded, with the argument's path, and of a bug nothing but where to look it up."""

import traceback
from collections.abc import Iterator, Sequence
from typing import Any

import orjson
import structlog
from asgi_correlation_id import correlation_id
from graphql import GraphQLError, GraphQLSyntaxError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from strawberry.utils.str_converters import to_camel_case

from endpoint.arguments import Arguments, Path
from errors import CareError, TooComplex
from executor import LimitExceeded
from monitoring import metrics

log = structlog.get_logger()


def present(errors: Sequence[GraphQLError]) -> list[dict[str, object]]:
    """The errors as the response has them (GraphQL specification, section 7.1.5)."""
    arguments = Arguments()
    return [counted(_present(error, arguments)) for error in errors]


def _present(error: GraphQLError, arguments: Arguments) -> dict[str, object]:
    shown: dict[str, object] = {**error.formatted}
    causes = list(_causes(error))
    ours = next((cause for cause in causes if isinstance(cause, CareError)), None)
    foreign = [cause for cause in causes if not isinstance(cause, GraphQLError | CareError)]
    # A resolver that raised has said itself which argument it is about.
    argument = None if ours and error.path else arguments.path_of(error)
    if ours is not None:
        shown.update(present_care_error(ours))
    else:
        if isinstance(error, LimitExceeded):
            return {**shown, "extensions": _limit(error)}
        code = _specified(error, argument)
        if foreign or code is None:
            return {**shown, **_internal(foreign[-1] if foreign else error)}
        shown["extensions"] = {"code": code}
    if argument:
        shown["extensions"] = {**shown["extensions"], "argument": argument}  # type: ignore[dict-item]
    return shown


def present_care_error(error: CareError) -> dict[str, object]:
    return {"message": error.message, "extensions": dict(error.extensions)}


def refusal(status: int, error: dict[str, object]) -> Response:
    """The answer to a request that is none of GraphQL's."""
    return Response(orjson.dumps({"errors": [counted(error)]}), status, media_type="application/json")


def counted(error: dict[str, Any]) -> dict[str, Any]:
    """The error, which a client is about to be told of."""
    metrics.errors.labels(error["extensions"]["code"]).inc()
    return error


async def no_route(_: Request, error: Exception) -> Response:
    """Starlette's own refusals, such as of a path that is none, in the form of ours."""
    assert isinstance(error, HTTPException)
    code = "NOT_FOUND" if error.status_code == 404 else "BAD_USER_INPUT"
    response = refusal(error.status_code, {"message": error.detail, "extensions": {"code": code}})
    response.headers.update(error.headers or {})
    return response


def _internal(bug: BaseException) -> dict[str, object]:
    reference = correlation_id.get()
    log_bug(bug)
    return {
        "message": f"Something went wrong on our side. If you report it, give this reference: {reference}",
        "extensions": {"code": "INTERNAL", "correlationId": reference},
    }


def log_bug(bug: BaseException) -> None:
    """Logs where it happened. Not the messages of exceptions: those quote the values at hand, and they may be clinical."""
    chain = []
    cause: BaseException | None = bug
    while cause is not None:
        frames = traceback.extract_tb(cause.__traceback__)
        chain.append({"type": type(cause).__name__, "trace": [f"{f.filename}:{f.lineno} {f.name}" for f in frames]})
        cause = cause.__cause__ or cause.__context__
    log.error("bug", exceptions=chain)


def _limit(error: LimitExceeded) -> dict[str, object]:
    return {"code": TooComplex.code, "what": to_camel_case(error.what), "limit": error.limit, "actual": error.actual}


def _causes(error: GraphQLError) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.original_error if isinstance(cause, GraphQLError) else None


def _specified(error: GraphQLError, argument: Path | None) -> str | None:
    """The code of an error that graphql-core found by itself; None for a bug."""
    if isinstance(error, GraphQLSyntaxError):
        return "GRAPHQL_PARSE_FAILED"
    if argument:
        return "BAD_USER_INPUT"
    return "GRAPHQL_VALIDATION_FAILED" if error.path is None else None
