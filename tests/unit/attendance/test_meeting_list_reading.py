"""Lists as meeting tools export them, read; and files that are none, refused at once."""

from __future__ import annotations

import codecs
import contextlib
import time

import pytest

from cop_site.attendance.meeting_list_reading import (
    LARGE,
    LARGEST_FILE,
    NO_HEADER,
    NO_TEXT,
    NOBODY,
    OPEN_QUOTE,
    SPREADSHEET,
    UNREADABLE,
    WEB_PAGE,
    read_meeting_list,
)
from cop_site.attendance.meeting_list_times import read_minutes
from cop_site.errors import DomainError
from tests.factories import meeting_lists

ERIN = "erin@alder.example"


def read(content: bytes) -> dict[str, int | None]:
    return {line.name: line.minutes for line in read_meeting_list(content).lines}


class TestTools:
    @pytest.mark.parametrize(
        "content",
        [meeting_lists.teams(), meeting_lists.teams_with_commas()],
        ids=["tabs", "commas"],
    )
    def test_teams_lists_participants_once_each(self, content: bytes) -> None:
        assert read(content) == {
            "Example, Erin (Alder Lane)": 122,
            "Zoë O’Sample (Guest)": 22,
            "Organiser, Olive": 128,
            "Sam’s iPhone (Unverified)": 1,
        }
        assert read_meeting_list(content).lines[0].emails == (ERIN,)

    def test_older_teams_pairs_joining_and_leaving(self) -> None:
        assert read(meeting_lists.older_teams()) == {"Erin Example": 120, "Zoe O'Sample": 55}

    def test_older_teams_keeps_the_address_of_who_stayed_to_the_end(self) -> None:
        rows = (
            "Full Name,User Action,Timestamp,Email",
            'Erin Example,Joined,"1/2/2026, 9:00:00 AM",erin@x.example',
            'Zoe Sample,Joined,"1/2/2026, 9:00:00 AM",zoe@x.example',
            'Zoe Sample,Left,"1/2/2026, 10:00:00 AM",zoe@x.example',
        )
        lines = read_meeting_list("\n".join(rows).encode()).lines
        assert {line.name: (line.emails, line.minutes) for line in lines} == {
            "Erin Example": (("erin@x.example",), 60),
            "Zoe Sample": (("zoe@x.example",), 60),
        }

    @pytest.mark.parametrize("with_block", [True, False])
    def test_zoom_sums_the_lines_of_a_person_and_counts_what_overlaps_once(
        self, with_block: bool
    ) -> None:
        assert read(meeting_lists.zoom(with_block=with_block)) == {
            "Erin E (Erin Example)": 120,
            "Organiser, Olive": 128,
            "O'Sample Zoë": 61,
        }

    def test_people_who_share_an_address_are_lines_of_their_own(self) -> None:
        assert read(meeting_lists.zoom_shared()) == {
            "Erin Example": 100,
            "Zoë O'Sample (Alder Lane)": 90,
            "Erin E": 20,
            "Alder Lane iPad": 120,
        }

    def test_one_name_and_address_is_one_line(self) -> None:
        text = f"Name,Email,Duration\nErin Example,{ERIN},10\nMrs Example Erin,{ERIN},5\n"
        assert read(text.encode()) == {"Erin Example": 15}

    def test_meet_joins_first_and_last_names(self) -> None:
        assert read(meeting_lists.meet()) == {"Erin Example": 118, "Zoë O'Sample": 58}

    def test_columns_are_found_by_name_wherever_they_stand(self) -> None:
        lines = read_meeting_list(meeting_lists.meet_by_name()).lines
        assert [(line.name, line.minutes) for line in lines] == [
            ("Erin Example", 118),
            ("Dr Zoë O'Sample", 59),
        ]
        assert lines[0].emails == (ERIN,)

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
    def test_any_encoding_with_or_without_its_mark(self, encoding: str) -> None:
        assert list(read("Name\nZoë Żółć\n".encode(encoding))) == ["Zoë Żółć"]

    @pytest.mark.parametrize(
        ("text", "days"),
        [
            ("Start time,23/11/2026 09:30\n\nName,Duration\nErin,5\n", [("2026-11-23",)]),
            ("Name,Join time\nErin,23/11/2026 09:30\n", [("2026-11-23",)]),
            ("Name,Join time\nErin,05/11/2026 09:30\n", [("2026-11-05", "2026-05-11")]),
            ("Name,Join time\nErin,05/05/2026 09:30\n", [("2026-05-05",)]),
            ("Name,Join time\nErin,2026-11-05T09:30:00Z\n", [("2026-11-05",)]),
            ("Name,Join time\nErin,31/02/2026 09:30\n", []),
            ("Name,Join time\nErin,09:30\n", []),
        ],
    )
    def test_the_day_is_read_from_the_times_or_the_block_before(
        self, text: str, days: list[tuple[str, ...]]
    ) -> None:
        found = read_meeting_list(text.encode()).days
        assert [tuple(day.isoformat() for day in one) for one in found] == days

    def test_somebody_with_and_without_an_address_is_one(self) -> None:
        text = f"Name,Email,Duration\nErin Example,{ERIN},10\nExample Erin (Guest),,5\n"
        assert read(text.encode()) == {"Erin Example": 15}

    def test_a_list_that_names_no_other_column_we_know(self) -> None:
        assert read(b"Organisation,Name\nAlder Lane,Erin Example\n") == {"Erin Example": None}

    def test_a_heading_above_the_table_is_no_table(self) -> None:
        assert read(b"Attendee\n\nName;Email\nErin Example;\n") == {"Erin Example": None}

    def test_only_who_attended_a_webinar(self) -> None:
        text = "Attended,User Name (Original Name),Email\nYes,Erin Example,\nNo,Zoë Absent,\n"
        assert list(read(text.encode())) == ["Erin Example"]

    @pytest.mark.parametrize(
        "stamps",
        [
            ("10/11/2026 09:00:00", "10/11/2026 10:30:00"),
            ("11/13/2026 9:00:00 AM", "11/13/2026 10:30:00 AM"),
            ("13.11.2026 09:00", "13.11.2026 10:30"),
            ("2026-11-10T09:00:00Z", "2026-11-10T10:30:00Z"),
            ("31/10/2026, 23:30", "01/11/2026, 01:00"),
        ],
    )
    def test_days_and_months_in_any_order(self, stamps: tuple[str, str]) -> None:
        text = f'Name,Joined,Left\nErin Example,"{stamps[0]}","{stamps[1]}"\n'
        assert read(text.encode()) == {"Erin Example": 90}


class TestHostile:
    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"PK\x03\x04 a workbook", SPREADSHEET),
            (b"\xd0\xcf\x11\xe0 an older one", SPREADSHEET),
            (b"MZ\x90\x00\x03 a program", NO_TEXT),
            (b"%PDF-1.7 a document", NO_TEXT),
            (b"Name\nErin\x00 Example\n", NO_TEXT),
            (b"<!doctype html><p>Sign in to download", WEB_PAGE),
            (codecs.BOM_UTF16_LE + "Name\nErin".encode("utf-16-le")[:-1], UNREADABLE),
            (codecs.BOM_UTF16_LE + b"N\x00\x00\xd8", UNREADABLE),
            (b'Name,Email\n"Erin Example,erin@alder.example\nZoe,\n', OPEN_QUOTE),
            (b"Topic,Duration (Minutes)\nCircle,60\n", NO_HEADER),
            (b"", NO_HEADER),
            (b"Name,Email\n,\n", NOBODY),
            (b"Name\n" + b"x" * (1024 * 1024), LARGE),
            (b"Name\n" + b"Erin Example\n" * 60_000, "The file has 60,002 lines"),
            (b"\n" * 900_000, "The file has 900,001 lines"),
            (b"Name\n" + b"".join(b"P%d Q\n" % n for n in range(600)), "The list has 600 people"),
            (b"Name," + b"," * 900_000 + b"\n", NOBODY),
            (b'Name\n"' + b"a" * 900_000, OPEN_QUOTE),
        ],
        ids=lambda value: "" if isinstance(value, bytes) else None,
    )
    def test_is_refused_with_a_sentence_in_no_time(self, content: bytes, said: str) -> None:
        begun = time.process_time()
        with pytest.raises(DomainError) as refused:
            read_meeting_list(content)
        assert said in refused.value.sentence
        assert time.process_time() - begun < 3

    def test_signs_that_turn_the_reading_order_and_controls_are_left_out(self) -> None:
        text = "Name\n\u202eelpmaxE nirE\u202c\u200b\x07\n"
        assert list(read(text.encode())) == ["elpmaxE nirE"]

    def test_a_formula_is_text_like_any_other(self) -> None:
        assert list(read(b'Name,Email\n"=HYPERLINK(""http://evil.example"")",\n')) == [
            '=HYPERLINK("http://evil.example")'
        ]

    def test_the_largest_list_is_read_quickly(self) -> None:
        rows = [
            f"P{n} Q{n},p{n}@x.example,10/11/2026 09:00,10/11/2026 10:00,60" for n in range(500)
        ]
        text = "Name,Email,Join Time,Leave Time,Duration\n" + "\n".join(rows * 9)
        begun = time.process_time()
        assert len(read_meeting_list(text.encode()).lines) == 500
        assert time.process_time() - begun < 4

    @pytest.mark.parametrize(
        "text",
        [
            "Name,Email\n" + (",".join(["\ufdfa" * 5] * 12) + "\n") * 4_990,
            "Name,Email\n" + (",".join(["\u3316" * 5] * 12) + "\n") * 4_990,
            "Name,Email\n" + ("name," + "abcd," * 40 + "\n") * 4_990,
            (",".join(["\ufdfa" * 28 + "\u200b"] * 60) + "\n") * 199 + "Name\nErin Example\n",
        ],
        ids=["sentences", "squares", "headings", "before"],
    )
    def test_letters_that_stand_for_many_and_cells_nobody_reads_cost_little(
        self, text: str
    ) -> None:
        content = text.encode()[:LARGEST_FILE].decode(errors="ignore").encode()
        begun = time.process_time()
        with contextlib.suppress(DomainError):
            read_meeting_list(content)
        assert time.process_time() - begun < 2


class TestReadMinutes:
    @pytest.mark.parametrize(
        ("text", "minutes"),
        [
            ("58", 58),
            ("1h 2m 30s", 62.5),
            ("1 hr 5 min", 65),
            ("01:02:30", 62.5),
            ("1:02", 62),
            ("45s", 0.75),
            ("PT1H2M", 62),
            ("999999", 1440),
            ("", None),
            ("a while", None),
        ],
    )
    def test_reads(self, text: str, minutes: float | None) -> None:
        assert read_minutes(text) == minutes
