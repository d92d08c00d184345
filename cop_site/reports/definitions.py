"""Every metric, said once, in words for readers. Pages, exports and documents read from here."""

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
        return f"Figure {self.id}"


NETWORK_ENGAGEMENT = Definition(
    id="M1",
    name="Network engagement",
    says="The share of schools on the list that came to the SENCO network in the term.",
    numerator=(
        "Schools on the list with somebody at one or more SENCO network sessions in the term."
    ),
    denominator="Schools on the list: a named list, as the schools were on the term’s first day.",
    edge_cases=(
        "A term counts from its first day to the day before the next term begins, "
        "so a session in the holidays belongs to the term before.",
        "Somebody came if they were there in person, online or for part of the session, "
        "and its register is closed. Not recorded is neither there nor absent.",
        "A figure is provisional while the register of a session that has ended is not closed.",
        "Only published SENCO network sessions count, and none that the service cancelled. "
        "Meetings of Communities of Practice (CoPs) are not in this figure.",
        "Only people with a role at the school on the day of the session count. "
        "A person who came for several schools counts for each one named on the register.",
        "Service staff, partners and outside speakers do not count. "
        "A school’s own person does, also when they speak.",
        "A governor counts only where the event says that governors count.",
        "Somebody who came without a booking counts for the school they named. "
        "Once matched to a known person, that person’s own roles on the day decide.",
        "A school counts once, however often it came. "
        "A school that is not on the list is shown apart and never counted.",
        "When a school converts or joins another during the term, old and new are one school. "
        "Where several became one, each of them on the list counts when the new school comes.",
        "A school that closes during the term, with no new school after it, "
        "stays if it came. Otherwise it leaves the list, with a note.",
    ),
)

NOT_YET_ENGAGED = Definition(
    id="M4",
    name="Not yet engaged",
    says="The schools on the list that have not come to the SENCO network in the term.",
    numerator="Schools on the list, less those that came (figure M1).",
    denominator="None: this is a list of schools to help, not a rate.",
    edge_cases=(
        "Figures M1 and M4 together are the whole list: a school is in exactly one of them.",
        "A school stays here until a register that counts for it is closed.",
    ),
)

DEFINITIONS = {metric.id: metric for metric in (NETWORK_ENGAGEMENT, NOT_YET_ENGAGED)}
