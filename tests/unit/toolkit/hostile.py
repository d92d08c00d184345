"""Files that must never be taken, each with a word of what its sender is told."""

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


def _chunk(kind: bytes, content: bytes) -> bytes:
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
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", rows)
        + _chunk(b"IEND", b"")
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


def _typed(old: str, new: str) -> bytes:
    return edit(change={TYPES: lambda content: content.replace(old.encode(), new.encode())})


def _knows(ending: str, kind: str) -> Callable[[bytes], bytes]:
    """The list of types with one more."""
    added = f'<Default Extension="{ending}" ContentType="{kind}"/></Types>'.encode()
    return lambda content: content.replace(b"</Types>", added)


def _symlink(part: zipfile.ZipInfo) -> None:
    part.create_system = 3
    part.external_attr = 0o120777 << 16


def _listed(base: bytes, place: int, value: bytes) -> bytes:
    """Change bytes of the last entry in the zip's list of parts."""
    start = base.rindex(b"PK\x01\x02")
    return base[: start + place] + value + base[start + place + len(value) :]


def _linked(mode: str, kind: str, target: str) -> bytes:
    link = f'<Relationship Id="rId9" Type="http://x/{kind}" Target="{target}" TargetMode="{mode}"/>'
    return edit(
        change={
            "word/_rels/document.xml.rels": lambda content: content.replace(
                b"</Relationships>", link.encode() + b"</Relationships>"
            )
        }
    )


def _nest(times: int) -> bytes:
    file = XLSX
    for _ in range(times):
        file = edit(XLSX, add={"xl/embeddings/inner.xlsx": file})
    return file


def _pack_objects(content: bytes) -> bytes:
    content = b"8 0 " + content
    packed = zlib.compress(content)
    return PDF.replace(
        b"xref\n0",
        b"7 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\n"
        b"stream\n%s\nendstream\nendobj\nxref\n0" % (len(packed), packed),
        1,
    )


def _in_object(name: bytes) -> bytes:
    return PDF.replace(b"/Type /Catalog", b"/Type /Catalog " + name, 1)


def _before_list(objects: bytes) -> bytes:
    """The PDF with more objects."""
    return PDF.replace(b"xref\n0", objects + b"\nxref\n0", 1)


def _stream(dictionary: bytes, content: bytes) -> bytes:
    return b"9 0 obj\n<<%s>>\nstream\n%s\nendstream\nendobj" % (dictionary, content)


def _body(inside: str) -> bytes:
    """A Word document with this in its first paragraph."""
    added = f"<w:p>{inside}</w:p></w:body>".encode()
    return edit(
        change={"word/document.xml": lambda content: content.replace(b"</w:body>", added, 1)}
    )


def _field(*runs: str) -> str:
    words = "".join(f"<w:r><w:instrText>{run}</w:instrText></w:r>" for run in runs)
    begin, end = (f'<w:r><w:fldChar w:fldCharType="{one}"/></w:r>' for one in ("begin", "end"))
    return begin + words + end


def _typed_part(ending: str, kind: str, content: bytes = b"<x/>") -> bytes:
    return edit(add={f"word/part.{ending}": content}, change={TYPES: _knows(ending, kind)})


ZEROS = b"\0" * (40 * 1024 * 1024)
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MACRO_TYPE = "application/vnd.ms-word.document.macroEnabled.main+xml"
WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
# name of the case: (the name it is sent under, its bytes, words of the refusal)
HOSTILE: dict[str, tuple[str, bytes, str]] = {
    "empty": ("plan.pdf", b"", "is empty"),
    "program": ("plan.exe", b"MZ\x90\0", "Choose a PDF, Word"),
    "no ending": ("plan", PDF, "Choose a PDF, Word"),
    "web page": ("plan.html", b"<html></html>", "Choose a PDF, Word"),
    "svg": ("plan.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "Choose a PDF, Word"),
    "plain zip": ("plan.zip", DOCX, "Choose a PDF, Word"),
    "two endings": ("plan.pdf.exe", PDF, "Choose a PDF, Word"),
    "hidden ending": ("plan.pdf\u202efdp.exe", PDF, "Choose a PDF, Word"),
    "macro ending": ("plan.docm", DOCX, "may hold macros"),
    "old word": ("plan.doc", OLD_OFFICE, "save it as .docx"),
    # Content that is not what the name says.
    "web page as pdf": ("plan.pdf", b"<html><script>x</script>", "does not begin as a PDF"),
    "word as pdf": ("plan.pdf", DOCX, "does not begin as a PDF"),
    "pdf as word": ("plan.docx", PDF, "is not a Word document"),
    "excel as word": ("plan.docx", XLSX, "but it is an Excel workbook"),
    "png as jpeg": ("plan.jpg", PNG, "is not a JPEG"),
    "jpeg as png": ("plan.png", JPEG, "is not a PNG"),
    "program as png": ("plan.png", b"MZ\x90\0" * 20, "is not a PNG"),
    "pdf as text": ("plan.txt", PDF, "another kind of file"),
    "html as text": ("plan.txt", b"hello <script>alert(1)</script>", "code of a web page"),
    "html as csv": ("plan.csv", b"a,b\n<iframe src=x>,1", "code of a web page"),
    "nul in text": ("plan.txt", b"a\0b", "not a plain text file"),
    "utf-16 text": ("plan.txt", "plan".encode("utf-16"), "not a plain text file"),
    # PDFs.
    "pdf after a prefix": ("plan.pdf", b"GIF89a" + PDF, "does not begin as a PDF"),
    "html in the pdf's start": (
        "plan.pdf",
        PDF.replace(b"%PDF-1.7\n", b"%PDF-1.7\n<html><script>alert(1)</script>\n", 1),
        "another kind of file",
    ),
    "zip after the pdf": ("plan.pdf", PDF + DOCX, "added after its end"),
    "zip inside the pdf's end": (
        "plan.pdf",
        PDF.replace(b"%%EOF", DOCX + b"\n%%EOF"),
        "another kind of file",
    ),
    "cut pdf": ("plan.pdf", PDF[:-20], "Something is missing"),
    "script": ("plan.pdf", _in_object(b"/OpenAction << /S /JavaScript /JS (x) >>"), "scripts"),
    "written otherwise": ("plan.pdf", _in_object(b"/OpenAction << /S /J#61vaScript >>"), "scripts"),
    "launching": ("plan.pdf", _in_object(b"/OpenAction << /S /Launch >>"), "scripts"),
    "file in a pdf": ("plan.pdf", _in_object(b"/Names << /EmbeddedFiles 9 0 R >>"), "scripts"),
    "script in packed objects": ("plan.pdf", _pack_objects(b"<< /S /JavaScript >>"), "scripts"),
    "bomb in packed objects": (
        "plan.pdf",
        _pack_objects(b" " * (51 * 1024 * 1024)),
        "unpacks to far too much",
    ),
    "locked pdf": ("plan.pdf", PDF.replace(b"/Root", b"/Encrypt 9 0 R /Root"), "is locked"),
    # Office files.
    "locked word": ("plan.docx", OLD_OFFICE, "locked with a password"),
    "cut word": ("plan.docx", DOCX[:-30], "added after the end"),
    "damaged word": ("plan.docx", DOCX[:60] + b"\0\0\0\0" + DOCX[64:], "is damaged"),
    "word after a prefix": ("plan.docx", b"PK\x03\x04junk" + DOCX, "is damaged"),
    "word before a picture": ("plan.docx", DOCX + PNG, "added after the end"),
    "bare zip": ("plan.docx", edit(add={}, change={TYPES: lambda _c: b"<Types/>"}), "is damaged"),
    "no main part": ("plan.docx", _typed("/word/document.xml", "/word/other.xml"), "is damaged"),
    "macro type": ("plan.docx", _typed(WORD_TYPE, MACRO_TYPE), "holds macros"),
    "macro part": ("plan.docx", edit(add={"word/vbaProject.bin": OLD_OFFICE}), "holds macros"),
    "macro sheet": ("a.xlsx", edit(XLSX, {"xl/macrosheets/sheet1.xml": b"<x/>"}), "holds macros"),
    "controls": ("plan.docx", edit(add={"word/activeX/activeX1.xml": b"<x/>"}), "holds macros"),
    "embedded object": (
        "plan.docx",
        edit(add={"word/embeddings/oleObject1.bin": OLD_OFFICE}),
        "an embedded object",
    ),
    "program inside": ("plan.docx", edit(add={"word/media/a.exe": b"MZ"}), "holds a program"),
    "program under a picture's name": (
        "plan.docx",
        edit(add={"word/media/a.png": b"MZ\x90\0"}),
        "an embedded object",
    ),
    "zip inside": ("plan.docx", edit(add={"word/a.zip": b"PK"}), "another archive"),
    "zip under a picture's name": (
        "plan.docx",
        edit(add={"word/media/a.png": DOCX}),
        "another archive",
    ),
    "nested too deep": ("plan.xlsx", _nest(2), "another archive"),
    "macros one level down": (
        "plan.xlsx",
        edit(
            XLSX,
            {"xl/embeddings/a.xlsx": edit(XLSX, {"xl/vbaProject.bin": OLD_OFFICE})},
        ),
        "holds macros",
    ),
    "absolute name": ("plan.docx", edit(add={"/etc/cron.d/x": b"x"}), "land outside"),
    "climbing name": ("plan.docx", edit(add={"word/../../x": b"x"}), "land outside"),
    "windows name": ("plan.docx", edit(add={"C:\\x": b"x"}), "land outside"),
    "symlink": ("plan.docx", edit(add={"word/a": b"/etc/passwd"}, info=_symlink), "holds a link"),
    "same name twice": ("plan.docx", edit(add={"WORD/DOCUMENT.XML": b"<x/>"}), "is damaged"),
    "locked part": ("plan.docx", _listed(DOCX, 8, b"\x01\x00"), "locked with a password"),
    "unknown packing": ("plan.docx", _listed(DOCX, 10, b"\x0c\x00"), "is damaged"),
    "steep bomb": ("plan.docx", edit(add={"word/media/a.png": ZEROS}), "far too much"),
    "wide bomb": (
        "plan.docx",
        edit(add={f"word/{number}.xml": b"<x/>" for number in range(3_001)}),
        "far too many parts",
    ),
    "understated size": ("plan.docx", _listed(DOCX, 24, b"\x01\x00\x00\x00"), "is damaged"),
    "overstated size": ("plan.docx", _listed(DOCX, 24, b"\xff\xff\xff\x0f"), "far too much"),
    "remote template": (
        "plan.docx",
        _linked("External", "attachedTemplate", "https://evil.example/t.dotm"),
        "tied to a template",
    ),
    "remote template on a share": (
        "plan.docx",
        _linked("External", "attachedTemplate", "file://evil.example/t.dotm"),
        "tied to a template",
    ),
    "entity bomb": (
        "plan.docx",
        edit(
            change={
                TYPES: lambda content: content.replace(
                    b"<Types", b'<!DOCTYPE x [<!ENTITY a "b">]><Types'
                )
            }
        ),
        "is damaged",
    ),
    # Pictures.
    "zip after a png": ("a.png", PNG + DOCX, "added after the end"),
    "zip after a jpeg": ("a.jpg", JPEG + DOCX, "added after the end"),
    "html after a png": ("a.png", PNG + b"<script>", "added after the end"),
    "cut png": ("a.png", PNG[:-6], "is damaged"),
    "png with a wrong sum": ("a.png", PNG[:-1] + b"\0", "is damaged"),
    "png without a header": ("a.png", PNG[:8] + PNG[33:], "is damaged"),
    "huge png": ("a.png", make_png(60_000, 60_000), "too many pixels"),
    "cut jpeg": ("a.jpg", JPEG[:-2], "is damaged"),
    "jpeg of nothing": ("a.jpg", b"\xff\xd8\xff\xd9", "is damaged"),
    "huge jpeg": ("a.jpg", make_jpeg(60_000, 60_000), "too many pixels"),
}
# What may be taken: the name it is sent under, its bytes, the name it keeps.
SOUND: dict[str, tuple[str, bytes, str]] = {
    "pdf": ("Plan.PDF", PDF, "Plan.pdf"),
    "docx": ("plan.docx", DOCX, "plan.docx"),
    "xlsx": ("plan.xlsx", XLSX, "plan.xlsx"),
    "png": ("plan.png", PNG, "plan.png"),
    "jpeg": ("plan.jpeg", JPEG, "plan.jpeg"),
    "text": ("plan.txt", TEXT, "plan.txt"),
    "text of windows": ("plan.txt", "caf\xe9 – “a”".encode("cp1252"), "plan.txt"),
    "csv": ("plan.csv", "\ufeffname,need\r\na,b".encode(), "plan.csv"),
    "chart's workbook": (
        "plan.docx",
        edit(
            add={"word/embeddings/Microsoft_Excel_Worksheet.xlsx": XLSX},
            change={TYPES: _knows("xlsx", SHEET_TYPE)},
        ),
        "plan.docx",
    ),
    "hyperlink": (
        "plan.docx",
        _linked("External", "hyperlink", "https://service.example"),
        "plan.docx",
    ),
    "word for it in a stream": ("plan.pdf", PDF.replace(b"A plan", b"/JS x/", 1), "plan.pdf"),
    "packed objects": ("plan.pdf", _pack_objects(b"<< /Type /Page >>"), "plan.pdf"),
    "windows path": ("C:\\Users\\x\\my plan.pdf", PDF, "my plan.pdf"),
    "climbing": ("../../etc/plan.pdf", PDF, "plan.pdf"),
    "header": ('plan"\r\nX-Evil: 1.pdf', PDF, "plan-X-Evil- 1.pdf"),
    "letters": ("Naïve plán – 計画.pdf", PDF, "Naïve plán – 計画.pdf"),
    "turned": ("plan\u202etxt.pdf", PDF, "plantxt.pdf"),
    "device": ("CON.txt", TEXT, "file-CON.txt"),
    "dots alone": ("....pdf", PDF, "file.pdf"),
    "long": ("x" * 300 + ".pdf", PDF, "x" * 100 + ".pdf"),
}
_SCRIPT = b"8 0 obj\n<< /S /JavaScript /JS (x) >>\nendobj"
_LINK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml."
_PACKED = zlib.compress(b"8 0 << /S /JavaScript /JS (x) >>")
_LISTED = b"/N 1/First 4/Filter/FlateDecode/Length %d" % len(_PACKED)
# Ways in which the checks were passed once.
HOSTILE |= {
    f"pdf: {case}": ("plan.pdf", content, words)
    for case, content, words in (
        ("between comments", _before_list(b"% stream\n" + _SCRIPT + b"\n% endstream"), "scripts"),
        ("in a stream", _before_list(_stream(b"/Length 50", _SCRIPT)), "scripts"),
        ("in a text", _before_list(b"9 0 obj\n(\n" + _SCRIPT + b"\n)\nendobj"), "scripts"),
        ("in a comment", _before_list(b"% " + _SCRIPT.replace(b"\n", b" ")), "scripts"),
        (
            "numbered past a comment",
            _before_list(_SCRIPT.replace(b"0 obj", b"0%x\nobj")),
            "scripts",
        ),
        ("after an open bracket", _before_list(b"(\n" + _SCRIPT), "scripts"),
        (
            "brackets that cross",
            _before_list(b"8 0 obj << /A [ >> endobj ] /S /JavaScript >> endobj"),
            "cannot be checked",
        ),
        (
            "padded list",
            _before_list(_stream(b"/Type/ObjStm" + b" " * 2000 + _LISTED, _PACKED)),
            "scripts",
        ),
        ("list of no type", _before_list(_stream(_LISTED, _PACKED)), "scripts"),
        (
            "list with a predictor",
            _before_list(_stream(_LISTED + b"/DecodeParms<</Predictor 15>>", _PACKED)),
            "packed in a way",
        ),
        (
            "list packed twice",
            _before_list(_stream(b"/N 1/First 4/Filter[/ASCIIHexDecode/FlateDecode]", b"00>")),
            "packed in a way",
        ),
        ("damaged list", _before_list(_stream(_LISTED, b"x" + _PACKED)), "packed in a way"),
        ("in a packed text", _pack_objects(b"(<< /S /JavaScript >>"), "cannot be checked"),
        ("escaped name", _in_object(b"/#41ny true"), "scripts"),
        ("file of a picture", _in_object(b"/EF << /F 9 0 R >>"), "scripts"),
    )
}
HOSTILE |= {
    f"link: {target}": ("plan.docx", _linked("External", kind, target), words)
    for kind, target, words in (
        ("hyperlink", "file:///\\\\evil\\x", "no web page"),
        ("hyperlink", "/\\evil\\x", "no web page"),
        ("hyperlink", "&#10;file://evil/x", "no web page"),
        ("hyperlink", "mhtml:https://evil.example/x", "no web page"),
        ("image", "https://evil.example/a.png", "from elsewhere"),
        ("image", "\\\\evil\\a.png", "from elsewhere"),
        ("image", "  https://evil.example/b.png", "from elsewhere"),
        ("video", "https://evil.example/v", "from elsewhere"),
        ("attachedTemplate", "file:///C:/Users/x/Normal.dotm", "tied to a template"),
        ("oleObject", "file:///\\\\evil\\o", "embedded object"),
        ("aFChunk", "mhtml:x", "cannot be checked"),
    )
}
HOSTILE |= {
    f"office: {case}": (name, content, words)
    for case, name, content, words in (
        ("address inside", "a.docx", _linked("Internal", "image", "//evil/a.png"), "elsewhere"),
        ("mode misspelt", "a.docx", _linked("external", "image", "a.png"), "elsewhere"),
        ("chunk", "a.docx", _linked("Internal", "aFChunk", "a.xml"), "cannot be checked"),
        ("chunk in the text", "a.docx", _body('<w:altChunk r:id="rId9"/>'), "fetches"),
        ("unknown", "a.docx", _typed_part("dat", "application/x-thing"), "cannot be checked"),
        ("undeclared", "a.docx", edit(add={"word/a.dat": b"x"}), "cannot be checked"),
        ("web page", "a.docx", _typed_part("dat", "text/html"), "cannot be checked"),
        ("rtf", "a.docx", _typed_part("rtf", "application/rtf"), "holds a program"),
        ("mht", "a.docx", _typed_part("mht", "message/rfc822"), "holds a program"),
        ("dde", "a.docx", _body(_field(" DDEAUTO c:\\x")), "fetches"),
        ("dde in runs", "a.docx", _body(_field(" D", "D", "E c:\\x")), "fetches"),
        ("dde after blanks", "a.docx", _body(_field("\n" * 90_000, "DDE x")), "fetches"),
        ("dde by figures", "a.docx", _body(_field("&#68;DE x")), "fetches"),
        (
            "dde by a field",
            "a.docx",
            _body(_field(f"</w:instrText></w:r>{_field('QUOTE 68')}<w:r><w:instrText>")),
            "fetches",
        ),
        ("text", "a.docx", _body('<w:fldSimple w:instr=" includeText x"/>'), "fetches"),
        (
            "other workbook",
            "a.xlsx",
            edit(
                XLSX,
                {"xl/a.lnkx": b"<x/>"},
                {TYPES: _knows("lnkx", f"{_LINK_TYPE}externalLink+xml")},
            ),
            "figures from elsewhere",
        ),
        (
            "connections",
            "a.xlsx",
            edit(
                XLSX,
                {"xl/a.conx": b"<x/>"},
                {TYPES: _knows("conx", f"{_LINK_TYPE}connections+xml")},
            ),
            "figures from elsewhere",
        ),
    )
}
_MARKED = b"9 0 obj\n<< /Title (On HTML/JavaScript \\(new\\)) /A << /S /URI /URI (https://x.example/Launch#41) >> >>\nendobj"  # noqa: E501
SOUND |= {
    "links and bookmarks": ("plan.pdf", _before_list(_MARKED), "plan.pdf"),
    "bookmarks, packed": (
        "plan.pdf",
        _pack_objects(b"<< /Title (On HTML/JavaScript) >>"),
        "plan.pdf",
    ),
    "deep": ("plan.pdf", _in_object(b"/A " + b"[<</B " * 9 + b"1" + b">>]" * 9), "plan.pdf"),
    "large": (
        "plan.pdf",
        _before_list(
            b"".join(
                b"%d 0 obj\n<< /Type /StructElem /P 5 0 R /K [0 1] /Alt (a) >>\nendobj\n" % number
                for number in range(10, 20_000)
            )
            + _stream(b"/Length 9000000", bytes(range(256)) * 36_000)
        ),
        "plan.pdf",
    ),
    "mail and place": ("a.docx", _linked("External", "hyperlink", "mailto:a@x.example"), "a.docx"),
    "bookmark in word": ("a.docx", _linked("External", "hyperlink", "#part"), "a.docx"),
    "contents": ("a.docx", _body(_field(' TOC \\o "1-3"', " \\h")), "a.docx"),
    "link field": ("a.docx", _body(_field(' HYPERLINK "https://x.example/DDE"')), "a.docx"),
    "long document": (
        "a.docx",
        _body("".join(f"<w:r><w:t>{n * n}</w:t></w:r>" for n in range(50_000))),
        "a.docx",
    ),
}
