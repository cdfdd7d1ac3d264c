"""PostGraphile's schema is made from the tables, so it is asked in words of its own, and its answers are translated.

Its global ids hold more than ours, so it is asked for the rows' UUIDs, which cost it less; here they become ours. A day's
counts are columns side by side; here they become lists. The rest of the shape is brought about by aliases in its documents.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

import ids
from bench.queries.data import Case
from bench.queries.questions import Question

DOCUMENTS = Path(__file__).parents[1] / "peers" / "postgraphile"

TYPES = {
    "notes": "Note",
    "patients": "Patient",
    "patient": "Patient",
    "author": "Practitioner",
    "facility": "Facility",
}


def body(question: Question, variables: Mapping[str, str], _: Case) -> bytes:
    """As the role that policies bind: they say which tenant."""
    return orjson.dumps({"query": _document(question), "variables": _translated(variables)})


def body_with_tenant(question: Question, variables: Mapping[str, str], case: Case) -> bytes:
    """As the owner: the condition says which tenant."""
    document = _document(question).replace("($", "($tenant: UUID!, $", 1)
    document = document.replace("(first: ", "(condition: { tenantId: $tenant }, first: ", 1)
    return orjson.dumps({"query": document, "variables": {**_translated(variables), "tenant": str(case.tenant)}})


def translated(answer: Any) -> Any:
    """As CareNotes answers it."""
    data = answer["data"]
    if "facilityDays" in data:
        return {"data": {"dailyStats": _statistics(*data["facilityDays"]["nodes"])}}
    return _with_our_ids(answer)


def _statistics(day: Mapping[str, Any]) -> dict[str, Any]:
    """Of `category_VITALS` is made an entry of `byCategory`."""
    made = dict[str, Any]()
    for key, value in day.items():
        dimension, _, word = key.partition("_")
        if word:
            made.setdefault(f"by{dimension.title()}", []).append({dimension: word, "notes": value})
        else:
            made[key] = value["totalCount"] if isinstance(value, dict) else value
    return made


def _with_our_ids(answer: Any, type_name: str = "") -> Any:
    """Each `id` made global; what it is an id of follows from the field around it."""
    if isinstance(answer, list):
        return [_with_our_ids(each, type_name) for each in answer]
    if not isinstance(answer, dict):
        return answer
    return {
        key: ids.encode(type_name, UUID(value)) if key == "id" else _with_our_ids(value, TYPES.get(key, type_name))
        for key, value in answer.items()
    }


def _document(question: Question) -> str:
    return (DOCUMENTS / f"{question.name}.graphql").read_text()


def _translated(variables: Mapping[str, str]) -> dict[str, str]:
    return {
        name: str(ids.decode_as("Facility", value)) if name == "facility" else value
        for name, value in variables.items()
    }
