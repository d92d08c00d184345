"""What is mailed of a partner's draft: that it was sent, sent back, published."""

from __future__ import annotations

from cop_site.accounts import queries as accounts
from cop_site.accounts.acting_models import ActingUser
from cop_site.events import policies as event_policies
from cop_site.events.models import Event
from cop_site.notifications.services import Recipient, queue_message
from cop_site.planning import queries


def tell_sent(event: Event, by: ActingUser) -> None:
    """The inclusion leads read it once each time it is sent: sending back counts an edit."""
    for email, name in queries.list_leads():
        _queue(event, Recipient(email, name), "planning/draft_sent", {"by": by.name})


def tell_sent_back(event: Event, comment: str, by: ActingUser) -> bool:
    """Whoever drafted it reads what needs to change. False where nobody is told."""
    return _tell_maker(event, "planning/draft_sent_back", {"by": by.name, "comment": comment})


def tell_published(event: Event) -> None:
    """Whoever drafted it for the service to look over reads that it is out."""
    _tell_maker(event, "planning/draft_published", {})


def _tell_maker(event: Event, kind: str, more: dict[str, str]) -> bool:
    """Nobody whose role has ended since: a draft is not theirs any more."""
    makers = [
        one
        for one in accounts.list_acting(queries.maker_of(event.id))
        if event_policies.can_write_for(one, event.cluster_id)
    ]
    for maker in makers:
        _queue(event, Recipient(maker.email, maker.name), kind, more)
    return bool(makers)


def _queue(event: Event, to: Recipient, kind: str, more: dict[str, str]) -> None:
    context = {"title": event.title, "event_path": f"/events/{event.id}", **more}
    queue_message(
        to, kind=kind, thing="event", thing_id=event.id, context=context, version=event.version
    )
