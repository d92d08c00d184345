"""PDFs: nothing before the header, nothing after the end, nothing that runs."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from cop_site.toolkit.file_refusals import refuse

_HEADER = re.compile(rb"%PDF-[12]\.[0-9]")
# The comment and the end that a zip's reader looks for: a PDF that is a zip as well.
_ZIP_END = b"PK\x05\x06"
_ZIP_TAIL = 65_557
_MARKUP = re.compile(rb"(?i)<(!doctype|html|head|body|script|iframe|svg|\?php)\b")
_STREAM = re.compile(rb"stream\r?\n|endstream")
# Letters of a name may be written as #41; what comes after a name ends it.
_NAME_END = rb"(?=[\s/<>\[\]()%]|$)"
_RUNS = re.compile(
    rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|ImportData|SubmitForm)" + _NAME_END
)
_LOCKED = re.compile(rb"/Encrypt" + _NAME_END)
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_DICTIONARY = 1024
# What the lists of objects inside a PDF may hold once unpacked, all together.
MOST_UNPACKED = 50 * 1024 * 1024


def check_pdf(stream: BinaryIO) -> None:
    """Raises DomainError for what is no plain PDF: locked, with scripts or files, or two at once.

    Scripts are looked for in every object outside a stream, and in the lists of objects that
    newer PDFs pack into streams.
    """
    data = stream.read()
    if not _HEADER.match(data):
        refuse("This file’s name ends in .pdf, but it does not begin as a PDF does.")
    end = data.rfind(b"%%EOF")
    if end < 0 or data[end + 5 :].strip(b"\r\n\t \x00"):
        refuse("Something is missing from this PDF, or has been added after its end.")
    if _MARKUP.search(data, 0, _DICTIONARY) or _ZIP_END in data[-_ZIP_TAIL:]:
        refuse("This PDF is another kind of file at the same time. Print it to a PDF again.")
    for part in _list_parts(data):
        named = _plain_names(part)
        if _LOCKED.search(named):
            refuse("This PDF is locked. Save it without a password, then choose it again.")
        if _RUNS.search(named):
            refuse("This PDF holds scripts or other files. Print it to a PDF again.")


def _list_parts(data: bytes) -> Iterator[bytes]:
    """What stands outside the streams, and the lists of objects inside them."""
    unpacked, place, starts = 0, 0, 0
    for found in _STREAM.finditer(data):
        is_end = found[0] == b"endstream"
        if not is_end and not starts:
            starts = found.end()
            yield data[place : found.start()]
        elif is_end and starts:
            dictionary = data[max(place, starts - _DICTIONARY) : starts]
            if b"/ObjStm" in _plain_names(dictionary):
                objects = _unpack(data[starts : found.start()], MOST_UNPACKED - unpacked)
                unpacked += len(objects)
                yield objects
            place, starts = found.end(), 0
    yield data[place:]


def _plain_names(part: bytes) -> bytes:
    return _ESCAPE.sub(lambda code: bytes([int(code[1], 16)]), part)


def _unpack(packed: bytes, most: int) -> bytes:
    """The objects in a packed list. One packed in another way than deflate is refused."""
    reader = zlib.decompressobj()
    try:
        unpacked = reader.decompress(packed, max(most, 1))
    except zlib.error:
        refuse("This PDF is packed in a way that cannot be checked. Print it to a PDF again.")
    if reader.unconsumed_tail and not reader.eof:
        refuse("This PDF unpacks to far too much. Print it to a PDF again.")
    return unpacked
