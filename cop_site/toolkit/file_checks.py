"""What may be uploaded: decided by what is in a file, never by what it says it is.

Pure: a stream in, a verdict out. Every refusal is a DomainError at the field "file".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from cop_site.errors import DomainError
from cop_site.toolkit import image_checks, office_checks, pdf_checks
from cop_site.toolkit.file_names import clean_name
from cop_site.toolkit.file_refusals import refuse

MEGABYTE = 1024 * 1024
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_MARKUP = re.compile(r"(?i)<(!doctype|html|head|body|script|iframe|svg|object|embed|\?php)\b")


@dataclass(frozen=True)
class FileKind:
    """A kind of file that is taken. ``check`` raises DomainError where the content is not that."""

    name: str
    media_type: str
    check: Callable[[BinaryIO], None]


@dataclass(frozen=True)
class CheckedFile:
    """A file that may be kept: its safe name, the type its content has, its size in bytes."""

    name: str
    media_type: str
    size: int


def _check_text(stream: BinaryIO) -> None:
    content = stream.read()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What Excel and Notepad write on Windows. Every byte but five is a letter there.
        text = content.decode("cp1252", errors="replace")
    if _CONTROLS.search(text) or "\ufffd" in text:
        refuse("This is not a plain text file. Save it as text in UTF-8, then choose it again.")
    if _MARKUP.search(text) or text.startswith("%PDF"):
        refuse("This text file holds code of a web page or of another kind of file.")


_OFFICE = "application/vnd.openxmlformats-officedocument."
KINDS = {
    "pdf": FileKind("PDF", "application/pdf", pdf_checks.check_pdf),
    "docx": FileKind(
        "Word", f"{_OFFICE}wordprocessingml.document", office_checks.check_as("wordprocessingml")
    ),
    "xlsx": FileKind(
        "Excel", f"{_OFFICE}spreadsheetml.sheet", office_checks.check_as("spreadsheetml")
    ),
    "pptx": FileKind(
        "PowerPoint",
        f"{_OFFICE}presentationml.presentation",
        office_checks.check_as("presentationml"),
    ),
    "png": FileKind("Picture (PNG)", "image/png", image_checks.check_png),
    "jpg": FileKind("Picture (JPEG)", "image/jpeg", image_checks.check_jpeg),
    "txt": FileKind("Text", "text/plain; charset=utf-8", _check_text),
    "csv": FileKind("Table (CSV)", "text/csv; charset=utf-8", _check_text),
}
_SAME = {"jpeg": "jpg"}
WITH_MACROS = ("docm", "xlsm", "pptm", "dotm", "xltm", "potm", "ppsm", "xlam", "xlsb")
OLD = ("doc", "xls", "ppt")
TAKEN = "PDF, Word, Excel, PowerPoint, PNG, JPEG, text or CSV"
# What ``accept`` of a file field names: a help for choosing, not a check.
ACCEPTED = ",".join(f".{ending}" for ending in (*KINDS, *_SAME))


def check_file(stream: BinaryIO, given_name: str, *, largest: int) -> CheckedFile:
    """The file as it may be kept. Leaves ``stream`` at its start.

    Raises DomainError with a sentence for the person who chose it.
    """
    stem, ending = clean_name(given_name)
    kind = KINDS.get(_SAME.get(ending, ending))
    size = stream.seek(0, 2)
    if not size:
        refuse("This file is empty. Choose another.")
    if size > largest:
        refuse(too_large(largest))
    if kind is None:
        raise _unknown(ending)
    stream.seek(0)
    kind.check(stream)
    stream.seek(0)
    return CheckedFile(f"{stem}.{ending}", kind.media_type, size)


def too_large(largest: int) -> str:
    """The sentence for a file past the limit."""
    return f"The file must be {largest // MEGABYTE} MB or smaller"


def _unknown(ending: str) -> DomainError:
    sentence = f"Choose a {TAKEN} file"
    if ending in WITH_MACROS:
        sentence = "This file may hold macros. Save it without them, as .docx, .xlsx or .pptx."
    elif ending in OLD:
        sentence = f"This is an old format. Open it and save it as .{ending}x, then choose that."
    return DomainError(sentence, field="file")


def name_kind(media_type: str) -> str:
    """A type as people say it: "Word"."""
    return next((kind.name for kind in KINDS.values() if kind.media_type == media_type), "File")
