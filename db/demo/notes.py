"""Notes, each with what became of it: edited, signed, added to, or marked as entered in error."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple
from uuid import UUID

from db.demo.organisations import Organisation, Site
from db.demo.patients import present
from db.demo.plan import Plan, split
from db.demo.rhythm import QUARTER, slots, weight_of
from db.demo.rows import AddendumRow, Content, NoteRow, NoteVersionRow, Retraction, Signature
from db.demo.texts import Texts, drafts
from db.demo.uuids import uuid7_at
from db.signature import content_hash
from db.vocabulary import AddendumKind, NoteCategory, NotePriority, NoteStatus

_CATEGORIES = {
    NoteCategory.PROGRESS: 26,
    NoteCategory.VITALS: 17,
    NoteCategory.MEDICATION: 15,
    NoteCategory.HANDOVER: 10,
    NoteCategory.NUTRITION: 8,
    NoteCategory.MOBILITY: 7,
    NoteCategory.WOUND_CARE: 6,
    NoteCategory.ASSESSMENT: 5,
    NoteCategory.BEHAVIOUR: 4,
    NoteCategory.INCIDENT: 2,
}
_PRIORITIES = {NotePriority.NORMAL: 78, NotePriority.LOW: 12, NotePriority.HIGH: 8.5, NotePriority.URGENT: 1.5}
# What becomes of a note that does not stay preliminary.
_FATES = {NoteStatus.FINAL: 0.89, NoteStatus.AMENDED: 0.078, NoteStatus.ENTERED_IN_ERROR: 0.032}
_EDITS = (0,) * 96 + (1, 1, 2, 3)
_ADDENDA = (1, 1, 1, 2)

_LATE = 0.042
_SIGNED_BEFORE_ERROR = 0.6
_SIGNED_BY_AUTHOR = 0.85

_MINUTE, _HOUR, _DAY = 60.0, 3_600.0, 86_400.0
_MINUTES = [timedelta(minutes=minute) for minute in range(24 * 60)]
_IN_QUARTER = QUARTER // timedelta(minutes=1)

_UNSIGNED, _VALID = Signature(), Retraction()


class Story(NamedTuple):
    """A note and the rows that hang on it."""

    note: NoteRow
    versions: list[NoteVersionRow]
    addenda: list[AddendumRow]


class Stories:
    """All notes of a tenant, day by day. Never more than one day of one facility is laid out at a time."""

    def __init__(self, plan: Plan, organisation: Organisation, texts: Texts, chance: Random) -> None:
        self._plan = plan
        self._organisation = organisation
        self._end = plan.until
        self._texts = texts
        self._chance = chance

    def __iter__(self) -> Iterator[Story]:
        sites, days = self._organisation.sites, self._plan.days
        first = self._plan.begin
        size = [1 / (rank + 2) for rank in range(len(sites))]
        rounds = [(number, site) for number in range(days) for site in range(len(sites))]
        weights = [
            size[site] * weight_of(first + timedelta(days=number)) * self._chance.uniform(0.85, 1.15)
            for number, site in rounds
        ]
        for (number, site), count in zip(rounds, split(self._organisation.notes, weights), strict=True):
            # A tenth stays preliminary: one in fifty of the old ones, four in five of the newest.
            unsigned = 0.02 + 0.8 * ((number + 0.5) / days) ** 9
            yield from self._day(sites[site], first + timedelta(days=number), count, unsigned)

    def _day(self, site: Site, day: datetime, count: int, unsigned: float) -> Iterator[Story]:
        if not count:
            return
        chance, quarters = self._chance, slots(day, site.zone)
        chosen = sorted(chance.choices(range(len(quarters)), [quarter.weight for quarter in quarters], k=count))
        times = [
            day + _MINUTES[quarter * _IN_QUARTER + minute]
            for quarter, minute in zip(chosen, chance.choices(range(_IN_QUARTER), k=count), strict=True)
        ]
        categories = chance.choices(list(_CATEGORIES), list(_CATEGORIES.values()), k=count)
        priorities = chance.choices(list(_PRIORITIES), list(_PRIORITIES.values()), k=count)
        shares = [unsigned, *(share * (1 - unsigned) for share in _FATES.values())]
        statuses = chance.choices([NoteStatus.PRELIMINARY, *_FATES], shares, k=count)
        residents = chance.choices(present(site, day, day + _MINUTES[-1]), k=count)
        authors = chance.choices(site.staff, k=count)
        for effective_at, quarter, category, priority, status, resident, author in zip(
            times, chosen, categories, priorities, statuses, residents, authors, strict=True
        ):
            recorded_at = self._written(effective_at)
            content = Content(
                uuid7_at(recorded_at, chance),
                resident.id,
                site.row.id,
                author,
                category,
                priority,
                quarters[quarter].shift,
                effective_at,
                self._texts.note(category, chance),
            )
            yield self._life(content, recorded_at, status, site.staff)

    def _life(self, content: Content, recorded_at: datetime, status: NoteStatus, staff: list[UUID]) -> Story:
        """As the mutations do it: edits, signing, addenda and retraction each count as one more version."""
        chance, tenant = self._chance, self._organisation.row.id
        at, version = recorded_at, 1
        versions: list[NoteVersionRow] = []
        addenda: list[AddendumRow] = []
        signature, retraction = _UNSIGNED, _VALID
        for text in drafts(content.text, chance.choice(_EDITS)):
            at = self._later(at, _HOUR)
            versions.append(self._version(content, version, text, at))
            version += 1
        if status is not NoteStatus.PRELIMINARY and (
            status is not NoteStatus.ENTERED_IN_ERROR or chance.random() < _SIGNED_BEFORE_ERROR
        ):
            at = self._later(at, 4 * _HOUR)
            signer = content.author_id if chance.random() < _SIGNED_BY_AUTHOR else chance.choice(staff)
            signature = Signature(at, signer, content_hash(content))
            version += 1
        if status is NoteStatus.AMENDED:
            for _ in range(chance.choice(_ADDENDA)):
                at = self._later(at, _DAY)
                addenda.append(self._addendum(content, at, chance.choice(staff)))
                version += 1
        elif status is NoteStatus.ENTERED_IN_ERROR:
            at = self._later(at, _DAY)
            retraction = Retraction(at, chance.choice(staff), self._texts.retraction(chance))
            version += 1
        note = NoteRow(tenant, *content, *signature, *retraction, status, recorded_at, recorded_at, at, version)
        return Story(note, versions, addenda)

    def _version(self, content: Content, version: int, text: str, at: datetime) -> NoteVersionRow:
        return NoteVersionRow(
            self._organisation.row.id,
            content.id,
            version,
            content.facility_id,
            content.category,
            content.priority,
            content.shift,
            content.effective_at,
            text,
            at,
            content.author_id,
        )

    def _addendum(self, content: Content, at: datetime, author: UUID) -> AddendumRow:
        chance = self._chance
        kind = chance.choice(list(AddendumKind))
        reason, text = self._texts.addendum(kind, content.category, chance)
        return AddendumRow(self._organisation.row.id, uuid7_at(at, chance), content.id, author, kind, reason, text, at)

    def _written(self, effective_at: datetime) -> datetime:
        """Minutes later as a rule; a few a day or more later, where there is a day left."""
        if self._chance.random() < _LATE and (self._end - effective_at).days > 1:
            return self._later(effective_at + timedelta(days=1, minutes=1), _DAY)
        return self._later(effective_at, 12 * _MINUTE)

    def _later(self, after: datetime, seconds: float) -> datetime:
        """That much later on average, and before the end of the plan."""
        later = after + timedelta(0, self._chance.expovariate(1 / seconds))
        return later if later < self._end else after + (self._end - after) * self._chance.random()
