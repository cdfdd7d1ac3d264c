"""Publishing templates: what passes here can be rendered for every patient."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import strawberry
from sqlalchemy import ARRAY, Text, bindparam, func, insert, select
from uuid_utils.compat import uuid7

from db.reminder_tables import ReminderRule, Template, TemplateText
from db.scope import Scope
from db.vocabulary import Channel, TemplateContext
from errors import Invalid
from resolvers import checks
from resolvers.context import Info
from resolvers.mutating import Edit, Mutation, argument, change, identity, once
from resolvers.references import row_id
from templates.locales import known
from templates.message import Template as Said
from templates.message import check
from templates.values import OfAppointment, OfPatient, Values

ABOUT: dict[TemplateContext, type[Values]] = {
    TemplateContext.APPOINTMENT: OfAppointment,
    TemplateContext.PATIENT: OfPatient,
}
MOST_TEXTS = 100


class TemplatePayload(NamedTuple):
    template: Template | None


@strawberry.input(
    description="What a template says on one channel in one language, in a part of Jinja: `{{ patient_name }}`, "
    "`{{ starts_at | date }}`, `{% if days_until == 1 %}`. Of a patient there are patient_name, facility_name and tenant_name; "
    "of an appointment also practitioner_name, starts_at, ends_at and days_until. Never clinical text."
)
class TemplateTextInput:
    channel: Channel = strawberry.field(description="On which channel.")
    locale: str = strawberry.field(description="In which language (BCP 47), such as en or de-CH.")
    subject: str | None = strawberry.field(
        default=None, description="The subject of a mail, which has one, or the title of a notification."
    )
    text: str = strawberry.field(description="The text.")
    html: str | None = strawberry.field(default=None, description="The same as HTML, for a mail.")


@strawberry.input(description="A new template.")
class CreateTemplateInput(Mutation):
    name: str = strawberry.field(description="What it is called, for the staff; unique, up to 200 characters.")
    context: TemplateContext = strawberry.field(
        default=TemplateContext.APPOINTMENT, description="What it may speak of. It stays so."
    )
    texts: list[TemplateTextInput] = strawberry.field(
        description="What it says: one text for each channel and language, up to 100."
    )


async def create_template(info: Info, input: CreateTemplateInput) -> TemplatePayload:
    """Makes a template and publishes its first version.

    `BAD_USER_INPUT`, with the place, for syntax that is none, a variable that there is not, and what could fail for a patient.
    `CONFLICT` where the name is taken.
    """
    template_id, tenant_id = uuid7(), info.context.tenant_id
    name = checks.line(input.name, argument("name"))
    texts = _checked(input.texts, input.context)

    async def work(scope: Scope) -> None:
        template = {"tenant_id": tenant_id, "id": template_id, "name": name, "context": input.context, "published": 1}
        await scope.run(insert(Template).values(template))
        await _write(scope, template_id, 1, texts)

    return await _payload(info, await once(info, input, template_id, work))


@strawberry.input(description="The next version of a template.")
class PublishTemplateInput(Edit):
    texts: list[TemplateTextInput] = strawberry.field(
        description="What it says from now on: one text for each channel and language, up to 100."
    )


async def publish_template(info: Info, input: PublishTemplateInput) -> TemplatePayload:
    """Publishes the next version of a template: from now on it is what is sent, also for reminders that wait.

    `BAD_USER_INPUT` as for `createTemplate`; and where an active rule has a channel on which it would say nothing any more.
    """
    template_id = row_id("Template", input.id, argument("id"))

    async def work(scope: Scope) -> None:
        this = identity(scope, Template, template_id)
        await change(scope, Template, input, {"published": func.coalesce(Template.published, 0) + 1})
        template = await scope.row(select(Template.context, Template.published).where(*this), Template)
        assert template is not None, "it has just been changed"
        texts = _checked(input.texts, TemplateContext(template.context))
        await _check_rules(scope, template_id, {said["channel"] for said in texts})
        await _write(scope, template_id, template.published, texts)

    return await _payload(info, await once(info, input, template_id, work))


def checked_text(said: TemplateTextInput, about: type[Values], at: checks.Path) -> Said:
    """Raises Invalid, with its place, for what cannot be published."""
    if known(checks.locale(said.locale, [*at, "locale"])) is None:
        raise Invalid(f"{said.locale} is no language whose dates and plurals are known.", [*at, "locale"])
    if said.channel is Channel.EMAIL and said.subject is None:
        raise Invalid("A mail has a subject.", [*at, "subject"])
    if said.channel is not Channel.EMAIL and said.html is not None:
        raise Invalid("HTML is for mail.", [*at, "html"])
    template = Said(said.subject, said.text, said.html)
    check(template, about, said.locale, at)
    return template


def _checked(texts: Sequence[TemplateTextInput], context: TemplateContext) -> list[dict[str, Any]]:
    """As they will be stored."""
    at = argument("texts")
    if not 0 < len(texts) <= MOST_TEXTS:
        raise Invalid(f"A template has 1 to {MOST_TEXTS} texts; these are {len(texts)}.", at)
    seen = set[tuple[Channel, str]]()
    stored = []
    for number, said in enumerate(texts):
        place = [*at, number]
        if (said.channel, said.locale) in seen:
            raise Invalid(f"There are two texts for {said.channel} in {said.locale}.", place)
        seen.add((said.channel, said.locale))
        parts = checked_text(said, ABOUT[context], place)._asdict()
        stored.append({"channel": said.channel, "locale": said.locale, **parts})
    return stored


async def _check_rules(scope: Scope, template_id: UUID, channels: set[Channel]) -> None:
    """Raises Invalid where an active rule would have a channel on which nothing is said."""
    said = bindparam("said", type_=ARRAY(Text()))
    rule = await scope.value(
        select(ReminderRule.name)
        .where(
            ReminderRule.tenant_id == scope.tenant_id,
            ReminderRule.template_id == template_id,
            ReminderRule.active,
            ~ReminderRule.channels.bool_op("<@")(said),
        )
        .order_by(ReminderRule.name)
        .limit(1),
        said=list(channels),
    )
    if rule is not None:
        raise Invalid(f"The rule {rule} sends it on a channel that has no text here.", argument("texts"))


async def _write(scope: Scope, template_id: UUID, version: int | None, texts: Sequence[dict[str, Any]]) -> None:
    of = {"tenant_id": scope.tenant_id, "template_id": template_id, "version": version}
    await scope.run(insert(TemplateText).values([of | each for each in texts]))


async def _payload(info: Info, template_id: UUID) -> TemplatePayload:
    return TemplatePayload(await info.context.loaders.by_id(Template).load(template_id))
