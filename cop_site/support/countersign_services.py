"""Countersigning, sending back, voiding."""

from __future__ import annotations

from cop_site import audit, clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.db import db
from cop_site.errors import DomainError, StaleEditError
from cop_site.notifications.services import Recipient, queue_message
from cop_site.support import policies, queries
from cop_site.support.models import Entry, EntryState, EntryStep, StepVerb
from cop_site.support.services import lock_entry

CHANGED = "This entry was changed since you opened it. Read it again, then decide."


def countersign_entry(entry_id: int, seen_edits: int, comment: str, *, by: ActingUser) -> None:
    """Agree to what an assistant logged; its text is now open to the schools it names.

    Countersigning twice is harmless. Raises StaleEditError where it was edited since
    ``seen_edits``, DomainError where somebody else decided first, or it is one's own.
    """
    entry = lock_entry(entry_id)
    if entry.countersigned_by_user_id == by.user_id and entry.edits == seen_edits:
        return
    _check(entry, seen_edits, by)
    entry.state = EntryState.COUNTERSIGNED
    entry.countersigned_at = clock.now()
    entry.countersigned_by_user_id = by.user_id
    _note(entry, StepVerb.COUNTERSIGNED, comment, by)


def send_entry_back(entry_id: int, seen_edits: int, comment: str, *, by: ActingUser) -> None:
    """Ask for a change, saying which. The people whose entry it is are told by email."""
    entry = lock_entry(entry_id)
    if entry.state is EntryState.SENT_BACK and entry.edits == seen_edits:
        return
    _check(entry, seen_edits, by)
    entry.state = EntryState.SENT_BACK
    _note(entry, StepVerb.SENT_BACK, comment, by)
    people = [row.person_id for row in entry.workers if row.person_id != by.person_id]
    for email, name in queries.list_addresses(people):
        queue_message(
            Recipient(email, name),
            kind="support/sent_back",
            thing="entry",
            thing_id=entry.id,
            version=len(entry.steps),
            # No word of what was logged: mail is read on phones that others look at.
            context={
                "cluster": entry.cluster.name,
                "day": clock.say_day(entry.day),
                "by": by.name,
                "entry_path": f"/support/{entry.id}",
            },
        )


def void_entry(entry_id: int, reason: str, *, by: ActingUser) -> None:
    """Take an entry out of every list and figure, for good and with a reason. Its open actions
    are dropped with it; nothing is deleted."""
    entry = lock_entry(entry_id)
    if entry.state is EntryState.VOIDED:
        return
    if not policies.can_void(by, entry):
        raise DomainError("Only those who keep the log of this cluster can withdraw an entry.")
    was = entry.state
    entry.state = EntryState.VOIDED
    entry.voided_at = clock.now()
    entry.void_reason = reason
    for action in entry.actions:
        if action.is_open:
            action.dropped_at = entry.voided_at
            action.drop_reason = "The entry was withdrawn"
    _note(entry, StepVerb.VOIDED, reason, by, was=was)


def _check(entry: Entry, seen_edits: int, by: ActingUser) -> None:
    if entry.edits != seen_edits:
        raise StaleEditError(CHANGED)
    if entry.state is not EntryState.WAITING:
        names = queries.list_user_names([step.by_user_id for step in entry.steps[-1:]])
        who = next(iter(names.values()), "Somebody")
        raise DomainError(f"{who} has decided meanwhile: {entry.state.label.lower()}.")
    if not policies.can_countersign(by, entry):
        raise DomainError("You can’t countersign this entry: it is your own or another cluster’s.")


def _note(
    entry: Entry,
    verb: StepVerb,
    comment: str,
    by: ActingUser,
    *,
    was: EntryState = EntryState.WAITING,
) -> None:
    step = EntryStep(
        entry_id=entry.id,
        verb=verb,
        revision=entry.revision,
        by_user_id=by.user_id,
        at=clock.now(),
        comment=comment,
    )
    db.session.add(step)
    audit.record(
        "entry",
        entry.id,
        verb.value,
        by=by.user_id,
        was={"state": was.value},
        now={"state": entry.state.value, "revision": entry.revision},
    )
    db.session.flush()
