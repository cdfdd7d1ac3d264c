"""Whether those who are connected still may: looked at again and again, once for each credential and each tenant."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from auth import Principal
from endpoint.errors import log_bug
from endpoint.live.ending import Ending
from errors import CareError, Suspended, Unauthenticated


class Standing:
    """One task for all, as long as there are any."""

    def __init__(
        self,
        authenticate: Callable[[str], Awaitable[Principal]],
        admit: Callable[[UUID], Awaitable[None]],
        every: float,
    ) -> None:
        """`authenticate` and `admit` raise what is wrong with a credential, and with a tenant; `every` is in seconds."""
        self._authenticate, self._admit, self._every = authenticate, admit, every
        self._watched: dict[str, set[Ending]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None

    @contextmanager
    def watched(self, credential: str, ending: Ending) -> Iterator[None]:
        """Ends it when the credential is no longer good."""
        self._watched[credential].add(ending)
        if self._task is None:
            self._task = asyncio.create_task(self._look())
        try:
            yield
        finally:
            self._watched[credential].discard(ending)
            if not self._watched[credential]:
                del self._watched[credential]
            if not self._watched and self._task is not None:
                self._task.cancel()
                self._task = None

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            admitted: dict[UUID, CareError | None] = {}
            for credential in list(self._watched):
                try:
                    await self._look_at(credential, admitted)
                except CareError:
                    pass  # The database is away, say: that tells nothing about the credential.
                except Exception as bug:  # noqa: BLE001  # the others must be looked at all the same
                    log_bug(bug)

    async def _look_at(self, credential: str, admitted: dict[UUID, CareError | None]) -> None:
        try:
            tenant_id = (await self._authenticate(credential)).tenant_id
            if tenant_id is not None and tenant_id not in admitted:
                admitted[tenant_id] = await self._verdict(tenant_id)
            if tenant_id is not None and (error := admitted[tenant_id]) is not None:
                raise error
        except (Unauthenticated, Suspended) as error:
            for ending in list(self._watched.get(credential, ())):
                ending.end(error)

    async def _verdict(self, tenant_id: UUID) -> CareError | None:
        try:
            await self._admit(tenant_id)
        except (Unauthenticated, Suspended) as error:
            return error
        return None
