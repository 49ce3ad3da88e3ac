"""Block Kit: literal text, inside Slack's limits, whatever it is made of."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.card import Card
from api.slack_blocks import (
    answer_blocks,
    capped,
    card_blocks,
    card_fallback,
    cited,
    evidence_view,
    fallback,
    offers,
    reason_view,
    several_scripts,
    size_view,
    words_blocks,
)
from tests.twin_core.governance.scene import NOW, PLANT
from twin_core.answer import Answer
from twin_core.evidence import Evidence, Finding

HOSTILE = "<!channel> *bold* <http://x|y> \u202egnp.exe\u202c \x1b[31m & `code` "


def _card(**update):
    made = Card(
        proposal="p-1", site="site", digest="d", tone="asks", stands="It waits for approval",
        open=True, changes=("Speed of filler: 400 → 480 bottles/min",), asset="Filler",
        effect="+80", risk="standard change", major=False, rule="r", signed=(), of=0, needed=1,
        needs="1 supervisor", expires=NOW, until="13:00:00 UTC", left_s=900.0,
        rests_on="one reading", age_s=1.0, disabled="", title="t", reason="r", by="Olga",
    )  # fmt: skip
    return made.model_copy(update=update)


def _evidence(n):
    return Evidence(kind="reading", subject="s", statement=f"It is {n}.", time=NOW)


def _answer(text, evidence=(), **more):
    return Answer(
        thread="t",
        text=text,
        evidence=evidence,
        findings=tuple(Finding(text="x", evidence=(e.id,)) for e in evidence),
        model="offline",
        time=NOW,
        **more,
    )


def _blocks_of(found):
    """Every text in them, with its type."""
    if isinstance(found, dict):
        if isinstance(found.get("text"), str):
            yield found["type"], found["text"]
        for value in found.values():
            yield from _blocks_of(value)
    elif isinstance(found, list):
        for value in found:
            yield from _blocks_of(value)


@pytest.mark.catches("a card that lets markup of a title through")
@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.integers(0, 40))
def test_f29_strangers_text_is_literal_and_capped(text, times):
    """mrkdwn, direction marks, look-alikes, ten thousand characters: words, and never markup."""
    said = HOSTILE + text * times
    blocks = card_blocks(_card(title=said, reason=said, rule=said), {"reject": "b"})
    kinds = {kind for kind, _ in _blocks_of(blocks)}
    assert kinds <= {"text", "plain_text", "button"}
    assert all(len(one) <= 2900 for _, one in _blocks_of(blocks))
    assert not any("\u202e" in one or "\x1b" in one for _, one in _blocks_of(blocks))
    assert "mrkdwn" not in json.dumps(blocks)


def test_f29_core_fields_come_from_the_action():
    """The heading and the change are ours whatever a title says."""
    blocks = card_blocks(_card(title=HOSTILE), {})
    assert blocks[0]["text"]["text"].endswith("Filler: standard change")
    assert "channel" not in card_fallback(_card(title=HOSTILE))


def test_f29_a_word_of_several_scripts_is_marked():
    """A Cyrillic letter in a Latin word is a trap for tired eyes."""
    assert several_scripts("R\u0430ise the speed")
    assert not several_scripts("Raise the speed of filler 4 to 2 µm and 5 kΩ, Дом")
    told = json.dumps(card_blocks(_card(title="R\u0430ise"), {}))
    assert "read it twice" in told


@given(st.text(max_size=500))
def test_a_notification_has_no_markup(text):
    """Slack reads &, < and > of it; none stands there bare."""
    line = fallback(text)
    assert "<" not in line
    assert ">" not in line
    assert len(line) <= 1600
    assert "\n" not in line


def test_a_major_change_asks_once_more():
    """Approving it takes a confirmation; a standard one does not."""
    major = card_blocks(_card(major=True), {"approve": "b"})
    assert "confirm" in next(b for b in major if b["type"] == "actions")["elements"][0]
    minor = card_blocks(_card(), {"approve": "b"})
    assert "confirm" not in next(b for b in minor if b["type"] == "actions")["elements"][0]


def test_what_is_of_no_use_has_no_button_and_says_why():
    """Twin too old, a basis that moved: approving is not offered."""
    shown = _card(disabled="a reading is too old")
    assert "approve" not in offers(shown)
    assert "a reading is too old" in json.dumps(card_blocks(shown, {"reject": "b"}))
    assert offers(_card(open=False)) == ()


def test_an_answer_numbers_what_it_rests_on():
    """In the order in which it is named; the modal has the same numbers."""
    one, two = _evidence(1), _evidence(2)
    answer = _answer(f"First [{two.id}].\n- Second [{one.id}, {two.id}].", (one, two))
    told = json.dumps(answer_blocks(answer, "e"))
    assert "First [1]." in told
    assert "Second [2] [1]." in told
    assert [e.statement for e in cited(answer)] == ["It is 2.", "It is 1."]
    view = json.dumps(evidence_view(answer, PLANT))
    assert view.index("It is 2.") < view.index("It is 1.")


def test_an_endless_answer_fits():
    """Slack takes fifty blocks."""
    answer = _answer("\n\n".join(f"Line {n}" for n in range(400)), (_evidence(1),))
    assert len(answer_blocks(answer, "e")) <= 50
    assert len(words_blocks(["x"] * 500)) <= 50


def test_modals_say_what_is_asked():
    """With the change, the unit and what is allowed."""
    assert reason_view(_card(), "b")["private_metadata"] == "b"
    assert size_view(_card(), "b")["submit"]["text"] == "Another size"


def test_what_is_cut_says_so():
    """An ellipsis ends it."""
    assert capped("abc" * 100, 20).endswith("…")
    assert len(capped("abc" * 100, 20)) <= 20
