"""The support log of the demonstration: what was given, planned, waits, and is still to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.models import Person, User
from cop_site.db import db
from cop_site.demo.borough import Borough
from cop_site.demo.calendar import DAY, Dates, moment
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School, Term
from cop_site.schools.school_days import add_working_days, is_working_day, list_school_weeks
from cop_site.support.entry_models import details_of
from cop_site.support.models import (
    Action,
    Entry,
    EntryRevision,
    EntrySchool,
    EntryState,
    EntryStep,
    EntryWorker,
    StepVerb,
    SupportPlan,
)

SEED = 351_2028
# What of the planned minutes is given, by the cluster's place; the last cluster has no plan.
SHARES = (0.88, 0.97, 0.88, 0.78, 0.92, 0.85)
MINUTES_A_WEEK = (330, 300, 330, 360, 300, 300)


@dataclass(frozen=True)
class Told:
    """A sort of support: what was agreed, and what a school then does."""

    kind: str
    theme: str
    agreed: str
    action: str


TOLD = (
    Told(
        "visit",
        "ordinarily_available",
        "We walked round with the checklist. Three things are in place in every room, and two are"
        " not yet. Staff choose one of the two to start with.",
        "Share the checklist with every class team",
    ),
    Told(
        "consultation",
        "graduated_approach",
        "We looked at where the review gets lost. Each plan now has a review date that the whole"
        " team can see, and ten minutes at the staff meeting to talk about it.",
        "Put review dates in the staff calendar",
    ),
    Told(
        "training",
        "staff",
        "Twelve adults practised coaching questions in threes. They try one question a week and"
        " note what changed.",
        "Name a coach for each phase",
    ),
    Told(
        "consultation",
        "communication",
        "Short instructions, a pause, then a choice. Teachers try this in the first lesson after"
        " lunch and compare notes after three weeks.",
        "Put the three steps on one card for each room",
    ),
    Told(
        "visit",
        "semh",
        "Adults agreed five sentences for difficult moments. Everybody uses the same ones, at lunch"
        " too.",
        "Print the five sentences for every adult",
    ),
    Told(
        "call",
        "families",
        "We drafted the first five minutes of a telephone call home: thank, ask, listen, agree one"
        " thing.",
        "Try the call script and note what helped",
    ),
    Told(
        "cluster_meeting",
        "transitions",
        "The schools compared what they pass on in summer. One page for each class is enough, in"
        " the words of the class team.",
        "Send the one-page template to the next school",
    ),
    Told(
        "consultation",
        "statutory",
        "We read two annual review papers with names removed. The clearest part was what had"
        " changed since last time.",
        "Use the new front page at the next review",
    ),
    Told(
        "visit",
        "sensory",
        "Staff counted what hangs in the corridor. Half of it comes down for a month, and we look"
        " again together.",
        "Clear the corridor walls for a month",
    ),
    Told(
        "consultation",
        "attendance",
        "The pastoral team maps what mornings look like from the gate to the first lesson, and"
        " picks the hardest five minutes.",
        "Map the first half hour of the day",
    ),
    Told(
        "call",
        "cognition",
        "Precision teaching runs in two groups. We agreed how to tell after six weeks whether it is"
        " worth going on.",
        "Keep the weekly chart for six weeks",
    ),
    Told(
        "planning",
        "staff",
        "We planned the cluster’s next circle: ten minutes to listen, twenty to think, ten to"
        " decide.",
        "Bring one question to the circle",
    ),
)


class Log:
    """Writes entries; keeps who has an account and who is whose EP."""

    def __init__(self, borough: Borough, chance: Random, today: date) -> None:
        self.borough = borough
        self.chance = chance
        self.today = today
        rows = db.session.execute(sa.select(User.person_id, User.id))
        self.users = {person_id: user_id for person_id, user_id in rows}
        self.entries: list[Entry] = []

    def people_of(self, cluster: Cluster) -> tuple[Person, Person]:
        """The EP and the AsEP of a cluster."""
        ep, asep = self.borough.supporters[cluster.id]
        return ep, asep

    def write(
        self,
        cluster: Cluster,
        schools: list[School],
        told: Told,
        day: date,
        minutes: int,
        *,
        by_ep: bool,
        sent_at: datetime,
        state: EntryState,
    ) -> Entry:
        ep, asep = self.people_of(cluster)
        giver = ep if by_ep else asep
        travel = 0 if told.kind in ("call", "planning") else 20
        preparation = max(10, 5 * round(minutes * 0.2 / 5))
        user_id = self.users.get(giver.id, 0)
        entry = Entry(
            client_key=f"demonstration-{len(self.entries):05}",
            cluster_id=cluster.id,
            day=day,
            kind_key=told.kind,
            theme_key=told.theme,
            whole_cluster=len(schools) == len(self.borough.members[cluster.id]),
            contact_minutes=max(15, minutes - preparation - travel),
            preparation_minutes=preparation,
            travel_minutes=travel,
            agreed=told.agreed,
            state=state,
            created_by_user_id=user_id,
            first_submitted_at=sent_at,
            schools=[EntrySchool(school_id=school.id, agreed="") for school in schools],
            workers=[EntryWorker(person_id=giver.id, kind_key="ep" if by_ep else "asep")],
            steps=[self.step(StepVerb.RECORDED if by_ep else StepVerb.SUBMITTED, user_id, sent_at)],
        )
        db.session.add(entry)
        self.entries.append(entry)
        return entry

    def step(self, verb: StepVerb, user_id: int, at: datetime, comment: str = "") -> EntryStep:
        return EntryStep(verb=verb, revision=1, by_user_id=user_id or None, at=at, comment=comment)

    def countersign(self, entry: Entry, cluster: Cluster, days: int) -> None:
        """By the cluster's EP, some working days after it was sent."""
        user_id = self.users.get(self.people_of(cluster)[0].id, 0)
        at = moment(add_working_days(entry.day, days), "16:20")
        entry.countersigned_at = min(at, clock.now())
        entry.countersigned_by_user_id = user_id or None
        entry.steps.append(self.step(StepVerb.COUNTERSIGNED, user_id, entry.countersigned_at))

    def act(
        self,
        entry: Entry,
        what: str,
        due_on: date,
        *,
        school: School | None = None,
        person: Person | None = None,
        done_on: date | None = None,
    ) -> None:
        entry.actions.append(
            Action(
                cluster_id=entry.cluster_id,
                school_id=school.id if school else None,
                person_id=person.id if person else None,
                what=what,
                due_on=due_on,
                first_due_on=due_on,
                created_at=entry.first_submitted_at,
                done_at=moment(done_on, "12:10") if done_on else None,
            )
        )


def add_support(borough: Borough, terms: list[Dates], today: date) -> None:
    """Entries of the told terms for every cluster, plans for all but one, and what waits today."""
    chance = Random(SEED)
    log = Log(borough, chance, today)
    rows = {term.name: term for term in db.session.scalars(sa.select(Term))}
    for term in terms:
        weeks = list_school_weeks(rows[term.name], term.held_to)
        for place, cluster in enumerate(borough.clusters):
            for number, first in enumerate(weeks):
                _fill_week(log, cluster, place, number, first, term.held_to)
    _plan(borough, terms)
    _leave_waiting(log)
    db.session.flush()
    _keep_revisions(log.entries)


def _fill_week(
    log: Log, cluster: Cluster, place: int, number: int, first: date, held_to: date
) -> None:
    """An AsEP's entry and, most weeks, the EP's; together about the cluster's share of the plan."""
    chance = log.chance
    total = MINUTES_A_WEEK[place] * SHARES[place] * chance.uniform(0.94, 1.06)
    both = number % 3 != 2
    for by_ep in (False, True) if both else (False,):
        part = (0.42 if by_ep else 0.58) if both else 1.0
        told = TOLD[(number + 5 * by_ep + 2 * place) % len(TOLD)]
        day = _day_in(first, held_to, chance)
        schools = _schools(log, cluster, told)
        entry = log.write(
            cluster,
            schools,
            told,
            day,
            5 * round(total * part / 5),
            by_ep=by_ep,
            sent_at=moment(day, "16:40"),
            state=EntryState.RECORDED if by_ep else EntryState.COUNTERSIGNED,
        )
        if not by_ep:
            log.countersign(entry, cluster, chance.choice((1, 2, 2, 3, 4, 6, 8, 11)))
        if number % 2 == by_ep:
            _promise(log, entry, told, schools)


def _day_in(first: date, held_to: date, chance: Random) -> date:
    days = [first + number * DAY for number in range(5 - first.weekday())]
    return chance.choice([day for day in days if day <= held_to and is_working_day(day)])


def _schools(log: Log, cluster: Cluster, told: Told) -> list[School]:
    members = log.borough.members[cluster.id]
    if told.kind in ("cluster_meeting", "planning"):
        return members
    return log.chance.sample(members, log.chance.choice((1, 1, 1, 2, 3)))


def _promise(log: Log, entry: Entry, told: Told, schools: list[School]) -> None:
    """A school's action due in three weeks; done in time, late, or (lately) still open."""
    due_on = add_working_days(entry.day, 15)
    done_on = add_working_days(entry.day, log.chance.choice((6, 9, 12, 14, 15, 19)))
    is_done = done_on < log.today and (due_on < log.today - 30 * DAY or log.chance.random() < 0.7)
    log.act(entry, told.action, due_on, school=schools[0], done_on=done_on if is_done else None)


def _plan(borough: Borough, terms: list[Dates]) -> None:
    for cluster, minutes in list(zip(borough.clusters, MINUTES_A_WEEK, strict=True))[:-1]:
        plan = SupportPlan(
            cluster_id=cluster.id,
            starts_on=terms[0].starts_on,
            minutes_a_week=minutes,
            at=moment(terms[0].starts_on, "09:00"),
        )
        db.session.add(plan)


def _working_days_ago(day: date, count: int) -> date:
    while count or not is_working_day(day):
        day -= DAY
        count -= is_working_day(day) and count > 0
    return day


def _leave_waiting(log: Log) -> None:
    """What the people of the demonstration find today: the EP, the AsEP and the SENCO."""
    heather, rowan = log.borough.clusters[:2]
    own = log.borough.schools[1]
    waiting = (
        (rowan, [own], TOLD[0], 13),
        (heather, log.borough.members[heather.id][:2], TOLD[4], 7),
        (rowan, log.borough.members[rowan.id][2:4], TOLD[9], 3),
        (heather, log.borough.members[heather.id], TOLD[6], 1),
    )
    for cluster, schools, told, days in waiting:
        entry = _recent(log, cluster, schools, told, days, EntryState.WAITING)
        if schools == [own]:
            log.act(entry, told.action, log.today + 9 * DAY, school=own)
    back = _recent(
        log, heather, log.borough.members[heather.id][3:4], TOLD[2], 4, EntryState.SENT_BACK
    )
    ep = log.borough.people["ep"]
    comment = "Say which staff came, and by when they try the questions."
    at = moment(_working_days_ago(log.today, 2), "09:30")
    back.steps.append(log.step(StepVerb.SENT_BACK, log.users[ep.id], at, comment))
    _act_with_demo_school(log, rowan, own, ep)


def _recent(
    log: Log, cluster: Cluster, schools: list[School], told: Told, days: int, state: EntryState
) -> Entry:
    day = _working_days_ago(log.today, days)
    at = min(moment(day, "16:45"), clock.now() - timedelta(minutes=5))
    return log.write(cluster, schools, told, day, 70, by_ep=False, sent_at=at, state=state)


def _act_with_demo_school(log: Log, rowan: Cluster, own: School, ep: Person) -> None:
    """Of an EP's visit: one action overdue, one ahead, one done, and one of the EP's own."""
    day = _working_days_ago(log.today, 16)
    entry = log.write(
        rowan,
        [own],
        TOLD[3],
        day,
        75,
        by_ep=True,
        sent_at=moment(day, "15:50"),
        state=EntryState.RECORDED,
    )
    log.act(entry, TOLD[3].action, _working_days_ago(log.today, 4), school=own)
    log.act(entry, "Ask two teachers what changed", log.today + 12 * DAY, school=own)
    done_on = _working_days_ago(log.today, 6)
    log.act(entry, "Choose the two lessons to start with", done_on, school=own, done_on=done_on)
    what = "Send the examples from the last circle"
    log.act(entry, what, add_working_days(log.today, 3), school=own, person=ep)


def _keep_revisions(entries: list[Entry]) -> None:
    """The first revision of each entry, as it would have been kept when it was sent."""
    rows = [
        {
            "entry_id": entry.id,
            "number": 1,
            "content": {**details_of(entry).content, "actions": []},
            "by_user_id": entry.created_by_user_id,
            "at": entry.first_submitted_at,
        }
        for entry in entries
    ]
    db.session.execute(sa.insert(EntryRevision), rows)
