"""Markdown, AsciiDoc, HTML and CSV."""

import pytest

from knowledge.readers import asciidoc, html, markdown, table
from knowledge.readers.section import Section
from twin_core.errors import DocumentError


def told(contents):
    return [(s.heading, s.text) for s in contents.sections]


def test_markdown_headings_may_be_underlined_and_those_in_code_are_none():
    text = b"Title\n=====\nIntro\n\nPart\n----\n```\n# no heading\n```\n| a | b |\n|---|---|\n"
    found = markdown.read(text, "x.md")

    assert found.title == "Title"
    assert told(found) == [
        ("Title", "Intro"), ("Part", "```\n# no heading\n```\n| a | b |\n|---|---|")
    ]  # fmt: skip


def test_a_heading_is_told_with_the_one_above_it():
    found = markdown.read(b"# T\n## Faults\n### Foam\nx\n#### Much foam\ny\n## Care\nz\n", "x.md")

    assert told(found) == [("Faults › Foam", "x"), ("Foam › Much foam", "y"), ("Care", "z")]


def test_asciidoc_keeps_words_and_drops_its_marks_and_comments():
    text = """= Guide
:revnumber: 3.2
// a comment
////
# more of it
////
[[cha:one]]
== One(((index)))
See <<cha:two,chapter two>> and link:http://x.y[the page].
include::secret.adoc[]
----
== no heading
----
"""
    found = asciidoc.read(text.encode(), "x.adoc")

    assert (found.title, found.front) == ("Guide", {"version": "3.2"})
    assert told(found) == [("One", "See chapter two and the page.\n== no heading")]


def test_html_is_what_a_person_would_see():
    page = """<html><head><title>Pump
    guide</title><style>x</style></head><body><nav>menu</nav><p>Intro
    words</p><!-- a comment --><h2>No <b>flow</b></h2><script>evil()</script>
    <div hidden>unseen</div><p style="display: none">unseen</p>
    <ul><li>Prime it</li><li>Fill it</li></ul>
    <table><tr><th>value</th><th>limit</th></tr><tr><td>p</td><td>8 bar</td></tr></table>
    </body></html>"""
    found = html.read(page.encode(), "x.html")

    assert found.title == "Pump guide"
    assert told(found)[0] == ("", "Intro words")
    assert told(found)[1] == ("No flow", "Prime it\nFill it\n\nvalue | limit\np | 8 bar")


def test_html_may_name_its_charset_and_one_that_names_none_is_utf_8_or_refused():
    latin = '<meta charset="iso-8859-1"><p>Größe</p>'.encode("latin-1")

    assert told(html.read(latin, "x.html")) == [("", "Größe")]
    with pytest.raises(DocumentError, match="names no other charset"):
        html.read("<p>Größe</p>".encode("latin-1"), "x.html")


def test_html_nested_without_end_is_read_or_refused_and_takes_no_stack():
    for n in (200, 100_000):
        try:
            found = html.read(b"<div>" * n + b"deep", "x.html")
        except DocumentError:
            continue
        assert len(found.sections) <= 1


def test_html_opens_no_file_that_an_entity_names():
    page = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><p>&x; words</p>'

    assert "root:" not in told(html.read(page, "x.html"))[0][1]


def test_a_row_is_a_section_headed_by_the_cells_that_tell_it_from_the_others():
    text = (
        b"asset class,failure mode,sensors\nmotor,bearing,vibration\nmotor,rotor,current; power\n"
    )
    first, second = table.read(text, "x.csv").sections

    assert first == Section(
        "motor, bearing",
        "asset class: motor\nfailure mode: bearing\nsensors: vibration",
        key="motor, bearing",
        classes=("motor",),
    )
    assert second.heading == "motor, rotor"


def test_rows_that_nothing_tells_apart_are_numbered_and_the_separator_is_found():
    found = table.read(b"a;b\n1;2\n1;2\n", "x.csv").sections

    assert [section.heading for section in found] == ["row 2", "row 3"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"a,b\n1\n", "row 2 has 1 cells"),
        (b"a,a\n1,2\n", "two columns are named “a”"),
        (b"a,b\n", "no rows"),
        (b'a,b\n"1,2\n', "row 2"),
        (b"a\n" + b"1\n" * 50_001, "too large"),
        (b",".join([b"a"] * 501) + b"\n" + b"," * 500, "too large"),
    ],
)
def test_a_table_that_is_none_is_refused_with_its_row(text, says):
    with pytest.raises(DocumentError, match=says):
        table.read(text, "x.csv")
