"""PDF and DOCX, and those that were made to do harm."""

import zlib

import pytest

from knowledge.readers import docx, pdf
from tests.knowledge import paper
from twin_core.errors import DocumentError


def told(contents):
    return [(s.heading, s.text) for s in contents.sections]


def test_a_page_is_told_with_its_number_under_the_bookmark_that_it_stands_below():
    data = paper.pdf(
        "Cover", "Seal leaks", "Seal again", "Gear worn", bookmarks={"2 Seals": 1, "3 Gears": 3}
    )
    found = pdf.read(data, "x.pdf").sections

    assert [(s.heading, s.page) for s in found] == [
        ("page 1", 1), ("2 Seals", 2), ("2 Seals", 3), ("3 Gears", 4)
    ]  # fmt: skip
    assert found[1].text == "Seal leaks"
    assert found[1].key == "p2"


def test_running_heads_and_feet_are_no_text():
    pages = [f"Pump manual\nPart {i} is about wear.\nMaker Ltd." for i in range(12)]

    assert [s.text for s in pdf.read(paper.pdf(*pages), "x.pdf").sections] == [
        f"Part {i} is about wear." for i in range(12)
    ]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (paper.pdf("secret", password="x"), "encrypted"),
        (paper.pdf("", ""), "no page of it has text"),
        (b"<html>no pdf</html>", "no PDF"),
        (paper.pdf("a", "b").replace(b"/Kids [4 0 R 6 0 R]", b"/Kids [2 0 R 2 0 R]"), "x.pdf"),
    ],
)
def test_a_pdf_that_is_locked_empty_or_endless_is_refused(data, says):
    with pytest.raises(DocumentError, match=says):
        pdf.read(data, "x.pdf")


def test_a_stream_that_unpacks_to_gigabytes_is_refused():
    packed = zlib.compress(zlib.compress(b"(x) Tj " * 50_000_000, 9), 9)
    stream = b"<< /Length %d /Filter [/FlateDecode /FlateDecode] >>\nstream\n" % len(packed)
    data = paper.pdf("x").replace(
        b"3 0 obj\n<<", b"3 0 obj\n" + stream + packed + b"\nendstream <<"
    )
    with pytest.raises(DocumentError):
        pdf.read(data, "x.pdf")


def test_word_headings_tables_and_title_are_kept():
    data = paper.word(
        (1, "Faults"), (0, "Look first."), (2, "Foam"), (0, "Lower the speed."),
        [["value", "limit"], ["p", "8 bar"]], title="Filler guide",
    )  # fmt: skip
    found = docx.read(data, "x.docx")

    assert found.title == "Filler guide"
    assert told(found) == [
        ("Faults", "Look first."),
        ("Faults › Foam", "Lower the speed.\n\nvalue | limit\np | 8 bar"),
    ]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (paper.repacked(paper.word((0, "x")), "word/vbaProject.bin", b"macro"), "macros"),
        (paper.repacked(paper.word((0, "x")), "word/media/a.bin", bytes(400 << 20)), "too much"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"x", "encrypted"),
        (b"PK\x03\x04 broken", "no DOCX"),
        (paper.word((0, "x"))[:-100], "no DOCX"),
    ],
)
def test_a_docx_that_brings_programs_or_unpacks_to_too_much_is_refused(data, says):
    with pytest.raises(DocumentError, match=says):
        docx.read(data, "x.docx")
