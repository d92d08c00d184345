"""Reads of closed surveys. The only way for anything above to what people answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any

import sqlalchemy as sa

from cop_site import clock
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.events.models import Event, Session
from cop_site.schools.models import Term
from cop_site.surveys.answer_models import Answer, Response
from cop_site.surveys.models import Question, ScaleAnswer, Survey, SurveyKind, SurveyQuestion
from cop_site.surveys.result_models import (
    ClosedSurvey,
    MatchedChange,
    QuestionResult,
    Result,
    ScaleLabel,
    compare,
    tally,
)
from cop_site.surveys.suppression import FEWEST_COUNTED, FEWEST_SPREAD, Spread

# Shuffled too: before that, the order of rows still says who answered what.
IS_READABLE = sa.and_(Survey.closed_at.is_not(None), Survey.shuffled_at.is_not(None))
COLUMNS = (
    *(Survey.id, Survey.kind, Survey.title, Survey.series, Survey.closed_at),
    *(Survey.asked_count, Survey.answered_count, Survey.school_count),
    *(Survey.term_id, Survey.event_id),
    Event.kind.label("event_kind"),
    *(Event.cluster_id, Event.starts_at, Session.starts_at.label("session_at"), Term.starts_on),
)


def list_closed_surveys(
    kind: SurveyKind, from_day: date | None = None, to_day: date | None = None
) -> list[ClosedSurvey]:
    """Closed surveys of a kind about days in a period, both ends included; oldest first.

    One statement. The day is the session's, the event's first, or a wave's term's first.
    """
    query = _surveys().where(Survey.kind == kind)
    if kind is SurveyKind.SCHOOL_WAVE:
        bounds: Any = Term.starts_on, from_day, to_day and to_day + timedelta(days=1)
    else:
        at = Session.starts_at if kind is SurveyKind.END_OF_SESSION else Event.starts_at
        bounds = at, _start(from_day), _start(to_day and to_day + timedelta(days=1))
    column, first, after = bounds
    query = query.where(*([column >= first] if first else []), *([column < after] if after else []))
    return [_closed(row) for row in db.session.execute(query.order_by(column, Survey.id))]


def list_figure_surveys(from_day: date, to_day: date) -> list[ClosedSurvey]:
    """What T1, T2 and C1 to C3 of a period rest on, oldest first. One statement.

    Forms of sessions held in the period, both ends included, and every school wave until then:
    the wave before may be of any term before.
    """
    after = to_day + timedelta(days=1)
    is_form = Survey.kind == SurveyKind.END_OF_SESSION
    in_period = sa.and_(Session.starts_at >= _start(from_day), Session.starts_at < _start(after))
    is_wave = sa.and_(Survey.kind == SurveyKind.SCHOOL_WAVE, Term.starts_on < after)
    query = _surveys().where(sa.or_(sa.and_(is_form, in_period), is_wave))
    rows = db.session.execute(query.order_by(Survey.closed_at, Survey.id))
    return [_closed(row) for row in rows]


def list_newest_closed(readable: sa.ColumnElement[bool], limit: int = 200) -> list[ClosedSurvey]:
    """Closed surveys that somebody may read, the last closed first."""
    query = _surveys().where(readable).order_by(Survey.closed_at.desc(), Survey.id.desc())
    return [_closed(row) for row in db.session.execute(query.limit(limit))]


def load_result(survey_id: int, readable: sa.ColumnElement[bool] | None = None) -> Result:
    """What may be shown of a closed survey.

    NotFoundError for an open or unknown one, and where ``readable`` hides it.
    """
    query = _surveys().where(Survey.id == survey_id)
    row = db.session.execute(query if readable is None else query.where(readable)).first()
    if row is None:
        raise NotFoundError("There are no results of such a survey.")
    return read_results([_closed(row)])[survey_id]


def load_results(survey_ids: Collection[int]) -> dict[int, Result]:
    """What may be shown of these surveys, in five statements; open ones are left out."""
    rows = db.session.execute(_surveys().where(Survey.id.in_(survey_ids)))
    return read_results([_closed(row) for row in rows])


def read_results(
    surveys: Collection[ClosedSurvey], *, with_lines: bool = True
) -> dict[int, Result]:
    """As load_results, for surveys already listed: four statements, three without the lines."""
    ids = [survey.id for survey in surveys]
    cuts = {survey.id for survey in surveys if survey.is_cut}
    answered = _count_responses(ids)
    counts, lines = _count_answers(ids), _list_lines(answered) if with_lines else {}
    questions: dict[int, list[QuestionResult]] = defaultdict(list)
    for survey_id, question, scale in _list_questions(ids):
        place, n = (survey_id, question.id), answered.get(survey_id, 0)
        shows_lines = with_lines and not scale and n >= FEWEST_SPREAD
        is_cut = survey_id in cuts
        questions[survey_id].append(
            QuestionResult(
                *(question.key, question.version, question.wording),
                {answer.key: answer.label for answer in scale},
                tally(question.key, scale, counts[place], n, is_cut=is_cut)
                if scale
                else Spread(None),
                tuple(lines.get(place, [])) if shows_lines else None,
            )
        )
    return {survey.id: Result(survey, tuple(questions[survey.id])) for survey in surveys}


def find_matched_change(before_id: int, after_id: int, key: str) -> MatchedChange | None:
    """How answers to a question moved from one survey to another of its series (T3, C4).

    "Don't know" and "doesn't apply" are not valid here. None where the surveys are of different
    series, one is not closed, or the wording changed between them.
    """
    return find_matched_changes(before_id, after_id).get(key)


def find_matched_changes(before_id: int, after_id: int) -> dict[str, MatchedChange]:
    """As find_matched_change for every question that both asked, in three statements."""
    ids = (before_id, after_id)
    surveys = [_closed(row) for row in db.session.execute(_surveys().where(Survey.id.in_(ids)))]
    if len(surveys) != 2 or len({one.series for one in surveys}) != 1:
        return {}
    asked = _list_questions(ids)
    in_both = {question.id for survey_id, question, _scale in asked if survey_id == before_id}
    said = _list_said(ids)
    return {
        question.key: compare(
            question.key,
            question.wording,
            scale,
            said[before_id, question.id],
            said[after_id, question.id],
            max(one.asked for one in surveys),
            is_cut=any(one.is_cut for one in surveys),
        )
        for survey_id, question, scale in asked
        if survey_id == after_id and question.id in in_both and scale
    }


def find_earlier(
    survey: ClosedSurvey, readable: sa.ColumnElement[bool] | None = None
) -> ClosedSurvey | None:
    """The survey that this one's answers are matched with: the last of its series before it.

    None where ``readable`` hides that one: a change tells of both.
    """
    if survey.kind not in (SurveyKind.AFTER, SurveyKind.SCHOOL_WAVE):
        return None
    wanted = SurveyKind.BEFORE if survey.kind is SurveyKind.AFTER else survey.kind
    may_read = (sa.true() if readable is None else readable).label("may_read")
    query = _surveys().where(Survey.series == survey.series, Survey.kind == wanted)
    found = [
        (_closed(row), row.may_read) for row in db.session.execute(query.add_columns(may_read))
    ]
    earlier = [
        (one, may_read)
        for one, may_read in found
        if one.id != survey.id and (wanted is SurveyKind.BEFORE or one.held_on < survey.held_on)
    ]
    last = max(earlier, key=lambda pair: (pair[0].held_on, pair[0].id), default=None)
    return last[0] if last is not None and last[1] else None


def _surveys() -> Any:
    return (
        sa.select(*COLUMNS)
        .outerjoin(Event, Event.id == Survey.event_id)
        .outerjoin(Session, Session.id == Survey.session_id)
        .outerjoin(Term, Term.id == Survey.term_id)
        .where(IS_READABLE)
    )


def _closed(row: Any) -> ClosedSurvey:
    moment = row.session_at or row.starts_at
    about = row.starts_on if row.kind is SurveyKind.SCHOOL_WAVE else None
    answered = row.answered_count or 0
    return ClosedSurvey(
        id=row.id,
        kind=row.kind,
        title=row.title,
        series=row.series,
        held_on=about or clock.london_date(moment or row.closed_at),
        closed_on=clock.london_date(row.closed_at),
        asked=row.asked_count or 0,
        answered=answered if answered >= FEWEST_COUNTED else None,
        schools=row.school_count if answered >= FEWEST_COUNTED else None,
        term_id=row.term_id,
        event_id=row.event_id,
        event_kind=row.event_kind,
        cluster_id=row.cluster_id,
    )


def _start(day: date | None) -> Any:
    return day and clock.from_london(day, time(0))


def _list_questions(
    survey_ids: Collection[int],
) -> list[tuple[int, Question, Sequence[ScaleLabel]]]:
    """Each survey's questions in order, with the answers of their scales."""
    rows = db.session.execute(
        sa.select(SurveyQuestion.survey_id, Question, ScaleAnswer)
        .join(Question, Question.id == SurveyQuestion.question_id)
        .outerjoin(ScaleAnswer, ScaleAnswer.scale_key == Question.scale_key)
        .where(SurveyQuestion.survey_id.in_(survey_ids))
        .order_by(SurveyQuestion.survey_id, SurveyQuestion.position, ScaleAnswer.position)
    )
    found: dict[tuple[int, int], tuple[int, Question, list[ScaleLabel]]] = {}
    for survey_id, question, answer in rows:
        place = found.setdefault((survey_id, question.id), (survey_id, question, []))
        if answer is not None:
            place[2].append(ScaleLabel(answer.key, answer.label, answer.value))
    return list(found.values())


def _count_responses(survey_ids: Collection[int]) -> dict[int, int]:
    query = sa.select(Response.survey_id, sa.func.count()).where(
        Response.survey_id.in_(survey_ids), Response.is_finished
    )
    return {id_: count for id_, count in db.session.execute(query.group_by(Response.survey_id))}


def _count_answers(survey_ids: Collection[int]) -> Mapping[tuple[int, int], dict[str, int]]:
    """How many gave each answer, by survey and question. Blank is no answer."""
    rows = db.session.execute(
        sa.select(Response.survey_id, Answer.question_id, Answer.answer_key, sa.func.count())
        .join(Response, Response.id == Answer.response_id)
        .where(Response.survey_id.in_(survey_ids), Response.is_finished, Answer.answer_key != "")
        .group_by(Response.survey_id, Answer.question_id, Answer.answer_key)
    )
    found: dict[tuple[int, int], dict[str, int]] = defaultdict(dict)
    for survey_id, question_id, key, count in rows:
        found[survey_id, question_id][key] = count
    return found


def _list_lines(answered: Mapping[int, int]) -> dict[tuple[int, int], list[str]]:
    """Lines of text in the order of their random ids, of surveys with 10 responses or more."""
    enough = [id_ for id_, count in answered.items() if count >= FEWEST_SPREAD]
    rows = db.session.execute(
        sa.select(Response.survey_id, Answer.question_id, Answer.text)
        .join(Response, Response.id == Answer.response_id)
        .where(Response.survey_id.in_(enough), Response.is_finished, Answer.text != "")
        .order_by(Answer.id)
    )
    found: dict[tuple[int, int], list[str]] = defaultdict(list)
    for survey_id, question_id, text in rows:
        found[survey_id, question_id].append(text)
    return found


def _list_said(survey_ids: Collection[int]) -> Mapping[tuple[int, int], dict[str, str]]:
    """The answers that pseudonyms gave, by survey and question. Blank is no answer."""
    rows = db.session.execute(
        sa.select(Response.survey_id, Answer.question_id, Response.pseudonym, Answer.answer_key)
        .join(Answer, Answer.response_id == Response.id)
        .where(Response.survey_id.in_(survey_ids), Response.is_finished, Answer.answer_key != "")
    )
    said: dict[tuple[int, int], dict[str, str]] = defaultdict(dict)
    for survey_id, question_id, pseudonym, key in rows:
        said[survey_id, question_id][pseudonym] = key
    return said
