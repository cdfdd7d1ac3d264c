"""Which language a patient is written to in, and how its dates look."""

from collections.abc import Collection, Iterator
from functools import lru_cache

from babel import Locale, UnknownLocaleError


def lookup(wanted: str, available: Collection[str], default: str) -> str | None:
    """The best of the available languages: RFC 4647, section 3.4. de-CH is served by de; None if nothing serves `default`."""
    candidates = (*_ever_wider(wanted), *_ever_wider(default))
    return next((language for language in candidates if language in available), None)


def _ever_wider(tag: str) -> Iterator[str]:
    while tag:
        yield tag
        tag = tag.rpartition("-")[0]


@lru_cache(1024)
def known(tag: str) -> Locale | None:
    """What CLDR has under this language tag (BCP 47); None if nothing."""
    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return None


@lru_cache(4096)
def locale_for(written_in: str, wanted: str) -> Locale:
    """How dates and numbers look in a text: as where the patient is, in the language of the text. `written_in` is known.

    In a text of en, de-CH gets the dates of en and en-AU those of Australia.
    """
    own = known(written_in)
    assert own, f"nothing is published in {written_in}"
    there = known(wanted)
    return there if there and (there.language, there.script or own.script) == (own.language, own.script) else own
