"""Who may call what: the support log. An administrator as such reads none of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from cop_site import clock
from cop_site.accounts.models import Person
from cop_site.db import db
from cop_site.support.models import Entry, EntryState
from tests.factories.support import make_action, make_draft, make_entry, make_plan
from tests.integration.access.matrix import (
    ASEP,
    COVER,
    EP,
    LEAD,
    OTHER_EP,
    OTHER_SENCO,
    SENCO,
    Row,
    World,
    may,
)

KEEPERS = (EP, ASEP, COVER, OTHER_EP, LEAD)
# Whoever keeps the log of the cluster.
OF_THE_CLUSTER = (EP, ASEP, COVER, LEAD)
KEY = "draft-of-the-asep-0001"


def _asep(world: World) -> Person:
    return db.session.get_one(Person, world.users[ASEP].person_id)


def _logged(world: World, state: EntryState = EntryState.WAITING) -> None:
    """An AsEP's entry for the first school, with an action of the school's."""
    entry = make_entry(
        world.cluster,
        world.school,
        workers=((_asep(world), "asep"),),
        by_user_id=world.users[ASEP].id,
        state=state,
    )
    action = make_action(entry, school=world.school)
    world.more |= {"entry": entry.id, "action": action.id}
    db.session.commit()


def _open(world: World) -> None:
    _logged(world, EntryState.COUNTERSIGNED)


def _promised(world: World) -> None:
    """Something the AsEP promised to do."""
    _open(world)
    entry = db.session.get_one(Entry, world.more["entry"])
    action = make_action(entry, person=_asep(world))
    world.more["action"] = action.id
    db.session.commit()


def _drafted(world: World) -> None:
    make_draft(world.users[ASEP].id, KEY, agreed="Half typed")
    db.session.commit()


def _planned(world: World) -> None:
    world.more["plan"] = make_plan(world.cluster, 90, world.term.starts_on).id
    db.session.commit()


def _entry(world: World) -> dict[str, Any]:
    return {"entry_id": world.more["entry"]}


def _action(world: World) -> dict[str, Any]:
    return {"action_id": world.more["action"]}


def _plan(world: World) -> dict[str, Any]:
    return {"plan_id": world.more["plan"]}


def _day() -> list[str]:
    today = clock.today()
    return [str(today.day), str(today.month), str(today.year)]


def _draft(world: World) -> dict[str, Any]:
    return {"key": KEY}


def _comment(world: World) -> dict[str, Any]:
    return {"edits": "1", "comment": "Say by when"}


def _new_date(world: World) -> dict[str, Any]:
    return {"due_on": (clock.today() + timedelta(days=40)).isoformat()}


def _new_plan(world: World) -> dict[str, Any]:
    return {"cluster_id": world.cluster.id, "starts_on": _day(), "minutes_a_week": "60"}


_READ = may(*OF_THE_CLUSTER, otherwise=404)
_COUNTERSIGN = may(EP, COVER, status=303, otherwise=404) | {ASEP: 403, LEAD: 403}
_OWN_DRAFT = may(otherwise=403) | dict.fromkeys(KEEPERS, 404)
_MARK = may(SENCO, *OF_THE_CLUSTER, status=303, otherwise=404)
_MOVE = may(*OF_THE_CLUSTER, otherwise=404) | {SENCO: 403}

ROWS = (
    Row("support.index", may(*KEEPERS)),
    Row("support.file", may(*KEEPERS)),
    Row("support.show", _READ, url=_entry, prepare=_logged),
    Row("support.show", may(SENCO, *OF_THE_CLUSTER, otherwise=404), url=_entry, prepare=_open),
    Row("support.agreed", may(SENCO, OTHER_SENCO)),
    Row("support.actions", may(SENCO, OTHER_SENCO, *KEEPERS)),
    Row("support.new", may(*KEEPERS)),
    Row("support.new", may(*KEEPERS, status=422), method="POST"),
    Row("support.edit", _READ | {EP: 403, COVER: 403, LEAD: 403}, url=_entry, prepare=_logged),
    Row(
        "support.edit",
        may(ASEP, status=422, otherwise=404) | {EP: 403, COVER: 403, LEAD: 403},
        method="POST",
        url=_entry,
        prepare=_logged,
    ),
    Row("support.draft", _OWN_DRAFT | {ASEP: 200}, url=_draft, prepare=_drafted),
    Row("support.save_draft", _OWN_DRAFT | {ASEP: 303}, "POST", url=_draft, prepare=_drafted),
    Row("support.delete_draft", _OWN_DRAFT | {ASEP: 303}, "POST", url=_draft, prepare=_drafted),
    Row(
        "support.countersign",
        _COUNTERSIGN,
        method="POST",
        url=_entry,
        fields=_comment,
        prepare=_logged,
    ),
    Row(
        "support.send_back",
        may(EP, COVER, otherwise=404) | {ASEP: 403, LEAD: 403},
        url=_entry,
        prepare=_logged,
    ),
    Row(
        "support.send_back",
        _COUNTERSIGN,
        method="POST",
        url=_entry,
        fields=_comment,
        prepare=_logged,
    ),
    Row("support.void", _READ, url=_entry, prepare=_logged),
    Row(
        "support.void",
        may(*OF_THE_CLUSTER, status=303, otherwise=404),
        method="POST",
        url=_entry,
        fields=lambda world: {"reason": "Logged twice"},
        prepare=_logged,
    ),
    # A school's action reaches it at once, whoever must countersign the text.
    Row("support.mark", _MARK, method="POST", url=_action, prepare=_logged),
    Row(
        "support.mark",
        may(*OF_THE_CLUSTER, status=303, otherwise=404),
        method="POST",
        url=_action,
        prepare=_promised,
    ),
    Row("support.move", _MOVE, url=_action, prepare=_logged),
    Row(
        "support.move",
        may(*OF_THE_CLUSTER, status=303, otherwise=404) | {SENCO: 403},
        method="POST",
        url=_action,
        fields=_new_date,
        prepare=_logged,
    ),
    Row("support.drop", _MOVE, url=_action, prepare=_logged),
    Row(
        "support.drop",
        may(*OF_THE_CLUSTER, status=303, otherwise=404) | {SENCO: 403},
        method="POST",
        url=_action,
        fields=lambda world: {"reason": "No longer needed"},
        prepare=_logged,
    ),
    Row("support.plans", may(*KEEPERS)),
    Row("support.new_plan", may(LEAD)),
    Row("support.new_plan", may(LEAD, status=303), method="POST", fields=_new_plan),
    Row("support.end_plan", may(LEAD), url=_plan, prepare=_planned),
    Row(
        "support.end_plan",
        may(LEAD, status=303),
        method="POST",
        url=_plan,
        fields=lambda world: {"ends_on": _day()},
        prepare=_planned,
    ),
)
