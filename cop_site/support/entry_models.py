"""What an entry is made of before it is a row, and the clock of countersigning. No tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cop_site import clock
from cop_site.schools.school_days import count_working_days
from cop_site.support.models import SIGNING, Entry, EntryStep, StepVerb

# Who may log support for a cluster, as kinds of assignment.
LOG_KINDS = ("ep", "asep", "cover")
DAYS_TO_COUNTERSIGN = 10
LONGEST_MINUTES = 1440


@dataclass(frozen=True)
class ClusterWorker:
    """Somebody assigned to a cluster on a day. ``is_ep``: an EP by their role that day."""

    person_id: int
    name: str
    kind_key: str
    is_ep: bool

    @property
    def signs(self) -> bool:
        """The cluster's EP or an EP who covers it: their own words need nobody's signature."""
        return self.is_ep and self.kind_key in ("ep", "cover")


@dataclass(frozen=True)
class TypedAction:
    """Something to do: by a school, by each school named (``each_school``), or by a person."""

    what: str
    due_on: date
    school_id: int | None = None
    person_id: int | None = None
    each_school: bool = False


@dataclass(frozen=True)
class EntryDetails:
    """What somebody typed of an entry. ``lines`` is what one school alone reads, by its id.

    ``person_ids`` are those who gave the support.
    """

    cluster_id: int
    day: date
    kind_key: str
    theme_key: str
    whole_cluster: bool
    school_ids: tuple[int, ...]
    person_ids: tuple[int, ...]
    contact_minutes: int
    preparation_minutes: int
    travel_minutes: int
    agreed: str
    lines: Mapping[int, str] = field(default_factory=dict)
    actions: tuple[TypedAction, ...] = ()

    @property
    def content(self) -> dict[str, Any]:
        """What an entry says, as JSON values. Two that say the same are the same revision."""
        return {
            "cluster_id": self.cluster_id,
            "day": self.day.isoformat(),
            "kind": self.kind_key,
            "theme": self.theme_key,
            "whole_cluster": self.whole_cluster,
            "minutes": [self.contact_minutes, self.preparation_minutes, self.travel_minutes],
            "agreed": self.agreed,
            "schools": {str(id_): self.lines.get(id_, "") for id_ in sorted(self.school_ids)},
            "workers": sorted(self.person_ids),
        }

    @property
    def sent(self) -> dict[str, Any]:
        """All that was sent, new actions too: what a revision keeps."""
        actions = [
            [one.what, one.due_on.isoformat(), one.school_id, one.person_id, one.each_school]
            for one in self.actions
        ]
        return {**self.content, "actions": actions}


def details_of(entry: Entry) -> EntryDetails:
    """An entry as it stands; schools and workers are loaded. Its actions are left out."""
    return EntryDetails(
        cluster_id=entry.cluster_id,
        day=entry.day,
        kind_key=entry.kind_key,
        theme_key=entry.theme_key,
        whole_cluster=entry.whole_cluster,
        school_ids=tuple(row.school_id for row in entry.schools),
        person_ids=tuple(row.person_id for row in entry.workers),
        contact_minutes=entry.contact_minutes,
        preparation_minutes=entry.preparation_minutes,
        travel_minutes=entry.travel_minutes,
        agreed=entry.agreed,
        lines={row.school_id: row.agreed for row in entry.schools if row.agreed},
    )


def count_days_waited(steps: Iterable[EntryStep], today: date) -> int:
    """Working days an entry has waited for an EP, oldest step first.

    The clock stands while it is sent back, and starts anew after it was signed: countersigned,
    or recorded in an EP's own words.
    """
    used, since = 0, None
    for step in steps:
        day = clock.london_date(step.at)
        if step.verb is StepVerb.SUBMITTED:
            since = since or day
            continue
        used += count_working_days(since, day) if since else 0
        since = None
        if step.verb in SIGNING:
            used = 0
    return used + (count_working_days(since, today) if since else 0)
