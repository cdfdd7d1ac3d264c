"""What signing a note seals."""

from datetime import datetime
from hashlib import sha256
from typing import Protocol
from uuid import UUID

import orjson

import ids


class Signable(Protocol):
    """The content of a note. All of it is fixed once the note is signed."""

    @property
    def id(self) -> UUID: ...
    @property
    def patient_id(self) -> UUID: ...
    @property
    def facility_id(self) -> UUID: ...
    @property
    def author_id(self) -> UUID: ...
    @property
    def category(self) -> str: ...
    @property
    def priority(self) -> str: ...
    @property
    def shift(self) -> str: ...
    @property
    def effective_at(self) -> datetime: ...
    @property
    def text(self) -> str: ...


def content_hash(note: Signable) -> bytes:
    """SHA-256 over the canonical JSON (RFC 8785) of the note's content as the API shows it.

    Keys: author, category, effectiveAt, facility, id, patient, priority, shift, text; people and places by their ids. So
    that a client can compute it from what it read.
    """
    content = {
        "author": ids.encode("Practitioner", note.author_id),
        "category": note.category,
        "effectiveAt": note.effective_at,
        "facility": ids.encode("Facility", note.facility_id),
        "id": ids.encode("Note", note.id),
        "patient": ids.encode("Patient", note.patient_id),
        "priority": note.priority,
        "shift": note.shift,
        "text": note.text,
    }
    return sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()
