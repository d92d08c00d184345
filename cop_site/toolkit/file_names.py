"""The name a file keeps: what its sender called it, without what could harm."""

from __future__ import annotations

import re
import unicodedata

LONGEST_STEM = 100
# Windows has devices by these names, whatever stands after the dot.
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f"<>|:*?%;/\\]+')


def clean_name(given: str) -> tuple[str, str]:
    """A file's name without its ending, and the ending in lower case without its dot.

    Folders, controls, signs that mean something to a shell or a header, and signs that turn the
    reading order round are gone. The ending is "" where there is none.
    """
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    name = _UNSAFE.sub("-", name)
    name = "".join(letter for letter in name if unicodedata.category(letter) not in _UNSEEN)
    name = " ".join(name.split()).rstrip(". ")
    stem, dot, ending = name.rpartition(".")
    if not dot:
        stem, ending = name, ""
    stem = stem[:LONGEST_STEM].strip(". -") or "file"
    if _DEVICES.fullmatch(stem):
        stem = f"file-{stem}"
    return stem, ending.lower()


# Formatting, lone surrogates, private use and what is not assigned: nothing of it can be read.
_UNSEEN = ("Cf", "Cs", "Co", "Cn")
