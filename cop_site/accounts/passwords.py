"""Hashing of passwords: argon2id, tuned to take near 50 ms."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

SHORTEST = 12

_hasher = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)
_nobody = _hasher.hash("the password of nobody at all")


def hash_password(password: str) -> str:
    return _hasher.hash(password)


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
