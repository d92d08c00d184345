"""Which people an invitation is for: plain data. Has no table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cop_site.accounts.models import SchoolRoleKind

SENCOS = frozenset({SchoolRoleKind.SENCO, SchoolRoleKind.DEPUTY_SENCO})
GROUPS = {
    "sencos": ("SENCOs and deputies", SENCOS),
    "heads": ("Headteachers", frozenset({SchoolRoleKind.HEADTEACHER})),
    "teachers": (
        "Teachers and teaching assistants",
        frozenset({SchoolRoleKind.TEACHER, SchoolRoleKind.TEACHING_ASSISTANT}),
    ),
    "office": ("Office", frozenset({SchoolRoleKind.OFFICE})),
    "governors": ("Governors", frozenset({SchoolRoleKind.GOVERNOR})),
    "everyone": ("Everybody with a role at a school", frozenset(SchoolRoleKind)),
}


class List(StrEnum):
    """Where the people come from. CAME and MISSED are of another event."""

    NEW = "new"
    ALL = "all"
    CAME = "came"
    MISSED = "missed"

    @property
    def label(self) -> str:
        return {
            "new": "Schools that have come to nothing this school year",
            "all": "Every school",
            "came": "People who came to an event",
            "missed": "People who had a place at an event and missed it",
        }[self.value]

    @property
    def is_of_event(self) -> bool:
        return self in (List.CAME, List.MISSED)


@dataclass(frozen=True)
class Chosen:
    """A list, narrowed. ``source_id``: the event that CAME and MISSED are of."""

    list: List = List.NEW
    source_id: int | None = None
    group: str = "sencos"
    cluster_id: int | None = None
    phase: str = ""

    @property
    def roles(self) -> frozenset[SchoolRoleKind]:
        return GROUPS[self.group][1]


@dataclass(frozen=True)
class Candidate:
    """Somebody who could be invited, with their schools and roles."""

    person_id: int
    name: str
    email: str
    schools: tuple[str, ...]


@dataclass(frozen=True)
class Candidates:
    """Who would be written to, and how many of the list would not, and why.

    ``without``: names of the schools on the list at which nobody holds such a role, some of them.
    """

    people: list[Candidate]
    without: tuple[str, ...] = ()
    booked: int = 0
    invited: int = 0
    unreached: int = 0
    has_more: bool = False
