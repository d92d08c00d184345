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
    denominator="Schools on the list: a named list of those open on the term’s first day.",
    edge_cases=(
        "A term counts from its first day to the day before the next term begins. "
        "A session in the holidays belongs to the term before.",
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

COP_ENGAGEMENT = Definition(
    id="M5",
    name="CoP engagement",
    says="The share of a cluster’s schools that came to its meetings in the term.",
    numerator=(
        "Schools of the cluster with somebody at one or more meetings of the cluster that they "
        "were in on that day."
    ),
    denominator="Schools in the cluster on the term’s first day.",
    edge_cases=(
        "Who counts as somebody, closed registers and the days of a term are as in figure M1.",
        "A meeting of the cluster is a published CoP meeting of that cluster that the service "
        "did not cancel.",
        "A school that moved counts for the cluster it started in, also when it came to a meeting "
        "of the one it moved to.",
        "A school that joined later is listed and not counted until the next term.",
        "A school at a meeting of another cluster is a guest: listed there, and counted nowhere.",
        "When a school converts or joins another during the term, old and new are one school. "
        "A membership of either holds for both.",
        "A school that closes during the term, with no new school after it, "
        "stays if it came. Otherwise it leaves the count, with a note.",
        "The figure of all clusters counts each school once. It needs no list of schools.",
        "A figure is provisional while a register is open at the cluster, or at one that a school "
        "of it moved to.",
    ),
)

DID_NOT_ATTEND = Definition(
    id="M7",
    name="Did not attend",
    says="The share of bookings whose person neither came nor sent apologies.",
    numerator="Bookings held at the start of a session, with no attendance and no apology.",
    denominator="Bookings held at the start of a session that the register says something of.",
    edge_cases=(
        "A booking counts once for each session of its event, whatever the number of schools.",
        "A booking is held at the start if its place was given by then and it was not cancelled "
        "before. Waiting for a place is not a booking held.",
        "Not recorded is left out of both numbers, and the page says how many there are.",
        "Only closed registers count, of published events of every kind.",
        "An apology counts whenever it came. A late cancellation is neither: "
        "it is counted apart, once a booking.",
        "Somebody added at the door who turns out to be the person who booked has come.",
        "A booking cannot name a substitute yet. Where somebody came instead, "
        "it counts by what the register says of the person who booked.",
        "By cluster: bookings that name a school that was in the cluster on the day of the "
        "session. A booking that names schools of two clusters counts in both, "
        "and once in the whole.",
    ),
)

REGISTER_COMPLETENESS = Definition(
    id="M9",
    name="Register completeness",
    says="The share of sessions whose register was closed within 5 working days.",
    numerator="Those sessions whose register was first closed within 5 working days.",
    denominator=(
        "Sessions of the term held more than 5 working days before the date the figure is as at."
    ),
    edge_cases=(
        "Attendance counts only on a closed register, so this figure says how far the others "
        "can be trusted.",
        "Working days are Monday to Friday without England’s bank holidays, counted from the day "
        "after the session.",
        "A register that nobody has opened is not closed.",
        "A register opened again to mend a mark keeps the day it was first closed.",
        "Sessions of the last 5 working days are too recent to say, and counted apart.",
        "Sessions of every kind of published event count, and none that the service cancelled.",
        "By cluster: sessions of that cluster’s own events.",
    ),
)

MAJORITY_USE = Definition(
    id="T1",
    name="Toolkit used by most staff",
    says="The share of answering schools where over half of the staff use the Toolkit.",
    numerator=(
        "Schools that answered “over half” to “About what share of your staff use the Toolkit?”"
    ),
    denominator="Schools with a valid answer to that question. “I don’t know” is one.",
    edge_cases=(
        "The answers are: none; up to a quarter; over a quarter, up to half; over half; "
        "I don’t know.",
        "The figure without those who don’t know is given beside it, "
        "where the rule for small numbers allows.",
        "One answer a school: the SENCO’s, else the deputy’s. The latest valid one counts.",
        "What a school says of itself is not what was seen there. "
        "The response rate stands beside the figure.",
        "Nothing is shown while the survey is open, and never a school’s own answer.",
        "A change of wording starts a new series, which is not compared with the old one.",
    ),
)

EMBEDDED = Definition(
    id="T2",
    name="Toolkit embedded",
    says="The share of answering schools where the Toolkit is embedded in how they work.",
    numerator="Schools that chose the last of five steps: it is embedded in how we work.",
    denominator="Schools with a valid answer to that question.",
    edge_cases=(
        "The steps are: we know of it; we have tried it; some staff use it; most staff use it; "
        "it is embedded in how we work.",
        "It is a question of its own, and not worked out from figure T1.",
        "One answer a school: the SENCO’s, else the deputy’s. The latest valid one counts.",
        "Nothing is shown while the survey is open, and never a school’s own answer.",
    ),
)

TOOLKIT_REACH = Definition(
    id="T5",
    name="Toolkit reach",
    says="The share of schools on the list that downloaded something from the Toolkit in the term.",
    numerator="Schools on the list with one or more downloads by their people in the term.",
    denominator="Schools on the list, as in figure M1.",
    edge_cases=(
        "A download is one a person, school, resource and day. A school counts once.",
        "Service staff, partners, previews and robots leave no download.",
        "A download by somebody who is not signed in belongs to no school and is not counted.",
        "Conversions, schools that became one and schools that closed are as in figure M1.",
        "A school that is not on the list is shown apart and never counted.",
        "Downloading is not using: figures T1 and T2 ask for that.",
    ),
)

MORE_CONFIDENT = Definition(
    id="C1",
    name="More confident in the partnership",
    says="The share of people answering after a session who are more confident in the partnership.",
    numerator="People who answered “a little more confident” or “a lot more confident”.",
    denominator="People with a valid answer to that question on the form.",
    edge_cases=(
        "Always one session’s form: answers to different forms are never added up.",
        "The form is asked after the session only, so it says how people feel their confidence "
        "changed. It is no measured change.",
        "A question left blank and “does not apply to me” are left out and counted.",
        "Nothing is shown while the form is open, and never a name, a row or a school.",
    ),
)

CLEARER_SUPPORT = Definition(
    id="C2",
    name="Clearer where to get support",
    says="The share of people answering after a session who see better where to get support.",
    numerator="People who answered “agree” or “strongly agree”.",
    denominator="People with a valid answer to that question on the form.",
    edge_cases=(
        "Always one session’s form: answers to different forms are never added up.",
        "Each question has valid answers of its own, so the number may differ from figure C1’s.",
        "A question left blank and “does not apply to me” are left out and counted.",
    ),
)

HELPS_INCLUSION = Definition(
    id="C3",
    name="The CoP will help inclusion",
    says="The share of people answering after a session who expect the CoP to help inclusion.",
    numerator="People who answered “agree” or “strongly agree”.",
    denominator="People with a valid answer to that question on the form.",
    edge_cases=(
        "Always one session’s form: answers to different forms are never added up.",
        "It is an expectation, not an outcome.",
        "Say the number with it. Where 41 of 41 agree, the true share may still be near 91%.",
        "A question left blank and “does not apply to me” are left out and counted.",
    ),
)

DELIVERY = Definition(
    id="S1",
    name="Delivery against plan",
    says="Minutes of support given to a cluster in the term, out of those planned to date.",
    numerator="Contact, preparation and travel minutes of the entries logged for the cluster.",
    denominator="Minutes planned to date: for each school week begun, the plan in force then.",
    edge_cases=(
        "Minutes are counted once, however many schools an entry names.",
        "Entries that wait for a countersignature count. Drafts and withdrawn entries do not.",
        "A school week is one with a school day in it, so not half term. It counts once begun, "
        "with the plan of its first school day.",
        "A cluster with no plan in any of those weeks is unplanned, which is not 100%. "
        "It is not in the figure of all clusters.",
        "A week without a plan adds nothing to what is planned. The page says how many there are.",
        "It may pass 100% where more was given than planned.",
    ),
)

DEFINITIONS = {
    metric.id: metric
    for metric in (
        *(NETWORK_ENGAGEMENT, NOT_YET_ENGAGED, COP_ENGAGEMENT),
        *(DID_NOT_ATTEND, REGISTER_COMPLETENESS),
        *(MAJORITY_USE, EMBEDDED, TOOLKIT_REACH),
        *(MORE_CONFIDENT, CLEARER_SUPPORT, HELPS_INCLUSION),
        DELIVERY,
    )
}
