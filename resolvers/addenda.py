"""Additions to signed notes."""

from typing import NamedTuple

import strawberry
from sqlalchemy import func, insert, select
from uuid_utils.compat import uuid7

from db import outbox
from db.event_kinds import NoteEventKind
from db.scope import Scope
from db.tables import Addendum, Note
from db.vocabulary import AddendumKind
from errors import Conflict
from resolvers import checks
from resolvers.context import Info
from resolvers.mutating import Mutation, argument, once
from resolvers.note_writing import status_of
from resolvers.practitioners import author_id
from resolvers.references import row_id


class AddendumPayload(NamedTuple):
    note: Note | None
    addendum: Addendum | None


@strawberry.input(description="An addition to a signed note. Its author is the caller.")
class AddAddendumInput(Mutation):
    note_id: strawberry.ID = strawberry.field(description="The note to add to.")
    kind: AddendumKind = strawberry.field(description="What it does to the note.")
    reason: str = strawberry.field(description="Why it is needed; up to 200 characters.")
    text: str = strawberry.field(description="What is added: 1 to 20,000 characters.")


async def add_addendum(info: Info, input: AddAddendumInput) -> AddendumPayload:
    """Adds to a signed note, which becomes AMENDED. `CONFLICT` where it is not signed, or was entered in error."""
    addendum_id, note_id = uuid7(), row_id("Note", input.note_id, argument("note_id"))
    values = {
        "id": addendum_id,
        "note_id": note_id,
        "kind": input.kind,
        "reason": checks.line(input.reason, argument("reason")),
        "text": checks.text(input.text, argument("text")),
    }

    async def work(scope: Scope) -> None:
        author = await author_id(scope, info.context.principal)
        # First the note: an addendum to one that is not signed is refused by the policy, without a word for the client.
        if await scope.value(select(func.amend_note(scope.tenant_id, note_id))) is None:
            status = await status_of(scope, note_id, argument("note_id"))
            raise Conflict(f"Only a signed note can be added to; this one is {status}.", reason="NOTE_STATUS")
        await scope.run(insert(Addendum).values(tenant_id=scope.tenant_id, author_id=author, **values))
        await outbox.append(scope, NoteEventKind.AMENDED, note_id)

    found = await once(info, input, addendum_id, work)
    addendum = await info.context.loaders.by_id(Addendum).load(found)
    note = await info.context.loaders.by_id(Note).load(addendum.note_id) if addendum else None
    return AddendumPayload(note, addendum)
