"""How bookings and marks become the rows of a register."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cop_site.accounts.models import Person, SchoolRoleKind
from cop_site.attendance.models import Mark, MarkKind, MarkSchool
from cop_site.attendance.sheet_models import Section, Sheet, build_sheet
from cop_site.bookings.models import Booking, BookingSchool, BookingState
from cop_site.events.models import Mode
from cop_site.schools.models import School

STARTS_AT = datetime(2026, 11, 10, 12, tzinfo=UTC)
KINDS = [
    MarkKind(key=key, name=name, attended=attended, apology=apology, recorded=recorded)
    for key, name, attended, apology, recorded in (
        ("not_recorded", "Not recorded", False, False, False),
        ("in_person", "Attended in person", True, False, True),
        ("online", "Attended online", True, False, True),
        ("part", "Attended part", True, False, True),
        ("apologies", "Apologies", False, True, True),
        ("did_not_attend", "Did not attend", False, False, True),
    )
]


def booking(
    number: int,
    name: str,
    *schools: str,
    state: BookingState = BookingState.BOOKED,
    mode: Mode = Mode.IN_PERSON,
    person: int = 0,
    late: bool = False,
) -> Booking:
    named = [
        BookingSchool(school=School(name=school), role=SchoolRoleKind.SENCO) for school in schools
    ]
    return Booking(
        id=number,
        person_id=person or number,
        person=Person(name=name),
        schools=named,
        state=state,
        mode=mode,
        cancelled_late=late,
    )


def mark(person: int, kind: str, *schools: str, name: str = "Walker") -> Mark:
    named = [
        MarkSchool(school=School(name=school), role=SchoolRoleKind.TEACHER) for school in schools
    ]
    return Mark(person_id=person, person=Person(name=name), kind_key=kind, schools=named)


def build(bookings: list[Booking], marks: list[Mark], words: str = "") -> Sheet:
    return build_sheet(
        bookings, marks, KINDS, mode=Mode.IN_PERSON, starts_at=STARTS_AT, words=words
    )


class TestBuildSheet:
    @pytest.mark.parametrize(
        ("minutes", "section"), [(-1, "cancelled"), (0, "cancelled"), (1, "place")]
    )
    def test_whoever_gives_up_after_it_began_had_a_place(self, minutes: int, section: str) -> None:
        gone = booking(1, "Amy", "Alder", state=BookingState.CANCELLED, late=True)
        gone.place_given_at = STARTS_AT - timedelta(days=9)
        gone.cancelled_at = STARTS_AT + timedelta(minutes=minutes)
        sheet = build([gone], [])
        assert sheet.rows[0].section == section
        assert len(sheet.unrecorded) == (section == "place")

    def test_lists_by_school_and_then_name(self) -> None:
        sheet = build(
            [booking(1, "Zed", "beech"), booking(2, "Amy", "Beech"), booking(3, "Moe", "Alder")], []
        )
        assert [row.name for row in sheet.listed(Section.PLACE)] == ["Moe", "Amy", "Zed"]

    def test_names_every_school_once_a_row_in_order(self) -> None:
        row = build([booking(1, "Amy", "Dovecote", "Alder")], []).rows[0]
        assert row.schools == (("Alder", "SENCO"), ("Dovecote", "SENCO"))

    def test_shows_the_school_as_it_was_when_marked(self) -> None:
        row = build([booking(1, "Amy", "Alder")], [mark(1, "in_person", "Beech")]).rows[0]
        assert row.schools == (("Beech", "Teacher"),)

    def test_a_live_booking_goes_before_a_later_cancelled_one(self) -> None:
        late = booking(2, "Amy", "Alder", person=1, state=BookingState.CANCELLED, late=True)
        sheet = build([late, booking(1, "Amy", "Alder")], [])
        assert [row.section for row in sheet.rows] == [Section.PLACE]

    def test_sections_follow_the_booking(self) -> None:
        sheet = build(
            [
                booking(1, "Amy", "Alder"),
                booking(2, "Bea", "Alder", state=BookingState.WAITING),
                booking(3, "Cal", "Alder", state=BookingState.OFFERED),
                booking(4, "Dan", "Alder", state=BookingState.CANCELLED, late=True),
            ],
            [mark(5, "in_person", "Alder")],
        )
        assert {row.name: row.section.value for row in sheet.rows} == {
            "Amy": "place",
            "Bea": "waiting",
            "Cal": "waiting",
            "Dan": "cancelled",
            "Walker": "door",
        }


class TestCounts:
    def test_those_with_a_place_count_and_whoever_else_was_marked(self) -> None:
        waiting = [booking(number, "Amy", "Alder", state=BookingState.WAITING) for number in (3, 4)]
        sheet = build(
            [booking(1, "Bea", "Alder"), booking(2, "Cal", "Alder"), *waiting],
            [
                mark(1, "apologies"),
                mark(3, "in_person"),
                mark(9, "in_person"),
                mark(8, "not_recorded"),
            ],
        )
        assert (sheet.marked, sheet.total) == (3, 4)
        assert [row.name for row in sheet.unrecorded] == ["Cal"]

    def test_words_narrow_the_list_and_never_the_count(self) -> None:
        sheet = build(
            [booking(1, "Amy Reed", "Alder Lane"), booking(2, "Bea", "Beech")], [], "LANE reed"
        )
        assert [row.name for row in sheet.listed(Section.PLACE)] == ["Amy Reed"]
        assert (sheet.total, sheet.shown_count, sheet.finds_nobody) == (2, 1, False)
        assert build([booking(1, "Amy", "Alder")], [], "beech").finds_nobody


class TestButtons:
    def test_nobody_marked_yet_may_be_marked_here_by_the_mode_booked(self) -> None:
        row = build([booking(1, "Amy", "Alder", mode=Mode.ONLINE)], []).rows[0]
        assert (row.tap, row.label) == ("online", "Mark here")
        assert [kind.key for kind in row.others] == [
            "in_person",
            "part",
            "apologies",
            "did_not_attend",
        ]

    def test_somebody_here_may_be_taken_back(self) -> None:
        row = build([booking(1, "Amy", "Alder")], [mark(1, "in_person")]).rows[0]
        assert (row.tap, row.label) == ("not_recorded", "Here")
        assert "not_recorded" not in [kind.key for kind in row.others]

    def test_here_in_another_way_says_which(self) -> None:
        row = build([booking(1, "Amy", "Alder")], [mark(1, "part")]).rows[0]
        assert (row.tap, row.label) == ("not_recorded", "Attended part")

    def test_somebody_who_sent_apologies_and_came_is_one_tap_away(self) -> None:
        row = build([booking(1, "Amy", "Alder")], [mark(1, "apologies")]).rows[0]
        assert (row.tap, row.label) == ("in_person", "Mark here")
        assert [kind.key for kind in row.others] == [
            "not_recorded",
            "online",
            "part",
            "did_not_attend",
        ]

    def test_every_row_has_a_tap_id_of_its_own(self) -> None:
        sheet = build([booking(1, "Amy", "Alder"), booking(2, "Bea", "Alder")], [])
        assert len({row.tap_id for row in sheet.rows}) == 2
