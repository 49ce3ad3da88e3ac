"""How files of every kind become passages."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.filing import READERS, Filing, filed
from tests.knowledge.paper import pdf, word
from twin_core.errors import DocumentError

MARKDOWN = b"# Pump guide\n\nPreface.\n\n## 1 Safety\nLock out.\n\n## 2 No flow\nPrime it.\n"


def test_a_file_is_read_by_its_ending_and_what_the_filer_says_stands_on_every_passage():
    said = Filing(document="FF-9", title="Pumps", version="2", classes=("pump",), sites=("north",))
    found = filed(MARKDOWN, "pump.MD", said)

    assert [p.id for p in found] == ["ff-9/pump-guide", "ff-9/safety", "ff-9/no-flow"]
    assert {(p.document, p.title, p.version) for p in found} == {("FF-9", "Pumps", "2")}
    assert {(p.classes, p.sites) for p in found} == {(("pump",), ("north",))}


def test_what_the_filer_does_not_say_is_taken_from_the_file_and_at_last_from_its_name():
    front = b"---\ndocument: FF-1\nversion: 2.1\nclasses: [pump]\n---\n"
    own = filed(front + MARKDOWN, "x.md")[0]
    bare = filed(b"Some words.", "Pump Notes.txt")[0]

    assert (own.document, own.title, own.version) == ("FF-1", "Pump guide", "2.1")
    assert own.classes == ("pump",)
    assert (bare.document, bare.title, bare.section) == ("Pump Notes",) * 3
    assert len(bare.version) == 8


def test_what_the_filer_says_weighs_more_than_what_the_file_says_of_itself():
    front = b"---\ndocument: FF-1\nsites: [south]\n---\n"
    found = filed(front + MARKDOWN, "x.md", Filing(document="FF-2", sites=("north",)))[0]

    assert (found.document, found.sites) == ("FF-2", ("north",))


def test_a_passage_keeps_its_id_when_its_text_or_number_changes():
    before = filed(MARKDOWN, "pump.md")
    after = filed(MARKDOWN.replace(b"## 2 No flow\nPrime", b"## 3 No flow\nFill"), "pump.md")

    assert [p.id for p in after] == [p.id for p in before]
    assert before[2].digest != after[2].digest


def test_sections_of_one_heading_are_told_apart_and_long_ones_cut_where_a_sentence_ends():
    text = "## A\none\n## A\ntwo\n## B\n" + "This is a sentence. " * 300
    found = filed(text.encode(), "x.md")

    assert [p.id for p in found][:3] == ["x/a", "x/a-2", "x/b"]
    assert len({p.id for p in found}) == len(found)
    assert all(len(p.text) <= 1800 and p.text.endswith(".") for p in found[2:])
    assert "".join(p.text for p in found[2:]).replace(" ", "") == "Thisisasentence." * 300


@pytest.mark.parametrize(
    ("data", "file", "says"),
    [
        (b"x", "tool.exe", "not read"),
        (b"x", "noending", "not read"),
        (b"", "empty.md", "0 bytes"),
        (b"   \n", "blank.md", "no words"),
        (b"x" * ((32 << 20) + 1), "large.md", "bytes"),
        (b"\xff\xfe\xfd", "latin.md", "byte"),
        ("Größe".encode("latin-1"), "latin.md", "byte 2 is no text in UTF-8"),
        (b"a\0b", "zero.md", "zero byte"),
        (b"---\na: [\n---\nx", "front.md", "not YAML"),
        (b"---\na: &a [x]\nb: [*a, *a]\n---\nx", "alias.md", "alias"),
        (b"---\nclasses: 7\n---\nx", "front.md", "classes"),
        (b"---\nclasses: [No Slug]\n---\nx", "front.md", "classes"),
    ],
)
def test_what_cannot_be_filed_is_refused_in_one_sentence_with_its_file(data, file, says):
    with pytest.raises(DocumentError, match=says) as refused:
        filed(data, file)

    assert str(refused.value).startswith(f"{file}: ")
    assert "\n" not in str(refused.value)


def test_text_may_be_utf_16_or_have_a_mark_or_windows_lines():
    for data in ("# T\r\nGröße".encode("utf-16"), "# T\r\nGröße".encode("utf-8-sig")):
        assert filed(data, "x.md")[0].text == "Größe"


@pytest.mark.parametrize("ending", sorted(READERS))
@settings(max_examples=25, deadline=None)
@given(data=st.binary(max_size=300))
def test_whatever_the_bytes_a_file_is_filed_or_refused(ending, data):
    """No other error comes out of a reader."""
    try:
        found = filed(data, f"x.{ending}")
    except DocumentError:
        return
    assert found


@pytest.mark.parametrize("kind", ["pdf", "docx"])
@settings(max_examples=40, deadline=None)
@given(at=st.integers(0, 5000), put=st.binary(min_size=1, max_size=20))
def test_a_damaged_file_is_filed_or_refused(kind, at, put):
    """Bytes of a good file are overwritten."""
    good = pdf("Seal leaks", "Gear worn") if kind == "pdf" else word((1, "Seal"), (0, "It leaks"))
    at %= len(good)
    try:
        found = filed(good[:at] + put + good[at + len(put) :], f"x.{kind}")
    except DocumentError:
        return
    assert found
