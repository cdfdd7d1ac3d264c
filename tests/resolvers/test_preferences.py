"""What patients allow, over the API."""

from datetime import UTC, datetime

import orjson
import pytest

from auth import Role
from tests.api import Api
from tests.factories import House
from tests.resolvers.reminding_by_api import do, fail

NIGHTS = [
    {"weekday": "FRIDAY", "start": "22:00", "end": "07:00"},
    {"weekday": "SUNDAY", "start": "00:00", "end": "00:00"},
]


@pytest.fixture
def desk(api: Api, house: House) -> Api:
    return api.as_(Role.COORDINATOR, house.tenant, "the desk")


@pytest.fixture
def patient(house: House) -> str:
    return house.gid("Patient", house.patients[0])


async def test_consent_and_opt_out_have_their_times_and_who_recorded_them(
    desk: Api, api: Api, house: House, patient: str
) -> None:
    who = {"patientId": patient, "channel": "EMAIL"}
    began = datetime.now(UTC)
    given = await do(desk, "setContactPreference", **who, consent=True)
    assert began <= datetime.fromisoformat(given["consentedAt"]) <= datetime.now(UTC)
    assert (given["consentRecordedBy"], given["optedOutAt"], given["optOutRecordedBy"]) == ("the desk", None, None)
    nurse = api.as_(Role.CLINICIAN, house.tenant, "a nurse")
    assert await do(nurse, "setContactPreference", **who, consent=True) == given, "said again, it keeps its time"
    out = await do(nurse, "setContactPreference", **who, consent=False)
    assert out == given | {"optedOutAt": out["optedOutAt"], "optOutRecordedBy": "a nurse"}
    assert out["optedOutAt"] > given["consentedAt"]
    assert await do(desk, "setContactPreference", **who, consent=False) == out
    again = await do(nurse, "setContactPreference", **who, consent=True)
    assert again["consentedAt"] > out["optedOutAt"]
    assert (again["consentRecordedBy"], again["optedOutAt"], again["optOutRecordedBy"]) == ("a nurse", None, None)


async def test_what_is_not_given_stays(desk: Api, house: House, patient: str) -> None:
    who = {"patientId": patient, "channel": "PUSH"}
    first = await do(desk, "setContactPreference", **who, address="device-token")
    assert first == {
        **{"channel": "PUSH", "consentedAt": None, "consentRecordedBy": None, "optedOutAt": None},
        **{"optOutRecordedBy": None, "address": "device-token", "quietHours": []},
    }
    quiet = await do(desk, "setContactPreference", **who, quietHours=NIGHTS)
    assert quiet == first | {"quietHours": NIGHTS}
    stored = await house.pool.fetchval("SELECT quiet_hours FROM contact_preferences WHERE tenant_id = $1", house.tenant)
    assert orjson.loads(stored) == [[5, "22:00", "07:00"], [7, "00:00", "00:00"]], "as dispatchers read it"
    assert await do(desk, "setContactPreference", **who) == quiet
    assert await do(desk, "setContactPreference", **who, address=None, quietHours=[]) == first | {"address": None}


async def test_a_patient_has_those_of_each_channel(desk: Api, house: House, patient: str) -> None:
    for channel in ("WEBHOOK", "EMAIL"):
        await do(desk, "setContactPreference", patientId=patient, channel=channel, consent=True, idempotencyKey=channel)
    document = "query($id: ID!) { node(id: $id) { ... on Patient { preferences { channel } } } }"
    found = await desk.ask(document, id=patient)
    assert found["node"]["preferences"] == [{"channel": "EMAIL"}, {"channel": "WEBHOOK"}]
    others = await desk.ask(document, id=house.gid("Patient", house.patients[1]))
    assert others["node"]["preferences"] == []


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        ("EMAIL", "somebody@house.example"),
        ("PUSH", "two words"),
        ("PUSH", ""),
        ("PUSH", "x" * 2001),
        ("WEBHOOK", "http://house.example/hook"),
        ("WEBHOOK", "https://name:password@house.example/hook"),
        ("WEBHOOK", "https://127.0.0.1/hook"),
        ("WEBHOOK", "https://[::1]/hook"),
        ("WEBHOOK", "https://localhost/hook"),
        ("WEBHOOK", "https://house.example:port/hook"),
        ("WEBHOOK", "device-token"),
    ],
)
async def test_a_bad_address_is_refused(desk: Api, patient: str, channel: str, address: str) -> None:
    who = {"patientId": patient, "channel": channel}
    assert await fail(desk, "setContactPreference", **who, address=address) == ("BAD_USER_INPUT", ["input", "address"])


async def test_good_addresses_are_taken(desk: Api, patient: str) -> None:
    for channel, address in (
        ("WEBHOOK", "https://hooks.house.example:8443/a?b=c"),
        ("WEBHOOK", "https://8.8.8.8/hook"),
        ("PUSH", "dGhlIGRldmljZQ:APA91b"),
        ("CONSOLE", "anybody"),
    ):
        done = await do(desk, "setContactPreference", patientId=patient, channel=channel, address=address)
        assert done["address"] == address


@pytest.mark.parametrize(
    "windows",
    [
        [{"weekday": "MONDAY", "start": "22:00", "end": "22:00"}],
        [{"weekday": "MONDAY", "start": "22:00", "end": "23:00"}] * 29,
        [{"weekday": "MONDAY", "start": "24:00", "end": "07:00"}],
        [{"weekday": "MOONDAY", "start": "22:00", "end": "07:00"}],
        None,
    ],
)
async def test_bad_quiet_hours_are_refused(desk: Api, patient: str, windows: object) -> None:
    code, at = await fail(desk, "setContactPreference", patientId=patient, channel="PUSH", quietHours=windows)
    assert isinstance(at, list)
    assert (code, at[:2]) == ("BAD_USER_INPUT", ["input", "quietHours"])


async def test_billing_sees_what_is_allowed_and_not_where_to(api: Api, desk: Api, house: House, patient: str) -> None:
    await do(desk, "setContactPreference", patientId=patient, channel="PUSH", address="device-token")
    answer = await api.as_(Role.BILLING, house.tenant).answer(
        "query($id: ID!) { node(id: $id) { ... on Patient { preferences { channel address } } } }", id=patient
    )
    assert answer["data"]["node"]["preferences"] == [{"channel": "PUSH", "address": None}]
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
