"""A patient's word that nothing more is wanted on a channel: it ends the consent, and is kept with its time."""

from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from db.reminder_tables import ContactPreference
from db.scope import Scope
from db.statements import TENANT, Prepared
from db.tables import Patient


async def opt_out(scope: Scope, patient_id: UUID, channel: str) -> None:
    """From the next claim on. Who has opted out before did so then; where there is no such patient, nothing happens."""
    await scope.run(_OPT_OUT, patient_id=patient_id, channel=channel)


def _opt_out() -> Any:
    patient = select(TENANT, Patient.id, bindparam("channel", type_=Text()), func.now()).where(
        Patient.tenant_id == TENANT, Patient.id == bindparam("patient_id", type_=Uuid())
    )
    said = insert(ContactPreference).from_select(["tenant_id", "patient_id", "channel", "opted_out_at"], patient)
    return said.on_conflict_do_update(
        index_elements=["tenant_id", "patient_id", "channel"],
        set_={"opted_out_at": func.coalesce(ContactPreference.opted_out_at, said.excluded.opted_out_at)},
    )


_OPT_OUT = Prepared(_opt_out())
