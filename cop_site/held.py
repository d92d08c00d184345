"""What the site holds about one person, and forgetting it. Knows no domain: each says its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

Cell = str | int | bool | date | datetime | None


@dataclass(frozen=True)
class Subject:
    """One human being: their person, those merged into it, their account and addresses."""

    person_ids: frozenset[int]
    user_ids: frozenset[int]
    addresses: frozenset[str]

    def name_actor(self, user_id: int | None) -> str:
        """Who did something, without naming anybody else."""
        if user_id is None:
            return ""
        return "you" if user_id in self.user_ids else "somebody else"


@dataclass(frozen=True)
class HeldTable:
    """A kind of thing held. ``covers`` are the columns by which it is somebody's.

    ``about`` is a sentence for the list of what is there. ``own_words`` are the columns of what
    they wrote about others, which administrators must not read.
    """

    name: str
    about: str
    header: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    covers: tuple[str, ...]
    own_words: tuple[str, ...] = ()

    def without_own_words(self) -> HeldTable:
        """For whoever takes the file in their stead."""
        kept = [
            [
                ONLY_THEIRS if cell and name in self.own_words else cell
                for name, cell in zip(self.header, row, strict=True)
            ]
            for row in self.rows
        ]
        return replace(self, rows=kept)


# Each domain's own; wiring.py gathers them.
ListHeld = Callable[[Subject], list[HeldTable]]


REMOVED_NAME = "Removed person"
ONLY_THEIRS = "(only in the file that they take themselves)"
REMOVED_ADDRESS = "[address removed]"


@dataclass(frozen=True)
class Wording:
    """Names and addresses that are taken out of texts, as whole words.

    Addresses however they are typed. Names as they were typed or all in capitals: in small
    letters the same words may be anybody's, as in "the school office".
    """

    names: frozenset[str]
    addresses: frozenset[str]

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        addresses = [
            rf"(?<![\w.+-]){re.escape(address)}(?![\w-]|\.\w)" for address in self.addresses
        ]
        forms = {form for name in self.names for form in _list_forms(name)}
        names = [_as_words(form) for form in sorted(forms, key=len)[::-1]]
        return [
            *((re.compile(one, re.IGNORECASE), REMOVED_ADDRESS) for one in addresses),
            *((re.compile(one), REMOVED_NAME) for one in names),
        ]

    def clean(self, value: Any) -> Any:
        """A text, or whatever JSON holds, without them."""
        if isinstance(value, dict):
            return {key: self.clean(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self.clean(one) for one in value]
        if isinstance(value, str):
            for pattern, instead in self._patterns:
                value = pattern.sub(instead, value)
        return value

    @property
    def pieces(self) -> set[frozenset[str]]:
        """For each the pieces that a database finds in any text that has it, also inside JSON.

        There other letters are escaped. None where a name has no plain letter: then all are read.
        """
        return {list_pieces(name) for name in self.names} | {
            frozenset([max(re.findall("[a-z0-9@._+-]+", address.lower()), key=len, default="")])
            for address in self.addresses
        }


def list_pieces(name: str) -> frozenset[str]:
    """The plain parts of its words: a text that has the name has all of them."""
    return frozenset(piece.lower() for piece in re.findall("[A-Za-z0-9]+", name))


def has_name(text: str, name: str) -> bool:
    """Whether the words of a name stand in a text, in whatever letters."""
    return re.search(_as_words(name), text, re.IGNORECASE) is not None


def _list_forms(name: str) -> set[str]:
    """How a name stands in a text: also of one that was typed without capitals, or in them."""
    typed = name.title() if name.islower() or name.isupper() else name
    return {typed, name.upper()}


def _as_words(name: str) -> str:
    """Matches a name over any white space, and with either apostrophe."""
    words = r"\s+".join(re.escape(word) for word in name.split())
    return r"(?<!\w)" + re.sub("['’]", "['’]", words) + r"(?!\w)"


@dataclass(frozen=True)
class Erasure:
    """Whom the site forgets. ``wording`` is what may be theirs alone, so is taken out of texts.

    ``by_user_id`` None is the site itself.
    """

    subject: Subject
    wording: Wording
    by_user_id: int | None


@dataclass(frozen=True)
class Eraser:
    """How a domain forgets somebody. Texts in which they are named are cleaned besides (FreeText).

    ``covers`` are the columns that ``erase`` empties, or by which it finds what it deletes.
    ``clean_up`` does what must wait until the erasing is committed; it is told since when that
    is, and may be called again.
    """

    covers: tuple[str, ...] = ()
    erase: Callable[[Erasure], None] | None = None
    clean_up: Callable[[Wording, datetime], None] | None = None
