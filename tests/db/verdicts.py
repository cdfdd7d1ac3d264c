"""Answers of statistics together with where they came from."""

from typing import Any

from tests.api import Api

DAY = '{ dailyStats(date: "2026-03-02") { total uniquePatients computedAt byFacility { notes facility { id } } } }'


async def verdicts(api: Api, document: str) -> tuple[Any, list[str]]:
    response = await api.http.post(
        "/graphql",
        json={"query": document, "extensions": {"cache": True}},
        headers={"Authorization": f"Bearer {api.token}"},
    )
    answer = response.json()
    assert "errors" not in answer, answer
    return answer["data"], [each["verdict"] for each in answer["extensions"]["cache"]]
