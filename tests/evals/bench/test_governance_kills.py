"""The kills of the gate's driver, and a judge that can say no."""

from pathlib import Path

import pytest

from evals.bench import governance_scene as scene
from evals.bench.governance_devices import Report
from evals.bench.governance_kills import Tally, _rows, judge, measure
from evals.bench.governance_life import End, Job, Move

MOVE = Move(scene.SPEED, 400.0, 480.0)
JOB = Job(Path("x"), (0, 0), (MOVE,))


def report(*writes, stands=480.0, point=scene.SPEED):
    """What the controllers have counted, and hold."""
    return Report({point: list(writes)} if writes else {}, {}, {scene.SPEED: stands})


@pytest.mark.parametrize(
    ("told", "end"),
    [
        (report(480.0), End("verified")),
        (report(480.0, 400.0, stands=400.0), End("rolled_back")),
        (report(stands=400.0), End("not_applied")),
        (report(480.0), End("unknown", pages=1)),
        (report(stands=400.0), End("pending", moving=True)),
        (report(stands=400.0), End("")),
    ],
)
def test_an_end_that_is_as_it_must_be_passes(told, end):
    """One write, a claim that is so, and a person who can go on."""
    tally = Tally()
    judge(tally, "run", JOB, told, end, lambda _line: None)
    assert (tally.doubled, tally.wrong, tally.stuck) == ([], [], [])


@pytest.mark.parametrize(
    ("told", "end", "what"),
    [
        (report(480.0, 480.0), End("verified"), "doubled"),
        (report(480.0, 400.0, 400.0, stands=400.0), End("rolled_back"), "doubled"),
        (report(433.0), End("unknown", pages=1), "doubled"),
        (report(1.0, point=scene.PRESSURE), End("verified"), "doubled"),
        (report(480.0, stands=433.0), End("verified"), "wrong"),
        (report(480.0), End("rolled_back"), "wrong"),
        (report(480.0), End("dispatched", moving=True), "stuck"),
        (report(480.0), End("unknown"), "stuck"),
        (report(480.0), End("verified", acted="nobody may"), "stuck"),
        (report(480.0), End("verified", chain="broken"), "stuck"),
    ],
)
def test_what_is_wrong_is_counted(told, end, what):
    """A write too many, a false claim, an end without a way on."""
    tally = Tally()
    lines: list[str] = []
    judge(tally, "run", JOB, told, end, lines.append)
    counts = {name: len(getattr(tally, name)) for name in ("doubled", "wrong", "stuck")}
    assert counts == {**dict.fromkeys(counts, 0), what: 1}
    assert len(lines) == 1


def test_a_harness_that_reaches_one_end_alone_misses_its_bar():
    """Where all runs end verified, nothing was tried."""
    tally = Tally(kills=100)
    tally.classes["VERIFIED"] = 100
    assert [row.met for row in _rows(tally)] == [True, True, True, False]


@pytest.mark.slow
def test_killed_eight_times_it_writes_once():
    """On the real ledger and wires, by turns at a commit and after APPROVED."""
    lines: list[str] = []
    rows = {row.name: row for row in measure(8, 3, lines.append)}
    wrong = ("doubled", "wrong", "stuck")
    assert [rows[f"governance.kills_{name}"].value for name in wrong] == [0, 0, 0], lines
    assert rows["governance.kills_doubled"].n == 8
