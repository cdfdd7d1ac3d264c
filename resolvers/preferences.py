"""What patients allow: consent, opt-out, address and quiet hours of each channel."""

from collections.abc import Sequence
from datetime import time
from typing import Any, NamedTuple
from uuid import UUID

import orjson
import strawberry
from sqlalchemy import case, func, null, select
from sqlalchemy.dialects.postgresql import insert

from db.pool import values_of
from db.quiet_hours import Window
from db.quiet_hours import quiet_hours as merged
from db.reminder_tables import ContactPreference
from db.scope import Scope
from db.tables import Patient
from db.vocabulary import Channel
from errors import Invalid, NotFound
from executor import batched, reads
from resolvers import checks
from resolvers.context import Info
from resolvers.mutating import Mutation, argument, identity, not_null, once
from resolvers.references import row_id
from resolvers.reminder_enums import Weekday

_DAYS = list(Weekday)
_CONSENT = ("consented_at", "consent_recorded_by")
_OPT_OUT = ("opted_out_at", "opt_out_recorded_by")


@batched("id")
async def preferences_of_patient(
    patients: strawberry.Parent[Sequence[Patient]], info: Info
) -> list[list[ContactPreference]]:
    """What they allow, by channel. Where a channel is missing, nothing is sent on it: there is no consent."""
    loader = info.context.loaders.preferences_of_patient
    return await loader.load_all(values_of(patients, Patient.id), reads(info))


class QuietWindow(NamedTuple):
    weekday: Weekday
    start: time
    end: time


@batched("quiet_hours")
def quiet_hours(preferences: strawberry.Parent[Sequence[ContactPreference]]) -> list[list[QuietWindow]]:
    """When not to disturb, by the patient's clock: what is due then waits for the next minute that is open."""
    stored = values_of(preferences, ContactPreference.quiet_hours)
    return [
        [
            QuietWindow(_DAYS[day - 1], time.fromisoformat(start), time.fromisoformat(end))
            for day, start, end in orjson.loads(windows)
        ]
        for windows in stored
    ]


@strawberry.input(description="Hours of a week in which a patient is not to be disturbed.")
class QuietHoursInput:
    weekday: Weekday = strawberry.field(description="The day on which they begin.")
    start: time = strawberry.field(description="When they begin, by the patient's clock.")
    end: time = strawberry.field(
        description="When they end: on the next day where that is not after the start. 00:00 to 00:00 is all day."
    )


@strawberry.input(description="What a patient allows on a channel. What is not given stays.")
class SetContactPreferenceInput(Mutation):
    patient_id: strawberry.ID = strawberry.field(description="Whose it is.")
    channel: Channel = strawberry.field(description="Which channel.")
    consent: bool | None = strawberry.field(
        default=None,
        description="True: they consent, from now on. False: they opt out, from now on. Said again, it keeps its time.",
    )
    address: strawberry.Maybe[str | None] = strawberry.field(
        description="Where to: a device's token (FCM), or an https URL. Null removes it. Mail goes to the patient's `email`.",
        default=None,
    )
    quiet_hours: strawberry.Maybe[list[QuietHoursInput] | None] = strawberry.field(
        description="When not to disturb: up to 28 windows of a week. None of them: an empty list.", default=None
    )


class ContactPreferencePayload(NamedTuple):
    patient: Patient | None
    preference: ContactPreference


async def set_contact_preference(info: Info, input: SetContactPreferenceInput) -> ContactPreferencePayload:
    """Records what a patient allows on a channel, and who recorded it. It counts for all that is sent from now on."""
    patient_id, values = row_id("Patient", input.patient_id, argument("patient_id")), dict[str, object]()
    if input.address is not None:
        some = input.address.value
        values["address"] = None if some is None else checks.address(some, input.channel, argument("address"))
    if input.quiet_hours is not None:
        windows: list[QuietHoursInput] = not_null(input.quiet_hours, "quiet_hours")
        values["quiet_hours"] = _windows(windows)

    async def work(scope: Scope) -> None:
        # For a moment nobody else sets one of this patient's.
        if await scope.value(select(Patient.id).where(*identity(scope, Patient, patient_id)).with_for_update()) is None:
            raise NotFound("patient", argument("patient_id"))
        await _write(scope, patient_id, input, values, info.context.principal.subject)

    patient_id = await once(info, input, patient_id, work)
    loaders = info.context.loaders
    patient = await loaders.by_id(Patient).load(patient_id)
    preferences = await loaders.preferences_of_patient.load(patient_id)
    return ContactPreferencePayload(patient, next(each for each in preferences if each.channel == input.channel))


def _windows(given: list[QuietHoursInput]) -> list[list[object]]:
    """As they are stored. Raises Invalid."""
    windows = tuple(Window(_DAYS.index(each.weekday) + 1, each.start, each.end) for each in given)
    try:
        merged(windows)
    except Invalid as error:
        raise Invalid(error.message, argument("quiet_hours")) from None
    return [[day, f"{start:%H:%M}", f"{end:%H:%M}"] for day, start, end in windows]


async def _write(
    scope: Scope, patient_id: UUID, input: SetContactPreferenceInput, values: dict[str, object], by: str
) -> None:
    row, consent = ContactPreference, input.consent
    recorded = () if consent is None else _CONSENT if consent else _OPT_OUT
    values |= dict(zip(recorded, (func.now(), by), strict=False))
    offered = insert(row).values(tenant_id=scope.tenant_id, patient_id=patient_id, channel=input.channel, **values)
    changed: dict[str, Any] = {name: offered.excluded[name] for name in values}
    opted_out = row.opted_out_at.is_not(None)
    stands = ~opted_out & row.consented_at.is_not(None) if consent else opted_out
    changed |= {name: case((stands, row.__table__.c[name]), else_=changed[name]) for name in recorded}
    if consent:
        changed |= dict.fromkeys(_OPT_OUT, null())
    await scope.run(
        offered.on_conflict_do_update(constraint="contact_preferences_pkey", set_=changed)
        if changed
        else offered.on_conflict_do_nothing()
    )
