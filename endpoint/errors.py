"""What a client is told of an error: coded, with the argument's path, and of a bug nothing but where to look it up."""

import re
import traceback
from collections.abc import Iterator, Sequence
from typing import Any

import orjson
import structlog
from asgi_correlation_id import correlation_id
from graphql import (
    ArgumentNode,
    GraphQLError,
    GraphQLSyntaxError,
    ListValueNode,
    Node,
    ObjectFieldNode,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    parse,
    visit,
)
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from errors import CareError

log = structlog.get_logger("carenotes")

# How graphql-core begins a message about a variable. What follows echoes the client's own value, so match the start only.
_VARIABLE = re.compile(r"Variable '\$(\w+)' has invalid value(?: at ((?:\.\w+|\[\d+\])+))?:")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")


def present(error: GraphQLError) -> dict[str, object]:
    """The error as the response has it (GraphQL specification, section 7.1.5)."""
    shown: dict[str, object] = {**error.formatted}
    causes = list(_causes(error))
    ours = next((cause for cause in causes if isinstance(cause, CareError)), None)
    foreign = [cause for cause in causes if not isinstance(cause, GraphQLError | CareError)]
    if ours is not None:
        shown.update(present_care_error(ours))
        argument = _argument(error) if error.path is None else None
    else:
        code, argument = _specified(error)
        if foreign or code is None:
            return {**shown, **_internal(foreign[-1] if foreign else error)}
        shown["extensions"] = {"code": code}
    if argument:
        shown["extensions"] = {**shown["extensions"], "argument": argument}  # type: ignore[dict-item]
    return shown


def present_care_error(error: CareError) -> dict[str, object]:
    return {"message": error.message, "extensions": dict(error.extensions)}


def refusal(status: int, error: dict[str, object]) -> Response:
    """The answer to a request that got as far as no operation."""
    return Response(orjson.dumps({"errors": [error]}), status, media_type="application/json")


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


def _causes(error: GraphQLError) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.original_error if isinstance(cause, GraphQLError) else None


def _specified(error: GraphQLError) -> tuple[str | None, list[str | int] | None]:
    """The code of an error that graphql-core found by itself, and the argument that it is about; None for a bug."""
    if isinstance(error, GraphQLSyntaxError):
        return "GRAPHQL_PARSE_FAILED", None
    argument = _argument(error)
    if argument:
        return "BAD_USER_INPUT", argument
    return ("GRAPHQL_VALIDATION_FAILED" if error.path is None else None), None


def _argument(error: GraphQLError) -> list[str | int] | None:
    """The path of the argument that a wrong value was given for, inline or by a variable."""
    node = error.nodes[0] if error.nodes else None
    if isinstance(node, VariableDefinitionNode):
        found = _VARIABLE.match(error.message)
        if not found:
            return None
        name, steps = found[1], _STEP.findall(found[2] or "")
        used = _path_to(node, lambda at: isinstance(at, VariableNode) and at.name.value == name)
        return [*(used or [name]), *(word or int(index) for word, index in steps)]
    # graphql-core reports a copy of a list, which has no place in the document; what is in the list has.
    while isinstance(node, ListValueNode) and node.loc is None and node.values:
        node = node.values[0]
    if isinstance(node, ValueNode) and node.loc:
        start = node.loc.start
        return _path_to(node, lambda at: bool(at.loc) and at.loc.start == start and isinstance(at, ValueNode))
    return None


def _path_to(node: Node, wanted: Any) -> list[str | int] | None:
    """The names of the argument and of the object fields around the first node that is wanted, in the node's document."""
    path: list[str | int] = []

    class Search(Visitor):
        def enter(self, at: Node, _key: Any, parent: Any, _path: Any, ancestors: Sequence[Any]) -> Any:
            around = [*ancestors, parent]
            if not wanted(at) or not any(isinstance(each, ArgumentNode) for each in around):
                return None
            path.extend(each.name.value for each in around if isinstance(each, ArgumentNode | ObjectFieldNode))
            return self.BREAK

    if node.loc is None:
        return None
    visit(parse(node.loc.source.body), Search())
    return path or None
