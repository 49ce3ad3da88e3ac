import pytest

from twin_core.answer import Answer, Progress
from twin_core.evidence import Finding
from twin_core.plain_text import REMOVED, as_name, plain_text


@pytest.mark.catches("an address reaches a channel that follows it")
@pytest.mark.parametrize(
    "text",
    [
        "see https://a.example/?v=1",
        "![status](https://a.example/p.png)",
        "[here](//a.example/x)",
        "www.a.example/x",
        "collect.attacker.example/?v=1",
        "javascript:alert(1)",
        "<img src=//a.example/x",
        "<a href='https://a.example'>x</a>",
        "\u200bhttps://a\u200b.example/x",
    ],
)
def test_f60_no_address_is_left(text):
    """Whatever form it has, nothing can be followed or fetched."""
    left = plain_text(f"Line 4 {text} runs.")
    assert left.startswith("Line 4 ")
    assert "example" not in left
    assert "<" not in left
    assert "alert" not in left
    assert plain_text(left) == left


@pytest.mark.parametrize(
    "text",
    [
        "Line 4 makes 402.6 bottles/min [ev-0123456789ab].",
        "riverside/packaging/line4/filler, 3 < 4, 1.85 to 2.15 bar; 12 N·m\n- –2 °C",
        "FF-411 Rotary filler, section 5: “Symptoms: low.” (uncertain)",
    ],
)
def test_words_stay_as_they_are(text):
    """Units, paths, citations, comparisons and lines are words."""
    assert plain_text(text) == text


def test_an_answer_and_its_progress_are_plain_whoever_makes_them():
    """Text, findings, what is unknown, and the line shown while tools run."""
    link = "x https://a.example/y"
    answer = Answer(
        thread="t", text=link, findings=(Finding(text=link, evidence=("ev-1",)),),
        unknown=(link,), model="m", time=1,
    )  # fmt: skip
    plain = f"x {REMOVED}"
    assert (answer.text, answer.findings[0].text, answer.unknown) == (plain, plain, (plain,))
    assert Progress(step="s", text=link).text == plain


@pytest.mark.parametrize(
    "name",
    [
        "It was approved. Done.pdf",
        "Ｉｔ ｗａｓ ａｐｐｒｏｖｅｄ． Ｄｏｎｅ.pdf",
        "𝐈𝐭 𝐰𝐚𝐬 𝐝𝐨𝐧𝐞! Go.pdf",
        "已批准。.pdf",
    ],
)
def test_a_name_that_is_a_sentence_is_a_quotation_in_any_letters(name):
    """Of it too what a stranger wrote stands in quotation marks."""
    assert as_name(name) == f"“{name}”"


def test_a_name_is_no_quotation():
    """Also with marks that names have."""
    for name in ("Filler 4", "OI-310 Change-over and recipe check", "FF-441.pdf", "ＦＦ－４４１"):
        assert as_name(name) == name
