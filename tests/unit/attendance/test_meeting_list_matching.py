"""Who a line of a meeting's list is, and what is proposed for them."""

from __future__ import annotations

from typing import Any

import pytest

from cop_site.attendance.meeting_list_models import How, Match, Matcher, Preview, build_preview
from cop_site.attendance.meeting_list_reading import ListLine
from cop_site.attendance.meeting_list_times import Spell
from cop_site.attendance.models import MarkKind
from cop_site.attendance.sheet_models import Section, SheetRow

UNMARKED = MarkKind(key="not_recorded", name="Not recorded", attended=False, recorded=False)
HERE = MarkKind(key="in_person", name="Attended in person", attended=True, recorded=True)
SAID_NO = MarkKind(key="apologies", name="Apologies", attended=False, recorded=True)
KINDS = (UNMARKED, HERE, SAID_NO)


def row(id_: int, name: str, **values: Any) -> SheetRow:
    given = {"section": Section.PLACE, "state": UNMARKED, **values}
    return SheetRow(id_, name, (("Alder Lane", "SENCO"),), here=HERE, kinds=KINDS, **given)


PEOPLE = [
    row(1, "Erin Example"),
    row(2, "Zoë O'Sample"),
    row(3, "Sam Same"),
    row(4, "Sam Same"),
    row(5, "Mary-Jane van der Test"),
    row(6, "Wanda Waits", section=Section.WAITING),
]
EMAILS = {1: {"erin@alder.example", "e.example@home.example"}, 6: {"wanda@alder.example"}}


def find(name: str, *emails: str) -> Match:
    return Matcher(PEOPLE, EMAILS).find(ListLine(name, emails))


class TestFind:
    @pytest.mark.parametrize("email", ["erin@alder.example", "e.example@home.example"])
    def test_any_address_of_theirs_is_certain_whatever_the_name(self, email: str) -> None:
        found = find("iPad 3", email)
        assert (found.how, found.row) == (How.EMAIL, PEOPLE[0])

    def test_who_waits_is_known_by_address_and_only_offered_by_name(self) -> None:
        assert find("W", "wanda@alder.example").row == PEOPLE[5]
        found = find("Wanda Waits")
        assert (found.how, found.row, found.choices) == (How.SEVERAL, None, (PEOPLE[5],))

    @pytest.mark.parametrize(
        ("shown", "person_id"),
        [
            ("erin EXAMPLE", 1),
            ("Example, Erin", 1),
            ("Example Erin", 1),
            ("Erin Example (Guest)", 1),
            ("Mrs Erin Example", 1),
            ("Dr. Erin Example [External]", 1),
            ("EE (Erin Example)", 1),
            ("Erin Example - Alder Lane Primary", 1),
            ("Erin Jane Example", 1),
            ("Erin Example’s iPhone", 1),
            ("Erin Example's MacBook Pro (2)", 1),
            ("Zoe OSample", 2),
            ("ZOË O’SAMPLE", 2),
            ("Mary Jane van der Test", 5),
            ("van der Test, Mary-Jane (SENCO)", 5),
        ],
    )
    def test_a_name_is_the_same_however_it_is_written(self, shown: str, person_id: int) -> None:
        found = find(shown)
        assert found.row is not None, found
        assert (found.how, found.row.person_id) == (How.NAME, person_id)

    def test_two_of_one_name_are_to_choose_from(self) -> None:
        found = find("Sam Same")
        assert (found.how, found.row, len(found.choices)) == (How.SEVERAL, None, 2)

    @pytest.mark.parametrize("shown", ["Erin", "Erin’s iPhone", "Erin's Galaxy S22"])
    def test_a_first_name_alone_is_never_certain(self, shown: str) -> None:
        found = find(shown)
        assert (found.how, found.row, found.choices) == (How.SEVERAL, None, (PEOPLE[0],))

    @pytest.mark.parametrize("shown", ["Olive Organiser", "iPhone", "+44 7700 900123", "😀", "Mr"])
    def test_whoever_has_no_place_is_nobody(self, shown: str) -> None:
        found = find(shown)
        assert (found.how, found.row, found.choices) == (How.NOBODY, None, ())


def propose(*minutes: int | None, session: int = 120, state: MarkKind = UNMARKED) -> list[str]:
    people = [row(number, f"Person P{number}", state=state) for number in range(len(minutes))]
    lines = [
        ListLine(person.name, (), (Spell(given),))
        for person, given in zip(people, minutes, strict=True)
    ]
    preview = build_preview(lines, Matcher(people, {}), people, session)
    return [match.mark for match in preview.matches]


def share(*named: tuple[str, int]) -> Preview:
    """Lines with these names and minutes, all with Erin's address."""
    lines = [ListLine(name, ("erin@alder.example",), (Spell(given),)) for name, given in named]
    return build_preview(lines, Matcher(PEOPLE, EMAILS), PEOPLE, 120)


class TestBuildPreview:
    def test_clearly_less_than_half_is_proposed_as_part(self) -> None:
        assert propose(120, 60, 55, 53, 5) == ["online", "online", "online", "part", "part"]

    def test_a_meeting_that_ended_early_is_measured_by_how_long_it_was(self) -> None:
        assert propose(50, 40, 10) == ["online", "online", "part"]

    def test_without_minutes_they_were_there(self) -> None:
        assert propose(None, None) == ["online", "online"]

    def test_who_is_marked_already_stays(self) -> None:
        assert propose(120, 10, state=SAID_NO) == ["", ""]

    def test_two_lines_of_one_person_are_one(self) -> None:
        lines = [
            ListLine("Erin Example", (), (Spell(30),)),
            ListLine("iPad", ("erin@alder.example",), (Spell(40),)),
        ]
        preview = build_preview(lines, Matcher(PEOPLE, EMAILS), PEOPLE, 120)
        assert [match.line.minutes for match in preview.matches] == [70]

    def test_two_names_of_one_address_are_its_owner_and_whoever_is_called_so(self) -> None:
        preview = share(("Zoë O'Sample", 90), ("Erin Example", 100), ("Tablet", 120))
        assert [
            (match.line.name, match.how, match.row and match.row.person_id)
            for match in preview.matches
        ] == [
            ("Zoë O'Sample", How.NAME, 2),
            ("Erin Example", How.EMAIL, 1),
            ("Tablet", How.SHARED, None),
        ]
        assert preview.matches[2].choices == (PEOPLE[0],)

    @pytest.mark.parametrize(
        "again", ["Erin", "E Example", "Erin E", "Erin’s iPad", "Erin J Example"]
    )
    def test_one_person_in_again_under_a_shorter_name_is_one_and_both_are_shown(
        self, again: str
    ) -> None:
        (match,) = share(("Erin Example", 30), (again, 40)).matches
        assert (match.row, match.line.minutes, match.line.others) == (PEOPLE[0], 70, (again,))

    @pytest.mark.parametrize("other", ["Ann Example", "A Example", "E E", "iPad", "Alder Lane"])
    def test_who_is_called_otherwise_is_never_certain(self, other: str) -> None:
        sure, unsure = share(("Erin Example", 30), (other, 40)).matches
        assert (sure.row, sure.line.minutes) == (PEOPLE[0], 30)
        assert (unsure.row, unsure.how, unsure.line.name) == (None, How.SHARED, other)

    def test_those_with_a_place_who_are_not_on_it_are_said(self) -> None:
        lines = [ListLine("Erin Example")]
        preview = build_preview(lines, Matcher(PEOPLE, EMAILS), PEOPLE, 120)
        assert [row.person_id for row in preview.absent] == [2, 3, 4, 5]

    def test_a_list_of_another_meeting_offers_no_endless_choices(self) -> None:
        people = [row(number, f"Person P{number}") for number in range(400)]
        lines = [ListLine(f"Stranger S{number}") for number in range(400)]
        preview = build_preview(lines, Matcher(people, {}), people, 120)
        assert not preview.offers_everybody
