"""Codes of the second step: making, sealing and checking secrets. Pure but for chance."""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import datetime
from typing import TYPE_CHECKING

import pyotp

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

STEP = 30
# A phone's clock may be half a minute off.
STEPS_OFF = 1
RECOVERY_CODES = 10
# No letter or digit that looks like another.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def new_secret() -> str:
    return pyotp.random_base32()


def seal(secret: str, key: str) -> str:
    """A secret as it is kept: whoever reads the table alone can make no codes."""
    return _box(key).encrypt(secret.encode()).decode()


def unseal(sealed: str, key: str) -> str | None:
    """The secret again; None where it was sealed with another key."""
    from cryptography.fernet import InvalidToken

    try:
        return _box(key).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def _box(key: str) -> Fernet:
    # 8 MB that a worker does without until somebody uses a second step.
    from cryptography.fernet import Fernet

    derived = hashlib.sha256(b"second step " + key.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(derived))


def find_counter(secret: str, code: str, now: datetime) -> int | None:
    """The 30-second step whose code this is, now or one to either side; None where none."""
    digits = "".join(code.split())
    if len(digits) != 6 or not digits.isascii() or not digits.isdigit():
        return None
    app, current = pyotp.TOTP(secret, interval=STEP), int(now.timestamp()) // STEP
    for counter in range(current - STEPS_OFF, current + STEPS_OFF + 1):
        if secrets.compare_digest(app.generate_otp(counter), digits):
            return counter
    return None


def address_for_app(secret: str, email: str, site: str) -> str:
    """What an authenticator app reads from the square code."""
    return pyotp.TOTP(secret, interval=STEP).provisioning_uri(name=email, issuer_name=site)


def new_recovery_code() -> str:
    """Like "k7m2q-x9fhd": 49 bits of chance."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(10))
    return f"{letters[:5]}-{letters[5:]}"


def hash_recovery_code(code: str) -> str:
    """Random and long enough that a plain hash will do; spaces and dashes don't matter."""
    bare = "".join(letter for letter in code.lower() if letter.isalnum())
    return hashlib.sha256(f"recovery {bare}".encode()).hexdigest()
