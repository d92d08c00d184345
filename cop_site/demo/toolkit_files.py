"""Small real files for the demonstration's toolkit, made from words alone.

The same words give the same bytes, so that building the borough again adds no file.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from xml.sax.saxutils import escape

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "application/vnd.openxmlformats-officedocument"
_CORE = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
_CORE_TYPE = "application/vnd.openxmlformats-package.core-properties+xml"
_CORE_LINK = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"


def make_docx(title: str, paragraphs: Sequence[str]) -> bytes:
    """A Word document: a heading, then paragraphs."""
    body = f'<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr>{_run(title)}</w:p>'
    body += "".join(f"<w:p>{_run(text)}</w:p>" for text in paragraphs)
    styles = (
        '<w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Arial" w:hAnsi="Arial"/>'
        '<w:sz w:val="24"/><w:lang w:val="en-GB"/></w:rPr></w:rPrDefault></w:docDefaults>'
        '<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/>'
        '<w:pPr><w:outlineLvl w:val="0"/></w:pPr><w:rPr><w:b/><w:sz w:val="40"/></w:rPr></w:style>'
    )
    document = f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>'
    return _pack(
        "word/document.xml",
        f"{_OFFICE}.wordprocessingml.document.main+xml",
        title,
        {
            "word/document.xml": document,
            "word/styles.xml": f'<w:styles xmlns:w="{_WORD}">{styles}</w:styles>',
            "word/_rels/document.xml.rels": _relations(("styles", "styles.xml")),
        },
        {"/word/styles.xml": f"{_OFFICE}.wordprocessingml.styles+xml"},
    )


def _run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def make_xlsx(title: str, rows: Sequence[Sequence[str]]) -> bytes:
    """An Excel workbook of one sheet."""
    cells = "".join(
        "<row>"
        + "".join(f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>' for cell in row)
        + "</row>"
        for row in rows
    )
    sheet = f'<sheet name="{escape(title[:28])}" sheetId="1" r:id="rId1"/>'
    workbook = f'<workbook xmlns="{_SHEET}" xmlns:r="{_LINKS}"><sheets>{sheet}</sheets></workbook>'
    return _pack(
        "xl/workbook.xml",
        f"{_OFFICE}.spreadsheetml.sheet.main+xml",
        title,
        {
            "xl/workbook.xml": workbook,
            "xl/worksheets/sheet1.xml": (
                f'<worksheet xmlns="{_SHEET}"><sheetData>{cells}</sheetData></worksheet>'
            ),
            "xl/_rels/workbook.xml.rels": _relations(("worksheet", "worksheets/sheet1.xml")),
        },
        {"/xl/worksheets/sheet1.xml": f"{_OFFICE}.spreadsheetml.worksheet+xml"},
    )


def _relations(*links: tuple[str, str]) -> str:
    listed = "".join(
        f'<Relationship Id="rId{number}" Type="{_LINKS}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(links, start=1)
    )
    return f'<Relationships xmlns="{_RELS}">{listed}</Relationships>'


def _pack(
    main: str, main_type: str, title: str, parts: Mapping[str, str], types: Mapping[str, str]
) -> bytes:
    """An Office file: what its parts are, the way in, its title, and the parts."""
    declared = {f"/{main}": main_type, "/docProps/core.xml": _CORE_TYPE, **types}
    overrides = "".join(
        f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in declared.items()
    )
    relation_type = "application/vnd.openxmlformats-package.relationships+xml"
    defaults = (
        f'<Default Extension="rels" ContentType="{relation_type}"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
    )
    core = (
        f'<cp:coreProperties xmlns:cp="{_CORE}" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{escape(title)}</dc:title><dc:language>en-GB</dc:language></cp:coreProperties>"
    )
    root = (
        f'<Relationships xmlns="{_RELS}">'
        f'<Relationship Id="rId1" Type="{_LINKS}/officeDocument" Target="{main}"/>'
        f'<Relationship Id="rId2" Type="{_CORE_LINK}" Target="docProps/core.xml"/>'
        "</Relationships>"
    )
    written = {
        "[Content_Types].xml": f'<Types xmlns="{_TYPES}">{defaults}{overrides}</Types>',
        "_rels/.rels": root,
        "docProps/core.xml": core,
        **parts,
    }
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in written.items():
            # A date of its own would make other bytes each time.
            info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, _XML + text)
    return out.getvalue()


def make_pdf(title: str, lines: Sequence[str]) -> bytes:
    """A PDF of one page of A4: a heading, then lines of at most 85 letters."""
    text = [f"BT /F1 18 Tf 56 780 Td ({_in_pdf(title)}) Tj ET"]
    text += [
        f"BT /F1 12 Tf 56 {745 - 20 * number} Td ({_in_pdf(line)}) Tj ET"
        for number, line in enumerate(lines)
    ]
    content = "\n".join(text).encode("cp1252", "replace")
    page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (en-GB) /ViewerPreferences"
        b" << /DisplayDocTitle true >> >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"{page} /Resources << /Font << /F1 5 0 R >> >> >>".encode(),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        f"<< /Title ({_in_pdf(title)}) >>".encode("cp1252", "replace"),
    ]
    out, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 6 0 R >>\n" % (len(objects) + 1)
    out += b"startxref\n%d\n%%%%EOF\n" % start
    return bytes(out)


def _in_pdf(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def make_text(title: str, lines: Sequence[str]) -> bytes:
    """Plain text, with the line ends that Notepad knows."""
    return "\r\n".join([title, "", *lines, ""]).encode()
