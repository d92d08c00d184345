"""The bytes of a register file as lines of text, or one sentence saying why they are none."""

from __future__ import annotations

import hashlib
import lzma
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import BinaryIO, NoReturn, cast

from cop_site.errors import DomainError

XZ = b"\xfd7zXZ\x00"
ZIP = b"PK\x03\x04"
BOM = b"\xef\xbb\xbf"
# The register's own lines are under 3,000 bytes; a longer one is no line of a register.
LONGEST_LINE = 100_000
# All of England is 35 MB in 50,000 lines; a packed file that grows past these was made to keep
# the site busy.
LARGEST = 80_000_000
MOST_LINES = 120_000


class RegisterFileError(DomainError):
    """The file as a whole is refused. The sentence names it and, where it can, the line."""


def refuse(path: Path, why: str, *, line: int | None = None) -> NoReturn:
    where = f"{path.name}, line {line}" if line else path.name
    raise RegisterFileError(f"{where}: {why}.")


@dataclass
class Inspection:
    """What one look over the bytes found: which encoding, and which file exactly."""

    encoding: str
    sha256: str
    has_last_line_end: bool


@dataclass
class _HighBytes:
    """Lines outside ASCII, counted by what they can be."""

    utf8_lines: int = 0
    first_not_utf8: int | None = None
    other_lines: int = 0
    first_not_windows: int | None = None

    def count(self, number: int, line: bytes) -> None:
        if _decodes(line, "utf-8"):
            self.utf8_lines += 1
        else:
            self.other_lines += 1
            self.first_not_utf8 = self.first_not_utf8 or number
        if self.first_not_windows is None and not _decodes(line, "cp1252"):
            self.first_not_windows = number


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


@contextmanager
def open_bytes(path: Path) -> Iterator[BinaryIO]:
    """The file's bytes, unpacked where they are packed with xz (told by content, not by name).

    A packed file that was cut or damaged is refused wherever reading comes upon it.
    """
    try:
        with path.open("rb") as file:
            start = file.read(len(XZ))
            file.seek(0)
            if start == XZ:
                with lzma.open(file) as unpacked:
                    yield cast(BinaryIO, unpacked)
            elif start.startswith(ZIP):
                refuse(path, "this is a zip archive or a spreadsheet, so take the CSV out of it")
            else:
                yield file
    except (lzma.LZMAError, EOFError):
        refuse(path, "the packed file is damaged or was cut, so download it again")
    except OSError as error:
        refuse(path, f"the file cannot be opened ({error.strerror})")


@contextmanager
def open_text(path: Path, encoding: str) -> Iterator[TextIOWrapper]:
    """The file's text, with line ends left as they are, as the csv module wants them."""
    with (
        open_bytes(path) as file,
        TextIOWrapper(cast(BufferedReader, file), encoding=encoding, newline="") as text,
    ):
        yield text


def inspect(path: Path) -> Inspection:
    """Read the file once, a line at a time, and say what it is. Raises RegisterFileError.

    Windows-1252 accepts nearly any byte, so UTF-8 is tried first; a file that is UTF-8 in most
    of the lines that could tell, but not in all, is damaged rather than Windows-1252.
    """
    high, number, starts_with_mark, last, size = _HighBytes(), 0, False, b"", 0
    with open_bytes(path) as file:
        while line := file.readline(LONGEST_LINE + 1):
            number, last, size = number + 1, line, size + len(line)
            if size > LARGEST or number > MOST_LINES:
                refuse(path, "the file is too large to be the register")
            starts_with_mark = starts_with_mark or (number == 1 and line.startswith(BOM))
            _check_line(path, number, line)
            if not line.isascii():
                high.count(number, line)
    encoding = _choose_encoding(path, high, marked=starts_with_mark)
    return Inspection(encoding, _digest(path), last.endswith((b"\n", b"\r")))


def _check_line(path: Path, number: int, line: bytes) -> None:
    if b"\x00" in line:
        refuse(path, "this is not a CSV file in Windows-1252 or UTF-8", line=number)
    if len(line) > LONGEST_LINE:
        refuse(path, "the line is too long for a line of the register", line=number)


def _choose_encoding(path: Path, high: _HighBytes, *, marked: bool) -> str:
    if high.first_not_utf8 is None:
        return "utf-8-sig"
    if marked or high.utf8_lines > high.other_lines:
        refuse(path, "the text is UTF-8 elsewhere but not here", line=high.first_not_utf8)
    if high.first_not_windows is not None:
        why = "the text is neither Windows-1252 nor UTF-8"
        refuse(path, why, line=high.first_not_windows)
    return "cp1252"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
