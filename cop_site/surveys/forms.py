"""Shape of what people send: a page of answers, a wave, who reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cop_site.schools.models import Term
from cop_site.surveys.models import Question
from cop_site.web.forms import ChoiceField, DayField, Form, ManyField, PickField, TextField
from cop_site.web.pupil_guard import HINT, PupilGuard
from cop_site.web.routing import read_id

LONGEST_LINE = 300


class AnswerForm(PupilGuard, Form):
    """One page of a survey. No question has to be answered."""

    questions: Sequence[Question] = ()

    @property
    def said(self) -> dict[int, tuple[str, str]]:
        """By question: the answer's key and the line, both "" where it was left out."""
        answers = {
            question.id: str(self[f"q{question.id}"].data or "") for question in self.questions
        }
        lines = {question.id for question in self.questions if not question.scale.answers}
        return {id_: ("", said) if id_ in lines else (said, "") for id_, said in answers.items()}


def build_answer_form(questions: Sequence[Question], saved: Mapping[int, str]) -> AnswerForm:
    """A form with these questions, holding what was saved; scales loaded."""
    fields: dict[str, Any] = {
        f"q{question.id}": ChoiceField(
            question.wording,
            choices=[(answer.key, answer.label) for answer in question.scale.answers],
        )
        if question.scale.answers
        else TextField(question.wording, longest=LONGEST_LINE, description=HINT)
        for question in questions
    }
    lines = [f"q{question.id}" for question in questions if not question.scale.answers]
    kind = type("PageForm", (AnswerForm,), fields | {"free_text": lines, "questions": questions})
    form: AnswerForm = kind(data={f"q{id_}": said for id_, said in saved.items()})
    return form


class WaveForm(Form):
    """Ask every school once for a term."""

    term_id = PickField("Term", required="Choose a term")
    closes_on = DayField(
        "Last day to answer",
        required="Enter the last day to answer",
        description="For example, 27 11 2026. Two or three weeks from now works well.",
    )

    def offer(self, terms: Sequence[Term]) -> None:
        self.term_id.choices = [(str(term.id), term.name) for term in terms]

    @property
    def chosen_term(self) -> int:
        return read_id(self.term_id.data) or 0


class ReadersForm(Form):
    """Who beside the lead may read the results."""

    readers = ManyField("Who may read the results")

    @property
    def person_ids(self) -> list[int]:
        return [id_ for id_ in (read_id(text) for text in self.readers.data or ()) if id_]
