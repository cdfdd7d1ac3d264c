"""From a batch of reminders to messages in the patients' words, and on to a provider."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from config import Settings
from db.reminders.claiming import Claimed
from db.reminders.wording import Occasion, occasions, wordings
from db.scope import Database
from db.vocabulary import Channel
from delivery.bugs import log_bug
from delivery.channels.channel import Message, Provider
from delivery.channels.configured import providers
from delivery.keys import Key
from delivery.outcomes import Outcome, Sent, rejected
from delivery.unsubscribing import Subscription, UnsubscribeLinks, unsubscribe_links
from errors import Invalid
from templates.locales import lookup
from templates.message import Rendered, Template, render
from templates.values import OfAppointment, OfPatient, Values, days_until

_ByLocale = Mapping[str, Template]


class Messenger:
    """The Sender of a channel."""

    def __init__(
        self, database: Database, channel: Channel, provider: Provider, unsubscribing: UnsubscribeLinks | None = None
    ) -> None:
        """Without `unsubscribing`, messages say no way out."""
        self._database, self._channel, self._provider = database, channel, provider
        self._unsubscribing = unsubscribing

    @property
    def provider(self) -> str:
        return self._provider.name

    async def send(self, tenant_id: UUID, batch: Sequence[Claimed], stopping: asyncio.Event) -> Sequence[Sent | None]:
        """Two statements, whatever the size of the batch."""
        if not batch:
            return []
        about, words = await self._read(tenant_id, batch)
        written = [self._written(tenant_id, claimed, about.get(claimed[0]), words) for claimed in batch]
        sent = iter(await self._provider.send([each for each in written if isinstance(each, Message)], stopping))
        now = asyncio.get_running_loop().time()
        return [next(sent) if isinstance(each, Message) else Sent(each, now, now) for each in written]

    async def close(self) -> None:
        await self._provider.close()

    async def _read(
        self, tenant_id: UUID, batch: Sequence[Claimed]
    ) -> tuple[Mapping[UUID, Occasion], Mapping[UUID, _ByLocale]]:
        """By reminder, and by template and locale."""
        scope = self._database.read(tenant_id)
        try:
            about = {each.reminder_id: each for each in await occasions(scope, [claimed[0] for claimed in batch])}
            templates = list({each.template_id for each in about.values() if each.template_id is not None})
            words: dict[UUID, dict[str, Template]] = defaultdict(dict)
            for said in await wordings(scope, self._channel, templates):
                words[said.template_id][said.locale] = Template(said.subject, said.text, said.html)
        finally:
            await scope.close()
        return about, words

    def _written(
        self, tenant_id: UUID, claimed: Claimed, about: Occasion | None, words: Mapping[UUID, _ByLocale]
    ) -> Message | Outcome:
        reminder_id, _, _, _, address, *_, now = claimed
        if about is None or address is None:
            return rejected("NO_TEXT")
        said = _said(about, words, now)
        if isinstance(said, Outcome):
            return said
        url = None
        if self._unsubscribing is not None:
            url = self._unsubscribing.url(Subscription(tenant_id, about.patient_id, self._channel))
        key = Key(tenant_id, reminder_id)
        return Message(key, address, said.text, said.subject, said.html, about.tenant_name, url)


def messengers(database: Database, settings: Settings) -> dict[Channel, Messenger]:
    """For the channels that the settings have a provider for. Raises Misconfigured. The caller closes them."""
    links = unsubscribe_links(settings)
    return {channel: Messenger(database, channel, provider, links) for channel, provider in providers(settings).items()}


def _said(about: Occasion, words: Mapping[UUID, _ByLocale], now: datetime) -> Rendered | Outcome:
    if about.text is not None:
        return Rendered(about.tenant_name, about.text, None)
    if about.template_id is None or not (locales := words.get(about.template_id)):
        return rejected("NO_TEXT")
    written_in = lookup(about.locale, locales, about.tenant_locale) or min(locales)
    try:
        return render(locales[written_in], written_in, _values(about, now), about.locale, ZoneInfo(about.time_zone))
    except Invalid:
        # What was published was checked; but the rules may have become stricter since.
        return rejected("TEMPLATE")
    except Exception as bug:  # noqa: BLE001
        log_bug(bug)
        return rejected("INTERNAL")


def _values(about: Occasion, now: datetime) -> Values:
    if about.starts_at is None or about.ends_at is None or about.practitioner_name is None:
        return OfPatient(
            patient_name=about.patient_name, facility_name=about.facility_name, tenant_name=about.tenant_name
        )
    return OfAppointment(
        patient_name=about.patient_name,
        facility_name=about.facility_name,
        tenant_name=about.tenant_name,
        practitioner_name=about.practitioner_name,
        starts_at=about.starts_at,
        ends_at=about.ends_at,
        days_until=days_until(about.starts_at, now, ZoneInfo(about.time_zone)),
    )
