"""What stands for a person, or a school, in their answers. Has no table.

A keyed hash: the same within a series of surveys, so that before meets after, and different in
any other. The key is no part of the database (SURVEY_KEY): who has only the tables can't try
every person's id. Losing or changing the key breaks matching with what was answered before.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from hashlib import sha256


@dataclass(frozen=True)
class Pseudonyms:
    """Makes pseudonyms with a key. Never shown, so that no log can hold the key."""

    key: str = field(repr=False)

    def of_person(self, series: str, person_id: int) -> str:
        return self._hash("person", series, person_id)

    def of_school(self, series: str, school_id: int) -> str:
        return self._hash("school", series, school_id)

    def of_draft(self, invitation_id: int) -> str:
        """While a form is not finished. One a form, so that nobody finds a colleague's."""
        return self._hash("draft", "", invitation_id)

    def _hash(self, kind: str, series: str, number: int) -> str:
        # Parts of fixed shape around the only free text: no two inputs make the same message.
        message = f"{kind}|{number}|{series}".encode()
        return hmac.new(self.key.encode(), message, sha256).hexdigest()


def new_key() -> str:
    """A random key for a row whose order must tell nothing."""
    return secrets.token_hex(16)


def new_token() -> str:
    """What a personal link ends in: 256 bits, kept only as a hash."""
    return secrets.token_urlsafe(32)
