"""Pictures: read from the first byte to the last, so that nothing else can ride along."""

from __future__ import annotations

import struct
import zlib
from typing import BinaryIO

from cop_site.toolkit.file_refusals import refuse

PNG = b"\x89PNG\r\n\x1a\n"
MOST_PIXELS = 100_000_000
_ADDED = "Something has been added after the end of this picture. Save it again, then choose it."
_BROKEN = "This picture is damaged or is something else. Save it again, then choose it."
# Markers of a JPEG that stand alone, without a length: restarts, and "temporary".
_ALONE = frozenset((0x01, *range(0xD0, 0xD8)))
_END = 0xD9
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def check_png(stream: BinaryIO) -> None:
    """A PNG ends with its end chunk, every chunk's sum is right, and it is not absurdly large."""
    data = stream.read()
    if not data.startswith(PNG):
        refuse("This file’s name ends in .png, but it is not a PNG picture.")
    place, kind = len(PNG), b""
    while kind != b"IEND":
        kind, end = _read_chunk(data, place)
        if place == len(PNG):
            _check_header(kind, data[place + 8 : end - 4])
        place = end
    if place != len(data):
        refuse(_ADDED)


def _read_chunk(data: bytes, place: int) -> tuple[bytes, int]:
    if place + 12 > len(data):
        refuse(_BROKEN)
    length = int.from_bytes(data[place : place + 4], "big")
    end = place + 12 + length
    if end > len(data) or zlib.crc32(data[place + 4 : end - 4]) != int.from_bytes(
        data[end - 4 : end], "big"
    ):
        refuse(_BROKEN)
    return data[place + 4 : place + 8], end


def _check_header(kind: bytes, content: bytes) -> None:
    if kind != b"IHDR" or len(content) != 13:
        refuse(_BROKEN)
    _check_size(*struct.unpack(">II", content[:8]))


def _check_size(width: int, height: int) -> None:
    if not 0 < width * height <= MOST_PIXELS:
        refuse("This picture has too many pixels. Make it smaller, then choose it.")


def check_jpeg(stream: BinaryIO) -> None:
    """A JPEG has a frame and ends with its end marker."""
    data = stream.read()
    if not data.startswith(b"\xff\xd8\xff"):
        refuse("This file’s name ends in .jpg, but it is not a JPEG picture.")
    marker, place = _next_marker(data, 2)
    has_frame = False
    while marker != _END:
        if marker not in _ALONE:
            has_frame |= marker in _FRAMES
            place = _pass_segment(data, place, marker)
        marker, place = _next_marker(data, place)
    if not has_frame:
        refuse(_BROKEN)
    if place != len(data):
        refuse(_ADDED)


def _pass_segment(data: bytes, place: int, marker: int) -> int:
    """The place after a segment that says its own length."""
    is_frame = marker in _FRAMES
    length = int.from_bytes(data[place : place + 2], "big")
    if length < (8 if is_frame else 2) or place + length > len(data):
        refuse(_BROKEN)
    if is_frame:
        height, width = struct.unpack(">HH", data[place + 3 : place + 7])
        _check_size(width, height)
    return place + length


def _next_marker(data: bytes, place: int) -> tuple[int, int]:
    """The next marker and the place after it; the picture's own data before it is passed over."""
    while True:
        place = data.find(b"\xff", place)
        if place < 0 or place + 1 >= len(data):
            refuse(_BROKEN)
        if data[place + 1] not in (0x00, 0xFF):
            return data[place + 1], place + 2
        place += 1
