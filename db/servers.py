"""Which servers are used: those the settings name, or embedded ones for as long as they are needed."""

from collections.abc import Iterator
from contextlib import contextmanager

from config import Settings
from db.embedded import running


@contextmanager
def provided(settings: Settings) -> Iterator[Settings]:
    """Settings in which every URL is set. What they did not name is embedded, and stops with its last user.

    With DATABASE_URL set, MIGRATION_DATABASE_URL stays unset unless it was given: another server's owner is not ours to guess.
    """
    if settings.database_url and settings.redis_url:
        yield settings
        return
    with running(settings.folder) as servers:
        urls = {"redis_url": settings.redis_url or servers.redis_url}
        if not settings.database_url:
            urls |= {
                "database_url": servers.database_url,
                "migration_database_url": servers.migration_database_url,
            }
        yield settings.model_copy(update=urls)
