"""How a document becomes passages."""

import pytest

from knowledge.passages import passages
from twin_core.errors import DocumentError

FRONT = '---\ndocument: FF-1\ntitle: Pump guide\nversion: "2.0"\nclasses: [pump]\n---\n'
TEXT = FRONT + "# Pump guide\n\nPreface.\n\n## 1 Safety\nLock out.\n\n## 2 No flow\nPrime it.\n"


def test_every_section_is_one_passage_with_its_document_version_and_classes():
    first, second = passages(TEXT, "pump.md")

    assert (first.id, second.id) == ("ff-1/safety", "ff-1/no-flow")
    assert (first.document, first.title, first.version) == ("FF-1", "Pump guide", "2.0")
    assert (first.section, first.text, first.classes) == ("1 Safety", "Lock out.", ("pump",))


def test_a_passage_keeps_its_id_when_its_number_or_text_changes_and_its_digest_tells():
    before = passages(TEXT, "pump.md")
    changed = TEXT.replace("## 2 No flow\nPrime", "## 3 No flow\nFill")
    after = passages(changed, "pump.md")

    assert [p.id for p in after] == [p.id for p in before]
    assert after[0].digest == before[0].digest
    assert after[1].digest != before[1].digest


def test_a_subsection_stays_inside_its_section():
    found = passages(FRONT + "## 1 A\n### 1.1 B\ntext\n", "pump.md")

    assert [p.section for p in found] == ["1 A"]
    assert "### 1.1 B" in found[0].text


def test_lines_may_end_as_they_do_on_windows():
    assert passages(TEXT.replace("\n", "\r\n"), "pump.md") == passages(TEXT, "pump.md")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("# no front matter", "front matter"),
        ("---\ndocument: [\n---\n## A\nx\n", "not YAML"),
        ("---\n- a list\n---\n## A\nx\n", "front matter"),
        (FRONT.replace("version", "revision") + "## A\nx\n", "version"),
        (FRONT + "no heading", "no section"),
        (FRONT + "## 1 A\nx\n## 2 A\ny\n", "two sections"),
    ],
)
def test_a_document_that_cannot_be_filed_is_refused_in_one_sentence_with_its_file(text, says):
    with pytest.raises(DocumentError, match=says) as refused:
        passages(text, "bad.md")

    assert str(refused.value).startswith("bad.md: ")
    assert "\n" not in str(refused.value)
