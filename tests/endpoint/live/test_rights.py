"""Who may subscribe to what, and by which ids: the walks of tests/schema/, for subscriptions."""

from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type
from uuid_utils.compat import uuid7

import ids
from auth import Permission, Role, roles_with
from resolvers.positions import cursor_of
from schema import schema
from schema.fields import Needs
from tests.api import Api
from tests.endpoint.live.conftest import Running, subscribed
from tests.endpoint.live.sockets import Socket, signed_in
from tests.endpoint.live.writing import booked, written
from tests.factories import House
from tests.reminding import rule
from tests.schema.test_tenancy import PLACES_OF_SUBSCRIPTIONS

ROOTS = {
    "noteEvents": Permission.NOTES_READ,
    "appointmentEvents": Permission.APPOINTMENT_TIMES_READ,
    "reminderEvents": Permission.REMINDER_TIMES_READ,
    "dailyStats": Permission.STATISTICS_READ,
}
# What each id is an id of. A new place needs a line here.
EXPECTED = {
    "Subscription.noteEvents(filter.facilityIds)": "Facility",
    "Subscription.noteEvents(filter.patientIds)": "Patient",
    "Subscription.noteEvents(filter.authorIds)": "Practitioner",
    "Subscription.appointmentEvents(filter.facilityIds)": "Facility",
    "Subscription.appointmentEvents(filter.patientIds)": "Patient",
    "Subscription.appointmentEvents(filter.practitionerIds)": "Practitioner",
    "Subscription.reminderEvents(filter.facilityIds)": "Facility",
    "Subscription.reminderEvents(filter.patientIds)": "Patient",
    "Subscription.dailyStats(facilityIds)": "Facility",
}
SUBSCRIPTION = schema._schema.subscription_type
assert SUBSCRIPTION


def selected(root: str) -> str:
    return "{ total }" if root == "dailyStats" else "{ kind }"


def guards(field: Any) -> list[Needs]:
    return [each for each in field.extensions["strawberry-definition"].extensions if isinstance(each, Needs)]


def test_each_root_needs_what_it_should_and_what_is_below_needs_no_more() -> None:
    assert SUBSCRIPTION
    assert set(SUBSCRIPTION.fields) == set(ROOTS)
    for root, permission in ROOTS.items():
        [guard] = guards(SUBSCRIPTION.fields[root])
        assert guard.permissions == (permission,)
        told = get_named_type(SUBSCRIPTION.fields[root].type)
        assert isinstance(told, GraphQLObjectType)
        for field in told.fields.values():
            for below in guards(field):
                assert set(roles_with(permission)) <= set(roles_with(*below.permissions))


@pytest.mark.parametrize("root", ROOTS)
async def test_each_role(running: Running, api: Api, house: House, root: str) -> None:
    arguments = '(date: "2026-03-02")' if root == "dailyStats" else ""
    query = f"subscription {{ {root}{arguments} {selected(root)} }}"
    for role in Role:
        async with signed_in(running.address, api.as_(role, house.tenant).token) as socket:
            if role in roles_with(ROOTS[root]):
                await subscribed(running.live, socket, query)
                continue
            await socket.subscribe("1", query)
            [error] = (await socket.hear())["payload"]
            assert error["extensions"]["code"] == "FORBIDDEN"
            assert error["extensions"]["roles"] == [each.value for each in roles_with(ROOTS[root])]


def test_every_place_for_an_id_is_listed() -> None:
    assert set(PLACES_OF_SUBSCRIPTIONS) == set(EXPECTED)


@pytest.mark.parametrize("where", EXPECTED)
async def test_an_id_of_another_tenant_is_an_id_of_nothing(
    running: Running, api: Api, house: House, other_house: House, where: str
) -> None:
    place, kind = PLACES_OF_SUBSCRIPTIONS[where], EXPECTED[where]
    for each in (house, other_house):
        await rule(each)
        await written(api.as_(Role.CLINICIAN, each.tenant, "practitioner-0"), each)
        await booked(api.as_(Role.COORDINATOR, each.tenant), each)
    ours, theirs = (
        each.gid(
            kind, {"Facility": each.facilities, "Patient": each.patients, "Practitioner": each.practitioners}[kind][0]
        )
        for each in (house, other_house)
    )
    async with signed_in(running.address, api.as_(Role.ADMIN, house.tenant).token) as socket:
        # By then its events have their positions.
        while not await told(running, socket, house, place.field, place.value({}, ours)):
            pass
        for global_id in (theirs, ids.encode(kind, uuid7()), "garbage", ""):
            assert not await told(running, socket, house, place.field, place.value({}, global_id)), global_id


async def told(running: Running, socket: Socket, house: House, root: str, arguments: dict[str, Any]) -> bool:
    """Whether there is anything to tell of all that has happened."""
    assert SUBSCRIPTION
    field = SUBSCRIPTION.fields[root]
    [(name, value)] = arguments.items()
    if root == "dailyStats":
        query = f'subscription ($it: {field.args[name].type}) {{ {root}(date: "2026-03-02", {name}: $it) {{ total }} }}'
        await socket.subscribe("1", query, it=value)
        found = bool((await socket.next("1"))["data"][root]["total"])
    else:
        parameters = f"($after: Cursor, $it: {field.args[name].type})"
        query = f"subscription {parameters} {{ {root}(after: $after, {name}: $it) {{ kind }} }}"
        # All of the past was told by the time that it shares what comes.
        await subscribed(running.live, socket, query, it=value, after=cursor_of(house.tenant, 0))
        await socket.tell({"type": "ping"})
        found = (await socket.hear())["type"] == "next"
        while found and (await socket.hear())["type"] != "pong":
            pass
    await socket.tell({"id": "1", "type": "complete"})
    return found
