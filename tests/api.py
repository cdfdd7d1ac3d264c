"""A client of the API, for tests."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from auth import Principal, Role, Tokens
from config import Settings


@dataclass
class Api:
    """`as_` says who asks; `ask` wants an answer without errors, `refused` wants exactly one error."""

    http: httpx.AsyncClient
    settings: Settings
    token: str | None = None

    def as_(self, role: Role, tenant_id: UUID | None = None, subject: str = "somebody") -> "Api":
        principal = Principal(None if role is Role.PLATFORM_ADMIN else tenant_id, subject, role)
        return Api(self.http, self.settings, Tokens(self.settings).issue(principal, 600))

    def bearing(self, credential: str | None) -> "Api":
        return Api(self.http, self.settings, credential)

    async def post(self, document: str, **variables: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return await self.http.post("/graphql", json={"query": document, "variables": variables}, headers=headers)

    async def answer(self, document: str, **variables: Any) -> dict[str, Any]:
        response = await self.post(document, **variables)
        answer: dict[str, Any] = response.json()
        return answer

    async def ask(self, document: str, **variables: Any) -> Any:
        answer = await self.answer(document, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def refused(self, document: str, **variables: Any) -> dict[str, Any]:
        answer = await self.answer(document, **variables)
        assert len(answer.get("errors", ())) == 1, answer
        error: dict[str, Any] = answer["errors"][0]
        return {"message": error["message"], **error.get("extensions", {}), "path": error.get("path")}


async def until_up(http: httpx.AsyncClient) -> None:
    """Until the server that it asks is there."""
    async with asyncio.timeout(60):
        while True:
            try:
                if (await http.get("/health/live")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.05)
