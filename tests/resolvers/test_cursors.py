"""A cursor is good for the list it came from, and for nothing else."""

import base64
import string
from types import SimpleNamespace
from typing import Any

import pytest

from auth import Role
from db.keyset import Order, Which
from db.tables import Note
from resolvers.notes import NoteFilter
from resolvers.paging import Listing
from tests.api import Api
from tests.factories import House

ALPHABET = string.ascii_letters + string.digits + "-_"
NOTES = "query($filter: NoteFilter, $order: NoteOrder) { notes(filter: $filter, orderBy: $order) { edges { cursor } } }"


async def cursor_of(who: Api, **arguments: Any) -> str:
    cursor: str = (await who.ask(NOTES, **arguments))["notes"]["edges"][0]["cursor"]
    return cursor


async def refused(who: Api, cursor: str, arguments: str = "", what: str = "notes") -> None:
    for argument in ("after", "before"):
        document = f"query($it: Cursor) {{ {what}({argument}: $it {arguments}) {{ totalCount }} }}"
        error = await who.refused(document, it=cursor)
        assert (error["code"], error["argument"]) == ("BAD_USER_INPUT", [argument]), (what, cursor)


@pytest.fixture
async def who(api: Api, house: House) -> Api:
    for _ in range(3):
        await house.note()
    return api.as_(Role.CLINICIAN, house.tenant)


async def test_altered(who: Api) -> None:
    """Also where the bytes it stands for stay the same: one position has one cursor."""
    cursor = await cursor_of(who)
    for n, letter in enumerate(cursor):
        other = ALPHABET[(ALPHABET.index(letter) + 1) % len(ALPHABET)]
        await refused(who, cursor[:n] + other + cursor[n + 1 :])
    for altered in (
        cursor[:-1],
        cursor[1:],
        cursor + "A",
        cursor + "=",
        f" {cursor}",
        f"{cursor}\n",
        f"{cursor}!",
        cursor * 2,
    ):
        await refused(who, altered)


@pytest.mark.parametrize("nonsense", ["", "A", "=", "null", "é", "\U0001f600" * 9, "\0", "0", "x" * 10_000])
async def test_nonsense(who: Api, nonsense: str) -> None:
    await refused(who, nonsense)
    await refused(who, base64.urlsafe_b64encode(b"12345678" + nonsense.encode()).decode())


@pytest.mark.parametrize("value", ["5", "1.5", "true", "[1]", "{a: 1}"])
async def test_of_another_type(who: Api, value: str) -> None:
    error = await who.refused(f"{{ notes(after: {value}) {{ totalCount }} }}")
    assert (error["code"], error["argument"]) == ("BAD_USER_INPUT", ["after"])


async def test_of_another_order_filter_or_list(who: Api, house: House) -> None:
    plain = await cursor_of(who)
    recorded = await cursor_of(who, order={"field": "RECORDED_AT"})
    ascending = await cursor_of(who, order={"direction": "ASC"})
    progress = await cursor_of(who, filter={"categories": ["PROGRESS"]})
    for cursor, arguments in (
        (recorded, ""),
        (ascending, ""),
        (progress, ""),
        (plain, ", orderBy: {field: RECORDED_AT}"),
        (plain, ", orderBy: {direction: ASC}"),
        (plain, ", filter: {categories: [PROGRESS]}"),
        (progress, ", filter: {categories: [VITALS]}"),
        (progress, ', filter: {categories: [PROGRESS], search: "slept"}'),
    ):
        await refused(who, cursor, arguments)
    for what in ("patients", "facilities", "practitioners"):
        await refused(who, plain, what=what)
        other = (await who.ask(f"{{ {what} {{ edges {{ cursor }} }} }}"))[what]["edges"][0]["cursor"]
        await refused(who, other)
    # As another spelling of the same list it is good.
    for arguments in (", orderBy: {field: EFFECTIVE_AT, direction: DESC}", ", filter: {}", ", first: 1"):
        assert await who.ask(f"query($it: Cursor) {{ notes(after: $it {arguments}) {{ totalCount }} }}", it=plain)


async def test_of_another_tenant_opens_nothing(who: Api, api: Api, other_house: House) -> None:
    """A cursor is a position in time, not a right."""
    other = api.as_(Role.CLINICIAN, other_house.tenant)
    data = await other.ask(
        "query($it: Cursor) { notes(before: $it) { edges { node { id } } } }", it=await cursor_of(who)
    )
    assert data["notes"]["edges"] == []


@pytest.mark.parametrize(
    "position", ["null", "5", "[5,5]", "[]", '["0001-01-01T00:00:00Z","x"]', '["2026-01-01T00:00:00Z",1]']
)
async def test_forged(who: Api, position: str) -> None:
    """The seal's key is made of what everybody knows, so anybody can seal anything."""
    listing = Listing(Order((Note.effective_at, Note.id), descending=True), Which({}, {}), NoteFilter())
    assert listing.cursor(SimpleNamespace(effective_at="x", id="y")) == listing._pack(b'["x","y"]')
    await refused(who, listing._pack(position.encode()))
