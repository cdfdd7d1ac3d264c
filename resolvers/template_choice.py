"""A template that is chosen for reminders: it is there, and says something on each of their channels."""

from collections.abc import Sequence

from db.reminders.wording import Spoken, spoken
from db.scope import Scope
from db.vocabulary import Channel
from errors import Invalid, NotFound
from resolvers.mutating import argument
from resolvers.references import row_id


async def template_given(scope: Scope, global_id: str) -> Spoken:
    """The template that an input names as `templateId`. Raises NotFound unless the tenant has it."""
    found = await spoken(scope, row_id("Template", global_id, argument("template_id")))
    if found is None:
        raise NotFound("template", argument("template_id"))
    return found


def check_channels(said: Spoken, channels: Sequence[Channel]) -> None:
    """Raises Invalid where the template says nothing on one of them."""
    silent = [channel for channel in channels if channel not in said.channels]
    if silent:
        raise Invalid(f"The template says nothing on {', '.join(silent)}.", argument("channels"))
