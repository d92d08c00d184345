"""What stands in an object of a PDF, read strictly: in one way or not at all.

Expressions never step back (``*+``), so reading is as long as what is read.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

BLANK = rb"[\0\t\n\f\r ]"
_REGULAR = rb"[^\0\t\n\f\r ()<>\[\]{}/%]"
# What comes after a name ends it.
END = rb"(?!" + _REGULAR + rb")"
_RUNS = (
    rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|EF|RichMedia|Rendition|ImportData|SubmitForm"
    rb"|GoTo[ER]|XFA)" + END
)
_LOCKED = rb"/Encrypt" + END
# A letter or figure of a name written as #41, and the byte at which some readers stop.
_HIDDEN = rb"#(?:00|3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa])"
_NAME = (
    rb"/(?!" + _RUNS[1:] + rb"|" + _LOCKED[1:] + rb")(?:[^\0\t\n\f\r ()<>\[\]{}/%#]++|(?!"
    + _HIDDEN + rb")#)++(?!#)"
)  # fmt: skip
_REFUSED = re.compile(_RUNS + rb"|" + _LOCKED + rb"|/" + _REGULAR + rb"*?" + _HIDDEN)
_IS_HIDDEN = re.compile(_RUNS + rb"|" + _LOCKED + rb"|" + _HIDDEN)
_STOPS = re.compile(rb"endobj|stream|xref|startxref|[0-9]*obj|trailer|\Z")
_PACKED_PLACE = re.compile(rb"[0-9]{1,9}")
# How many brackets inside each other are read at once, and what a step outside that costs.
_AT_ONCE = 3
_STEP = 32


class SpentError(Exception):
    """More to read than any honest file has."""


class BrokenError(Exception):
    """An object that is not taken, and why."""

    def __init__(self, *, found: bytes = b"") -> None:
        self.is_locked = found.startswith(b"/Encrypt")
        self.runs = bool(found) and not self.is_locked


@cache
def _run() -> re.Pattern[bytes]:
    """As much as is sound: with text in brackets three deep, and lists and dictionaries three."""
    text = rb"\((?:[^()\\]++|\\[\s\S])*+\)"
    for _ in range(2):
        text = rb"\((?:[^()\\]++|\\[\s\S]|" + text + rb")*+\)"
    item = rb"|".join(
        (
            rb"[\0\t\n\f\r 0-9+\-.R]++",
            _NAME,
            text,
            rb"<(?:[0-9A-Fa-f]|" + BLANK + rb")*+>",
            rb"(?:true|false|null)" + END,
            rb"%[^\r\n]*+",
        )
    )
    inside = item
    for _ in range(_AT_ONCE):
        inside = rb"%s|<<(?:%s)*+>>|\[(?:%s)*+\]" % (item, inside, inside)
    return re.compile(rb"(?:" + inside + rb")*+")


class Reader:
    """Reads objects until what it may spend is spent."""

    def __init__(self, most: int) -> None:
        self.left = most

    def read(self, data: bytes, start: int) -> int:
        """Where what starts there ends: at a word such as "endobj", outside all brackets.

        Raises BrokenError for what runs, is locked, or could be read otherwise.
        """
        run, place, closers = _run(), start, list[bytes]()
        while True:
            found = run.match(data, place, place + self.left)
            passed = found.end() - place if found else 0
            # What lies deep has been tried from each bracket around it.
            self.left -= passed * (1 + min(len(closers), _AT_ONCE)) + _STEP
            if self.left <= 0:
                raise SpentError
            place += passed
            mark = data[place : place + 2]
            if mark == b"<<" or mark[:1] == b"[":
                closers.append(b">>" if mark == b"<<" else b"]")
                place += len(closers[-1])
            elif closers and mark.startswith(closers[-1]):
                place += len(closers.pop())
            elif not closers and _STOPS.match(data, place):
                return place
            else:
                refused = _REFUSED.match(data, place)
                raise BrokenError(found=refused[0] if refused else b"")

    def read_list(self, objects: bytes, first: int) -> None:
        """A list of objects, unpacked. Raises BrokenError as ``read`` does.

        Nearly all hold nothing to look at twice. The rest must be cut into objects by their places.
        """
        if not _IS_HIDDEN.search(objects):
            return
        numbers = [int(number) for number in _PACKED_PLACE.findall(objects, 0, first)]
        places = [first + place for place in numbers[1::2]] + [len(objects)]
        if places != sorted(places) or places[0] != first:
            raise BrokenError
        if self.read(objects, first) != len(objects):
            raise BrokenError
        for start, end in pairwise(places):
            if self.read(objects[start:end], 0) != end - start:
                raise BrokenError
