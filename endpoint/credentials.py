"""Who asks: what a credential stands for."""

from auth import ApiKey, Principal, Tokens
from db import api_keys
from db.scope import Database
from errors import Unauthenticated


async def bearer(database: Database, tokens: Tokens, authorization: str) -> Principal:
    """Of the header `Authorization` (RFC 6750, section 2.1). Raises Unauthenticated."""
    return await principal_of(database, tokens, credential_in(authorization))


def credential_in(authorization: str) -> str:
    scheme, _, credential = authorization.partition(" ")
    credential = credential.strip()
    if scheme.lower() != "bearer" or not credential:
        raise Unauthenticated("Send a credential: `Authorization: Bearer <token or API key>`.")
    return credential


async def principal_of(database: Database, tokens: Tokens, credential: str) -> Principal:
    """Of a token or an API key. Raises Unauthenticated."""
    if credential.startswith(ApiKey.PREFIX):
        return await api_keys.authenticate(database, ApiKey.parse(credential))
    return await tokens.verify(credential)
