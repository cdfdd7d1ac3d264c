"""Which document a request means: the one it has in it, a trusted one that it names, or one that a client has persisted."""

from hashlib import sha256
from uuid import UUID

from config import Settings
from db.cache.documents import PersistedDocuments
from endpoint import trusted
from endpoint.requests import Asked, Refused
from executor import Document, Engine


class Sources:
    """The parsed, validated documents of requests. With a manifest, production runs none but those that are in it."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        manifest = settings.trusted_documents
        self._documents = engine.documents
        self._trusted = trusted.load(manifest, engine.documents) if manifest else {}
        self.only_trusted = manifest is not None and settings.environment == "production"

    async def document(self, asked: Asked, tenant_id: UUID, persisted: PersistedDocuments) -> Document:
        """Raises Refused."""
        hash_ = asked.sha256
        if asked.query is not None and not self.only_trusted:
            return (
                await self._persisting(asked.query, hash_, tenant_id, persisted)
                if hash_
                else await self._free(asked.query)
            )
        if (found := self.trusted(asked)) is not None:
            return found
        if asked.query is not None:
            message = "This server runs trusted documents only: send the id of one as `documentId`."
            raise Refused(403, message, "PERSISTED_QUERY_ID_REQUIRED", well_formed=True)
        if not hash_ or self.only_trusted:
            raise _not_found()
        if not persisted.limit:
            message = "PersistedQueryNotSupported"
            raise Refused(400, message, "PERSISTED_QUERY_NOT_SUPPORTED", well_formed=True)
        if (text := await persisted.get(tenant_id, hash_)) is None:
            raise _not_found()
        return await self._free(text)

    def trusted(self, asked: Asked) -> Document | None:
        """The trusted document that is named, if one is."""
        name = asked.document_id or asked.sha256 or ""
        return self._trusted.get(name) or self._trusted.get(name.removeprefix("sha256:"))

    async def _free(self, text: str) -> Document:
        return await self._documents.fetch(text)

    async def _persisting(self, text: str, hash_: str, tenant_id: UUID, persisted: PersistedDocuments) -> Document:
        document = await self._free(text)
        if persisted.limit and not persisted.is_kept(tenant_id, hash_):
            if sha256(text.encode()).hexdigest() != hash_:
                raise Refused(400, "provided sha does not match query", well_formed=True)
            if not document.errors:
                await persisted.put(tenant_id, hash_, text)
        return document


def _not_found() -> Refused:
    # The message is part of Apollo's protocol: some clients look at it, and not at the code.
    return Refused(404, "PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND", well_formed=True)
