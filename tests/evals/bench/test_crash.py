"""The crash bench: a process that is killed at any moment, and a judge that can say no."""

from collections import Counter
from pathlib import Path
from typing import Any

from api.plant_file import read_plant
from evals.bench import crash
from evals.bench.commands import PLANT
from evals.bench.crash import Tally, measure
from evals.bench.crash_life import Left, digest
from tests.twin_core.plant_fixture import T0
from twin_core.ports import LogEntry
from twin_core.reading import Batch


def test_killed_five_times_it_loses_nothing(monkeypatch):
    """Whatever it was doing: nothing acknowledged is gone, nothing doubled, the twin the same."""
    monkeypatch.setattr(crash, "_LONGEST_S", 0.5)
    told: list[str] = []
    rows = {row.name: row for row in measure(PLANT, 5, 3, told.append)}
    assert {name: row.value for name, row in rows.items()} == {
        "crash.lost": 0, "crash.doubled": 0, "crash.unopened": 0, "crash.unequal": 0,
        "crash.faults": 0,
    }, told  # fmt: skip
    assert rows["crash.lost"].n > 10
    assert rows["crash.unopened"].n == 5
    assert sum("killed while" in line for line in told) == 5


def test_what_is_wrong_is_counted():
    """An entry that is gone, one that is another, one that stands twice, twins that differ."""
    tally = Tally()
    folder = crash._Folder(Path("x"), read_plant(PLANT), tally, lambda _line: None)
    folder._acknowledged = {1: "a", 2: "b", 3: "c"}
    folder._judge(Left({1: "a", 2: "x", 4: "a"}, "one", "other", ("the raw table is short",)))
    assert (tally.lost, tally.doubled, tally.unequal, len(tally.faults)) == (2, 1, 1, 1)
    tally.doing = Counter({"storing": 1})
    assert [row.met for row in crash._rows(tally)] == [False, False, True, False, False]


def test_entries_are_told_apart():
    """By every value in them; that a reading came late is said of it afterwards."""
    row = (0, T0, 1.0, 0, T0)
    rows: list[Any] = [row, *((*row[:at], 7, *row[at + 1 :]) for at in range(5))]
    ticks = [LogEntry(seq=1, kind="tick", time=at, body=None) for at in (1, 2)]
    told = [digest(Batch.of([one])) for one in rows] + [digest(tick) for tick in ticks]
    assert len(set(told)) == 8
