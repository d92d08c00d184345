"""Files that must never be taken, each with a word of what its sender is told."""

from __future__ import annotations

import zlib

from tests.unit.toolkit.file_parts import (
    DOCX,
    JPEG,
    MACRO_TYPE,
    OLD_OFFICE,
    PDF,
    PNG,
    SHEET_TYPE,
    TEXT,
    TYPES,
    WORD_TYPE,
    XLSX,
    ZEROS,
    before_list,
    body,
    edit,
    field,
    in_object,
    knows,
    linked,
    listed,
    make_jpeg,
    make_png,
    nest,
    pack_objects,
    stream,
    symlink,
    typed,
    typed_part,
)

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
    "script": ("plan.pdf", in_object(b"/OpenAction << /S /JavaScript /JS (x) >>"), "scripts"),
    "written otherwise": ("plan.pdf", in_object(b"/OpenAction << /S /J#61vaScript >>"), "scripts"),
    "launching": ("plan.pdf", in_object(b"/OpenAction << /S /Launch >>"), "scripts"),
    "file in a pdf": ("plan.pdf", in_object(b"/Names << /EmbeddedFiles 9 0 R >>"), "scripts"),
    "script in packed objects": ("plan.pdf", pack_objects(b"<< /S /JavaScript >>"), "scripts"),
    "bomb in packed objects": (
        "plan.pdf",
        pack_objects(b" " * (51 * 1024 * 1024)),
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
    "no main part": ("plan.docx", typed("/word/document.xml", "/word/other.xml"), "is damaged"),
    "macro type": ("plan.docx", typed(WORD_TYPE, MACRO_TYPE), "holds macros"),
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
    "nested too deep": ("plan.xlsx", nest(2), "another archive"),
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
    "symlink": ("plan.docx", edit(add={"word/a": b"/etc/passwd"}, info=symlink), "holds a link"),
    "same name twice": ("plan.docx", edit(add={"WORD/DOCUMENT.XML": b"<x/>"}), "is damaged"),
    "locked part": ("plan.docx", listed(DOCX, 8, b"\x01\x00"), "locked with a password"),
    "unknown packing": ("plan.docx", listed(DOCX, 10, b"\x0c\x00"), "is damaged"),
    "steep bomb": ("plan.docx", edit(add={"word/media/a.png": ZEROS}), "far too much"),
    "wide bomb": (
        "plan.docx",
        edit(add={f"word/{number}.xml": b"<x/>" for number in range(3_001)}),
        "far too many parts",
    ),
    "understated size": ("plan.docx", listed(DOCX, 24, b"\x01\x00\x00\x00"), "is damaged"),
    "overstated size": ("plan.docx", listed(DOCX, 24, b"\xff\xff\xff\x0f"), "far too much"),
    "remote template": (
        "plan.docx",
        linked("External", "attachedTemplate", "https://evil.example/t.dotm"),
        "tied to a template",
    ),
    "remote template on a share": (
        "plan.docx",
        linked("External", "attachedTemplate", "file://evil.example/t.dotm"),
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
            change={TYPES: knows("xlsx", SHEET_TYPE)},
        ),
        "plan.docx",
    ),
    "hyperlink": (
        "plan.docx",
        linked("External", "hyperlink", "https://service.example"),
        "plan.docx",
    ),
    "word for it in a stream": ("plan.pdf", PDF.replace(b"A plan", b"/JS x/", 1), "plan.pdf"),
    "packed objects": ("plan.pdf", pack_objects(b"<< /Type /Page >>"), "plan.pdf"),
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
        ("between comments", before_list(b"% stream\n" + _SCRIPT + b"\n% endstream"), "scripts"),
        ("in a stream", before_list(stream(b"/Length 50", _SCRIPT)), "scripts"),
        ("in a text", before_list(b"9 0 obj\n(\n" + _SCRIPT + b"\n)\nendobj"), "scripts"),
        ("in a comment", before_list(b"% " + _SCRIPT.replace(b"\n", b" ")), "scripts"),
        (
            "numbered past a comment",
            before_list(_SCRIPT.replace(b"0 obj", b"0%x\nobj")),
            "scripts",
        ),
        ("after an open bracket", before_list(b"(\n" + _SCRIPT), "scripts"),
        (
            "brackets that cross",
            before_list(b"8 0 obj << /A [ >> endobj ] /S /JavaScript >> endobj"),
            "cannot be checked",
        ),
        (
            "padded list",
            before_list(stream(b"/Type/ObjStm" + b" " * 2000 + _LISTED, _PACKED)),
            "scripts",
        ),
        ("list of no type", before_list(stream(_LISTED, _PACKED)), "scripts"),
        (
            "list with a predictor",
            before_list(stream(_LISTED + b"/DecodeParms<</Predictor 15>>", _PACKED)),
            "packed in a way",
        ),
        (
            "list packed twice",
            before_list(stream(b"/N 1/First 4/Filter[/ASCIIHexDecode/FlateDecode]", b"00>")),
            "packed in a way",
        ),
        ("damaged list", before_list(stream(_LISTED, b"x" + _PACKED)), "packed in a way"),
        ("in a packed text", pack_objects(b"(<< /S /JavaScript >>"), "cannot be checked"),
        ("escaped name", in_object(b"/#41ny true"), "scripts"),
        ("file of a picture", in_object(b"/EF << /F 9 0 R >>"), "scripts"),
    )
}
HOSTILE |= {
    f"link: {target}": ("plan.docx", linked("External", kind, target), words)
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
        ("address inside", "a.docx", linked("Internal", "image", "//evil/a.png"), "elsewhere"),
        ("mode misspelt", "a.docx", linked("external", "image", "a.png"), "elsewhere"),
        ("chunk", "a.docx", linked("Internal", "aFChunk", "a.xml"), "cannot be checked"),
        ("chunk in the text", "a.docx", body('<w:altChunk r:id="rId9"/>'), "fetches"),
        ("unknown", "a.docx", typed_part("dat", "application/x-thing"), "cannot be checked"),
        ("undeclared", "a.docx", edit(add={"word/a.dat": b"x"}), "cannot be checked"),
        ("web page", "a.docx", typed_part("dat", "text/html"), "cannot be checked"),
        ("rtf", "a.docx", typed_part("rtf", "application/rtf"), "holds a program"),
        ("mht", "a.docx", typed_part("mht", "message/rfc822"), "holds a program"),
        ("dde", "a.docx", body(field(" DDEAUTO c:\\x")), "fetches"),
        ("dde in runs", "a.docx", body(field(" D", "D", "E c:\\x")), "fetches"),
        ("dde after blanks", "a.docx", body(field("\n" * 90_000, "DDE x")), "fetches"),
        ("dde by figures", "a.docx", body(field("&#68;DE x")), "fetches"),
        (
            "dde by a field",
            "a.docx",
            body(field(f"</w:instrText></w:r>{field('QUOTE 68')}<w:r><w:instrText>")),
            "fetches",
        ),
        ("text", "a.docx", body('<w:fldSimple w:instr=" includeText x"/>'), "fetches"),
        (
            "other workbook",
            "a.xlsx",
            edit(
                XLSX,
                {"xl/a.lnkx": b"<x/>"},
                {TYPES: knows("lnkx", f"{_LINK_TYPE}externalLink+xml")},
            ),
            "figures from elsewhere",
        ),
        (
            "connections",
            "a.xlsx",
            edit(
                XLSX,
                {"xl/a.conx": b"<x/>"},
                {TYPES: knows("conx", f"{_LINK_TYPE}connections+xml")},
            ),
            "figures from elsewhere",
        ),
    )
}
_MARKED = b"9 0 obj\n<< /Title (On HTML/JavaScript \\(new\\)) /A << /S /URI /URI (https://x.example/Launch#41) >> >>\nendobj"  # noqa: E501
SOUND |= {
    "links and bookmarks": ("plan.pdf", before_list(_MARKED), "plan.pdf"),
    "bookmarks, packed": (
        "plan.pdf",
        pack_objects(b"<< /Title (On HTML/JavaScript) >>"),
        "plan.pdf",
    ),
    "deep": ("plan.pdf", in_object(b"/A " + b"[<</B " * 9 + b"1" + b">>]" * 9), "plan.pdf"),
    "large": (
        "plan.pdf",
        before_list(
            b"".join(
                b"%d 0 obj\n<< /Type /StructElem /P 5 0 R /K [0 1] /Alt (a) >>\nendobj\n" % number
                for number in range(10, 20_000)
            )
            + stream(b"/Length 9000000", bytes(range(256)) * 36_000)
        ),
        "plan.pdf",
    ),
    "mail and place": ("a.docx", linked("External", "hyperlink", "mailto:a@x.example"), "a.docx"),
    "bookmark in word": ("a.docx", linked("External", "hyperlink", "#part"), "a.docx"),
    "contents": ("a.docx", body(field(' TOC \\o "1-3"', " \\h")), "a.docx"),
    "link field": ("a.docx", body(field(' HYPERLINK "https://x.example/DDE"')), "a.docx"),
    "long document": (
        "a.docx",
        body("".join(f"<w:r><w:t>{n * n}</w:t></w:r>" for n in range(50_000))),
        "a.docx",
    ),
}
