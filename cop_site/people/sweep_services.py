"""Taking somebody who is erased out of what others wrote, step by step, each a transaction.

A step locks rows of one table, by their ids, and nothing else: whoever waits for one of them
can't be waited for.
"""

from __future__ import annotations

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.db import EDIT_COUNT, db
from cop_site.held import Wording
from cop_site.people import signals, sweep_queries
from cop_site.people.erasure_models import ErasureStep
from cop_site.people.sweep_queries import LOT, Texts

REST = ""
# Said whether it stands there or not, as nobody may find out.
UNREAD = "texts that administrators do not read, like notices, if it is there"


def plan_steps(person_id: int, wording: Wording, unclear: frozenset[str]) -> None:
    """Note what is to be done, in the transaction that erases: a kill can't lose it."""
    words = {
        "names": sorted(wording.names),
        "addresses": sorted(wording.addresses),
        "unclear": sorted(unclear),
    }
    places = [table.name for table, _columns in sweep_queries.list_tables()]
    db.session.add_all(
        ErasureStep(person_id=person_id, place=place, words=words, began_at=clock.now())
        for place in (*places, REST)
    )
    if unclear:
        _note_left(person_id, UNREAD)


def lock_step(step_id: int) -> ErasureStep | None:
    """None where somebody else has done it."""
    return db.session.get(ErasureStep, step_id, with_for_update=True, populate_existing=True)


def take_step(step_id: int) -> None:
    """Do it, and forget that it was to be done. Nothing where somebody else has."""
    step = lock_step(step_id)
    if step is None:
        return
    wording = Wording(frozenset(step.words["names"]), frozenset(step.words["addresses"]))
    if step.place == REST:
        for eraser in signals.list_erasers():
            if eraser.clean_up is not None:
                eraser.clean_up(wording, step.began_at)
    else:
        unclear = Wording(frozenset(step.words["unclear"]), frozenset())
        tables = {texts[0].name: texts for texts in sweep_queries.list_tables()}
        _sweep(tables[step.place], wording)
        if step.place not in sweep_queries.HIDDEN:
            (left,) = sweep_queries.say_places(tables[step.place], [unclear])
            if left:
                _note_left(step.person_id, str(left))
    db.session.delete(step)
    db.session.flush()


def _note_left(person_id: int, where: str) -> None:
    audit.record("person", person_id, "name left", by=None, now={"name left in": where})


def _sweep(texts: Texts, wording: Wording) -> None:
    ids = sweep_queries.find_ids(texts, wording)
    for start in range(0, len(ids), LOT):
        _clean(texts, ids[start : start + LOT], wording)
    # What is in memory is not what is in the database any more.
    db.session.expire_all()


def _clean(texts: Texts, ids: list[int], wording: Wording) -> None:
    """Read anew under the lock: somebody may have changed a text since it was found.

    It counts as an edit: a form that was opened before would put the name back.
    """
    table, columns = texts
    counted = {one.name: one + 1 for one in table.columns if one.info == EDIT_COUNT}
    rows = db.session.execute(
        sa.select(table.c.id, *columns)
        .where(table.c.id.in_(ids))
        .order_by(table.c.id)
        .with_for_update(key_share=True)
    ).all()
    changed = []
    for row in rows:
        was = {column.name: row._mapping[column] for column in columns}
        now = sweep_queries.clean(table, was, wording)
        if now != was:
            new = {f"new_{name}": value for name, value in now.items()}
            changed.append({"row_id": row.id, **new})
    if changed:
        new = {one.name: sa.bindparam(f"new_{one.name}", type_=one.type) for one in columns}
        own = sa.update(table).where(table.c.id == sa.bindparam("row_id"))
        db.session.execute(own.values({**new, **counted}), changed)
