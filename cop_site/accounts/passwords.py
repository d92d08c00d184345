"""Passwords: hashing with argon2id, tuned to take near 50 ms, and refusing easy ones."""

from __future__ import annotations

import re
from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

SHORTEST = 12
# Of zxcvbn's 0 to 4: 3 takes a hundred million tries or more.
LEAST_SCORE = 3
# Its time grows with the length, and what comes after can only make a password harder.
LONGEST_LOOKED_AT = 72
OBVIOUS = ("school", "senco", "inclusion", "council", "authority", "service", "psychologist")

_hasher = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)
_nobody = _hasher.hash("the password of nobody at all")


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def is_easy_to_guess(password: str, words: Iterable[str] = ()) -> bool:
    """True for common and breached passwords, and for those made of ``words``.

    ``words`` are names that a stranger would try first: the person's, the school's, the
    service's. The lists of common and breached passwords come with zxcvbn. Takes about 5 ms.
    """
    # Its lists take 12 MB, which a worker does without until somebody sets a password.
    from zxcvbn import zxcvbn

    inputs = sorted({form for word in (*OBVIOUS, *words) for form in _forms(word)})
    result = zxcvbn(password[:LONGEST_LOOKED_AT], user_inputs=inputs)
    return bool(result["score"] < LEAST_SCORE)


def _forms(name: str) -> Iterable[str]:
    """A name as people type it: whole, run together, its parts, what stands before an @."""
    parts = re.split(r"[\W_]+", name)
    forms = (name, "".join(parts), name.partition("@")[0], *parts)
    return (form for form in forms if len(form) > 2)


def matches(password_hash: str | None, password: str) -> bool:
    """True where the password is right. Takes as long for an unknown person as for a known one."""
    try:
        right = _hasher.verify(password_hash or _nobody, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    return right and password_hash is not None


def strengthen(password_hash: str, password: str) -> str | None:
    """A new hash, which takes as long again, where today's settings are others; else None."""
    return hash_password(password) if _hasher.check_needs_rehash(password_hash) else None
