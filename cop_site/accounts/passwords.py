"""Passwords: hashing with argon2id, tuned to take near 50 ms, and refusing easy ones."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

SHORTEST = 12
# Of zxcvbn's 0 to 4: 3 takes a hundred million tries or more.
LEAST_SCORE = 3
# Its time grows with the length, and what comes after can only make a password harder.
LONGEST_LOOKED_AT = 72
OBVIOUS = ("school", "senco", "inclusion", "council", "authority", "service", "psychologist")
# What adds nothing to a password, whoever has it.
SCHOOL_WORDS = (
    "academy primary secondary infant junior nursery college teacher teaching assistant head deputy"
    " office governor send pupil class cluster community communities practice partnership network"
    " education educational psychology borough toolkit"
)
CALENDAR_WORDS = (
    "spring summer autumn winter christmas easter term january february march april may june july"
    " august september october november december monday tuesday wednesday thursday friday saturday"
    " sunday today"
)
FILLERS = "password passphrase welcome letmein changeme login admin administrator hello secret"
# Passphrases that everybody has read about; strangers try them too.
FAMOUS = (
    "correcthorsebatterystaple coffeetrainfish applenemobiro redpantstree threerandomwords"
    " thequickbrownfox jumpsoverthelazydog maytheforcebewithyou tobeornottobe onceuponatime"
    " twinkletwinklelittlestar humptydumpty supercalifragilistic iamnotarobot"
)
WORDS = frozenset((*OBVIOUS, *f"{SCHOOL_WORDS} {CALENDAR_WORDS} {FILLERS} {FAMOUS}".split()))
# So much must be left of a password once such words, years and signs are taken out.
LEAST_LEFT = 6
LOOKALIKES = str.maketrans("013457@$", "oieastas")
YEAR = re.compile(r"(?:19|20)\d\d")

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

    looked_at = password[:LONGEST_LOOKED_AT]
    around = {form for word in words for form in _forms(word)}
    if _is_made_of(looked_at, around):
        return True
    inputs = sorted(around.union(*map(_forms, OBVIOUS)))
    result = zxcvbn(looked_at, user_inputs=inputs)
    return bool(result["score"] < LEAST_SCORE)


def _is_made_of(password: str, around: Iterable[str]) -> bool:
    """True where obvious words, years and signs are nearly all there is, in whatever order."""
    known = {word for word in map(_plain, around) if len(word) > 2} | WORDS
    # The longest first, so that a part of a name does not break up the whole.
    pattern = re.compile("|".join(map(re.escape, sorted(known, key=len, reverse=True))))
    text = YEAR.sub("", password.casefold())
    return any(_is_bare(_plain(form), pattern) for form in (text, text.translate(LOOKALIKES)))


def _is_bare(text: str, pattern: re.Pattern[str]) -> bool:
    left = pattern.sub(" ", text)
    letters = sum(len(piece.strip("0123456789")) for piece in left.split())
    return left != text and letters < LEAST_LEFT


def _plain(text: str) -> str:
    """Letters and digits alone, small and without accents."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in parts if sign.isalnum())


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
