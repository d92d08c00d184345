"""Marking many people at once: a sheet that is typed up, a meeting's list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cop_site.accounts.acting_models import ActingUser
from cop_site.attendance import many_queries, queries
from cop_site.attendance.marking_services import (
    change_mark,
    new_mark,
    open_for_change,
    schools_of,
)
from cop_site.attendance.models import NOT_RECORDED, Mark, MarkKind, Register
from cop_site.attendance.services import Tap, WalkIn, add_walk_in
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.events.models import Session


@dataclass(frozen=True)
class Clash:
    """A tap that changed nothing, as somebody else had marked the person: what stands, and whose.

    ``at`` is None for somebody who is not on the register any more.
    """

    tap: Tap
    kind: MarkKind
    by_user_id: int | None = None
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Typed:
    """What came of it. ``marked`` are as they were to be, ``changed`` those who were not before.

    Whoever could not be added stands with the reason.
    """

    marked: int = 0
    changed: int = 0
    clashes: tuple[Clash, ...] = ()
    added: int = 0
    refused: tuple[tuple[WalkIn, DomainError], ...] = ()

    @property
    def is_whole(self) -> bool:
        return not self.clashes and not self.refused


def mark_many(session_id: int, taps: Sequence[Tap], *, by: ActingUser, reason: str = "") -> Typed:
    """Each tap as ``mark_person`` takes it, one a person; what clashes is left as it stands.

    Sent twice it changes once. Raises DomainError where nobody can be marked at all.
    """
    session, register = open_for_change(session_id, by)
    kinds = {kind.key: kind for kind in queries.list_kinds()}
    if any(tap.kind_key not in kinds for tap in taps):
        raise DomainError("There is no such mark. Reload the page and try again.")
    marks = many_queries.lock_marks(register.id, [tap.person_id for tap in taps])
    used = many_queries.list_used([tap.tap_id for tap in taps])
    wanted, stale, marked = [], [], 0
    for tap in taps:
        mark = marks.get(tap.person_id)
        stands = mark.kind_key if mark else NOT_RECORDED
        is_repeat = mark is not None and used.get(tap.tap_id) == (mark.id, tap.kind_key)
        if is_repeat or stands == tap.kind_key:
            marked += 1
        elif tap.tap_id in used or stands != tap.replaces:
            stale.append(tap)
        else:
            wanted.append(tap)
    gone = _start_marks(session, register, wanted, marks)
    done = [tap for tap in wanted if tap.person_id in marks]
    for tap in done:
        change_mark(marks[tap.person_id], kinds[tap.kind_key], tap.tap_id, by=by, reason=reason)
    db.session.flush()
    return Typed(marked + len(done), len(done), _tell(stale + gone, marks, kinds))


def _start_marks(
    session: Session, register: Register, taps: Sequence[Tap], marks: dict[int, Mark]
) -> list[Tap]:
    """Adds to ``marks`` one for each who has none yet. Gives back who has no booking any more."""
    new = [tap for tap in taps if tap.person_id not in marks]
    bookings = many_queries.list_bookings_to_mark(session.option_id, [tap.person_id for tap in new])
    for person_id, booking in bookings.items():
        marks[person_id] = new_mark(register, person_id, schools_of(booking), booking_id=booking.id)
    # Their ids are what the history refers to.
    db.session.flush()
    return [tap for tap in new if tap.person_id not in bookings]


def _tell(
    taps: Sequence[Tap], marks: dict[int, Mark], kinds: dict[str, MarkKind]
) -> tuple[Clash, ...]:
    last = many_queries.list_last_changes(
        [marks[tap.person_id].id for tap in taps if tap.person_id in marks]
    )
    return tuple(
        Clash(tap, kinds[mark.kind_key], *last.get(mark.id, (None, "", None)))
        if (mark := marks.get(tap.person_id))
        else Clash(tap, kinds[NOT_RECORDED])
        for tap in taps
    )


def save_paper(
    session_id: int, taps: Sequence[Tap], walk_ins: Sequence[WalkIn], *, by: ActingUser
) -> Typed:
    """A sheet as it was typed up: marks, and those who wrote themselves on an empty line.

    What can't be done is told, and all the rest is saved. Raises DomainError where nothing can.
    """
    typed = mark_many(session_id, taps, by=by, reason="typed up from paper")
    added, refused = 0, []
    for walk_in in walk_ins:
        try:
            add_walk_in(session_id, walk_in, by=by)
            added += 1
        except DomainError as error:
            refused.append((walk_in, error))
    return replace(typed, added=added, refused=tuple(refused))
