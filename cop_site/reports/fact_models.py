"""Plain facts that figures are worked out from, as queries read them. Has no table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from cop_site import clock
from cop_site.accounts.models import SchoolRoleKind
from cop_site.events.models import EventKind


@dataclass(frozen=True)
class ListedSchool:
    """A school as the frozen scope has it, and the days the register gives for it now.

    ``has_senco`` is of today and says whom to call: no figure rests on it.
    """

    school_id: int
    name: str
    urn: int | None = None
    phase: str = ""
    type_name: str = ""
    trust_name: str = ""
    cluster_id: int | None = None
    cluster_name: str = ""
    closed_on: date | None = None
    has_senco: bool = True


@dataclass(frozen=True)
class CountedSession:
    """A session of a published event, and whether its register is closed.

    ``first_closed_at`` stays when a register is opened again.
    """

    session_id: int
    starts_at: datetime
    ends_at: datetime
    governors_count: bool
    is_closed: bool
    kind: EventKind = EventKind.SENCO_NETWORK
    cluster_id: int | None = None
    first_closed_at: datetime | None = None
    title: str = ""

    @cached_property
    def day(self) -> date:
        return clock.london_date(self.starts_at)


@dataclass(frozen=True)
class Held:
    """A dated role; ``ends_on`` is the last day it holds, None while it lasts."""

    role: SchoolRoleKind
    starts_on: date
    ends_on: date | None = None

    def holds(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


@dataclass(frozen=True)
class Attendee:
    """One school named on one mark that says attended, on a closed register.

    ``held`` are the dated roles at that school of the person the mark stands for, merges
    followed. ``serves`` are a walk-in's dates in the service or with a partner.
    """

    session_id: int
    school_id: int
    school_name: str
    role: SchoolRoleKind
    urn: int | None = None
    is_walk_in: bool = False
    is_merged: bool = False
    held: tuple[Held, ...] = ()
    serves: tuple[tuple[date, date | None], ...] = ()


@dataclass(frozen=True)
class Link:
    """``school_id`` became ``successor_id``."""

    school_id: int
    successor_id: int
    linked_on: date | None
    opened_on: date | None
    closed_on: date | None
    successor_name: str = ""

    @property
    def changed_on(self) -> date | None:
        after = self.closed_on + clock.ONE_DAY if self.closed_on else None
        return self.linked_on or self.opened_on or after


@dataclass(frozen=True)
class Trace:
    """Something that a school did."""

    school_id: int
    school_name: str

    @property
    def order(self) -> tuple[int, ...]:
        return (self.school_id,)


@dataclass(frozen=True)
class Visit(Trace):
    """An eligible attendance of a school at a session: the day and the roles, never a name."""

    day: date
    session_id: int
    roles: frozenset[SchoolRoleKind]

    @property
    def order(self) -> tuple[int, ...]:
        return (self.day.toordinal(), self.session_id, self.school_id)

    @property
    def role_labels(self) -> list[str]:
        order = list(SchoolRoleKind)
        return [role.label for role in sorted(self.roles, key=order.index)]


@dataclass(frozen=True)
class Taken(Trace):
    """What people of a school downloaded in a period: each resource once a person and day."""

    downloads: int


@dataclass(frozen=True)
class Member:
    """A school's time in a Community of Practice; ``ends_on`` is the last day it holds.

    The school carries the cluster's id and name.
    """

    school: ListedSchool
    starts_on: date
    ends_on: date | None = None

    @property
    def cluster_id(self) -> int:
        return self.school.cluster_id or 0

    def holds(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)
