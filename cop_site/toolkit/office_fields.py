"""Fields of a Word document: instructions that are carried out when it is opened."""

from __future__ import annotations

import re
from typing import BinaryIO
from xml.parsers import expat

from cop_site.toolkit.file_refusals import refuse

_FETCHES = re.compile(
    r"(?i)[\s\"\\]*(ddeauto|dde|includetext|includepicture|include|import|link|rd|database|data)\b"
)
_PADDING = ' \t\r\n\u00a0"\\'
_LONGEST = 200
CHUNK = 64 * 1024
# A document of a thousand pages has about twenty.
MOST = 32 * 1024 * 1024


class Fields:
    """Gathers the instruction of each field, over all the runs that it is split into."""

    def __init__(self) -> None:
        # The first stands for words outside any field.
        self.open = [""]
        self.is_word = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        kind = tag.rpartition(":")[2]
        self.is_word = kind in ("instrText", "delInstrText")
        values = {name.rpartition(":")[2]: value for name, value in attributes.items()}
        if kind == "altChunk":
            _refuse()
        if kind == "fldSimple":
            _check(values.get("instr", ""))
        if kind == "fldChar" and values.get("fldCharType") == "begin":
            # Another field's result would be the first word here.
            if len(self.open) > 1 and not self.open[-1].strip():
                _refuse()
            self.open.append("")
        elif kind == "fldChar":
            _check(self.open[-1])
            if values.get("fldCharType") == "end" and len(self.open) > 1:
                self.open.pop()

    def words(self, text: str) -> None:
        """Text of the element at hand."""
        if self.is_word:
            # The first word is what counts; adding on to all of a long one would take for ever.
            self.open[-1] = (self.open[-1] + text).lstrip(_PADDING)[:_LONGEST]

    def end(self, _tag: str) -> None:
        """An element ends."""
        self.is_word = False


def check_fields(opened: BinaryIO, size: int) -> None:
    """Raises DomainError where a field fetches or starts something, ExpatError for no XML."""
    if size > MOST:
        refuse("This document’s text is far too long. Cut it in two, then choose each.")
    fields, reader = Fields(), expat.ParserCreate()
    reader.StartElementHandler, reader.EndElementHandler = fields.start, fields.end
    reader.CharacterDataHandler = fields.words
    reader.StartDoctypeDeclHandler = lambda *_more: _refuse()
    while chunk := opened.read(CHUNK):
        reader.Parse(chunk, False)
    reader.Parse(b"", True)
    for left in fields.open:
        _check(left)


def _check(instruction: str) -> None:
    if _FETCHES.match(instruction):
        _refuse()


def _refuse() -> None:
    refuse(
        "This document has a field that fetches from elsewhere. Take the field out, "
        "or turn it into plain text, then choose the file again."
    )
