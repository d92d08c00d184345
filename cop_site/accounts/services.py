"""Signing in and out, and accounts."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts import (
    bounce_services,
    passwords,
    queries,
)
from cop_site.accounts.models import OneTimeLink, Person, SignIn, SignInGuess, User
from cop_site.db import db
from cop_site.errors import DomainError

GUESSES = 10
GUESSES_PER_ADDRESS = 200
GUESS_WINDOW = timedelta(minutes=5)
SEEN_EVERY = timedelta(minutes=5)
SCHOOL_IDLE = 12 * 60
LONGEST = timedelta(hours=24)
LONGEST_REMEMBERED = timedelta(days=30)

WRONG = "Your email address or password is not right. Check both and try again."
TOO_MANY = "There have been too many tries. Wait 5 minutes, then try again."


def count_guess(email: str, *, device: str, address: str) -> None:
    """Count one try at an account before the password is looked at.

    ``device`` is the secret of a browser that signed in to this account before, else "". Known
    browsers are counted apart, so that a stranger's guessing never locks the person out.
    Raises DomainError past 10 tries in 5 minutes, or past 200 from one network address ("" where
    they prove themselves who are signed in: what all of them have is nobody's address).
    """
    refuse_guesser(email, device=device)
    since = clock.now() - GUESS_WINDOW
    if address and queries.count_guesses_from(since, address=address) >= GUESSES_PER_ADDRESS:
        raise DomainError(TOO_MANY)
    add_guess(email, device=device, address=address)


def refuse_guesser(what: str, *, device: str = "") -> None:
    """Raises DomainError past 10 tries at ``what`` in 5 minutes. Others wait for their turn."""
    account = name_account(what)
    _one_at_a_time(account)
    since = clock.now() - GUESS_WINDOW
    if queries.count_guesses(since, account=account, device=device) >= GUESSES:
        raise DomainError(TOO_MANY)


def add_guess(what: str, *, device: str = "", address: str = "") -> None:
    """Note one try; without an ``address`` it counts for nobody else."""
    account = name_account(what)
    db.session.add(SignInGuess(account=account, device=device, address=address, at=clock.now()))


def name_account(email: str) -> str:
    """What tries at an address are counted under, whether or not somebody has it."""
    return hashlib.sha256(email.lower().encode()).hexdigest()


def _one_at_a_time(account: str) -> None:
    """Let tries at one account queue up, so that a burst can't slip past the count."""
    if db.session.get_bind().dialect.name == "postgresql":
        key = int(account[:15], 16)
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


@dataclass(frozen=True, repr=False)
class Opened:
    """An account whose password was right; ``better`` is a stronger hash of it, if one is due."""

    user_id: int
    password_hash: str
    better: str | None


def check_password(email: str, password: str) -> Opened:
    """The account that these open. Slow on purpose: call it outside a transaction.

    Raises DomainError with the same words, after the same time, for an unknown address.
    """
    user = queries.find_user_by_email(email)
    kept = user.password_hash if user else None
    if not passwords.matches(kept, password) or user is None or kept is None:
        raise DomainError(WRONG)
    return Opened(user.id, kept, passwords.strengthen(kept, password))


def check_own_password(email: str, password: str) -> None:
    """Raises DomainError where this is not the account's password. Slow on purpose."""
    try:
        check_password(email, password)
    except DomainError as error:
        raise DomainError("This is not your password now", field="current") from error


def keep_better_hash(opened: Opened) -> None:
    """Put the stronger hash in place of the weak one, unless the password was changed since."""
    if opened.better is not None:
        db.session.execute(
            sa.update(User)
            .where(User.id == opened.user_id, User.password_hash == opened.password_hash)
            .values(password_hash=opened.better)
        )


def start_sign_in(user_id: int, *, remember: bool, device: str) -> str:
    """Record a sign-in and return its token, which only the person's cookie will hold."""
    now = clock.now()
    user = queries.get_user(user_id)
    bounce_services.forget_bounce(user.person_id)
    user.first_in_at = user.first_in_at or now
    user.last_in_on = clock.today()
    token = secrets.token_urlsafe(32)
    db.session.add(
        SignIn(
            user_id=user_id,
            token_hash=queries.hash_token(token),
            device=device[:200],
            started_at=now,
            last_seen_at=now,
            idle_minutes=_idle_minutes(user, remember=remember),
            expires_at=now + (LONGEST_REMEMBERED if remember else LONGEST),
        )
    )
    return token


def _idle_minutes(user: User, *, remember: bool) -> int:
    """An hour for service staff, who see every school; a night away must not end "30 days"."""
    if queries.rights_of(user.person_id, clock.today())["service_roles"]:
        return queries.STAFF_IDLE
    return int(LONGEST_REMEMBERED.total_seconds() // 60) if remember else SCHOOL_IDLE


def touch_sign_in(sign_in_id: int) -> None:
    """Note that a sign-in is in use, and on the account, once a day, that somebody was in."""
    owner = sa.select(SignIn.user_id).where(SignIn.id == sign_in_id).scalar_subquery()
    db.session.execute(
        sa.update(User)
        .where(User.id == owner, User.last_in_on.is_distinct_from(clock.today()))
        .values(last_in_on=clock.today())
    )
    db.session.execute(
        sa.update(SignIn).where(SignIn.id == sign_in_id).values(last_seen_at=clock.now())
    )


def end_sign_in(sign_in_id: int, *, why: str) -> None:
    """End a sign-in on the server at once, wherever its cookie is."""
    db.session.execute(
        sa.update(SignIn)
        .where(SignIn.id == sign_in_id, SignIn.ended_at.is_(None))
        .values(ended_at=clock.now(), ended_why=why)
    )


def end_sign_ins(user_id: int, *, why: str, but: int | None = None) -> None:
    """End every sign-in of an account, or every one ``but`` that with this id."""
    others = SignIn.id != but if but is not None else sa.true()
    db.session.execute(
        sa.update(SignIn)
        .where(SignIn.user_id == user_id, SignIn.ended_at.is_(None), others)
        .values(ended_at=clock.now(), ended_why=why)
    )


def end_own_sign_in(user_id: int, sign_in_id: int) -> None:
    """End one of a person's own sign-ins; another's is left alone. Twice is harmless."""
    db.session.execute(
        sa.update(SignIn)
        .where(SignIn.id == sign_in_id, SignIn.user_id == user_id, SignIn.ended_at.is_(None))
        .values(ended_at=clock.now(), ended_why="ended by the person")
    )


def lock_user(user_id: int) -> User:
    """One change at a time to an account, which is read anew.

    One order everywhere, so that no two wait for each other: the person where they are locked,
    the account, then its links and sign-ins.
    """
    lock: Any = {"key_share": True}
    return db.session.get_one(User, user_id, with_for_update=lock, populate_existing=True)


def use_up_links(user_id: int) -> None:
    """Make every link of an account worthless that was mailed before now."""
    db.session.execute(
        sa.update(OneTimeLink)
        .where(OneTimeLink.user_id == user_id, OneTimeLink.used_at.is_(None))
        .values(used_at=clock.now())
    )


def count_request(address: str) -> None:
    """Count one asking for a link, by network address alone.

    Not by account: strangers who ask for somebody's link must not stop them from asking.
    Raises DomainError past 200 in 5 minutes.
    """
    since = clock.now() - GUESS_WINDOW
    if queries.count_guesses_from(since, address=address) >= GUESSES_PER_ADDRESS:
        raise DomainError(TOO_MANY)
    db.session.add(SignInGuess(account="link", device="", address=address, at=clock.now()))


def change_password(user_id: int, password_hash: str, *, sign_in_id: int) -> None:
    """Put a new password in place; every other sign-in of the account ends."""
    user = db.session.get_one(User, user_id, with_for_update=True, populate_existing=True)
    user.password_hash = password_hash
    user.password_changed_at = clock.now()
    end_sign_ins(user_id, why="password changed", but=sign_in_id)
    use_up_links(user_id)
    audit.record("user", user_id, "password changed", by=user_id)


def add_person(name: str, email: str | None = None) -> Person:
    """A new person; raises DomainError (from the database) where the address is taken."""
    person = Person(name=name, email=email.lower() if email else None, created_at=clock.now())
    db.session.add(person)
    db.session.flush()
    return person


def add_user(person: Person, email: str, password_hash: str | None) -> User:
    """An account for a person. Hash the password before the transaction: it is slow."""
    now = clock.now()
    user = User(
        person_id=person.id,
        email=email.lower(),
        password_hash=password_hash,
        password_changed_at=now if password_hash else None,
        created_at=now,
    )
    db.session.add(user)
    db.session.flush()
    audit.record("user", user.id, "added", by=None, now={"email": user.email})
    return user


def check_new_password(password: str, words: Iterable[str] = ()) -> None:
    """Raises DomainError where a new password is too short, or easy to guess.

    ``words`` are names that a stranger would try first.
    """
    if len(password) < passwords.SHORTEST:
        raise DomainError(
            f"Your password must be {passwords.SHORTEST} characters or more", field="password"
        )
    if passwords.is_easy_to_guess(password, words):
        raise DomainError(
            "Choose a password that is harder to guess. Three words that have nothing to do with"
            " each other work well. Names, schools, seasons and years add nothing",
            field="password",
        )
