"""Lists of people as they are pasted or saved."""

from __future__ import annotations

from datetime import date

import pytest

from cop_site.accounts.models import SchoolRoleKind, ServiceRoleKind, Standing
from cop_site.accounts.role_queries import say_role
from cop_site.errors import DomainError
from cop_site.people.invite_list_reading import (
    LARGEST_FILE,
    MOST_LINES,
    ReadRole,
    decode,
    read_list,
    read_role,
)

SENCO = ReadRole("school", "senco")


class TestReadList:
    @pytest.mark.parametrize(
        "text",
        [
            "Nora New,nora@s.example,SENCO,Oak",
            "Nora New\tnora@s.example\tsenco\tOak",
            "Nora New;NORA@s.example;Senco;Oak",
            '"Nora New", "nora@s.example", SENCO ,Oak\r\n\r\n,,,\n',
            "School,Email address,Name,Role\nOak,nora@s.example,Nora New,SENCO",
            "First name;Surname;E-mail;Job;URN;Phone\nNora;New;nora@s.example;SENCO;Oak;1",
        ],
    )
    def test_reads_the_same_person_however_it_was_written(self, text: str) -> None:
        (line,) = read_list(text)
        assert (line.name, line.email, line.role, line.place, line.fault) == (
            *("Nora New", "nora@s.example", SENCO, "Oak"),
            "",
        )

    def test_a_school_s_town_may_stand_after_a_comma(self) -> None:
        (line,) = read_list("Nora New,nora@s.example,SENCO,Oak Primary, Larkton")
        assert line.place == "Oak Primary, Larkton"
        assert read_list(line.text) == [line]

    @pytest.mark.parametrize(
        ("text", "place"),
        [
            ("Nora New,nora@s.example,SENCO,Oak,1/9/2010", "Oak"),
            ("Nora New,nora@s.example,SENCO,Oak Primary, Larkton,01/09/10", "Oak Primary, Larkton"),
            ("Nora New\tnora@s.example\tSENCO\tOak\t01.09.2010", "Oak"),
            ("Nora New,nora@s.example,SENCO,,2010-09-01", ""),
            ("Nora New,nora@s.example,SENCO,1-9-2010", ""),
            (
                "Name;Start date;Email;Role;School\nNora New;01/09/2010;nora@s.example;SENCO;Oak",
                "Oak",
            ),
        ],
    )
    def test_a_first_day_may_stand_at_the_end(self, text: str, place: str) -> None:
        (line,) = read_list(text)
        assert (line.starts_on, line.place, line.fault) == (date(2010, 9, 1), place, "")
        assert read_list(line.text) == [line]

    @pytest.mark.parametrize("place", ["Oak", "765432", "Oak, Larkton", "1 Elm Road"])
    def test_a_place_is_no_first_day(self, place: str) -> None:
        (line,) = read_list(f"Nora New,nora@s.example,SENCO,{place}")
        assert (line.starts_on, line.place) == (None, place)

    @pytest.mark.parametrize(
        ("day", "fault"),
        [
            ("31/2/2010", "“31/2/2010” is no first day. Write it like 1/9/2010, from 2000 on"),
            ("1/9/1899", "“1/9/1899” is no first day. Write it like 1/9/2010, from 2000 on"),
            ("1/9/2100", "The first day must be within a year from now"),
        ],
    )
    def test_says_what_is_wrong_with_a_first_day(self, day: str, fault: str) -> None:
        (line,) = read_list(f"Nora New,nora@s.example,SENCO,Oak,{day}")
        assert (line.starts_on, line.fault) == (None, fault)
        assert read_list(line.text) == [line]
        (line,) = read_list("Email,Name,Role,School,Since\nnora@s.example,Nora,SENCO,Oak,soon")
        assert line.fault.startswith("“soon” is no first day")

    def test_a_comma_in_a_name_keeps_its_marks_in_the_box(self) -> None:
        (line,) = read_list('"New, Nora",nora@s.example,SENCO,"Oak, Larkton"')
        assert line.name == "New, Nora"
        assert read_list(line.text) == [line]

    @pytest.mark.parametrize(
        ("text", "fault"),
        [
            (",nora@s.example,SENCO,Oak", "The name is missing"),
            ("Nora", "This line has only one part. Write name, email address, role, school."),
            ("Nora,nora at school,SENCO", "The second part is not an email address"),
            ("nora@s.example,Nora,SENCO", "The first part is not a name"),
            ("=cmd|' /C calc'!A0,nora@s.example,SENCO", "The first part is not a name"),
            ("Nora,nora@s.example,,Oak", "The role is missing"),
            ("Nora,nora@s.example,King,Oak", "“King” is no role here"),
            ('"Nora,nora@s.example,SENCO,Oak', "A quotation mark is missing"),
            (f"{'N' * 201},nora@s.example,SENCO,Oak", "Use 200 characters or fewer for a name"),
        ],
    )
    def test_says_what_is_wrong_with_a_line(self, text: str, fault: str) -> None:
        (line,) = read_list(text)
        assert line.fault == fault

    def test_what_cannot_be_seen_is_taken_out(self) -> None:
        (line,) = read_list("No\u202era\u200b\x1f New,nora@s.example,SENCO,Oak")
        assert line.name == "Nora New"

    def test_a_line_break_inside_quotation_marks_is_no_name(self) -> None:
        lines = read_list('"Nora\r\nBcc: all@s.example",nora@s.example,SENCO,Oak')
        assert all(line.fault for line in lines)

    def test_more_than_five_hundred_lines_are_refused(self) -> None:
        line = "Nora,nora@s.example,SENCO,Oak\n"
        assert len(read_list(line * MOST_LINES)) == MOST_LINES
        with pytest.raises(DomainError, match="501 lines"):
            read_list(line * (MOST_LINES + 1))

    def test_a_megabyte_of_one_line_is_one_fault(self) -> None:
        (line,) = read_list("N" * 1_000_000)
        assert line.fault

    def test_nothing_is_nothing(self) -> None:
        assert read_list(" \n;;;\n,,,\n\t\n") == []


class TestReadRole:
    def test_knows_every_role_by_its_name(self) -> None:
        for source, kinds in (("school", SchoolRoleKind), ("service", ServiceRoleKind)):
            for kind in kinds:
                assert read_role(say_role(source, kind.value).upper()) == ReadRole(
                    source, kind.value
                )

    @pytest.mark.parametrize(
        ("text", "read"),
        [
            ("Acting SENCO", ReadRole("school", "senco", Standing.ACTING)),
            ("SENCO (interim)", ReadRole("school", "senco", Standing.INTERIM)),
            ("head  teacher", ReadRole("school", "headteacher")),
            ("teaching_assistant", ReadRole("school", "teaching_assistant")),
            ("EP", ReadRole("service", "ep")),
            ("Partner", ReadRole("partner", "partner")),
            ("", None),
            ("acting headteacher", None),
        ],
    )
    def test_and_by_what_else_they_are_called(self, text: str, read: ReadRole | None) -> None:
        assert read_role(text) == read


class TestDecode:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
    def test_reads_what_spreadsheets_save(self, encoding: str) -> None:
        assert decode("Zoë O’Neill".encode(encoding)) == "Zoë O’Neill"

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"Nora\0New", "not a text file"),
            ("Nora".encode("utf-16"), "not a text file"),
            (b"PK\x03\x04rest", "This is a spreadsheet"),
            (b"x" * (LARGEST_FILE + 1), "larger than 256 KB"),
        ],
    )
    def test_refuses_what_is_no_text(self, content: bytes, sentence: str) -> None:
        with pytest.raises(DomainError, match=sentence):
            decode(content)
