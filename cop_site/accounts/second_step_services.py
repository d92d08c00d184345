"""Setting the second step up, asking for it, and doing without it."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts import (
    queries,
    second_step_queries,
    second_step_secrets,
    services,
)
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.second_step_models import RecoveryCode, SecondStep
from cop_site.db import db
from cop_site.errors import DomainError

WRONG_CODE = "That code is not right. Enter the newest one from your app, or a recovery code"
WRONG_FIRST_CODE = "That code is not right. Enter the newest one from your app"


def begin(user_id: int, *, key: str) -> SecondStep:
    """A secret to show to an app; beginning again makes a new one.

    Raises DomainError where the second step is on already. ``key`` seals the secret.
    """
    step = second_step_queries.lock_second_step(user_id)
    if step is not None and step.confirmed_at is not None:
        raise DomainError("Your second step is on already.")
    if step is None:
        step = SecondStep(user_id=user_id)
        db.session.add(step)
    step.secret = second_step_secrets.seal(second_step_secrets.new_secret(), key)
    step.begun_at = clock.now()
    db.session.flush()
    return step


def confirm(by: ActingUser, code: str, *, key: str) -> list[str]:
    """Turn it on with a first code; every other sign-in ends. Returns the recovery codes, once.

    Raises DomainError where it was not begun, is on already, or the code is wrong.
    """
    step = second_step_queries.lock_second_step(by.user_id)
    if step is None or step.confirmed_at is not None:
        raise DomainError("Start again from your account.")
    counter = _counter(step, code, key)
    if counter is None:
        raise DomainError(WRONG_FIRST_CODE, field="code")
    step.confirmed_at = clock.now()
    step.last_counter = counter
    services.end_sign_ins(by.user_id, why="second step on", but=by.sign_in_id)
    audit.record("user", by.user_id, "second step on", by=by.user_id)
    return renew_recovery_codes(by.user_id)


def _counter(step: SecondStep, code: str, key: str) -> int | None:
    secret = second_step_secrets.unseal(step.secret, key)
    return second_step_secrets.find_counter(secret, code, clock.now()) if secret else None


def renew_recovery_codes(user_id: int) -> list[str]:
    """Ten new ones; the old ones work no more. Shown once: only hashes are kept."""
    db.session.execute(sa.delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = [
        second_step_secrets.new_recovery_code() for _ in range(second_step_secrets.RECOVERY_CODES)
    ]
    hashes = (second_step_secrets.hash_recovery_code(code) for code in codes)
    db.session.add_all(RecoveryCode(user_id=user_id, code_hash=hashed) for hashed in hashes)
    db.session.flush()
    return codes


def take_code(user_id: int, code: str, *, key: str) -> None:
    """Use up a code from the app or a recovery code: each works once.

    Raises DomainError where it is wrong, or was used before.
    """
    step = second_step_queries.lock_second_step(user_id)
    if step is None or step.confirmed_at is None:
        raise DomainError("Sign in again.")
    counter = _counter(step, code, key)
    if counter is not None and counter > step.last_counter:
        step.last_counter = counter
    elif not _use_recovery_code(user_id, code):
        raise DomainError(WRONG_CODE, field="code")


def _use_recovery_code(user_id: int, code: str) -> bool:
    hashed = second_step_secrets.hash_recovery_code(code)
    row = db.session.scalar(
        sa.select(RecoveryCode).where(
            RecoveryCode.user_id == user_id,
            RecoveryCode.code_hash == hashed,
            RecoveryCode.used_at.is_(None),
        )
    )
    if row is None:
        return False
    row.used_at = clock.now()
    audit.record("user", user_id, "recovery code used", by=user_id)
    return True


def turn_off(user_id: int, *, by: int | None, why: str = "") -> None:
    """Do without it; every sign-in goes on. Twice is harmless. ``by`` None is a command."""
    step = second_step_queries.lock_second_step(user_id)
    if step is None:
        return
    db.session.execute(sa.delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    db.session.delete(step)
    audit.record("user", user_id, "second step off", by=by, reason=why)
    db.session.flush()


def reset(email: str) -> None:
    """For a phone and codes that are both gone: off, and every sign-in ends.

    Raises DomainError where nobody has the address.
    """
    user = queries.find_user_by_email(email)
    if user is None:
        raise DomainError(f"Nobody signs in as {email}.")
    turn_off(user.id, by=None, why="reset by command")
    services.end_sign_ins(user.id, why="second step reset")
