"""Every metric, said once. Pages, exports and documents read from here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Definition:
    """What a metric says, what it divides by what, and the cases people ask about."""

    id: str
    name: str
    says: str
    numerator: str
    denominator: str
    edge_cases: tuple[str, ...]

    @property
    def source(self) -> str:
        return f"metrics {self.id}"


NETWORK_ENGAGEMENT = Definition(
    id="M1",
    name="Network engagement",
    says="The share of schools in the scope that came to the SENCO network this term.",
    numerator=(
        "Schools in the scope with at least one eligible attendee "
        "at at least one SENCO network event in the term's period."
    ),
    denominator="Schools in the scope: a named list, frozen at the start of the term.",
    edge_cases=(
        "A term's period runs from its first day to the day before the next term begins. "
        "A session belongs to the period of the day it starts on in London.",
        "Attended means in person, online or part of the session, on a register that is closed. "
        "Not recorded is neither attended nor absent.",
        "A figure is provisional while the register of a session that has ended is not closed.",
        "Only published events count. An event that the service cancelled does not.",
        "An eligible attendee held a role at that school on the day of the session. "
        "A person who came for several schools counts for each one named on the register.",
        "Service staff, partners and outside speakers do not count. "
        "A school's own person does, also when they speak.",
        "A governor counts only where the event says that governors count.",
        "A walk-in counts for the school named. "
        "Once matched to a known person, that person's own roles on the day decide.",
        "A school counts once, however often it came. "
        "A school outside the scope is listed apart and never counted.",
        "When a school converts or joins another during the period, old and new are one school. "
        "Where several became one, each of them in the scope counts when the new school comes.",
        "A school that closes during the period, with no new school after it, "
        "stays if it came. Otherwise it leaves the list, with a note.",
    ),
)

NOT_YET_ENGAGED = Definition(
    id="M4",
    name="Not yet engaged",
    says="The schools in the scope that have not come to the SENCO network this term.",
    numerator="Schools in the scope, less those counted in M1.",
    denominator="None: this is a list of schools to help, not a rate.",
    edge_cases=(
        "M1 and M4 together are the whole scope: a school is in exactly one of them.",
        "A school stays here until a register that counts for it is closed.",
    ),
)

DEFINITIONS = {metric.id: metric for metric in (NETWORK_ENGAGEMENT, NOT_YET_ENGAGED)}
