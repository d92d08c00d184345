"""Writing a survey of the demonstration: who was asked, and answers as a closed survey has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

import sqlalchemy as sa

import config as settings
from cop_site import clock
from cop_site.accounts.models import Person, SchoolRoleKind
from cop_site.db import db
from cop_site.schools.models import School
from cop_site.surveys.answer_models import Answer, Invitation, InvitationSchool, Response
from cop_site.surveys.asking_queries import list_newest_questions
from cop_site.surveys.models import Question, Survey, SurveyKind, SurveyQuestion
from cop_site.surveys.pseudonym_models import Pseudonyms

# The demonstration is made in development only, so its answers meet those given to it later.
PSEUDONYMS = Pseudonyms(settings.DEVELOPMENT_SURVEY_KEY)
# What somebody answered: by question's key, the answer's key or a line.
Said = Mapping[str, str]
Asked = tuple[Person, Sequence[School]]


@dataclass(frozen=True)
class Plan:
    """When a survey runs and what it is about."""

    kind: SurveyKind
    title: str
    series: str
    opens_at: datetime
    closes_at: datetime
    term_id: int | None = None
    event_id: int | None = None
    session_id: int | None = None

    @property
    def is_over(self) -> bool:
        return self.closes_at <= clock.now()


def spread(counts: Mapping[str, int], chance: Random) -> list[str]:
    """So many of each answer, in random order."""
    said = [key for key, count in counts.items() for _ in range(count)]
    chance.shuffle(said)
    return said


class Asking:
    """Writes one survey. Each of ``asked`` is invited once, in a wave once for each school."""

    def __init__(self, plan: Plan, chance: Random) -> None:
        self.plan = plan
        self.chance = chance
        moment = plan.closes_at if plan.is_over else None
        self.survey = Survey(
            kind=plan.kind,
            title=plan.title,
            series=plan.series,
            term_id=plan.term_id,
            event_id=plan.event_id,
            session_id=plan.session_id,
            opens_at=plan.opens_at,
            closes_at=plan.closes_at,
            closed_at=moment,
            shuffled_at=moment,
            created_at=plan.opens_at,
        )
        db.session.add(self.survey)
        db.session.flush()
        asked = list_newest_questions(plan.kind)
        rows = [
            {"survey_id": self.survey.id, "question_id": id_, "position": position}
            for id_, position in asked
        ]
        db.session.execute(sa.insert(SurveyQuestion), rows)
        ids = [id_ for id_, _position in asked]
        found = db.session.scalars(sa.select(Question).where(Question.id.in_(ids)))
        self.questions = {question.key: question for question in found}

    def invite(self, asked: Iterable[Asked], finished: Mapping[int, Said]) -> None:
        """Ask these people. ``finished`` maps a person's id (a school's in a wave) to answers."""
        of_wave = self.plan.kind is SurveyKind.SCHOOL_WAVE
        answers: list[tuple[str, Said]] = []
        count = 0
        represented: set[int] = set()
        for person, schools in asked:
            for named in [[school] for school in schools] if of_wave else [schools]:
                key = named[0].id if of_wave else person.id
                self._add_invitation(person, named, key in finished)
                count += 1
                if key in finished:
                    represented |= {school.id for school in named}
                    answers.append((self._pseudonym(key), finished[key]))
        if self.plan.is_over:
            self.survey.asked_count = count
            self.survey.answered_count = len(answers)
            self.survey.school_count = len(represented)
            self.chance.shuffle(answers)
        self._add_responses(answers)

    def _pseudonym(self, key: int) -> str:
        if self.plan.kind is SurveyKind.SCHOOL_WAVE:
            return PSEUDONYMS.of_school(self.plan.series, key)
        return PSEUDONYMS.of_person(self.plan.series, key)

    def _add_invitation(
        self, person: Person, schools: Sequence[School], has_finished: bool
    ) -> None:
        last = min(self.plan.closes_at, clock.now())
        days = max((last - self.plan.opens_at).days, 1)
        finished_at = min(self.plan.opens_at + timedelta(days=self.chance.randrange(days)), last)
        invitation = Invitation(
            survey_id=self.survey.id,
            person_id=person.id,
            for_school_id=(schools[0].id if self.plan.kind is SurveyKind.SCHOOL_WAVE else None),
            token_hash=f"{self.chance.getrandbits(256):064x}",
            invited_at=self.plan.opens_at,
            finished_on=clock.london_date(finished_at) if has_finished else None,
        )
        invitation.schools = [
            InvitationSchool(school_id=school.id, role=SchoolRoleKind.SENCO) for school in schools
        ]
        db.session.add(invitation)

    def _add_responses(self, answers: Iterable[tuple[str, Said]]) -> None:
        responses, rows = [], []
        for pseudonym, said in answers:
            id_ = self._key()
            responses.append(
                {
                    "id": id_,
                    "survey_id": self.survey.id,
                    "pseudonym": pseudonym,
                    "rank": 0,
                    "revision": 1,
                    "is_finished": True,
                }
            )
            rows += [self._answer(id_, key, given) for key, given in said.items() if given]
        self.chance.shuffle(rows)
        db.session.flush()
        for kind, written in ((Response, responses), (Answer, rows)):
            if written:
                db.session.execute(sa.insert(kind), written)

    def _answer(self, response_id: str, key: str, given: str) -> dict[str, object]:
        question = self.questions[key]
        is_line = question.scale_key == "line"
        return {
            "id": self._key(),
            "response_id": response_id,
            "question_id": question.id,
            "answer_key": "" if is_line else given,
            "text": given if is_line else "",
        }

    def _key(self) -> str:
        return f"{self.chance.getrandbits(128):032x}"
