"""Shape of a meeting's list: the file, and what came back once it was looked over.

Between the two nothing is stored: the page carries each line, and with it goes who has no place.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from typing import Any

from flask import request
from flask_wtf.file import FileField
from govuk_frontend_wtf import wtforms_widgets as gov
from wtforms import HiddenField

from cop_site import clock
from cop_site.attendance.forms import TAP_ID
from cop_site.attendance.meeting_list_models import LEAVE, PART, PostedLine
from cop_site.attendance.meeting_list_reading import (
    LARGEST_FILE,
    LONGEST_NAME,
    MOST_PEOPLE,
    ListLine,
    MeetingList,
    read_meeting_list,
)
from cop_site.attendance.meeting_list_times import Spell, read_minutes
from cop_site.attendance.models import ONLINE
from cop_site.attendance.services import Tap
from cop_site.attendance.sheet_models import new_tap_id
from cop_site.errors import DomainError
from cop_site.web.forms import Form, TickField
from cop_site.web.routing import read_id
from cop_site.web.uploads import sent_file

MARKS = (ONLINE, PART)
NO_FILE = "Choose the file that the meeting gave you"
NOBODY_CHOSEN = (
    "Nobody is to be marked. Choose a mark for each person who came, and who they are where that "
    "is asked. If none of them came, choose “Mark nobody”"
)
ADD = "add"
ANOTHER_DAY = "Tick the box if this is the right list, or choose another"
TWICE = "Two lines are the same person. Leave one of them out"


class MeetingListForm(Form):
    file = FileField(
        "The meeting’s list (CSV)",
        widget=gov.GovFileInput(),
        description="From Microsoft Teams, Zoom or Google Meet, as you downloaded it.",
    )

    def read_file(self) -> MeetingList:
        """Everybody on it. Raises DomainError where it is no list."""
        sent = sent_file()
        if sent is None:
            raise DomainError(NO_FILE, field="file")
        with closing(sent):
            return read_meeting_list(sent.stream.read(LARGEST_FILE + 1))


class LookedOverForm(Form):
    """Each line as ``name-n``, ``others-n``, ``emails-n`` and ``minutes-n``; ``who-n`` is a
    person and the mark they had, or whom to add for which role; ``mark-n`` is what they get."""

    tap_id = HiddenField(validators=TAP_ID)
    days = HiddenField()
    same = TickField("It is the right list: go on with it")

    def __init__(self, formdata: Any = None) -> None:
        super().__init__(formdata)
        self.tap_id.data = self.tap_id.data or new_tap_id()

    def note_days(self, days: Sequence[Sequence[date]], held_on: date) -> None:
        """Ask about a list that names days, and not the session's."""
        is_of_it = any(held_on in readings for readings in days)
        named = () if is_of_it or not days else days[0]
        self.days.data = " ".join(day.isoformat() for day in named)

    @property
    def other_days(self) -> list[str]:
        """The day the list is of, where it is another; two where it could be either."""
        return [
            clock.say_day(day)
            for one in (self.days.data or "").split()[:2]
            if (day := _read_day(one))
        ]

    @property
    def wants_to_save(self) -> bool:
        return request.form.get("step") == "save"

    def read_lines(self) -> list[PostedLine]:
        sent = request.form
        numbers = (n for n in range(MOST_PEOPLE) if f"name-{n}" in sent)
        return [self._read_line(number) for number in numbers]

    def _read_line(self, number: int) -> PostedLine:
        def sent(name: str) -> str:
            return request.form.get(f"{name}-{number}", "")[:1_000]

        person, _, rest = sent("who").partition(":")
        role_id = read_id(rest) if person == ADD else None
        spell = Spell(read_minutes(sent("minutes")))
        line = ListLine(sent("name")[:LONGEST_NAME], tuple(sent("emails").split()[:4]), (spell,))
        line = replace(line, guess=sent("guess"), others=tuple(sent("others").splitlines()))
        mark = sent("mark") if sent("mark") in MARKS else LEAVE
        return PostedLine(line, read_id(person), rest[:40], mark, role_id)

    def list_taps(self, lines: list[PostedLine]) -> list[Tap]:
        """What to mark. Raises DomainError for nobody, and for one person on two lines."""
        chosen = [one for one in lines if one.person_id and one.mark]
        if self.other_days and not self.same.data:
            raise DomainError(ANOTHER_DAY, field="same")
        if not chosen:
            raise DomainError(NOBODY_CHOSEN)
        if len({one.person_id for one in chosen}) < len(chosen):
            raise DomainError(TWICE)
        first = str(self.tap_id.data)[:40]
        return [
            Tap(f"{first}-{one.person_id}", one.person_id or 0, one.mark, one.was) for one in chosen
        ]


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
