"""The one writer of CSV files."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cop_site.web.tables import Cell, attachment, cell_text, csv_response, csv_text, xlsx_bytes


class TestCellText:
    @pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
    def test_what_a_spreadsheet_would_run_becomes_text(self, start: str) -> None:
        assert cell_text(f"{start}1+1") == f"'{start}1+1"

    def test_ordinary_values_read_as_they_are(self) -> None:
        moment = datetime(2026, 7, 1, 12, tzinfo=UTC)
        assert cell_text("St Mary's - Upper") == "St Mary's - Upper"
        assert cell_text(None) == ""
        assert cell_text(True) == "yes"
        assert cell_text(-3) == "-3"
        assert cell_text(date(2026, 9, 1)) == "2026-09-01"
        assert cell_text(moment) == "2026-07-01T13:00:00+01:00"


class TestXlsx:
    def test_keeps_the_kinds_of_cells_and_runs_nothing(self) -> None:
        moment = datetime(2026, 7, 1, 12, tzinfo=UTC)
        row: list[Cell] = ["=1+1", 3, True, date(2026, 9, 1), moment, None, "a\x00b" + "x" * 40_000]
        book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(list("abcdefg"), [row])))
        sheet = book.active
        assert sheet is not None
        cells = list(sheet.rows)[1]
        assert [cell.data_type for cell in cells] == ["s", "n", "s", "d", "s", "n", "s"]
        assert [cell.value for cell in cells[:6]] == [
            *("=1+1", 3, "yes"),
            datetime(2026, 9, 1),
            "2026-07-01T13:00:00+01:00",
            None,
        ]
        assert sheet.freeze_panes == "A2"


class TestCsvText:
    @given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=2))
    def test_what_is_written_reads_back(self, row: list[str]) -> None:
        text = csv_text(["a", "b"], [row])
        header, back = csv.reader(io.StringIO(text, newline=""))
        assert header == ["a", "b"]
        assert back == [cell_text(value) for value in row]

    def test_header_cannot_run_either(self) -> None:
        assert csv_text(["=a"], []).startswith("'=a")


class TestCsvResponse:
    def test_is_a_utf8_file_to_save(self) -> None:
        answer = csv_response("Élan.csv", ["name"], [["Élan"]])
        assert answer.data.startswith(b"\xef\xbb\xbf")
        assert answer.data.decode("utf-8-sig") == "name\r\nÉlan\r\n"
        assert answer.content_type == "text/csv; charset=utf-8"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Disposition"].startswith("attachment;")


class TestAttachment:
    def test_name_is_given_in_ascii_and_in_utf8(self) -> None:
        assert attachment("Élan 2026.csv") == (
            "attachment; filename=\"Elan-2026.csv\"; filename*=UTF-8''%C3%89lan%202026.csv"
        )

    @pytest.mark.parametrize(
        "name",
        ["../../etc/passwd", 'a"; filename="b.exe', "a\r\nSet-Cookie: b", "", "...", "\ud800"],
    )
    def test_name_cannot_leave_its_place(self, name: str) -> None:
        header = attachment(name)
        plain = header.split('"')[1]
        assert header.count('"') == 2
        assert plain
        assert not set(plain) & set('/\\"\r\n;')
        assert "\r" not in header
        assert "\n" not in header
        assert not plain.startswith(".")

    def test_name_cannot_read_backwards(self) -> None:
        assert "%E2%80%AE" not in attachment("report\u202efdp.csv")
