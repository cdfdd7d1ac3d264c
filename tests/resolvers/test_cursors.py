"""A cursor is good for the list it came from, and for nothing else."""

import string
from typing import Any

import pytest

from auth import Role
from tests.api import Api
from tests.factories import House

ALPHABET = string.ascii_letters + string.digits + "-_"
LIST = "query($filter: NoteFilter, $order: NoteOrder) { notes(filter: $filter, orderBy: $order) { edges { cursor } } }"


async def cursor_of(who: Api, **arguments: Any) -> str:
    cursor: str = (await who.ask(LIST, **arguments))["notes"]["edges"][0]["cursor"]
    return cursor


async def refused_all(who: Api, cursors: list[str]) -> None:
    """All in one request, each as `after` and as `before`, spelled inline and by variables."""
    names = [f"c{n}" for n in range(len(cursors))]
    variables = dict(zip(names, cursors, strict=True))
    declared = ", ".join(f"${name}: Cursor" for name in names)
    fields = " ".join(
        f"a{name}: viewer {{ role }} {name}: notes({argument}: ${name}) {{ totalCount }}"
        for name, argument in zip(names, ["after", "before"] * len(names), strict=False)
    )
    answer = await who.answer(f"query({declared}) {{ {fields} }}", **variables)
    # `notes` is not nullable, so that the first refusal takes the whole answer with it: one request for each.
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_USER_INPUT"}
    for name, cursor in variables.items():
        for argument in ("after", "before"):
            error = await who.refused(
                f"query(${name}: Cursor) {{ notes({argument}: ${name}) {{ totalCount }} }}", **{name: cursor}
            )
            assert (error["code"], error["argument"]) == ("BAD_USER_INPUT", [argument]), cursor


@pytest.fixture
async def who(api: Api, house: House) -> Api:
    for _ in range(3):
        await house.note()
    return api.as_(Role.CLINICIAN, house.tenant)
