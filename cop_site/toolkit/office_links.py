"""What an Office file's parts may be, and what they may point at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from cop_site.toolkit.file_refusals import refuse

_KNOWN = re.compile(
    r"(?i)application/vnd\.openxmlformats-(officedocument\.[\w.\-]+|package\.[\w.\-]+)(\+xml)?"
    r"|application/vnd\.ms-(word|excel|powerpoint|office)[\w.\-]*\+xml"
    r"|application/(xml|inkml\+xml|x-font(data|-ttf|-otf)?)|text/xml|(image|audio|video)/[\w.+\-]+"
)
_ELSEWHERE = (
    "This file fetches a part of itself from elsewhere. "
    "Take that link out, or put the part into the file, then choose it again."
)
_PARTS = "This file holds a part that cannot be checked. Save it again without it, then choose it."
_OBJECT = "This file holds an embedded object. Take it out, then choose the file again."
_DATA = (
    "This workbook takes figures from elsewhere. In Excel choose Data, break its links and "
    "connections, then save it again."
)
_TEMPLATE = "This document is tied to a template. In Word, detach the template, then save it again."
# The last word of a relationship's or a part's type, in small letters.
_NEVER = {
    "attachedtemplate": _TEMPLATE,
    **dict.fromkeys(("oleobject", "control"), _OBJECT),
    **dict.fromkeys(("afchunk", "altchunk", "subdocument", "frame", "webextension"), _PARTS),
    **dict.fromkeys(("webextensiontaskpanes", "customui"), _PARTS),
    **dict.fromkeys(("externallink", "externallinkpath", "connections"), _DATA),
    **dict.fromkeys(("querytable", "xlpathmissing", "xlstartup", "xlalternatestartup"), _DATA),
    **dict.fromkeys(("mailmergesource", "mailmergeheadersource", "recipientdata"), _DATA),
}
_LINKED = re.compile(r"(?i)(https?://|mailto:)[^\x00-\x1f]*|#[^\x00-\x1f]*")
# An address, a share, or signs that a program may take for one.
_ADDRESS = re.compile(r"(?i)[^#]*?(:|\\|//|[\x00-\x1f])")


def check_parts(declared: Iterable[Mapping[str, str]], names: Iterable[str]) -> set[str]:
    """Each part is of a known type, and of none that is fetched or run. Gives Word's own."""
    of_word = set()
    types = {
        value.get("PartName", "").lstrip("/").lower()
        or f".{value.get('Extension', '').lower()}": value["ContentType"]
        for value in declared
    }
    for name in names:
        small = name.lower()
        if small == "[content_types].xml" or small.endswith("/"):
            continue
        kind = types.get(small) or types.get("." + small.rpartition(".")[2], "")
        last = re.sub(r"\+xml$", "", kind.lower()).rpartition(".")[2]
        if last in _NEVER:
            refuse(_NEVER[last])
        if not _KNOWN.fullmatch(kind):
            refuse(_PARTS)
        if "wordprocessingml" in kind.lower() and kind.lower().endswith("xml"):
            of_word.add(name)
    return of_word


def check_link(value: Mapping[str, str]) -> None:
    """A relationship stays inside the file, or is a link that a person has to choose."""
    kind = value.get("Type", "").strip().rpartition("/")[2].lower()
    target = value["Target"]
    if kind in _NEVER:
        refuse(_NEVER[kind])
    if value.get("TargetMode", "Internal") == "Internal":
        if _ADDRESS.match(target):
            refuse(_ELSEWHERE)
    elif kind != "hyperlink":
        refuse(_ELSEWHERE)
    elif not _LINKED.fullmatch(target.strip(" ")):
        refuse(
            "This file has a link to something that is no web page or email address. "
            "Take that link out, then choose the file again."
        )
