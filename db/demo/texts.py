"""Texts of notes, put together from sentences that were filled in beforehand."""

from random import Random

from db.demo.plan import Plan
from db.demo.sentences import ADDITIONS, RARE, REASONS, RETRACTIONS, SENTENCES
from db.demo.words import WORDS
from db.vocabulary import AddendumKind, NoteCategory

_WAYS = 250
"""How many ways of filling in a sentence there are."""
_OUTLINES = 200
"""How many sequences of sentences each category has: a note is the beginning of one, filled in."""

_COUNTS = (1,) * 20 + (2,) * 27 + (3,) * 24 + (4,) * 14 + (5,) * 7 + (6, 6, 7, 8, 10, 13, 15, 17)
_ON_THE_SUBJECT = 5
_WITH_RARE_WORD = 0.02
_BETWEEN = (" ",) * 9 + ("\n",)


class Texts:
    def __init__(self, plan: Plan) -> None:
        chance = plan.chance("texts")
        gaps = _Gaps(chance)
        self._sentences = {
            category: [[_filled(template, gaps) for _ in range(_WAYS)] for template in templates]
            for category, templates in SENTENCES.items()
        }
        every = [ways for templates in self._sentences.values() for ways in templates]
        self._outlines = {
            category: [
                chance.sample(ways, k=_ON_THE_SUBJECT) + chance.sample(every, k=_COUNTS[-1] - _ON_THE_SUBJECT)
                for _ in range(_OUTLINES)
            ]
            for category, ways in self._sentences.items()
        }
        self._rare = [_filled(template, gaps) for template in RARE for _ in range(_WAYS)]

    def note(self, category: NoteCategory, chance: Random) -> str:
        """One to seventeen sentences, most often two or three; some as a list, one on each line."""
        outline = chance.choice(self._outlines[category])
        sentences = [chance.choice(ways) for ways in outline[: chance.choice(_COUNTS)]]
        if chance.random() < _WITH_RARE_WORD:
            sentences[-1] = chance.choice(self._rare)
        return chance.choice(_BETWEEN).join(sentences)

    def addendum(self, kind: AddendumKind, category: NoteCategory, chance: Random) -> tuple[str, str]:
        """A reason and a text."""
        sentence = chance.choice(chance.choice(self._sentences[category]))
        return chance.choice(REASONS[kind]), chance.choice(ADDITIONS[kind]) + sentence

    def retraction(self, chance: Random) -> str:
        return chance.choice(RETRACTIONS)


def drafts(text: str, count: int) -> list[str]:
    """What a text said before each of its edits: it grew, by whole words."""
    lengths = [len(text) * written // (count + 1) for written in range(1, count + 1)]
    return [text[:length].rpartition(" ")[0] or text[:length] for length in lengths]


def _filled(template: str, gaps: "_Gaps") -> str:
    sentence = template.format_map(gaps)
    return sentence[0].upper() + sentence[1:]


class _Gaps(dict[str, object]):
    """Another word each time it is asked."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance

    def __missing__(self, gap: str) -> object:
        return self._chance.choice(WORDS[gap])
