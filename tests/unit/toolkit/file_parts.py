"""Sound files, and ways to spoil them."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO

from cop_site.demo.toolkit_files import make_docx, make_pdf, make_text, make_xlsx

DOCX = make_docx("A plan", ["Assess, plan, do, review."])
XLSX = make_xlsx("A table", [["Need", "Help"], ["Reading", "Small group"]])
PDF = make_pdf("A plan", ["Assess, plan, do, review."])
TEXT = make_text("A plan", ["Naïve café – “quoted”"])
TYPES = "[Content_Types].xml"


def chunk(kind: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def make_png(width: int = 1, height: int = 1) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0\0")
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def make_jpeg(width: int = 1, height: int = 1) -> bytes:
    """The shape of a JPEG: what its reader passes over, a thumbnail's end marker included."""
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    return (
        b"\xff\xd8"
        + b"\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
        + b"\xff\xe1\x00\x08Exif\xff\xd9"
        + b"\xff\xc0"
        + struct.pack(">H", len(frame) + 2)
        + frame
        + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
        + b"\x12\xff\x00\x34\xff\xd0\x56\xff\xff\xd9"
    )


PNG, JPEG = make_png(), make_jpeg()


def edit(
    base: bytes = DOCX,
    add: dict[str, bytes] | None = None,
    change: dict[str, Callable[[bytes], bytes]] | None = None,
    info: Callable[[zipfile.ZipInfo], None] = lambda _info: None,
) -> bytes:
    """An Office file with parts added or changed."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(base)) as source, zipfile.ZipFile(out, "w") as target:
        for part in source.infolist():
            content = source.read(part)
            content = (change or {}).get(part.filename, lambda same: same)(content)
            target.writestr(zipfile.ZipInfo(part.filename), content, zipfile.ZIP_DEFLATED)
        for name, content in (add or {}).items():
            made = zipfile.ZipInfo(name)
            info(made)
            target.writestr(made, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def typed(old: str, new: str) -> bytes:
    return edit(change={TYPES: lambda content: content.replace(old.encode(), new.encode())})


def knows(ending: str, kind: str) -> Callable[[bytes], bytes]:
    """The list of types with one more."""
    added = f'<Default Extension="{ending}" ContentType="{kind}"/></Types>'.encode()
    return lambda content: content.replace(b"</Types>", added)


def symlink(part: zipfile.ZipInfo) -> None:
    part.create_system = 3
    part.external_attr = 0o120777 << 16


def listed(base: bytes, place: int, value: bytes) -> bytes:
    """Change bytes of the last entry in the zip's list of parts."""
    start = base.rindex(b"PK\x01\x02")
    return base[: start + place] + value + base[start + place + len(value) :]


def linked(mode: str, kind: str, target: str) -> bytes:
    link = f'<Relationship Id="rId9" Type="http://x/{kind}" Target="{target}" TargetMode="{mode}"/>'
    return edit(
        change={
            "word/_rels/document.xml.rels": lambda content: content.replace(
                b"</Relationships>", link.encode() + b"</Relationships>"
            )
        }
    )


def nest(times: int) -> bytes:
    file = XLSX
    for _ in range(times):
        file = edit(XLSX, add={"xl/embeddings/inner.xlsx": file})
    return file


def pack_objects(content: bytes) -> bytes:
    content = b"8 0 " + content
    packed = zlib.compress(content)
    return PDF.replace(
        b"xref\n0",
        b"7 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\n"
        b"stream\n%s\nendstream\nendobj\nxref\n0" % (len(packed), packed),
        1,
    )


def in_object(name: bytes) -> bytes:
    return PDF.replace(b"/Type /Catalog", b"/Type /Catalog " + name, 1)


def before_list(objects: bytes) -> bytes:
    """The PDF with more objects."""
    return PDF.replace(b"xref\n0", objects + b"\nxref\n0", 1)


def stream(dictionary: bytes, content: bytes) -> bytes:
    return b"9 0 obj\n<<%s>>\nstream\n%s\nendstream\nendobj" % (dictionary, content)


def body(inside: str) -> bytes:
    """A Word document with this in its first paragraph."""
    added = f"<w:p>{inside}</w:p></w:body>".encode()
    return edit(
        change={"word/document.xml": lambda content: content.replace(b"</w:body>", added, 1)}
    )


def field(*runs: str) -> str:
    words = "".join(f"<w:r><w:instrText>{run}</w:instrText></w:r>" for run in runs)
    begin, end = (f'<w:r><w:fldChar w:fldCharType="{one}"/></w:r>' for one in ("begin", "end"))
    return begin + words + end


def typed_part(ending: str, kind: str, content: bytes = b"<x/>") -> bytes:
    return edit(add={f"word/part.{ending}": content}, change={TYPES: knows(ending, kind)})


ZEROS = b"\0" * (40 * 1024 * 1024)
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MACRO_TYPE = "application/vnd.ms-word.document.macroEnabled.main+xml"
WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
