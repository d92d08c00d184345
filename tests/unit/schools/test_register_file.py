"""Reading the register: what is understood, and what is refused in which words."""

from __future__ import annotations

import csv
import lzma
from datetime import date

import pytest

from cop_site.schools.models import School, SchoolStatus
from cop_site.schools.register_file import FIELDS, RegisterRow
from tests.factories.register import (
    CLOSED,
    COLUMNS,
    COLUMNS_OF_2024,
    PROPOSED_TO_CLOSE,
    PROPOSED_TO_OPEN,
    as_text,
    make_row,
)
from tests.unit.schools.register_files import ROWS, Write, read


def read_one(write: Write, **values: str) -> RegisterRow:
    register = read(write(as_text([make_row(**values)])))
    assert register.refused == []
    return register.rows[0]


def reason(write: Write, **values: str) -> str:
    """Why the second of two rows is refused."""
    register = read(write(as_text([make_row(), make_row(**values)])))
    (refused,) = register.refused
    assert refused.line == 3
    assert len(register.rows) == 1
    return refused.reason


class TestRows:
    def test_every_field_is_a_column_of_a_school(self) -> None:
        assert set(FIELDS) <= set(School.__table__.columns.keys())

    def test_a_row_is_read_by_the_names_of_its_columns(self, write: Write) -> None:
        text = as_text(
            [make_row("The Lark School", urn="812345", CloseDate="31-08-2027")], sorted(COLUMNS)
        )
        row = read(write(text)).rows[0]
        assert row == RegisterRow(
            line=2,
            urn=812345,
            la_code="999",
            la_name="Larkshire",
            number=row.number,
            name="The Lark School",
            type_code="01",
            type_name="Community school",
            phase="Primary",
            status=SchoolStatus.OPEN,
            opened_on=date(1996, 9, 1),
            closed_on=date(2027, 8, 31),
            low_age=4,
            high_age=11,
            town="Larkton",
            postcode="ZZ1 1ZZ",
            easting=380000,
            northing=410000,
            pupils=210,
            trust_code="2001",
            trust_name="Lark Trust",
            federation_name="Lark Federation",
        )

    def test_the_head_teacher_is_not_kept(self, write: Write) -> None:
        assert "Nobody" not in repr(read(write(as_text([make_row()]))))

    @pytest.mark.parametrize(
        ("code", "status"),
        [
            (CLOSED, SchoolStatus.CLOSED),
            (PROPOSED_TO_CLOSE, SchoolStatus.PROPOSED_TO_CLOSE),
            (PROPOSED_TO_OPEN, SchoolStatus.PROPOSED_TO_OPEN),
        ],
    )
    def test_statuses_are_read_by_code(self, write: Write, code: str, status: SchoolStatus) -> None:
        assert read_one(write, status=code).status is status

    def test_other_authorities_are_left_out(self, write: Write) -> None:
        rows = [make_row(), make_row(la="998", URN="nonsense")]
        register = read(write(as_text(rows)))
        assert (len(register.rows), register.refused) == (1, [])

    def test_all_takes_every_authority(self, write: Write) -> None:
        register = read(write(as_text([make_row(), make_row(la="998")])), "all")
        assert {row.la_code for row in register.rows} == {"998", "999"}

    def test_what_may_be_blank_is_none_or_empty(self, write: Write) -> None:
        blank = {"URN", "LA (code)", "LA (name)", "EstablishmentName", "EstablishmentStatus (code)"}
        row = make_row()
        kept = {column: row[column] for column in blank}
        found = read(write(as_text([kept]))).rows[0]
        empty = {name for name in FIELDS if getattr(found, name) in ("", None)}
        assert set(FIELDS) - empty == {"urn", "la_code", "la_name", "name", "status"}

    def test_zeros_that_a_spreadsheet_dropped_are_put_back(self, write: Write) -> None:
        values = {"la": "1", "TypeOfEstablishment (code)": "2", "EstablishmentNumber": "33"}
        row = read(write(as_text([make_row(**values)])), "001").rows[0]
        assert (row.la_code, row.type_code, row.number) == ("001", "02", "0033")

    def test_a_grid_reference_of_nought_is_none(self, write: Write) -> None:
        row = read_one(write, Easting="0", Northing="0")
        assert (row.easting, row.northing) == (None, None)

    def test_spaces_are_made_single(self, write: Write) -> None:
        row = read_one(write, EstablishmentName="  The Lark\r\n\xa0 School ")
        assert row.name == "The Lark School"

    def test_characters_without_a_shape_are_dropped(self, write: Write) -> None:
        text = as_text([make_row("Lark\u202e Sch\u200bool\x1b[31m")])
        assert read(write(text.encode())).rows[0].name == "Lark School[31m"

    @pytest.mark.parametrize("name", ['=HYPERLINK("x")', "<script>alert(1)</script>", "+44", "@a"])
    def test_formulas_and_markup_stay_plain_text(self, write: Write, name: str) -> None:
        assert read_one(write, EstablishmentName=name).name == name

    def test_blank_lines_are_passed_over(self, write: Write) -> None:
        assert len(read(write("\r\n" + as_text([make_row()]) + "\r\n\r\n")).rows) == 1

    def test_columns_that_nobody_fills_have_no_source(self, write: Write) -> None:
        values = {"Trusts (code)": "", "Trusts (name)": " "}
        rows = [make_row(**values), make_row(**values, NumberOfPupils="")]
        assert read(write(as_text(rows))).without_source == {
            "closed_on",
            "trust_code",
            "trust_name",
        }

    def test_another_authority_filling_a_column_is_a_source(self, write: Write) -> None:
        rows = [make_row(**{"Trusts (code)": ""}), make_row(la="998")]
        assert "trust_code" not in read(write(as_text(rows))).without_source

    def test_the_label_has_name_town_and_urn(self, write: Write) -> None:
        assert read_one(write, urn="812345", name="Lark").label == "Lark, Larkton, URN 812345"


class TestRefusedRows:
    @pytest.mark.parametrize(
        ("column", "text"),
        [
            ("URN", ""),
            ("URN", "12"),
            ("URN", "-123456"),
            ("URN", "١٢٣٤٥٦"),
            ("URN", "99999999999999999999"),
            ("LA (code)", ""),
            ("LA (code)", "ABC"),
            ("LA (name)", ""),
            ("EstablishmentName", ""),
            ("EstablishmentName", " \t "),
            ("EstablishmentName", "x" * 201),
            ("EstablishmentName", "Lark \ufffd School"),
            ("EstablishmentNumber", "12345"),
            ("EstablishmentStatus (code)", "5"),
            ("EstablishmentStatus (code)", "Open"),
            ("TypeOfEstablishment (code)", "123"),
            ("PhaseOfEducation (name)", "x" * 41),
            ("OpenDate", "2026-09-01"),
            ("OpenDate", "31-02-2026"),
            ("OpenDate", "01-01-0000"),
            ("CloseDate", "01-01-9999"),
            ("CloseDate", "1/9/2026"),
            ("StatutoryLowAge", "four"),
            ("StatutoryHighAge", "110"),
            ("NumberOfPupils", "-1"),
            ("NumberOfPupils", "1e9"),
            ("Easting", "380000.5"),
            ("Northing", "99999999999"),
            ("Postcode", "ZZ1 1ZZ ZZ1 1ZZ"),
        ],
    )
    def test_a_bad_value_is_named_by_its_column(self, write: Write, column: str, text: str) -> None:
        rows = [make_row(), make_row() | {column: text}]
        register = read(write(as_text(rows).encode()))
        (refused,) = register.refused
        assert refused.line == 3
        assert refused.reason.startswith(f"{column} ")
        assert len(register.rows) == 1

    def test_all_that_is_wrong_with_a_row_is_said_at_once(self, write: Write) -> None:
        said = reason(write, status="9", OpenDate="soon")
        assert said == (
            'EstablishmentStatus (code) is "9", and the codes known are 1, 2, 3 and 4;'
            ' OpenDate is "soon", which is not a date like 31-08-2026'
        )

    def test_what_is_quoted_is_short_and_has_no_control_characters(self, write: Write) -> None:
        said = reason(write, OpenDate="\x1b[2J" + "9" * 500)
        assert said.isprintable()
        assert len(said) < 120

    def test_the_urn_is_kept_where_it_was_read(self, write: Write) -> None:
        register = read(write(as_text([make_row(urn="812345", status="")])))
        assert register.refused[0].urn == 812345

    def test_a_repeated_urn_refuses_every_row_that_has_it(self, write: Write) -> None:
        rows = [make_row(urn="812345"), make_row(), make_row(urn="812345")]
        register = read(write(as_text(rows)))
        assert [row.line for row in register.refused] == [2, 4]
        assert {row.reason for row in register.refused} == {
            "URN 812345 is in the file more than once"
        }
        assert len(register.rows) == 1

    def test_a_row_is_refused_that_repeats_a_bad_row(self, write: Write) -> None:
        rows = [make_row(urn="812345", status=""), make_row(urn="812345")]
        register = read(write(as_text(rows)))
        assert ([row.line for row in register.refused], register.rows) == ([2, 3], [])

    def test_lines_are_counted_where_a_field_holds_a_line_end(self, write: Write) -> None:
        rows = [make_row(Street="One\r\nTwo\r\nThree"), make_row(status="")]
        assert read(write(as_text(rows))).refused[0].line == 5


class TestLayouts:
    @pytest.fixture
    def plain(self, write: Write) -> list[RegisterRow]:
        return read(write(as_text(ROWS))).rows

    @pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig"])
    def test_encodings_read_the_same(
        self, write: Write, plain: list[RegisterRow], encoding: str
    ) -> None:
        assert read(write(as_text(ROWS).encode(encoding))).rows == plain
        assert plain[1].name == "École Café – St Mary’s"

    def test_letters_outside_windows_1252_are_read_in_utf_8(self, write: Write) -> None:
        text = as_text([make_row("Ysgol Tŷ Ŵyn")])
        assert read(write(text.encode())).rows[0].name == "Ysgol Tŷ Ŵyn"

    def test_unquoted_reads_the_same(self, write: Write, plain: list[RegisterRow]) -> None:
        assert read(write(as_text(ROWS, quoting=csv.QUOTE_MINIMAL))).rows == plain

    def test_the_columns_of_2024_read_the_same(
        self, write: Write, plain: list[RegisterRow]
    ) -> None:
        assert read(write(as_text(ROWS, COLUMNS_OF_2024))).rows == plain

    @pytest.mark.parametrize("end", ["\n", "\r"])
    def test_other_line_ends_read_the_same(
        self, write: Write, plain: list[RegisterRow], end: str
    ) -> None:
        assert read(write(as_text(ROWS).replace("\r\n", end))).rows == plain

    def test_packed_with_xz_reads_the_same(self, write: Write, plain: list[RegisterRow]) -> None:
        assert read(write(lzma.compress(as_text(ROWS).encode("cp1252")))).rows == plain

    def test_without_the_last_line_end_reads_the_same(
        self, write: Write, plain: list[RegisterRow]
    ) -> None:
        assert read(write(as_text(ROWS).rstrip("\r\n"))).rows == plain
