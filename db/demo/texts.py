"""Texts of notes, put together from sentences that were filled in beforehand."""

from collections.abc import Sequence
from random import Random

from db.demo.plan import Plan
from db.demo.sentences import ADDITIONS, RARE, REASONS, RETRACTIONS, SENTENCES
from db.demo.words import WORDS
from db.vocabulary import AddendumKind, NoteCategory

_POOL = 2_000
_RARE = 20
"""How many sentences of each category are filled in, and how many of them hold a rare word."""

_SENTENCES = (1,) * 20 + (2,) * 27 + (3,) * 24 + (4,) * 14 + (5,) * 7 + (6, 6, 7, 8, 10, 13, 16, 18)
_BETWEEN = (" ",) * 9 + ("\n",)
_LONGEST = 1_500


class Texts:
    def __init__(self, plan: Plan) -> None:
        chance = plan.chance("texts")
        self._pools = {category: _pool(sentences, chance) for category, sentences in SENTENCES.items()}

    def note(self, category: NoteCategory, chance: Random) -> str:
        """One to eighteen sentences, most often two or three; some as a list, one on each line."""
        sentences = chance.choices(self._pools[category], k=chance.choice(_SENTENCES))
        return _cut(chance.choice(_BETWEEN).join(sentences), _LONGEST)

    def addendum(self, kind: AddendumKind, category: NoteCategory, chance: Random) -> tuple[str, str]:
        """A reason and a text."""
        return chance.choice(REASONS[kind]), chance.choice(ADDITIONS[kind]) + chance.choice(self._pools[category])

    def retraction(self, chance: Random) -> str:
        return chance.choice(RETRACTIONS)


def drafts(text: str, count: int) -> list[str]:
    """What a text said before each of its edits: it grew."""
    return [_cut(text, len(text) * written // (count + 1)) for written in range(1, count + 1)]


def _cut(text: str, limit: int) -> str:
    """The whole words that fit."""
    return text if len(text) <= limit else text[:limit].rpartition(" ")[0] or text[:limit]


def _pool(sentences: Sequence[str], chance: Random) -> list[str]:
    gaps = _Gaps(chance)
    templates = chance.choices(RARE, k=_RARE) + chance.choices(sentences, k=_POOL - _RARE)
    return [_capital(template.format_map(gaps)) for template in templates]


def _capital(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]


class _Gaps(dict[str, object]):
    """Another word each time it is asked."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance

    def __missing__(self, gap: str) -> object:
        return self._chance.choice(WORDS[gap])
