"""The register's file of links, read."""

from __future__ import annotations

from datetime import date

import pytest

from cop_site.schools.links_file import LinkRow, read_links
from cop_site.schools.models import SchoolLinkKind
from cop_site.schools.register_text import RegisterFileError
from tests.unit.schools.register_files import Write

HEADER = "URN,LinkURN,LinkName,LinkType,LinkEstablishedDate\r\n"
SUCCESSOR, OTHER = SchoolLinkKind.SUCCESSOR, SchoolLinkKind.OTHER


def one(write: Write, line: str) -> LinkRow:
    (row,) = read_links(write(HEADER + line + "\r\n")).rows
    return row


class TestRows:
    @pytest.mark.parametrize(
        ("line", "before", "after", "kind"),
        [
            ("810001,810002,B,Successor,", 810001, 810002, SUCCESSOR),
            ("810001,810002,B,Successor - Split School,", 810001, 810002, SUCCESSOR),
            ("810002,810001,A,Predecessor,", 810001, 810002, SUCCESSOR),
            ("810002,810001,A,predecessor - split school,", 810001, 810002, SUCCESSOR),
            ("810001,810002,B,Merged - expansion,", 810001, 810002, OTHER),
            ("810001,810002,B,,", 810001, 810002, OTHER),
        ],
    )
    def test_says_who_came_before_whom(
        self, write: Write, line: str, before: int, after: int, kind: SchoolLinkKind
    ) -> None:
        row = one(write, line)
        assert (row.urn, row.successor_urn, row.kind) == (before, after, kind)

    @pytest.mark.parametrize(
        "dates", [("01-09-2025", ""), ("", "01-09-2025"), ("01-09-2025", "02-09-2025")]
    )
    def test_a_link_told_from_both_ends_is_one_with_the_first_date(
        self, write: Write, dates: tuple[str, str]
    ) -> None:
        there, back = dates
        lines = f"810001,810002,B,Successor,{there}\r\n810002,810001,A,Predecessor,{back}\r\n"
        (row,) = read_links(write(HEADER + lines)).rows
        assert row.linked_on == date(2025, 9, 1)

    def test_columns_are_found_by_name(self, write: Write) -> None:
        text = "LinkType,More,LinkEstablishedDate,LinkURN,URN\r\nSuccessor,x,,810002,810001\r\n"
        (row,) = read_links(write(text)).rows
        assert (row.urn, row.successor_urn) == (810001, 810002)


class TestRefusedRows:
    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ("8100x,810002,B,Successor,", 'URN is "8100x"'),
            ("810001,,B,Successor,", "LinkURN is blank"),
            ("810001,810001,B,Successor,", "links a school to itself"),
            ("810001,810002,B,Successor,31-02-2025", "not a date"),
        ],
    )
    def test_says_why_and_on_which_line(self, write: Write, line: str, reason: str) -> None:
        found = read_links(write(HEADER + "810003,810004,D,Successor,\r\n" + line + "\r\n"))
        assert len(found.rows) == 1
        assert found.refused[0].line == 3
        assert reason in found.refused[0].reason


class TestRefusedFiles:
    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("", "these columns are missing: "),
            (HEADER, "no links"),
            ("URN,LinkURN,LinkType\r\n1,2,3\r\n", "this column is missing: LinkEstablishedDate."),
            (HEADER + "810001,810002,B\r\n", "cut"),
            (HEADER + "810001,810002,B,Successor,,,\r\n", "too many"),
            (HEADER + '810001,810002,"B,Successor,\r\n', "quotation marks"),
            (HEADER + "\x00,810002,B,Successor,\r\n", "not a CSV"),
        ],
    )
    def test_one_sentence_names_the_file(self, write: Write, text: str, why: str) -> None:
        path = write(text)
        with pytest.raises(RegisterFileError, match=why) as refused:
            read_links(path)
        assert refused.value.sentence.startswith(path.name)
