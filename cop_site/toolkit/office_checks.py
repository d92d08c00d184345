"""Word, Excel and PowerPoint: zips, opened and read to the last byte before they are believed."""

from __future__ import annotations

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import BinaryIO, cast
from xml.parsers import expat

from cop_site.toolkit import office_fields, office_links
from cop_site.toolkit.file_refusals import refuse

MOST_PARTS = 3_000
MOST_UNPACKED = 150 * 1024 * 1024
MOST_IN_XML = 8 * 1024 * 1024
# Deflate reaches about a thousand; a spreadsheet of the same cell over and over about a hundred.
STEEPEST = 200
STEEP_FROM = 1024 * 1024
MOST_LISTED = 2 * 1024 * 1024
DEEPEST = 2
CHUNK = 256 * 1024
END = struct.Struct("<4s4H2LH")
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_KINDS = {
    "wordprocessingml": ("docx", "a Word document"),
    "spreadsheetml": ("xlsx", "an Excel workbook"),
    "presentationml": ("pptx", "a PowerPoint presentation"),
}
_MAIN = re.compile(
    r"application/vnd\.openxmlformats-officedocument\."
    r"(wordprocessingml\.document|spreadsheetml\.sheet|presentationml\.presentation)\.main\+xml"
)
_MACROS = re.compile(r"(?i)macro|vbaproject|vbadata|activex")
_RUNS = re.compile(
    r"(?i)\.(exe|dll|com|scr|msi|bat|cmd|ps1|vbs|vbe|js|jse|wsf|hta|jar|lnk|sh|py|html?|xhtml|mht|mhtml|rtf|swf)$"
)
_ARCHIVE = re.compile(r"(?i)\.(zip|7z|rar|gz|tgz|tar|bz2|xz|cab|iso)$")
_EMBEDDED = re.compile(r"(?i)embeddings/[^/]+\.(docx|xlsx|pptx)$")
_MACROS_IN_IT = "This file holds macros. Save it without them, then choose it again."
_BROKEN = "This file is damaged, or is something else. Open it, save it again, then choose it."
_ANOTHER = "This file holds another archive. Take it out, then choose the file again."
# What the zip's reader raises for one way of being damaged or another.
_UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, OSError),
    *(EOFError, RuntimeError, ValueError, KeyError),
)
_TOO_MUCH = "This file unpacks to far too much. Save it again with smaller pictures."


def check_as(kind: str) -> Callable[[BinaryIO], None]:
    """The check that a stream is an Office file of this kind."""

    def check(stream: BinaryIO) -> None:
        check_office(stream, kind)

    return check


def check_office(stream: BinaryIO, kind: str, depth: int = 1) -> None:
    """Raises DomainError for what is not exactly one Office file of ``kind``, without macros."""
    ending, name = _KINDS[kind]
    start = stream.read(len(OLD_OFFICE))
    if start == OLD_OFFICE:
        refuse(f"This file is locked with a password, or is old. Save it again as .{ending}.")
    if not start.startswith(b"PK\x03\x04"):
        refuse(f"This file’s name ends in .{ending}, but it is not {name}.")
    size = _check_end(stream)
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            _check_list(archive, size)
            _check_parts(archive, depth)
            _check_types(archive, kind)
    except _UNREADABLE:
        refuse(_BROKEN)


def _check_end(stream: BinaryIO) -> int:
    """The list of parts ends the file, and is of a size worth reading. Gives the file's size."""
    size = stream.seek(0, 2)
    stream.seek(max(size - END.size, 0))
    tail = stream.read()
    if len(tail) < END.size or not tail.startswith(b"PK\x05\x06"):
        refuse("Something has been added after the end of this file. Open it and save it again.")
    _mark, disk, first_disk, here, parts, listed, starts, comment = END.unpack(tail)
    if disk or first_disk or here != parts or comment or starts + listed + END.size != size:
        refuse(_BROKEN)
    if not 0 < parts <= MOST_PARTS or listed > MOST_LISTED:
        refuse("This file has far too many parts. Save it again, then choose it.")
    return size


def _check_list(archive: zipfile.ZipFile, size: int) -> None:
    parts = archive.infolist()
    names = [part.filename.lower() for part in parts]
    if len(parts) > MOST_PARTS or len(set(names)) != len(names):
        refuse(_BROKEN)
    for part in parts:
        _check_name(part)
    if parts and min(part.header_offset for part in parts) != 0:
        refuse("Something has been put before the start of this file. Open it and save it again.")
    # Parts that lie over each other unpack to more than there is.
    if sum(part.compress_size for part in parts) > size:
        refuse(_TOO_MUCH)
    if sum(part.file_size for part in parts) > MOST_UNPACKED:
        refuse(_TOO_MUCH)
    if any(_is_steep(part) for part in parts):
        refuse(_TOO_MUCH)


def _is_steep(part: zipfile.ZipInfo) -> bool:
    return part.file_size > max(STEEP_FROM, part.compress_size * STEEPEST)


def _lands_outside(part: zipfile.ZipInfo) -> bool:
    name = part.orig_filename
    is_odd = "\\" in name or ":" in name or any(ord(letter) < 32 for letter in name)
    is_odd = is_odd or re.search(r"%[013-9a-fA-F]", name) is not None
    return is_odd or name.startswith("/") or ".." in name.split("/")


_RULES: tuple[tuple[Callable[[zipfile.ZipInfo], object], str], ...] = (
    (
        _lands_outside,
        "A part of this file is named to land outside it. Open it and save it again.",
    ),
    (
        lambda part: stat.S_ISLNK(part.external_attr >> 16),
        "This file holds a link to another. Open it and save it again.",
    ),
    (
        lambda part: part.flag_bits & 0x1,
        "This file is locked with a password. Save it without one, then choose it again.",
    ),
    (
        lambda part: part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED),
        _BROKEN,
    ),
    (lambda part: _MACROS.search(part.filename), _MACROS_IN_IT),
    (
        lambda part: _RUNS.search(part.filename),
        "This file holds a program or a web page. Take it out, then choose the file again.",
    ),
    (lambda part: _ARCHIVE.search(part.filename), _ANOTHER),
)


def _check_name(part: zipfile.ZipInfo) -> None:
    for is_bad, sentence in _RULES:
        if is_bad(part):
            refuse(sentence)


def _check_parts(archive: zipfile.ZipFile, depth: int) -> None:
    """Unpack every part: what it says of its size may be a lie."""
    left = MOST_UNPACKED
    for part in archive.infolist():
        with archive.open(part) as opened:
            start = opened.read(16)
            unpacked = len(start)
            while chunk := opened.read(CHUNK):
                unpacked += len(chunk)
                if unpacked > left:
                    refuse(_TOO_MUCH)
        left -= unpacked
        if unpacked != part.file_size:
            refuse(_BROKEN)
        if start.startswith(OLD_OFFICE) or start.startswith(b"MZ"):
            refuse("This file holds an embedded object. Take it out, then choose the file again.")
        if start.startswith(b"PK\x03\x04"):
            _check_embedded(archive, part, depth)


def _check_embedded(archive: zipfile.ZipFile, part: zipfile.ZipInfo, depth: int) -> None:
    """The workbook behind a chart is an Office file of its own, but not of any depth."""
    found = _EMBEDDED.search(part.filename)
    if found is None or depth >= DEEPEST:
        refuse(_ANOTHER)
    kind = next(kind for kind, (ending, _name) in _KINDS.items() if ending == found[1].lower())
    check_office(BytesIO(archive.read(part)), kind, depth + 1)


def _check_types(archive: zipfile.ZipFile, kind: str) -> None:
    names = {part.filename.lower() for part in archive.infolist()}
    declared = _read_xml(archive, "[Content_Types].xml", ("ContentType",))
    if any(_MACROS.search(value["ContentType"]) for value in declared):
        refuse(_MACROS_IN_IT)
    main = [value for value in declared if _MAIN.fullmatch(value["ContentType"])]
    if len(main) != 1 or main[0].get("PartName", "").lstrip("/").lower() not in names:
        refuse(_BROKEN)
    found = _MAIN.fullmatch(main[0]["ContentType"])
    is_really = found[1].partition(".")[0] if found else ""
    if is_really != kind:
        ending = _KINDS[kind][0]
        refuse(f"This file’s name ends in .{ending}, but it is {_KINDS[is_really][1]}.")
    of_word = office_links.check_parts(declared, archive.namelist())
    for part in archive.infolist():
        name = part.filename.lower()
        if name.endswith(".rels"):
            for value in _read_xml(archive, part.filename, ("Target",)):
                office_links.check_link(value)
        elif part.filename in of_word:
            _check_fields(archive, part)


def _check_fields(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    try:
        with archive.open(part) as opened:
            office_fields.check_fields(cast(BinaryIO, opened), part.file_size)
    except expat.ExpatError:
        refuse(_BROKEN)


def _read_xml(archive: zipfile.ZipFile, name: str, needed: tuple[str, ...]) -> list[dict[str, str]]:
    """The attributes of a part's elements that have those ``needed``. No document type, ever."""
    found: list[dict[str, str]] = []

    def start(_tag: str, attributes: dict[str, str]) -> None:
        if all(one in attributes for one in needed):
            found.append(attributes)

    def refuse_doctype(*_more: object) -> None:
        refuse(_BROKEN)

    try:
        part = archive.getinfo(name)
    except KeyError:
        refuse(_BROKEN)
    if part.file_size > MOST_IN_XML:
        refuse(_TOO_MUCH)
    reader = expat.ParserCreate()
    reader.StartElementHandler = start
    reader.StartDoctypeDeclHandler = refuse_doctype
    try:
        reader.Parse(archive.read(part), True)
    except expat.ExpatError:
        refuse(_BROKEN)
    return found
