"""Posting notices, changing them and taking them down."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from cop_site import audit, clock
from cop_site.accounts.account_models import Topic
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.topic_queries import find_wishes
from cop_site.community import queries
from cop_site.community.models import Notice
from cop_site.db import db
from cop_site.errors import DomainError, StaleEditError
from cop_site.notifications.services import Recipient, queue_messages

LONGEST_SHOWN = timedelta(days=366)
TEXTS = ("title", "text")
TAKEN_DOWN = "This notice was taken down meanwhile. Post a new one instead."


@dataclass(frozen=True)
class NoticeDetails:
    title: str
    text: str
    shown_until: date


def read_details(notice: Notice) -> NoticeDetails:
    return NoticeDetails(notice.title, notice.text, notice.shown_until)


def post_notice(cluster_id: int, details: NoticeDetails, *, by: ActingUser) -> Notice:
    """A notice that shows at once, and is mailed to the cluster's SENCOs.

    Raises DomainError for a last day gone by or a year away.
    """
    _check(details)
    notice = Notice(cluster_id=cluster_id, person_id=by.person_id, posted_at=clock.now())
    _fill(notice, details)
    db.session.add(notice)
    db.session.flush()
    now = {"shown_until": details.shown_until.isoformat()}
    audit.record("notice", notice.id, "posted", by=by.user_id, now=now)
    _mail(notice, by)
    return notice


def _mail(notice: Notice, by: ActingUser) -> None:
    """Tell the cluster's SENCOs, once each; who chose to have no notices by email is left out.

    A change is not mailed again: the page has it.
    """
    cluster, readers = queries.list_readers(notice.cluster_id)
    wishes = find_wishes(Topic.NOTICES, {reader.person_id for reader in readers})
    context = {
        "title": notice.title,
        "text": notice.text,
        "by": by.name,
        "cluster": cluster.name,
        "cluster_path": f"/clusters/{cluster.slug}",
    }
    queue_messages(
        [
            (Recipient(reader.email, reader.name), notice.id, context)
            for reader in readers
            if wishes.get(reader.person_id, False)
        ],
        kind="community/notice_posted",
        thing="notice",
    )


def edit_notice(
    cluster_id: int, notice_id: int, edits: int, details: NoticeDetails, *, by: ActingUser
) -> Notice:
    """Change a notice. Raises StaleEditError where somebody saved since ``edits``."""
    _check(details)
    notice = queries.lock_notice(cluster_id, notice_id)
    if notice.removed_at is not None:
        raise DomainError(TAKEN_DOWN)
    if notice.edits != edits:
        raise StaleEditError("Somebody else changed this notice while you were editing it.")
    was, now = audit.tell_changed(_plain(read_details(notice)), _plain(details), TEXTS)
    _fill(notice, details)
    notice.edits += 1
    db.session.flush()
    audit.record("notice", notice.id, "changed", by=by.user_id, was=was, now=now)
    return notice


def remove_notice(cluster_id: int, notice_id: int, *, by: ActingUser) -> Notice:
    """Take a notice down; its row stays. Twice is harmless."""
    notice = queries.lock_notice(cluster_id, notice_id)
    if notice.removed_at is None:
        notice.removed_at = clock.now()
        notice.removed_by_user_id = by.user_id
        db.session.flush()
        audit.record("notice", notice.id, "taken down", by=by.user_id)
    return notice


def _check(details: NoticeDetails) -> None:
    today = clock.today()
    if details.shown_until < today:
        raise DomainError("The last day must be today or later", field="shown_until")
    if details.shown_until > today + LONGEST_SHOWN:
        raise DomainError("The last day must be within a year", field="shown_until")


def _fill(notice: Notice, details: NoticeDetails) -> None:
    notice.title = details.title
    notice.text = details.text
    notice.shown_until = details.shown_until


def _plain(details: NoticeDetails) -> dict[str, Any]:
    return {**asdict(details), "shown_until": details.shown_until.isoformat()}
