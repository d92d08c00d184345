"""Who may log, read and countersign support. An administrator as such may do none of it."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import SchoolRoleKind, ServiceRoleKind
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School
from cop_site.support import agreed_queries
from cop_site.support.models import (
    Action,
    Entry,
    EntryState,
    EntryWorker,
    StepVerb,
)

# Who reads what was agreed with their school.
SCHOOL_READERS = frozenset(
    {SchoolRoleKind.SENCO, SchoolRoleKind.DEPUTY_SENCO, SchoolRoleKind.HEADTEACHER}
)


def keeps_log(user: ActingUser) -> bool:
    """EPs, AsEPs and the lead have the log; of which clusters is another question."""
    return user.has_role("ep", "asep", "inclusion_lead")


def keeps_log_of(user: ActingUser, cluster_id: int) -> bool:
    return user.is_lead or cluster_id in user.supported_clusters


def visible_to(user: ActingUser) -> sa.ColumnElement[bool]:
    """Entries of one's clusters today, and those one gave or logged oneself."""
    if user.is_lead:
        return sa.true()
    if not keeps_log(user):
        return sa.false()
    mine = Entry.created_by_user_id == user.user_id
    return sa.or_(Entry.cluster_id.in_(user.supported_clusters), mine, gave(user.person_id))


def gave(person_id: int) -> sa.ColumnElement[bool]:
    """True for an Entry whose support this person gave, alone or with others."""
    own = (EntryWorker.entry_id == Entry.id, EntryWorker.person_id == person_id)
    return sa.exists().where(*own).correlate(Entry)


def is_worker(user: ActingUser, entry: Entry) -> bool:
    """One's own entry: given or logged by oneself. ``entry`` comes with its workers."""
    mine = entry.created_by_user_id == user.user_id
    return mine or any(row.person_id == user.person_id for row in entry.workers)


def can_edit(user: ActingUser, entry: Entry) -> bool:
    return keeps_log(user) and is_worker(user, entry) and entry.state is not EntryState.VOIDED


def oversees(user: ActingUser, cluster_id: int) -> bool:
    """The cluster's EP, or an EP who covers it, today."""
    kinds = {row.kind_key for row in user.assignments if row.cluster_id == cluster_id}
    covers = "cover" in kinds and ServiceRoleKind.EP in user.service_roles
    return "ep" in kinds or covers


def overseen_clusters(user: ActingUser) -> list[int]:
    return [id_ for id_ in user.supported_clusters if oversees(user, id_)]


def can_countersign(user: ActingUser, entry: Entry) -> bool:
    """Nobody countersigns their own words, nor what they gave as an assistant. An EP who was
    there may: it is the assistant who wrote. ``entry`` comes with its workers and steps."""
    waits = entry.state is EntryState.WAITING
    return waits and oversees(user, entry.cluster_id) and not _wrote(user, entry)


def _wrote(user: ActingUser, entry: Entry) -> bool:
    writers = {step.by_user_id for step in entry.steps if step.verb is StepVerb.SUBMITTED}
    helped = any(
        row.person_id == user.person_id and row.kind_key == "asep" for row in entry.workers
    )
    return user.user_id in writers | {entry.created_by_user_id} or helped


def can_void(user: ActingUser, entry: Entry) -> bool:
    may = user.is_lead or can_edit(user, entry) or oversees(user, entry.cluster_id)
    return may and entry.state is not EntryState.VOIDED


def can_edit_plans(user: ActingUser) -> bool:
    return user.is_lead


# Schools


def reads_for(user: ActingUser) -> list[int]:
    """The schools whose agreements somebody reads: as SENCO, deputy SENCO or headteacher."""
    held = {row.school_id for row in user.school_roles if row.role in SCHOOL_READERS}
    return sorted(held)


def reads_first(user: ActingUser) -> list[int]:
    """Of those, the school they act for now; all of them where it is none of those."""
    chosen = [school_id for school_id in reads_for(user) if school_id in user.chosen_schools]
    return chosen or reads_for(user)


def reads_agreements(user: ActingUser) -> bool:
    return bool(reads_for(user))


def open_to_schools(school_ids: Iterable[int]) -> sa.ColumnElement[bool]:
    """Entries of which one of these schools reads what was signed last."""
    return agreed_queries.is_open_to(list(school_ids))


# Actions


def can_mark_done(user: ActingUser, action: Action) -> bool:
    """A school's own by its SENCO, deputy or head; all of a cluster's by those who keep its log."""
    if keeps_log_of(user, action.cluster_id) or action.person_id == user.person_id:
        return keeps_log(user)
    return action.person_id is None and action.school_id in reads_for(user)


def can_move(user: ActingUser, action: Action) -> bool:
    """To another day, or away: those who keep the cluster's log."""
    return keeps_log(user) and (
        keeps_log_of(user, action.cluster_id) or action.person_id == user.person_id
    )


def can_see_action(user: ActingUser, action: Action) -> bool:
    return can_move(user, action) or action.school_id in reads_for(user)


def seen_actions(user: ActingUser) -> sa.ColumnElement[bool]:
    """Actions somebody may see, as ``can_see_action`` says it of one."""
    theirs = Action.school_id.in_(reads_for(user))
    if not keeps_log(user):
        return theirs
    kept = sa.true() if user.is_lead else Action.cluster_id.in_(user.supported_clusters)
    return sa.or_(kept, Action.person_id == user.person_id, theirs)


def open_actions(user: ActingUser, actions: Iterable[Action]) -> list[Action]:
    """Of an entry open to schools: theirs, and what the service promised to all of them."""
    own = reads_for(user)
    return [row for row in actions if row.school_id is None or row.school_id in own]


def sees_cluster_actions(user: ActingUser, cluster: Cluster) -> bool:
    return keeps_log_of(user, cluster.id) or reads_agreements(user)


def sees_school_log(user: ActingUser, school: School) -> bool:
    """Whoever keeps a log at all may look; what they find is narrowed to what they may read."""
    return keeps_log(user) or school.id in reads_for(user)
