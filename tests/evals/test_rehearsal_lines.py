"""What is printed of a rehearsal and a commissioning is whole at 80 columns, and never markup."""

from rich.console import Console

from evals.commissioning import Commissioning, Row
from evals.rehearsal_lines import commissioning_lines, rehearsal_lines
from tests.twin_core.governance.test_rehearsal import one, report
from twin_core.governance.rehearsal import UNDONE, EffectLooked, Looked


def drawn(lines):
    screen = Console(width=80, record=True, file=None, quiet=False)
    with screen.capture() as found:
        for line in lines:
            screen.print(line)
    return found.get()


def test_a_report_shows_each_step_the_effect_and_the_verdict():
    """And says whose model the virtual controller moves by."""
    effect = EffectLooked(
        unit="{bottle}/min", before=450, after=None, baseline=452, forecast=566, low=540, high=590,
        point="site/hall/line1/filler/speed", target=500, reached=498,
    )  # fmt: skip
    looked = (Looked(what="basis [red]of 4[/red]", found="\x1b[31mgood", held=True),)
    text = drawn(rehearsal_lines(report(one(), one(UNDONE, "rolled_back"), looked=looked,
                                        effect=effect)))  # fmt: skip
    for word in ("400 → 500", "read back", "rolled back", "not seen", "566 (540 to 590)",
                 "twin's own model", "Passed", "[red]of 4[/red]"):  # fmt: skip
        assert word in text, word
    assert "\x1b[31mgood" not in text
    assert max(len(line) for line in text.splitlines()) <= 80


def test_a_commissioning_shows_once_more_what_failed():
    """By itself, at the end."""
    rows = (
        Row(about="plc", what="answers", found="it does", held=True),
        Row(about="s/a/l/t/setpoint", what="refuses 105", found="it was taken", held=False),
    )
    text = drawn(commissioning_lines(
        Commissioning(site="s", plant="0" * 64, rows=rows, tried={"writes": 2})
    ))  # fmt: skip
    assert text.count("it was taken") == 2
    assert text.count("it does") == 1
    assert "1 NOT as they must be" in " ".join(text.split())
