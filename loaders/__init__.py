"""One container of loaders per read scope. Every loader has one shape: select for all keys, index, realign to the keys."""

from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.orm import InstrumentedAttribute

from db.cache import Cache
from db.calendar import Days
from db.keyset import Order, Which, Window
from db.reminder_tables import ContactPreference, DeliveryAttempt
from db.scope import Scope
from db.tables import Addendum, Identified, NoteVersion
from loaders.by_id import ById, TenantById
from loaders.calendars import Calendars, Span
from loaders.counts import Counts
from loaders.daily_stats import FacilityDailyStats
from loaders.figures import Figures, Read
from loaders.grouped_notes import Uniques
from loaders.lists import Children, FacilitiesOfPractitioner
from loaders.note_groups import Grouping
from loaders.pages import Pages
from loaders.template_texts import TemplateTexts

T = TypeVar("T", bound=Identified)


class Loaders:
    """Each is made when it is first asked for: a request uses few of them."""

    def __init__(self, scope: Scope, cache: Cache | None = None, reads: list[Read] | None = None) -> None:
        """`reads` is told what of the figures came from where."""
        self._cache, self._reads = cache, [] if reads is None else reads
        self._scope = scope
        self._by_id: dict[type[Identified], ById[Any]] = {}
        self._pages: dict[object, Pages[Any]] = {}
        self._counts: dict[object, Counts] = {}
        self._calendars: dict[Span, Calendars] = {}
        self._daily_stats: dict[Days, FacilityDailyStats] = {}
        self._uniques: dict[Grouping, Uniques] = {}
        self._template_texts: dict[int | None, TemplateTexts] = {}

    @cached_property
    def figures(self) -> Figures:
        return Figures(self._scope, self._cache, self._reads)

    @cached_property
    def tenants(self) -> TenantById:
        return TenantById(self._scope)

    def by_id(self, model: type[T]) -> ById[T]:
        """Rows of this table by their ids."""
        if model not in self._by_id:
            self._by_id[model] = ById(self._scope, model)
        return self._by_id[model]

    @cached_property
    def note_versions(self) -> Children[NoteVersion]:
        return Children(self._scope, NoteVersion, NoteVersion.note_id, NoteVersion.version)

    @cached_property
    def addenda_of_note(self) -> Children[Addendum]:
        return Children(self._scope, Addendum, Addendum.note_id, Addendum.signed_at, Addendum.id)

    @cached_property
    def attempts_of_reminder(self) -> Children[DeliveryAttempt]:
        return Children(self._scope, DeliveryAttempt, DeliveryAttempt.reminder_id, DeliveryAttempt.number)

    @cached_property
    def preferences_of_patient(self) -> Children[ContactPreference]:
        return Children(self._scope, ContactPreference, ContactPreference.patient_id, ContactPreference.channel)

    @cached_property
    def facilities_of_practitioner(self) -> FacilitiesOfPractitioner:
        return FacilitiesOfPractitioner(self._scope)

    def template_texts(self, version: int | None) -> TemplateTexts:
        """What each template says in this version; in its published one if None."""
        if version not in self._template_texts:
            self._template_texts[version] = TemplateTexts(self._scope, version)
        return self._template_texts[version]

    def pages(
        self, parent: InstrumentedAttribute[UUID], which: Which, order: Order, window: Window, fingerprint: bytes
    ) -> Pages[Any]:
        """Pages of the rows below each parent. Equal fingerprints mean equal rows in equal order."""
        key = (parent, fingerprint, window)
        if key not in self._pages:
            self._pages[key] = Pages(self._scope, parent, which, order, window)
        return self._pages[key]

    def counts(self, parent: InstrumentedAttribute[UUID], which: Which, fingerprint: bytes) -> Counts:
        """How many rows there are below each parent. Equal fingerprints mean equal rows."""
        key = (parent, fingerprint)
        if key not in self._counts:
            self._counts[key] = Counts(self._scope, parent, which)
        return self._counts[key]

    def calendars(self, span: Span) -> Calendars:
        """The appointments of each practitioner in this span."""
        if span not in self._calendars:
            self._calendars[span] = Calendars(self._scope, span)
        return self._calendars[span]

    def daily_stats(self, days: Days) -> FacilityDailyStats:
        """Figures of each facility, for these days."""
        if days not in self._daily_stats:
            self._daily_stats[days] = FacilityDailyStats(self._scope, self.figures, days)
        return self._daily_stats[days]

    def uniques(self, grouping: Grouping) -> Uniques:
        """How many different people there are in the groups of this one answer."""
        if grouping not in self._uniques:
            self._uniques[grouping] = Uniques(self._scope, self.figures, grouping)
        return self._uniques[grouping]
