"""Requests to the endpoint with headers of one's own."""

import json
from typing import Any

import httpx

from tests.api import Api

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
MULTIPART = "multipart/mixed"
EVENTS = "text/event-stream"


async def ask(api: Api, body: Any, accept: str | None = None, **headers: str) -> httpx.Response:
    """A POST; `api` has the token. `headers` are written with underscores."""
    return await api.http.post("/graphql", json=body, headers=given(api, accept, **headers))


async def get(
    api: Api, accept: str | None = None, headers: dict[str, str] | None = None, **params: Any
) -> httpx.Response:
    """A GET; what is no string is written as JSON."""
    written = {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}
    return await api.http.get("/graphql", params=written, headers=given(api, accept) | (headers or {}))


def given(api: Api, accept: str | None = None, **headers: str) -> dict[str, str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"Authorization": f"Bearer {api.token}", **({} if accept is None else {"Accept": accept}), **named}


def type_of(response: httpx.Response) -> str:
    return response.headers["content-type"].partition(";")[0]


def codes(answer: Any) -> list[str]:
    return [error["extensions"]["code"] for error in answer.get("errors", ())]
