"""A form that warns of pupil data comes back once, and is saved when the person says so."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask, render_template_string

from cop_site.web.forms import Form, LongTextField, TextField
from cop_site.web.pupil_guard import PupilGuard

FORM = (
    '{% from "components/forms.html" import errors, pupil_tick %}'
    "{{ errors(form) }}{{ form.agreed() }}{{ pupil_tick(form) }}"
)


class NoteForm(PupilGuard, Form):
    free_text = ("title", "agreed")
    title = TextField("Title")
    agreed = LongTextField("What was agreed", required="Say what was agreed")


pytestmark = pytest.mark.sqlite_only


def _send(app: Flask, **fields: Any) -> tuple[bool, NoteForm, str]:
    with app.test_request_context(method="POST", data=fields):
        form = NoteForm(meta={"csrf": False})
        return form.is_valid_post(), form, render_template_string(FORM, form=form)


def _digest(html: str) -> str:
    found = re.search(r'name="pupil_digest" value="([0-9a-f]{16})"', html)
    assert found
    return found[1]


class TestPupilGuard:
    def test_an_ordinary_text_passes_unasked(self, app: Flask) -> None:
        valid, form, html = _send(app, agreed="Trial visual timetables in two rooms")
        assert valid and not form.asks_no_pupil and not form.overrides_guard
        assert "names_no_pupil" not in html

    def test_a_risky_text_comes_back_with_the_sentence_at_its_field(self, app: Flask) -> None:
        valid, form, html = _send(app, agreed="Jayden, Year 4, is tired")
        assert not valid and not form.title.errors
        assert "“Jayden, Year 4” looks like a pupil’s name" in html.split("<textarea")[0]
        assert "Jayden, Year 4, is tired</textarea>" in html
        assert "save it as it is" in html

    def test_a_text_refused_for_its_length_is_not_read(self, app: Flask) -> None:
        valid, form, html = _send(app, agreed="Jayden, Year 4. " * 2000)
        assert not valid and len(form.agreed.errors) == 1
        assert "Use 10,000 characters or fewer" in html and "looks like" not in html

    def test_the_tick_lets_it_through(self, app: Flask) -> None:
        text = "Jayden, Year 4, is tired"
        digest = _digest(_send(app, agreed=text)[2])
        valid, form, _html = _send(app, agreed=text, names_no_pupil="y", pupil_digest=digest)
        assert valid and form.overrides_guard

    def test_a_tick_for_other_words_is_asked_again_unticked(self, app: Flask) -> None:
        digest = _digest(_send(app, agreed="Jayden, Year 4, is tired")[2])
        text = "Jayden, Year 4, and Aisha (Y5)"
        valid, _form, html = _send(app, agreed=text, names_no_pupil="y", pupil_digest=digest)
        assert not valid
        assert "checked" not in html
        assert _digest(html) != digest

    def test_a_tick_that_was_never_shown_counts_for_nothing(self, app: Flask) -> None:
        assert not _send(app, agreed="Jayden, Year 4", names_no_pupil="y")[0]

    def test_other_faults_are_said_as_well(self, app: Flask) -> None:
        _valid, form, _html = _send(app, title="Aisha (Y5)", agreed="")
        assert form.title.errors and form.agreed.errors
