"""What the story shows, at eighty columns."""

import io

import pytest
from rich.console import Console
from rich.text import Text

from evals.emulator.answer_key import Verdict
from evals.emulator.nameplate import read_faults
from evals.screen import Screen, name_all

LONG = "Filler 4: product temperature at the filler inlet is 12.4 °C, above its limit of 12 °C."


@pytest.fixture
def shown():
    """A screen of eighty columns, and a function that returns the lines it holds."""
    file = io.StringIO()
    screen = Screen(0.0, Console(file=file, width=80, highlight=False))
    return screen, lambda: [line.rstrip() for line in file.getvalue().splitlines()]


def test_what_is_longer_than_a_line_goes_on_below_its_beginning(shown):
    """Text of a chapter is indented on every line, its title too, and nothing is wider."""
    screen, lines = shown
    screen.title(LONG)
    screen.say(LONG)
    screen.show([Text(LONG)])
    texts = [line for line in lines() if line]
    assert len(texts) == 6
    assert all(line.startswith(("▸ ", "  ")) and len(line) <= 80 for line in texts)
    assert texts[0].endswith(" s")


def test_what_a_proposal_promises_is_told_in_whole_numbers(shown):
    """A gain of minus a little is none; without an effect that is said."""
    screen, lines = shown
    gain = {"mean": 21.1, "low": -0.2, "high": 61.9, "unit": "{bottle}/min"}
    rates = {"forecast": {"rate": {"mean": 341.2}}, "baseline": {"rate": {"mean": 320.1}}}
    screen.effect({"gain": gain, **rates})
    screen.effect(None)
    told = " ".join(" ".join(lines()).split())
    assert "341 instead of 320 bottles/min; gain 21, 90 % interval 0 to 62 bottles/min." in told
    assert "no change of the rate is expected" in told


def test_text_of_the_plant_is_never_markup(shown):
    """Square brackets are shown as they came."""
    screen, lines = shown
    screen.say("[bold]x[/] [nonsense")
    assert "  [bold]x[/] [nonsense" in lines()


def test_the_end_shows_the_three_rates_as_bars(shown):
    """Healthy, left alone, as dealt with: the longest bar is the highest rate."""
    screen, lines = shown
    verdict = Verdict(
        reached=True, treated=True, sentence="well", rate=565.0, healthy=595.0, untreated=469.0
    )
    screen.end("a-case", verdict)
    bars = {line.split()[1]: line.count("█") for line in lines() if "█" in line}
    assert bars["healthy"] == 50
    assert bars["left"] < bars["as"] < bars["healthy"]
    assert any("The right end is reached" in line for line in lines())
    assert all(len(line) <= 80 for line in lines())


def test_nothing_moves_where_nobody_sees_it(shown):
    """Without a terminal, what would be shown is not even asked for."""
    screen, lines = shown
    with screen.progress("waiting") as show:
        show(lambda: pytest.fail("nobody sees it"))
    assert lines() == []


def test_every_case_can_be_named_at_eighty_columns(capsys):
    """`opstwin demo --list` cuts no name."""
    cases = read_faults().cases
    name_all(cases)
    printed = capsys.readouterr().out
    assert all(case.id in printed for case in cases)
