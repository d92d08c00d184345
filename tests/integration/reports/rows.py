"""The tables written out as CSV and read back, for counting figures a second way.

Shares no code with the first way but the tables' names. Slow and simple on purpose.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa

from cop_site import clock
from cop_site.db import Base, db

Row = dict[str, str]


def write_out(table: str) -> list[Row]:
    """A table through CSV: every value comes back as text."""
    result = db.session.execute(sa.select(Base.metadata.tables[table]))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(result.keys())
    writer.writerows(result.all())
    return list(csv.DictReader(io.StringIO(out.getvalue())))


def by_id(table: str) -> dict[str, Row]:
    return {row["id"]: row for row in write_out(table)}


def london_day(text: str) -> str:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(clock.LONDON).date().isoformat()


def walk(start: str, pairs: list[tuple[str, str]]) -> set[str]:
    reached = {start}
    for _ in pairs:
        reached |= {b for a, b in pairs if a in reached}
    return reached - {start}


def resolve(people: dict[str, Row], person_id: str) -> str:
    """Whoever a person was merged into in the end."""
    while people[person_id]["merged_into_id"]:
        person_id = people[person_id]["merged_into_id"]
    return person_id


def list_attended() -> Iterator[tuple[str, str, Row]]:
    """School id, day and event of each attendance that counts for a school."""
    people, registers, dates = by_id("person"), by_id("register"), by_id("session")
    options, events, marks_made = by_id("option"), by_id("event"), by_id("mark")
    kinds = {row["key"]: row for row in write_out("mark_kind")}
    roles = write_out("school_role")
    for named in write_out("mark_school"):
        mark = marks_made[named["mark_id"]]
        register = registers[mark["register_id"]]
        date_held = dates[register["session_id"]]
        event = events[options[date_held["option_id"]]["event_id"]]
        day = london_day(date_held["starts_at"])
        counts = (
            mark["voided_at"] == ""
            and register["closed_at"] != ""
            and kinds[mark["kind_key"]]["attended"] == "True"
            and is_published(event)
        )
        person = people[mark["person_id"]]
        who = resolve(people, person["id"])
        held = [
            row["role"].split(".")[-1].lower()
            for row in roles
            if row["person_id"] == who
            and row["school_id"] == named["school_id"]
            and row["starts_on"] <= day
            and (row["ends_on"] == "" or day <= row["ends_on"])
        ]
        at_the_door = mark["is_walk_in"] == "True" and person["merged_into_id"] == ""
        if not held and at_the_door:
            held = [named["role"].split(".")[-1].lower()]
        if event["governors_count"] != "True":
            held = [role for role in held if role != "governor"]
        if counts and held:
            yield named["school_id"], day, event


def is_published(event: Row) -> bool:
    return event["state"].endswith(("PUBLISHED", "published"))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
