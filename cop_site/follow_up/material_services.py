"""Giving an event its materials, and mailing them to those who came and those who missed it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.db import db
from cop_site.errors import DomainError, StaleEditError
from cop_site.events import queries as event_queries
from cop_site.events.models import Event, EventState
from cop_site.follow_up import material_queries, turnout_queries
from cop_site.follow_up.material_queries import MaterialLine
from cop_site.follow_up.models import Material, MaterialKind, MaterialSending
from cop_site.follow_up.turnout_models import Outcome, Turnout
from cop_site.notifications import queries as outbox
from cop_site.notifications.services import Recipient, queue_messages
from cop_site.planning import change_services
from cop_site.storage import Kept
from cop_site.toolkit.file_checks import CheckedFile

MOST_MATERIALS = 30
CAME, MISSED = "follow_up/materials_came", "follow_up/materials_missed"


def add_link(event_id: int, title: str, url: str, *, by: ActingUser) -> Material:
    """Give the event a link. The same link again changes only what it is called."""
    event = _lock_to_add(event_id, by)
    query = sa.select(Material).where(
        Material.event_id == event_id, Material.kind == MaterialKind.LINK, Material.url == url
    )
    there = db.session.scalars(query.limit(1)).first()
    if there is not None:
        _rename(event, there, title, by)
        return there
    _check_room(event_id)
    return _add(Material(kind=MaterialKind.LINK, title=title, url=url), event, by)


def _rename(event: Event, material: Material, title: str, by: ActingUser) -> None:
    if material.title == title:
        return
    was, material.title = {"material": material.title}, title
    now = {"material": title}
    change_services.count_edit(event)
    audit.record("event", event.id, "material renamed", by=by.user_id, was=was, now=now)
    db.session.flush()


def add_resource(event_id: int, resource_id: int, *, by: ActingUser) -> Material:
    """Give the event a published resource of the toolkit. DomainError for any other."""
    event = _lock_to_add(event_id, by)
    _check_room(event_id)
    titles = dict(material_queries.list_resource_choices(event_id))
    if resource_id not in titles:
        raise DomainError("Choose a resource from the list", field="resource_id")
    material = Material(
        kind=MaterialKind.RESOURCE, title=titles[resource_id], resource_id=resource_id
    )
    return _add(material, event, by)


def add_file(event_id: int, checked: CheckedFile, kept: Kept, *, by: ActingUser) -> Material:
    """Give the event a file that is in the store already. DomainError where it has it."""
    event = _lock_to_add(event_id, by)
    _check_room(event_id)
    if kept.sha256 in {row.sha256 for row in _list_rows(event_id)}:
        raise DomainError("This event has that file already", field="file")
    material = Material(
        kind=MaterialKind.FILE,
        title=checked.name,
        media_type=checked.media_type,
        size=kept.size,
        sha256=kept.sha256,
    )
    return _add(material, event, by)


def _lock(event_id: int, by: ActingUser) -> Event:
    """The event: two people who add the same thing do so one after the other.

    What is in a draft is looked over, and so only its editors change it.
    """
    event = event_queries.lock_event(event_id)
    if event.state is EventState.DRAFT:
        change_services.check_editor(event, by)
    return event


def _lock_to_add(event_id: int, by: ActingUser) -> Event:
    event = _lock(event_id, by)
    if event.state is EventState.CANCELLED:
        raise DomainError("This event is cancelled, so nothing can be added")
    return event


def _check_room(event_id: int) -> None:
    if len(_list_rows(event_id)) >= MOST_MATERIALS:
        raise DomainError(f"An event may have {MOST_MATERIALS} materials at most")


def _list_rows(event_id: int) -> list[Material]:
    return list(db.session.scalars(sa.select(Material).where(Material.event_id == event_id)))


def _add(material: Material, event: Event, by: ActingUser) -> Material:
    material.event_id = event.id
    material.added_by_user_id = by.user_id
    material.added_at = clock.now()
    db.session.add(material)
    now = {"material": material.title, "kind": material.kind.value}
    change_services.count_edit(event)
    audit.record("event", event.id, "material added", by=by.user_id, now=now)
    db.session.flush()
    return material


def remove(event_id: int, material_id: int, *, by: ActingUser) -> str | None:
    """Take it away. Its title, or None where it is gone already. Bytes go with the next sweep."""
    event = _lock(event_id, by)
    row = next((one for one in _list_rows(event_id) if one.id == material_id), None)
    if row is None:
        return None
    was = {"material": row.title, "kind": row.kind.value}
    change_services.count_edit(event)
    audit.record("event", event_id, "material removed", by=by.user_id, was=was)
    db.session.delete(row)
    db.session.flush()
    return row.title


@dataclass(frozen=True)
class Readers:
    """Whom the materials can be mailed to: people mail reaches, by what is known of them."""

    came: list[Turnout]
    missed: list[Turnout]

    @property
    def total(self) -> int:
        return len(self.came) + len(self.missed)


def find_readers(turnout: Iterable[Turnout]) -> Readers:
    """Of whom closed registers say that they came, or missed it; of others nothing is known."""
    rows = [row for row in turnout if row.email]
    reached = material_queries.list_reached([row.person_id for row in rows])
    rows = [row for row in rows if row.person_id in reached]
    return Readers(
        came=[row for row in rows if row.outcome is Outcome.CAME],
        missed=[row for row in rows if row.outcome is Outcome.MISSED],
    )


def send_materials(
    event_id: int, number: int, *, to_came: bool, to_missed: bool, by: ActingUser
) -> MaterialSending:
    """Mail the materials to those who came, to those who missed it, or to both.

    ``number`` is which sending this is, as the page counted: sent twice by the same person it is
    one. Raises StaleEditError where somebody else sent them meanwhile, DomainError where there is
    nothing to send or nobody to send it to.
    """
    event_queries.lock_event(event_id)
    last = next((one for one, _name in material_queries.list_sendings(event_id)), None)
    if last is not None and last.number == number and last.sent_by_user_id == by.user_id:
        return last
    if number != (last.number if last else 0) + 1:
        raise StaleEditError("Somebody sent these materials meanwhile. Look below, then decide.")
    event = event_queries.get_event(event_id, sa.true())
    _check_can_send(event)
    materials = [one for one in material_queries.list_materials(event_id) if one.is_there]
    readers = find_readers(turnout_queries.list_turnout(event))
    if not materials:
        raise DomainError("Add something to send first")
    had = _list_told(event_id)
    came = [row for row in readers.came if to_came and row.email not in had]
    missed = [row for row in readers.missed if to_missed and row.email not in had]
    if not came and not missed:
        told = "Everybody chosen has had these already. Add something new first"
        raise DomainError(told if had else "Choose who gets them", field="to")
    _queue(event, materials, came, CAME, number)
    _queue(event, materials, missed, MISSED, number)
    return _note_sending(event_id, number, len(came), len(missed), by)


def _list_told(event_id: int) -> set[str]:
    """The addresses that the materials went to since the newest of them was added."""
    newest = max((row.added_at for row in _list_rows(event_id)), default=clock.now())
    told: set[str] = set()
    for sending, _name in material_queries.list_sendings(event_id):
        if sending.sent_at >= newest:
            for kind in (CAME, MISSED):
                told |= outbox.list_recipients("event", event_id, kind, sending.number)
    return told


def _check_can_send(event: Event) -> None:
    if event.state is not EventState.PUBLISHED:
        raise DomainError("This event is not published, so nobody is written to about it")


def _queue(
    event: Event, materials: list[MaterialLine], readers: list[Turnout], kind: str, number: int
) -> None:
    context: dict[str, Any] = {
        "title": event.title,
        "starts_at": event.starts_at.isoformat(),
        "event_path": f"/events/{event.id}",
        "materials": [
            {"title": one.title, "url": one.url, "path": one.path if one.slug else ""}
            for one in materials
        ],
    }
    messages = [(Recipient(row.email, row.name), event.id, context) for row in readers]
    queue_messages(messages, kind=kind, thing="event", version=number)


def _note_sending(
    event_id: int, number: int, came: int, missed: int, by: ActingUser
) -> MaterialSending:
    sending = MaterialSending(
        event_id=event_id,
        number=number,
        came=came,
        missed=missed,
        sent_by_user_id=by.user_id,
        sent_at=clock.now(),
    )
    db.session.add(sending)
    told = {"came": came, "missed": missed}
    audit.record("event", event_id, "materials sent", by=by.user_id, now=told)
    db.session.flush()
    return sending
