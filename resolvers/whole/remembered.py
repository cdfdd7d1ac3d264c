"""Answers that are made of figures alone: their JSON is kept, and is right as long as the figures have the same version."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from uuid import UUID

import orjson
from cachetools import TLRUCache
from graphql import ExecutionResult

from db.cache import Cached, Entry, Verdict
from executor.fields import Field
from executor.objects import Object
from executor.strawberry_readers import Guarded, Resolved
from executor.whole import ABSENT
from loaders.daily_stats import DailyStats
from resolvers.context import Context
from resolvers.relations import Figured, relation_of

if TYPE_CHECKING:
    from executor.plans import Plan
    from executor.run import Run


BYTES = 16 * 1024 * 1024
"""What a process keeps; the answers asked for least recently go first."""


class Written(NamedTuple):
    """What a root field has in the answer, and the figures that it was made of."""

    figures: Entry
    json: bytes


class Name:
    """What a text is kept by. The cache asks for its hash again and again, and UUIDs work theirs out in Python."""

    __slots__ = ("_hash", "_parts")

    def __init__(self, root: object, tenant_id: UUID, stats: DailyStats) -> None:
        self._parts = (root, tenant_id, stats)
        self._hash = hash(self._parts)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Name) and self._parts == other._parts


Texts: TypeAlias = TLRUCache[object, Written]


def texts() -> Texts:
    """Each is kept for as long, again, as its figures may be."""
    return TLRUCache(
        BYTES,
        lambda _, written, now: now + written.figures.lifetime,
        time.monotonic,
        lambda written: len(written.json),
    )


def keep(kept: Texts, name: object, written: Written) -> None:
    """Unless it is longer than all may be together."""
    if len(written.json) <= kept.maxsize:
        kept[name] = written


@dataclass(frozen=True)
class Root:
    """A root field that asks for figures."""

    field: Field
    guards: Sequence[Guarded]
    reader: Resolved
    asks: Callable[..., DailyStats]

    def asked(self, run: "Run") -> DailyStats:
        """Raises what the field fails with."""
        for guard in self.guards:
            guard.check(run)
        return self.asks(run.context, **self.reader.arguments(self.field, run))


def figures_of(plan: "Plan") -> Sequence[Root] | None:
    """The plan's root fields, if all ask for figures."""
    roots = [_root(field) for field in plan.root.fields]
    found = [root for root in roots if root is not None]
    return found if len(found) == len(roots) else None


def _root(field: Field) -> Root | None:
    reader: Any = field.reader
    guards = [reader] if isinstance(reader, Guarded) else []
    reader = reader.reader if guards else reader
    relation = relation_of(reader.resolver) if isinstance(reader, Resolved) else None
    return Root(field, guards, reader, relation.asked) if isinstance(relation, Figured) else None


def _follows(field: Field, run: "Run") -> bool:
    """Whether all that is selected below follows from the figures."""
    if not isinstance(field.objects, Object):
        return field.is_leaf
    fields = field.selection(field.objects.type, run).fields
    return all(each.reader.pure and not each.nodes[0].arguments and _follows(each, run) for each in fields)


class Remembered:
    """Of one plan, which must have run `often` before. `kept` are the texts of all."""

    def __init__(self, roots: Sequence[Root], kept: Texts, often: int) -> None:
        self._kept, self._left = kept, often
        self._roots = [(root, object()) for root in roots]
        """With each what its texts are kept by: of its own, so that nothing else keeps the plan."""
        self._follow: bool | None = None
        """Whether nothing but figures comes out of them, once it is worth a look."""

    def answer(self, run: "Run") -> Awaitable[Any] | None:
        if not self._follow:
            return None
        try:
            asked = self._asked(run)
        except Exception:  # noqa: BLE001  # whatever it is, the plan meets it as well, and says where
            return None
        found = {}
        for key, name, stats in asked:
            if (written := self._kept.get(name)) is None:
                return None
            found[key] = stats, written
        return _still_so(run.context, found)

    def ran(self, run: "Run", result: ExecutionResult) -> None:
        """Keeps what the plan made of the figures that it read."""
        if self._left:
            self._left -= 1
            return
        if self._follow is None:
            self._follow = all(_follows(root.field, run) for root, _ in self._roots)
        if not self._follow:
            return
        context: Context = run.context
        if result.errors or result.data is None:
            return
        read = [each.cached.entry for each in context.figures_read]
        for key, name, stats in self._asked(run):
            entry = context.loaders.figures.kept(stats.statement, stats.values)
            if entry is not None and any(entry is each for each in read):
                keep(self._kept, name, Written(entry, orjson.dumps(result.data[key])))

    def _asked(self, run: "Run") -> list[tuple[str, object, DailyStats]]:
        """Of each root field its key, what its text is kept by, and its question."""
        tenant = run.context.tenant_id
        asked = [(root.field.key, own, root.asked(run)) for root, own in self._roots]
        return [(key, Name(own, tenant, stats), stats) for key, own, stats in asked]


async def _still_so(context: Context, found: dict[str, tuple[DailyStats, Written]]) -> Any:
    """What was found, if nothing was counted since."""
    figures = context.loaders.figures
    for stats, written in found.values():
        if await figures.version_now(stats.facilities) != written.figures.version:
            return ABSENT
    for stats, written in found.values():
        figures.tell(stats.NAME, Cached(written.figures, Verdict.PROCESS))
    return {key: orjson.Fragment(written.json) for key, (_, written) in found.items()}
