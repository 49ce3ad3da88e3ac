"""Small files of every kind, made for tests."""

import zipfile
from io import BytesIO

import docx
import pypdf


def pdf(*pages: str, bookmarks: dict[str, int] | None = None, password: str = "") -> bytes:
    """A PDF with these pages, a line of text a line; bookmarks by page from 0."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    kids = []
    for text in pages:
        shown = "".join(f"({line}) Tj T* " for line in text.split("\n"))
        stream = f"BT /F1 12 Tf 14 TL 72 720 Td {shown}ET"
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {len(objects)} 0 R "
            "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> "
            ">> >> >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    out, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(objects) + 1
    tail = f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    plain = f"{out}xref\n0 {size}\n0000000000 65535 f \n{table}{tail}".encode()
    if not bookmarks and not password:
        return plain
    writer = pypdf.PdfWriter(clone_from=BytesIO(plain))
    for title, page in (bookmarks or {}).items():
        writer.add_outline_item(title=title, page_number=page)
    if password:
        writer.encrypt(password, algorithm="AES-256")
    writer.write(kept := BytesIO())
    return kept.getvalue()


def word(*blocks: tuple[int, str] | list[list[str]], title: str = "") -> bytes:
    """A DOCX of (heading's level, words; 0 = text) and tables."""
    document = docx.Document()
    document.core_properties.title = title
    for block in blocks:
        if isinstance(block, list):
            table = document.add_table(len(block), len(block[0]))
            for i, row in enumerate(block):
                for j, cell in enumerate(row):
                    table.cell(i, j).text = cell
        elif block[0]:
            document.add_heading(block[1], block[0])
        else:
            document.add_paragraph(block[1])
    document.save(kept := BytesIO())
    return kept.getvalue()


def repacked(data: bytes, name: str, body: bytes) -> bytes:
    """A packed file with a part added."""
    kept = BytesIO(data)
    with zipfile.ZipFile(kept, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, body)
    return kept.getvalue()
