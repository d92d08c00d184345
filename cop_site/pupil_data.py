"""What in a text looks like data about a pupil. A guard that warns; it can not know.

Numbers are told by their check characters. A name is told by its capital, by what stands around
it and by what it is not: most words that begin a sentence in a school are listed here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from cop_site.pupil_words import (
    ADULT_NOUNS,
    EXCEPTIONS,
    FIRST_NAMES,
    INITIALS_OF_OTHERS,
    LETTERED,
    ORDINARY,
    ORDINARY_ENDINGS,
    PLACES,
    ROLES,
    TITLES,
    VERBS_TOO,
)

LONGEST_QUOTE = 60
OLDEST_PUPIL = 25
# A younger child is seldom on a school's roll, and dates of the last two years are of meetings.
YOUNGEST_PUPIL = 2
UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"

_GAP = r"[ \t.\-]{0,2}"
_UPN = re.compile(
    rf"(?=([{UPN_LETTERS}]){_GAP}((?:[0-9]{_GAP}){{11}}[0-9{UPN_LETTERS}])(?![0-9A-Z]))", re.I
)
_TEN_DIGITS = re.compile(rf"(?<![0-9])([0-9]{{3}}{_GAP}[0-9]{{3}}{_GAP}[0-9]{{4}})(?![0-9])")
_ABROAD = re.compile(r"\+ ?44 ?(?:\(0\))? ?$")

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY = r"(?<![0-9])(?P<day>[0-3]?[0-9])"
_NAMED = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*\.?"
_YEAR = r"(?P<year>(?:19|20)?[0-9]{2})(?![0-9])"
_DATES = (
    re.compile(rf"{_DAY}(?P<sep>[/.\-])(?P<month>[01]?[0-9])(?P=sep){_YEAR}"),
    re.compile(
        r"(?<![0-9])(?P<year>(?:19|20)[0-9]{2})(?P<sep>[/.\-])"
        r"(?P<month>[01]?[0-9])(?P=sep)(?P<day>[0-3]?[0-9])(?![0-9])"
    ),
    re.compile(rf"{_DAY}(?:st|nd|rd|th)?(?: of)? {_NAMED},? {_YEAR}", re.I),
    re.compile(rf"\b{_NAMED} (?P<day>[0-3]?[0-9])(?:st|nd|rd|th)?,? {_YEAR}", re.I),
)
_BIRTH = re.compile(r"\b(?:d\.? ?o\.? ?b\b|date of birth|born|birth ?date|birthday)", re.I)
_NEAR_BEFORE, _NEAR_AFTER, _NEAR_BIRTH = 45, 30, 25
_CLAUSE = re.compile(r"[.!?](?:\s|$)|\n")

_WORD = re.compile(r"[^\W\d_]+(?:[’'\-][^\W\d_]+)*\.?")
_CLASS = re.compile(
    r"\b(?:(?:year|yr|y)\.? ?-?(?:1[0-4]|[1-9])(?![0-9])|reception\b)|\baged? [1-9][0-9]?\b", re.I
)
_DOTTED = re.compile(r"(?<!\w)[A-Z]\. ?[A-Z]\.? *$")
_LINK = re.compile(
    r"(?:\s*[,(:;–—/]\s*(?:an? |the )?(?:boy |girl |pupil |child |student )?(?:who(?:’s|'s| is) )?"
    r"(?:in |from )?|\s+[–\-]\s+|\s+(?:(?:is|was|who is) )?(?:now |currently )?(?:in|from) )$",
    re.I,
)
_INITIALLED = r"[A-Z]\. ?[A-Z]\.?"
_AND = re.compile(r",? (?:and|&) |, ?| ?& ?")
_ONE = rf"(?:{_INITIALLED}|[^\W\d_]{{2,}}(?:[’'\-][^\W\d_]+)*)"
_LISTED = re.compile(rf" ?(?::|–|—|-) ?({_ONE}(?:(?:{_AND.pattern}){_ONE})*)")
_CLASS_THEN_CHILD = re.compile(
    r"\b(?:year|yr|y) ?(?:1[0-4]|[1-9]) (?:pupil|child|student|boy|girl)s?[,:]? "
    r"(?:called |named )?$",
    re.I,
)
_ADULT_AFTER = re.compile(
    rf"\s*(?:(?:and|&|/|,|-|to)\s*(?:year |yr |y)?[0-9]{{1,2}}\s*)*(?:[a-z]+ )?"
    rf"(?:{'|'.join(ADULT_NOUNS)})\b",
    re.I,
)


@dataclass(frozen=True)
class Finding:
    """Something in a text that may be about a pupil; ``quote`` is what was found."""

    kind: str
    quote: str

    @property
    def sentence(self) -> str:
        return f"“{self.quote}” looks like {SAID[self.kind]}"


SAID = {
    "upn": "a unique pupil number (UPN)",
    "nhs": "an NHS number",
    "uln": "a unique learner number (ULN)",
    "birth": "a date of birth",
    "name": "a pupil’s name with their year or age",
}


def find_pupil_data(text: str, today: date) -> list[Finding]:
    """Everything that looks like data about a pupil, each thing once, numbers first."""
    text = _plain(text)
    found = [*_find_upns(text), *_find_ten_digits(text), *_find_births(text, today)]
    return list(dict.fromkeys([*found, *_find_names(text)]))


def _plain(text: str) -> str:
    """One kind of space, dash and digit, so that looks don't matter."""
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"[\u200b-\u200f\u2060\u00ad\ufeff]", "", text)
    return re.sub(r"[\u2010-\u2012\u2212]", "-", re.sub(r"[^\S\n]", " ", text))


def _finding(kind: str, text: str) -> Finding:
    """At most a line's worth of it, as it was typed."""
    shown = " ".join(text.split())
    return Finding(kind, shown if len(shown) <= LONGEST_QUOTE else f"{shown[:LONGEST_QUOTE]}…")


# Numbers


def upn_letter(rest: str) -> str:
    """The check letter of the twelve characters that follow it."""
    values = [
        int(sign) if sign.isdigit() else UPN_LETTERS.index(sign.upper()) for sign in rest.upper()
    ]
    return UPN_LETTERS[sum(value * place for place, value in enumerate(values, 2)) % 23]


def _find_upns(text: str) -> Iterator[Finding]:
    for match in _UPN.finditer(text):
        rest = re.sub(r"[ \t.\-]", "", match[2])
        if len(rest) == 12 and upn_letter(rest) == match[1].upper():
            yield _finding("upn", text[match.start(1) : match.end(2)])


def is_nhs_number(digits: str) -> bool:
    """True for ten digits that end with the check digit of the first nine."""
    check = (11 - _weigh(digits)) % 11
    return check < 10 and check == int(digits[9])


def is_uln(digits: str) -> bool:
    """True for ten digits of a learner's number."""
    rest = _weigh(digits)
    return digits[0] != "0" and rest > 0 and 10 - rest == int(digits[9])


def _weigh(digits: str) -> int:
    return sum(int(digit) * (10 - place) for place, digit in enumerate(digits[:9])) % 11


def _find_ten_digits(text: str) -> Iterator[Finding]:
    for match in _TEN_DIGITS.finditer(text):
        digits = re.sub(r"[^0-9]", "", match[1])
        if _ABROAD.search(text[max(0, match.start() - 8) : match.start()]):
            continue
        if is_nhs_number(digits):
            yield _finding("nhs", match[1])
        elif is_uln(digits):
            yield _finding("uln", match[1])


# Dates of birth


def _find_births(text: str, today: date) -> Iterator[Finding]:
    for start, end, day in _dates(text, today):
        before = _CLAUSE.split(text[max(0, start - _NEAR_BEFORE) : start])[-1]
        after = _CLAUSE.split(text[end : end + _NEAR_AFTER])[0]
        near = before[-_NEAR_BIRTH:] + " " + after[:_NEAR_BIRTH]
        oldest = _years_before(today, OLDEST_PUPIL)
        is_birth = _BIRTH.search(near) is not None and day <= today
        is_of_age = oldest <= day <= _years_before(today, YOUNGEST_PUPIL)
        if is_birth or (is_of_age and (_has_name(before) or _has_name(after, is_start=False))):
            yield _finding("birth", text[start:end])


def _years_before(day: date, years: int) -> date:
    return date(day.year - years, day.month, min(day.day, 28))


def _dates(text: str, today: date) -> Iterator[tuple[int, int, date]]:
    for shape in _DATES:
        for match in shape.finditer(text):
            found = _read(match["day"], match["month"], match["year"], today)
            if found:
                yield match.start(), match.end(), found


def _read(day: str, month: str, year: str, today: date) -> date | None:
    number = int(year) if len(year) == 4 else 2000 + int(year)
    if number > today.year and len(year) == 2:
        number -= 100
    try:
        at = int(month) if month.isdigit() else _MONTHS.index(month[:3].lower()) + 1
        return date(number, at, int(day))
    except ValueError:
        return None


# Names


def _find_names(text: str) -> Iterator[Finding]:
    for match in _CLASS.finditer(text):
        before = text[max(0, match.start() - 90) : match.start()]
        link = _LINK.search(before)
        is_age = match[0].lower().startswith("age")
        if not is_age and _ADULT_AFTER.match(text[match.end() : match.end() + 80]):
            continue
        start = link.start() if link else len(before.rstrip())
        name = _name_at_end(before[:start], sure=link is not None)
        if name:
            quote = before[before.rindex(name, 0, start) :] + match[0]
            is_closed = "(" not in quote or text[match.end() : match.end() + 1] != ")"
            yield _finding("name", quote if is_closed else f"{quote})")
        yield from _find_listed(text, match)
    yield from _find_children(text)


def _find_listed(text: str, led: re.Match[str]) -> Iterator[Finding]:
    """ "Year 4: Tom and Mia": names listed after their class, at least one of them known."""
    listed = _LISTED.match(text, led.end())
    if not listed:
        return
    names = _AND.split(listed[1])
    known = [one for one in names if _is_initialled(one) or one.lower() in FIRST_NAMES]
    if len(names) == 1 and known and known[0].lower() in VERBS_TOO:
        return
    if known and all(one in known or _is_name(one, is_start=True) for one in names):
        yield _finding("name", text[led.start() : listed.end()])


def _is_initialled(word: str) -> bool:
    """ "J.S.", but not "T.A."."""
    letters = re.fullmatch(r"([A-Z])\. ?([A-Z])\.?", word)
    return letters is not None and letters[1] + letters[2] not in INITIALS_OF_OTHERS


def _find_children(text: str) -> Iterator[Finding]:
    """ "Year 4 pupil Jayden": the class before the name."""
    for match in _WORD.finditer(text):
        before = text[max(0, match.start() - 40) : match.start()]
        led = _CLASS_THEN_CHILD.search(before)
        if led and _is_name(match[0], is_start=False):
            yield _finding("name", before[led.start() :] + match[0])


def _name_at_end(before: str, *, sure: bool) -> str | None:
    """The name that ``before`` ends with. Without a link (not ``sure``) only a known one."""
    words = list(_WORD.finditer(before))
    if not words or before[words[-1].end() :].strip():
        return None
    dotted = _DOTTED.search(before)
    if dotted:
        return dotted[0].strip() if _is_initialled(dotted[0].strip()) else None
    last = words[-1]
    if len(words) > 1 and re.fullmatch(r"[A-Z]\.?", last[0]):
        return _with_initial(before, words, sure=sure)
    is_start = _starts_sentence(before, last.start())
    if not sure or last[0].islower():
        return (
            last[0] if last[0].strip(".").lower() in FIRST_NAMES and not _is_adult(words) else None
        )
    known = _is_initials(last[0]) or _is_name(last[0], is_start=is_start)
    return last[0] if known and not _is_adult(words) else None


def _with_initial(before: str, words: list[re.Match[str]], *, sure: bool) -> str | None:
    """ "Ahmed K": a first name and the letter that a surname begins with; not "Plan B"."""
    first, last = words[-2:]
    word = first[0]
    if before[first.end() : last.start()] != " " or word.lower() in LETTERED:
        return None
    is_known = word.lower() in FIRST_NAMES
    is_name = _is_name(word, is_start=_starts_sentence(before, first.start()))
    if not (is_known or (sure and is_name)) or _is_adult(words[:-1]):
        return None
    return before[first.start() : last.end()]


def _is_adult(words: list[re.Match[str]]) -> bool:
    """True where a title, a role or a school stands right before or within the name."""
    for match in reversed(words[-4:-1]):
        word = match[0].strip(".").lower()
        if word in TITLES or word in ROLES:
            return True
        if not match[0][:1].isupper() or not _is_name(match[0], is_start=False):
            return False
    return False


def _starts_sentence(text: str, at: int) -> bool:
    return not text[:at].strip(" “\"'(-•*") or bool(re.search(r"(?:[.!?:]\s+|\n\W*)$", text[:at]))


def _is_initials(word: str) -> bool:
    """ "JS" or "J.S", but not "EP"."""
    return bool(re.fullmatch(r"[A-Z]{2}", word)) and word not in INITIALS_OF_OTHERS


def _is_name(word: str, *, is_start: bool) -> bool:
    """A capital and small letters, and no word that a school's notes are made of."""
    plain = word.rstrip(".").lower()
    own = plain.removesuffix("’s").removesuffix("'s")
    if own in FIRST_NAMES or plain in EXCEPTIONS:
        return word[0].isupper()
    if own != plain or len(plain) < 2 or not word[0].isupper() or word.isupper():
        return False
    if plain in ORDINARY or plain in PLACES or plain in ROLES or plain in TITLES:
        return False
    return not (is_start and plain.endswith(ORDINARY_ENDINGS))


def _has_name(text: str, *, is_start: bool = True) -> bool:
    """True where a text holds a name that is no adult's and no school's."""
    words = list(_WORD.finditer(text))
    for place, match in enumerate(words):
        following = words[place + 1][0] if place + 1 < len(words) else ""
        start = is_start and place == 0 and _starts_sentence(text, match.start())
        if following.lower() in PLACES or not _is_name(match[0], is_start=start):
            continue
        # Any word may begin a sentence: an unknown one must stand close by, or have a surname.
        is_close = len(words) - place <= 2 or not following.islower()
        if start and not is_close and match[0].lower() not in FIRST_NAMES:
            continue
        if not _is_adult(words[: place + 1]):
            return True
    return False
