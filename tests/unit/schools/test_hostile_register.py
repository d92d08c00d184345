"""A register file that is refused, cut or full of odd text."""

from __future__ import annotations

import csv
import lzma
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cop_site.errors import DomainError
from cop_site.schools.register_file import read_register
from cop_site.schools.register_text import LARGEST, MOST_LINES, RegisterFileError
from tests.factories.register import (
    COLUMNS,
    Row,
    as_text,
    make_row,
)
from tests.unit.schools.register_files import ROWS, Write, read


def refusal(path: Path, la_code: str = "999") -> str:
    with pytest.raises(DomainError) as caught:
        read_register(path, la_code)
    return caught.value.sentence


class TestRefusedFiles:
    def test_a_missing_file(self, tmp_path: Path) -> None:
        assert refusal(tmp_path / "none.csv") == (
            "none.csv: the file cannot be opened (No such file or directory)."
        )

    def test_a_folder(self, tmp_path: Path) -> None:
        assert "the file cannot be opened (Is a directory)" in refusal(tmp_path)

    @pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\r\n\r\n"])
    def test_an_empty_file(self, write: Write, content: bytes) -> None:
        assert refusal(write(content)) == "register.csv: the file is empty."

    def test_an_empty_packed_file(self, write: Write) -> None:
        assert refusal(write(lzma.compress(b""))) == "register.csv: the file is empty."

    def test_a_binary_file(self, write: Write) -> None:
        assert refusal(write(b"\x89PNG\r\n\x1a\n\x00\x00")) == (
            "register.csv, line 3: this is not a CSV file in Windows-1252 or UTF-8."
        )

    def test_utf_16(self, write: Write) -> None:
        assert "line 1: this is not a CSV" in refusal(write(as_text(ROWS).encode("utf-16")))

    def test_a_zip_archive(self, write: Write) -> None:
        assert "this is a zip archive or a spreadsheet" in refusal(write(b"PK\x03\x04 and more"))

    def test_bytes_that_windows_1252_does_not_have(self, write: Write) -> None:
        content = as_text(ROWS).encode("cp1252").replace(b"Lark Trust", b"Lark\x81 Trust", 1)
        assert refusal(write(content)) == (
            "register.csv, line 2: the text is neither Windows-1252 nor UTF-8."
        )

    def test_utf_8_with_a_broken_line(self, write: Write) -> None:
        rows = [*ROWS, make_row("Plâs"), make_row("Ŵyn")]
        content = as_text(rows).encode().replace("Ŵyn".encode(), b"\xc5yn")
        assert refusal(write(content)) == (
            "register.csv, line 5: the text is UTF-8 elsewhere but not here."
        )

    def test_a_byte_order_mark_before_windows_1252(self, write: Write) -> None:
        content = b"\xef\xbb\xbf" + as_text(ROWS).encode("cp1252")
        assert "line 3: the text is UTF-8 elsewhere but not here" in refusal(write(content))

    def test_a_line_that_never_ends(self, write: Write) -> None:
        assert "line 1: the line is too long" in refusal(write("x," * 100_000))

    @pytest.mark.parametrize("column", ["URN", "LA (code)", "Trusts (name)", "Easting"])
    def test_a_missing_column_is_named(self, write: Write, column: str) -> None:
        columns = [name for name in COLUMNS if name != column]
        assert refusal(write(as_text(ROWS, columns))) == (
            f"register.csv, line 1: this column is missing: {column}."
        )

    def test_all_missing_columns_are_named(self, write: Write) -> None:
        columns = [name for name in COLUMNS if name not in ("URN", "Town")]
        assert "these columns are missing: URN, Town." in refusal(write(as_text(ROWS, columns)))

    def test_a_repeated_column(self, write: Write) -> None:
        assert 'there are 2 columns "URN"' in refusal(write(as_text(ROWS, [*COLUMNS, "URN"])))

    @pytest.mark.parametrize("content", ["just one line of words\r\n", "a;b;c\r\n1;2;3\r\n", " "])
    def test_another_sort_of_file(self, write: Write, content: str) -> None:
        assert "line 1: this is not the register's CSV" in refusal(write(content))

    @pytest.mark.parametrize(("change", "found"), [(",", 136), ('"', 134)])
    def test_a_wrong_number_of_fields(self, write: Write, change: str, found: int) -> None:
        lines = as_text(ROWS).split("\r\n")
        lines[2] = lines[2] + ',""' if change == "," else lines[2].removesuffix(',""')
        assert refusal(write("\r\n".join(lines))) == (
            f"register.csv, line 3: there are {found} fields where the first line has 135,"
            " so the file may have been cut."
        )

    def test_a_wrong_number_in_another_authoritys_row(self, write: Write) -> None:
        text = as_text([make_row(), make_row(la="998")]).rstrip("\r\n") + ",more\r\n"
        assert "line 3: there are 136 fields" in refusal(write(text))

    @pytest.mark.parametrize("swap", [('"School"', '"School"x'), ('"Larkton"', '"Larkton')])
    def test_quotation_marks_that_do_not_match(self, write: Write, swap: tuple[str, str]) -> None:
        said = refusal(write(as_text([make_row("School"), make_row("Other")]).replace(*swap, 1)))
        assert said.startswith("register.csv, line 2: ")

    def test_a_cut_packed_file(self, write: Write) -> None:
        packed = lzma.compress(as_text(make_row() for _ in range(50)).encode())
        assert refusal(write(packed[: len(packed) // 2])) == (
            "register.csv: the packed file is damaged or was cut, so download it again."
        )

    def test_a_damaged_packed_file(self, write: Write) -> None:
        packed = bytearray(lzma.compress(as_text(make_row() for _ in range(50)).encode()))
        packed[len(packed) // 2] ^= 0xFF
        assert "damaged or was cut" in refusal(write(bytes(packed)))

    def test_no_schools_at_all(self, write: Write) -> None:
        assert refusal(write(as_text([])), "all") == (
            "register.csv: there are no schools in the file."
        )

    def test_no_schools_of_the_authority(self, write: Write) -> None:
        assert refusal(write(as_text(ROWS)), "351") == (
            "register.csv: there are no schools of local authority 351 in the file."
        )

    def test_a_cut_in_a_last_column_that_is_needed(self, write: Write) -> None:
        columns = [*(name for name in COLUMNS if name != "Northing"), "Northing"]
        text = as_text(ROWS, columns, csv.QUOTE_MINIMAL)
        assert "the last line has no end" in refusal(write(text[:-3]))


# Made once: names count up, and hypothesis needs the same file on every run.
CONTENT_TO_CUT = as_text(make_row(urn=str(810_000 + number)) for number in range(3)).encode()


class TestBombs:
    @pytest.mark.parametrize(
        "content",
        [b"\n" * (MOST_LINES + 1), (b"x" * 99_000 + b"\n") * (LARGEST // 99_000 + 1)],
        ids=["lines", "bytes"],
    )
    def test_a_packed_file_that_grows_without_end_is_refused_soon(
        self, write: Write, content: bytes
    ) -> None:
        with pytest.raises(RegisterFileError, match="too large to be the register"):
            read_register(write(lzma.compress(content, preset=0)), "999")


class TestCutAnywhere:
    @settings(
        max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(data=st.data())
    def test_a_cut_file_is_refused_or_holds_whole_rows_only(
        self, tmp_path: Path, data: st.DataObject
    ) -> None:
        content = CONTENT_TO_CUT
        path = tmp_path / "cut.csv"
        path.write_bytes(content)
        whole = read(path).rows
        path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
        try:
            found = read(path).rows
        except DomainError as error:
            assert error.sentence.startswith("cut.csv")
            assert error.sentence.count(". ") == 0
        else:
            assert found == whole[: len(found)]


class TestAnyText:
    @settings(
        max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        column=st.sampled_from(sorted(make_row())),
        text=st.text(
            st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), max_size=300
        ),
    )
    def test_any_value_is_kept_or_refused_and_never_breaks(
        self, tmp_path: Path, column: str, text: str
    ) -> None:
        path = tmp_path / "any.csv"
        row: Row = make_row() | {column: text}
        path.write_bytes(as_text([make_row(), row]).encode())
        register = read(path)
        assert all(refused.reason.isprintable() for refused in register.refused)
        for found in register.rows:
            values = [getattr(found, field.name) for field in fields(found)]
            assert all(value.isprintable() for value in values if isinstance(value, str))
