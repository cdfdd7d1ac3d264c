"""Trusted documents: those that the clients were built with, known to the server before it serves.

The manifest is a JSON file as clients' compilers write it: an object of texts by id (Relay's `persistConfig.file`, the client
preset of graphql-codegen), or Apollo's, with a list of `operations` that have `id` and `body`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from errors import Misconfigured
from executor import Document, Documents


def load(path: Path, documents: Documents) -> dict[str, Document]:
    """Parsed and validated, by id. Raises Misconfigured for a manifest that cannot be read or does not fit the schema."""
    try:
        manifest = orjson.loads(path.read_bytes())
        texts = dict(_texts(manifest))
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Misconfigured(f"TRUSTED_DOCUMENTS: {path} is no manifest of documents: {error!r}.") from error
    made = {id_: documents.make(text) for id_, text in texts.items()}
    wrong = [f"{id_}: {document.errors[0].message}" for id_, document in made.items() if document.errors]
    if wrong:
        raise Misconfigured(
            f"TRUSTED_DOCUMENTS: {len(wrong)} of {len(made)} do not fit the schema. " + " ".join(wrong[:5])
        )
    return made


def _texts(manifest: Any) -> Iterator[tuple[str, str]]:
    by_apollo = isinstance(manifest, dict) and manifest.get("format") == "apollo-persisted-query-manifest"
    pairs = ((each["id"], each["body"]) for each in manifest["operations"]) if by_apollo else manifest.items()
    for id_, text in pairs:
        if not (isinstance(id_, str) and isinstance(text, str)):
            raise TypeError("an id and its document are strings")
        yield id_, text
