"""Logging support and editing what was logged. Nothing is ever deleted but a sent draft."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import User
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError, StaleEditError
from cop_site.support import people_queries, policies, queries
from cop_site.support.entry_models import ClusterWorker, EntryDetails, TypedAction, details_of
from cop_site.support.models import (
    Action,
    Entry,
    EntryDraft,
    EntryRevision,
    EntrySchool,
    EntryState,
    EntryStep,
    EntryWorker,
    StepVerb,
)

MEANWHILE = "This entry was changed since you opened it."


class AlreadyLoggedError(StaleEditError):
    """The form was sent before, with other words: nothing is overwritten."""

    def __init__(self, entry_id: int) -> None:
        super().__init__("This entry is already logged, with other words. Compare the two.")
        self.entry_id = entry_id


def log_entry(
    key: str, details: EntryDetails, *, by: ActingUser, said_no_pupil: bool = False
) -> Entry:
    """Log support, and delete its draft. Sent twice it is logged once, and the first is returned.

    Raises AlreadyLoggedError where the same form was sent with other words, and DomainError for a
    day to come, a cluster, school or colleague that does not belong together on that day, or no
    minutes at all.
    """
    _queue_up(by)
    logged = queries.find_entry_by_key(key)
    if logged is not None:
        return _same_again(logged, details, by)
    workers = check_details(details, by=by)
    now = clock.now()
    state = _state_for(details, by)
    entry = Entry(
        client_key=key,
        state=state,
        created_by_user_id=by.user_id,
        first_submitted_at=now,
        **_columns(details),
    )
    db.session.add(entry)
    db.session.flush()
    _write_schools_and_workers(entry, details, workers)
    _write_actions(entry, details.actions, details.school_ids)
    _note_submission(entry, details, by)
    db.session.execute(sa.delete(EntryDraft).where(_own_draft(key, by)))
    said = {"said_no_pupil": True} if said_no_pupil else {}
    audit.record("entry", entry.id, "logged", by=by.user_id, now={"state": state.value, **said})
    db.session.flush()
    return entry


def edit_entry(
    entry_id: int,
    seen_edits: int,
    details: EntryDetails,
    *,
    by: ActingUser,
    said_no_pupil: bool = False,
) -> Entry:
    """Save an entry anew, and submit it again where an EP must countersign it.

    Changed words are a new revision; the same words sent back to an EP are not. New actions are
    added, those that schools have already read stay. Raises StaleEditError where somebody saved
    it since ``seen_edits``, and DomainError as ``log_entry`` does.
    """
    entry = lock_entry(entry_id)
    if not policies.can_edit(by, entry):
        raise DomainError("Only those who gave this support can change the entry.")
    if entry.edits != seen_edits:
        raise StaleEditError(f"{MEANWHILE} Compare the two, then save again.")
    workers = check_details(details, by=by, entry=entry)
    was_state, was = entry.state, details_of(entry).content
    is_changed = was != details.content
    for name, value in _columns(details).items():
        setattr(entry, name, value)
    entry.edits += 1
    entry.revision += is_changed
    if is_changed or was_state is EntryState.SENT_BACK:
        _write_schools_and_workers(entry, details, workers)
        entry.state = _state_for(details, by)
        entry.countersigned_at = entry.countersigned_by_user_id = None
        _note_submission(entry, details, by)
    _write_actions(entry, details.actions, details.school_ids)
    said = {"said_no_pupil": True} if said_no_pupil else {}
    audit.record(
        "entry",
        entry.id,
        "edited",
        by=by.user_id,
        was={"state": was_state.value},
        now={"state": entry.state.value, "revision": entry.revision, **said},
    )
    db.session.flush()
    return entry


def _queue_up(by: ActingUser) -> None:
    """One form at a time for each person: several clicks, or two tabs, see each other."""
    db.session.execute(sa.select(User.id).where(User.id == by.user_id).with_for_update())


def _own_draft(key: str, by: ActingUser) -> sa.ColumnElement[bool]:
    return sa.and_(EntryDraft.key == key, EntryDraft.user_id == by.user_id)


def _same_again(entry: Entry, details: EntryDetails, by: ActingUser) -> Entry:
    if entry.created_by_user_id != by.user_id:
        raise NotFoundError("There is no such form.")
    db.session.execute(sa.delete(EntryDraft).where(_own_draft(entry.client_key, by)))
    first = queries.get_revision(entry.id, 1)
    if first.content != details.sent:
        raise AlreadyLoggedError(entry.id)
    return entry


def lock_entry(entry_id: int) -> Entry:
    """The entry with schools and workers as they are now; others who change it wait here."""
    wanted = sa.select(Entry.id).where(Entry.id == entry_id)
    if db.session.scalar(wanted.with_for_update()) is None:
        raise NotFoundError("There is no such entry.")
    return queries.get_entry(entry_id, sa.true())


def check_details(
    details: EntryDetails, *, by: ActingUser, entry: Entry | None = None
) -> list[ClusterWorker]:
    """Refuse what does not belong together; returns who gave the support, as of that day."""
    if details.day > clock.today():
        raise DomainError("Enter a day that is not in the future", field="day")
    own = people_queries.clusters_to_log(by, details.day)
    kept = entry is not None and (entry.cluster_id, entry.day) == (details.cluster_id, details.day)
    if details.cluster_id not in own and not kept:
        raise DomainError("You were not with that cluster on that day", field="cluster_id")
    members = {s.id for s in people_queries.list_schools_on(details.cluster_id, details.day)}
    if not details.school_ids:
        raise DomainError("Choose at least one school", field="school_ids")
    known = {row.school_id for row in entry.schools} if entry and kept else set()
    if not set(details.school_ids) <= members | known:
        raise DomainError("Choose schools that were in the cluster that day", field="school_ids")
    if not details.contact_minutes + details.preparation_minutes + details.travel_minutes:
        raise DomainError("Enter how many minutes it took", field="contact_minutes")
    return _check_workers(details, by, entry)


def _check_workers(
    details: EntryDetails, by: ActingUser, entry: Entry | None
) -> list[ClusterWorker]:
    there = {
        row.person_id: row for row in people_queries.list_workers(details.cluster_id, details.day)
    }
    for row in entry.workers if entry else ():
        # Somebody whose role was corrected since stays on what they gave.
        there.setdefault(
            row.person_id, ClusterWorker(row.person_id, "", row.kind_key, row.kind_key == "ep")
        )
    if not details.person_ids or not set(details.person_ids) <= there.keys():
        raise DomainError("Choose who was there that day", field="person_ids")
    workers = [there[person_id] for person_id in details.person_ids]
    theirs = {action.person_id for action in details.actions if action.person_id}
    if not theirs <= there.keys():
        raise DomainError("Choose who does each action from the list")
    if not by.is_lead and entry is None and by.person_id not in details.person_ids:
        raise DomainError("Log only what you gave yourself", field="person_ids")
    return workers


def _state_for(details: EntryDetails, by: ActingUser) -> EntryState:
    """Whoever writes decides, not who else was there: words wait for an EP unless an EP of the
    cluster that day, or the lead, wrote them. Who was its assistant that day is no exception."""
    there = people_queries.list_workers(details.cluster_id, details.day)
    own = [worker for worker in there if worker.person_id == by.person_id]
    is_assistant = any(worker.kind_key == "asep" for worker in own)
    signs = any(worker.signs for worker in own) or (by.is_lead and not is_assistant)
    return EntryState.RECORDED if signs else EntryState.WAITING


def _columns(details: EntryDetails) -> dict[str, object]:
    return {
        "cluster_id": details.cluster_id,
        "day": details.day,
        "kind_key": details.kind_key,
        "theme_key": details.theme_key,
        "whole_cluster": details.whole_cluster,
        "contact_minutes": details.contact_minutes,
        "preparation_minutes": details.preparation_minutes,
        "travel_minutes": details.travel_minutes,
        "agreed": details.agreed,
    }


def _write_schools_and_workers(
    entry: Entry, details: EntryDetails, workers: Sequence[ClusterWorker]
) -> None:
    db.session.execute(sa.delete(EntrySchool).where(EntrySchool.entry_id == entry.id))
    db.session.execute(sa.delete(EntryWorker).where(EntryWorker.entry_id == entry.id))
    rows = [
        EntrySchool(entry_id=entry.id, school_id=id_, agreed=details.lines.get(id_, ""))
        for id_ in sorted(details.school_ids)
    ]
    db.session.add_all(rows)
    db.session.add_all(
        EntryWorker(entry_id=entry.id, person_id=worker.person_id, kind_key=worker.kind_key)
        for worker in workers
    )


def _write_actions(entry: Entry, actions: Sequence[TypedAction], school_ids: Sequence[int]) -> None:
    """An action of each school is a row for each, so that each marks its own done."""
    now = clock.now()
    for action in actions:
        named = school_ids if action.each_school else [action.school_id]
        # With one school it is plain whom the action is for, and that school reads it at once.
        only = school_ids[0] if action.person_id and len(school_ids) == 1 else None
        db.session.add_all(
            Action(
                entry_id=entry.id,
                cluster_id=entry.cluster_id,
                school_id=school_id or only,
                person_id=action.person_id,
                what=action.what,
                due_on=action.due_on,
                first_due_on=action.due_on,
                created_at=now,
            )
            for school_id in named
        )


def _note_submission(entry: Entry, details: EntryDetails, by: ActingUser) -> None:
    now = clock.now()
    is_signed = entry.state is EntryState.RECORDED
    step = EntryStep(
        entry_id=entry.id,
        verb=StepVerb.RECORDED if is_signed else StepVerb.SUBMITTED,
        revision=entry.revision,
        by_user_id=by.user_id,
        at=now,
    )
    db.session.add(step)
    if queries.find_revision(entry.id, entry.revision) is None:
        revision = EntryRevision(
            entry_id=entry.id,
            number=entry.revision,
            content=details.sent,
            by_user_id=by.user_id,
            at=now,
        )
        db.session.add(revision)
