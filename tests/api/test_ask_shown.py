"""`opstwin ask` as a person sees it: words as they come, what it cost, the answer that counts."""

import pytest
from rich.console import Console
from typer.testing import CliRunner

from api import cli
from api.client import Client
from api.views import answer_json, answer_lines, spent_line
from twin_core.answer import Answer, Spent

TEXT = "Line 4 makes 403 bottles/min.\nIt is slow."


def answered(text=TEXT, **spent):
    answer = Answer(thread="t", text=text, model="m-1", time=1, spent=Spent(**spent))
    return answer_json(answer, "UTC")


@pytest.fixture
def shown(monkeypatch):
    """What is printed for a stream of events, on a terminal or not."""

    def show(*events, terminal=True, flags=()):
        monkeypatch.setattr(Client, "ask", lambda *_: iter(events))
        monkeypatch.setattr(Console, "is_terminal", terminal)
        found = CliRunner().invoke(cli.app, ["ask", "how?", *flags])
        assert found.exit_code == 0, found.output
        return found.stdout

    return show


WORDS = [("words", {"text": "Line 4 makes 403 bottles/min."}), ("words", {"text": "\nIt is slow."})]


def test_words_are_shown_as_they_come_and_not_twice(shown):
    """Only what the answer adds to them follows."""
    told = shown(*WORDS, ("answer", answered()))
    assert told.startswith(f"{TEXT}\n")
    assert told.count("403") == 1
    assert "— m-1" in told


@pytest.mark.parametrize("terminal", [True, False])
def test_what_is_done_meanwhile_is_no_part_of_the_answer(shown, terminal):
    """Lines of progress are on the screen beside it; the answer is not taken for a correction."""
    looking = ("progress", {"text": "Looking at line 4"})
    told = shown(looking, *WORDS, ("answer", answered()), terminal=terminal)
    assert told.startswith(f"{TEXT}\n")
    assert "Corrected" not in told


def test_an_answer_that_says_otherwise_is_shown_whole(shown):
    """It alone counts, and that is said."""
    told = shown(*WORDS, ("answer", answered("Line 4 is not heard.")))
    assert "Corrected:\nLine 4 is not heard." in told


def test_nobody_who_does_not_watch_is_shown_pieces(shown):
    """A pipe gets the answer, JSON nothing else."""
    assert shown(*WORDS, ("answer", answered()), terminal=False).count("403") == 1
    assert shown(*WORDS, ("answer", answered()), flags=["--json"]).startswith("{")


def test_what_it_cost_is_told_when_asked_for(shown):
    """Steps, look-ups and seconds always; tokens and money where there were any."""
    assert "Spent" not in shown(("answer", answered()))
    told = shown(("answer", answered(steps=2, calls=1, seconds=0.25)), flags=["--verbose"])
    assert told.endswith("Spent: 0.2 s; 2 steps; 1 look-up.\n")
    tokens = {"tokens_in": 2200, "tokens_cached": 1400, "tokens_out": 80, "counted": False}
    spent = Spent(steps=2, calls=1, cost=0.00294, currency="EUR", seconds=3.04, **tokens)
    assert spent_line(spent.model_dump()) == (
        "Spent: 3.0 s; 2 steps; 1 look-up; about 2200 tokens read (1400 of them cached), "
        "80 written; 0.0029 EUR."
    )


def test_an_answer_whose_text_was_told_is_told_without_it():
    """All but the text."""
    lines = [str(line) for line in answer_lines(answered(), told=True)]
    assert lines == ["— m-1"]
