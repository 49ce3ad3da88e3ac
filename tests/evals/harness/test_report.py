"""The page and the table hold every figure, and nothing that an answer could make of them."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.disputes import Dispute
from evals.harness.disputed import Disputed
from evals.harness.report_page import page
from evals.harness.report_table import table
from evals.harness.scored import Checked
from tests.evals.harness.records import case, header, plays, run_of, scored, whole
from twin_core.errors import BadInput

HOSTILE = (
    '<script>alert("x")</script>', "</style><img src=x onerror=alert(1)>", '" onload="x',
    "</details></div>", "<!--", "&lt;b&gt;", "\u202egnp.exe", "\x1b[2J", "| a | b |\n|---|",
)  # fmt: skip


class _Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.said = [], [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        if tag not in {"meta", "line", "rect", "circle"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, tuple(name for name, _ in attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.said += data


def _failing(text):
    one = scored(
        "a", answers=(text,), checks=(Checked(name=f"cause {text}", held=False, why=text),)
    )
    return [one, scored("b", broke=text, checks=())]


@settings(max_examples=30)
@given(st.sampled_from(HOSTILE) | st.text(max_size=60))
def test_hostile_text_changes_no_tag_of_the_page(text):
    def drawn(said):
        return _Tags(page(run_of(whole(_failing(said)), model=said, machine=said), None))

    found = drawn(text or "x")
    assert found.tags == drawn("harmless").tags
    assert not found.open


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_what_it_is(text):
    from api.printable import printable

    assert printable(text) in _Tags(page(run_of(whole(_failing(text))), None)).said


@settings(max_examples=30)
@given(plays())
def test_a_page_of_whatever_was_scored_is_whole(found):
    run = run_of(whole(found))
    drawn = _Tags(page(run, run_of(whole(found), at=1)))
    assert not drawn.open
    failing = {one.case for one in found if not one.passed}
    assert sum(tag == "details" for tag, _ in drawn.tags) == len(failing)


def test_the_page_needs_nothing_else():
    text = page(run_of(whole([scored()])), None)
    assert not re.search(r"https?:|//[a-z]|@import|url\(|<script|<link|<img", text)


def test_every_family_and_every_control_has_its_row():
    run = run_of(whole([scored("a", family="two_causes"), scored("b", family="no_data")]))
    said = _Tags(page(run, None)).said
    for name in ("two causes", "no data", "empty twin", "shuffled", "scripted"):
        assert name in said
    for name in ("**two causes**", "**no data**", "control: empty twin", "control: scripted"):
        assert name in table(run)


def test_a_failed_case_shows_the_wording_of_its_epoch_and_what_did_not_hold():
    wrong = scored("a", 2, held=False, answers=("It is 4.",))
    run = run_of(whole([scored("a"), wrong]))
    run = run.model_copy(update={"cases": (case("a", says="How full is it?"),)})
    said = _Tags(page(run, None)).said
    assert "How full is it? (2)" in said
    assert "How full is it? (0)" not in said
    assert "It is 4." in said
    assert "wanted 3, found 4" in said


def test_nothing_failed_is_said():
    assert "right in every epoch" in page(run_of(whole([scored()])), None)


def test_the_last_run_stands_beside():
    before = run_of(whole([scored("a", held=False), scored("b")]), at=1)
    text = page(run_of(whole([scored("a"), scored("b")])), before)
    assert "last run 50 %" in text
    assert "1 of 2 cases got better, 0 worse" in text


def test_of_one_epoch_right_in_every_epoch_is_not_told_twice():
    one, two = run_of(whole([scored()])), run_of(whole([scored(), scored(epoch=1)]))
    assert "pass^k" not in table(one)
    assert "pass^k" in table(two)
    heads = [re.findall(r"<th[^>]*>(pass.\d)</th>", page(run, None)) for run in (one, two)]
    assert heads == [["pass^1", "pass^1"], ["pass^1", "pass^2", "pass^2", "pass^1"]]


def _called_wrong(text, confirmed):
    told = Dispute(
        question=text, answer=text, cause="", model="offline", evidence=(), words=text,
        asset="site/area/line/filler", modes=("worn",), incident="i-1", proposal="p-1",
        user="olga", at=1_764_000_000_000_000,
    )  # fmt: skip
    return run_of(whole([scored()])).model_copy(
        update={"disputed": (Disputed(dispute=told, confirmed=confirmed),)}
    )


@pytest.mark.parametrize(
    ("confirmed", "said"), [(None, "not known"), ((), "nobody yet"), (("erik",), "erik")]
)
def test_what_people_called_wrong_is_shown_with_what_it_was_and_who_confirmed_it(confirmed, said):
    run = _called_wrong("The glue pump.", confirmed)
    for text in (_Tags(page(run, None)).said, table(run)):
        assert "Disputed answers" in text
        for told in ("The glue pump.", "olga", "2025-11-24 16:00 UTC", "filler", "worn", said):
            assert told in text


def test_nothing_is_said_where_no_answer_was_called_wrong():
    run = run_of(whole([scored()]))
    assert "Disputed" not in page(run, None) + table(run)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_person_called_wrong_cannot_change_the_page_or_the_table(text):
    run = _called_wrong(text, (text,))
    assert _Tags(page(run, None)).tags == _Tags(page(_called_wrong("x", ("x",)), None)).tags
    assert len(table(run).splitlines()) == len(table(_called_wrong("x", ("x",))).splitlines())


@pytest.mark.parametrize("draw", [lambda run: page(run, None), table])
def test_neither_is_drawn_without_controls(draw):
    with pytest.raises(BadInput, match="no_data"):
        draw(run_of([scored()]))


@settings(max_examples=30)
@given(st.text(max_size=40) | st.sampled_from(HOSTILE))
def test_the_table_keeps_its_columns_whatever_the_header_says(text):
    lines = table(run_of(whole([scored()]), machine=text, model=text)).split("\n")
    rows = [line for line in lines if line.startswith("|")]
    assert len({line.count("|") for line in rows}) == 1
    assert len(rows) == 2 + 2 + 4


def _luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_text_has_the_contrast_of_wcag_aa_in_light_and_dark():
    """WCAG 2.2, 1.4.3: 4.5 to 1; drawings, 1.4.11: 3 to 1."""
    css = page(run_of(whole([scored()])), None)
    schemes = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    assert len(schemes) == 2
    for scheme in schemes:
        colours = dict(re.findall(r"--(\w+): (#\w{6})", scheme))
        for ground in ("paper", "wash", "rose"):
            for ink in ("ink", "soft", "good", "bad", "mark"):
                one, other = _luminance(colours[ground]), _luminance(colours[ink])
                ratio = (max(one, other) + 0.05) / (min(one, other) + 0.05)
                assert ratio >= 4.5, (ground, ink, ratio)


def test_header_values_are_said():
    run = run_of(whole([scored()]), versions={"langgraph": "1.0.3"})
    said = _Tags(page(run, None)).said
    for value in (header().commit, header().machine, "langgraph", "1.0.3", "2025-11-24 16:00 UTC"):
        assert value in said
