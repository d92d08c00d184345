"""PDFs: nothing before the header, nothing after the end, nothing that runs."""

from __future__ import annotations

import re
import zlib
from typing import BinaryIO, Never

from cop_site.toolkit.file_refusals import refuse
from cop_site.toolkit.pdf_grammar import BLANK, END, BrokenError, Reader, SpentError

_HEADER = re.compile(rb"%PDF-[12]\.[0-9]")
_START = 1024
# The comment and the end that a zip's reader looks for: a PDF that is a zip as well.
_ZIP_END = b"PK\x05\x06"
_ZIP_TAIL = 65_557
_MARKUP = re.compile(rb"(?i)<(!doctype|html|head|body|script|iframe|svg|\?php)\b")
# Where a reader may be sent to: "7 0 obj" and "trailer", be they in a comment, text or a stream.
_PLACE = re.compile(rb"(?<!end)obj|trailer(?=(?:" + BLANK + rb"|%[^\r\n]*+[\r\n])*+<<)")
_NUMBERS = b"0123456789\0\t\n\f\r "
_NUMBERED = re.compile(rb"[0-9]" + BLANK + rb"+[0-9]+" + BLANK + rb"*\Z")
_LINE_END = re.compile(rb"[\r\n]")
_BEFORE = 256
_STREAM = re.compile(rb"(?:" + BLANK + rb"|%[^\r\n]*+[\r\n])*+stream")
# Readers ask a list of objects for /First alone, so its /Type proves nothing.
_IS_LIST = re.compile(rb"/First" + END)
# All that writers put there. Whatever else could change what its bytes mean.
_LIST = re.compile(
    rb"\s*<<(?=[^>]*/Filter)(?:\s*+(?:/Type\s*/ObjStm|/N\s*[0-9]+|/First\s*([0-9]+)"
    rb"|/Length\s*[0-9]+(?:\s+[0-9]+\s+R)?|/Extends\s*[0-9]+\s+[0-9]+\s+R"
    rb"|/Filter\s*(?:/FlateDecode|\[\s*/FlateDecode\s*\]))(?![0-9A-Za-z]))*+\s*>>\s*stream\r?\n"
)
# What the lists of objects inside a PDF may hold once unpacked, all together.
MOST_UNPACKED = 50 * 1024 * 1024
# Long reports with a mark at every paragraph stay far below both.
MOST_OBJECTS = 100_000
MOST_READ = 8 * 1024 * 1024
_FIRST_BITE = 1024

_AGAIN = "Print it to a PDF again."
_HIDDEN = f"This PDF is packed in a way that cannot be checked. {_AGAIN}"
_TOO_MANY = f"This PDF has far too many parts. {_AGAIN}"
_TOO_MUCH = f"This PDF unpacks to far too much. {_AGAIN}"


def check_pdf(stream: BinaryIO) -> None:
    """Raises DomainError for what is no plain PDF: locked, with scripts or files, or two at once.

    Readers jump from place to place, and not all to the same. So every place that could begin an
    object is read, wherever it stands, and must be read in one way only. No library does that:
    they follow the file's own table, as one reader of many would.
    """
    data = stream.read()
    if not _HEADER.match(data):
        refuse("This file’s name ends in .pdf, but it does not begin as a PDF does.")
    end = data.rfind(b"%%EOF")
    if end < 0 or data[end + 5 :].strip(b"\r\n\t \x00"):
        refuse("Something is missing from this PDF, or has been added after its end.")
    if _MARKUP.search(data, 0, _START) or _ZIP_END in data[-_ZIP_TAIL:]:
        refuse(f"This PDF is another kind of file at the same time. {_AGAIN}")
    try:
        _Walk(data).check()
    except BrokenError as broken:
        _refuse_at(broken)
    except SpentError:
        refuse(_TOO_MANY)


def _refuse_at(broken: BrokenError) -> Never:
    if broken.is_locked:
        refuse("This PDF is locked. Save it without a password, then choose it again.")
    if broken.runs:
        refuse(f"This PDF holds scripts or other files. {_AGAIN}")
    refuse(f"This PDF is damaged, or is written so that it cannot be checked. {_AGAIN}")


class _Walk:
    """One reading of a PDF, and what it has cost so far."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.reader = Reader(MOST_READ)
        self.unpacked_left = MOST_UNPACKED
        self.packed_left = 2 * len(data)

    def check(self) -> None:
        for number, found in enumerate(_PLACE.finditer(self.data)):
            if number > MOST_OBJECTS:
                refuse(_TOO_MANY)
            if found[0] == b"obj" and not self._begins_object(found.start()):
                continue
            end = self.reader.read(self.data, found.end())
            # The search comes first: what looks like a list is rare, what follows may be long.
            if _IS_LIST.search(self.data, found.end(), end) and _STREAM.match(self.data, end):
                self._check_list(found.end())

    def _begins_object(self, place: int) -> bool:
        """Whether two numbers stand before "obj", or a comment that could hide them."""
        before = self.data[max(place - _BEFORE, 0) : place]
        if before[-1:] not in _NUMBERS or _NUMBERED.search(before):
            return before[-1:] in _NUMBERS
        rest = before.rstrip(_NUMBERS)
        between, line = before[len(rest) :], _LINE_END.split(rest)[-1]
        is_comment = b"%" in line or (line == rest and len(before) == _BEFORE)
        return is_comment and _LINE_END.search(between) is not None

    def _check_list(self, start: int) -> None:
        found = _LIST.match(self.data, start)
        if found is None or found[0].count(b"/F") != 3:
            refuse(_HIDDEN)
        objects = self._unpack(found.end())
        self.unpacked_left -= len(objects)
        self.reader.read_list(objects, int(found[1]))

    def _unpack(self, start: int) -> bytes:
        """What deflate finds, whatever the length is said to be. Bites grow, as lists are short."""
        reader, unpacked, bite = zlib.decompressobj(), bytearray(), _FIRST_BITE
        while not reader.eof:
            packed = self.data[start : start + bite]
            start, bite = start + len(packed), bite * 2
            self.packed_left -= len(packed)
            try:
                unpacked += reader.decompress(packed, self.unpacked_left - len(unpacked) + 1)
            except zlib.error:
                refuse(_HIDDEN)
            if len(unpacked) > self.unpacked_left or self.packed_left < 0:
                refuse(_TOO_MUCH)
            if not packed:
                refuse(_HIDDEN)
        return bytes(unpacked)
