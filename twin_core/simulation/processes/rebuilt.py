"""Belief rebuilt from a history, and the stretches of it that a forecast is held against.

A stretch begins where something was done or stopped, and ends before the next: what was done is
told to the forecast, what came of it is not. It must never show a forecast anything that came
after its start.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.operations.counting import EXECUTE
from twin_core.plant.assets import Plant
from twin_core.plant.classes import Role
from twin_core.recent import SPAN_ROWS
from twin_core.simulation.live.seen import path_of
from twin_core.simulation.processes.history import ProcessHistory
from twin_core.simulation.processes.process_numbers import led
from twin_core.simulation.scenario import Change, Outage, Restored, SetPoint
from twin_core.twin import Recent, Snapshot

LONGEST_ROWS = 180
"""Of a stretch: half an hour."""
_SHORTEST_ROWS = 30
_TOGETHER_ROWS = 6
"""What is done within so many buckets is done at once."""


@dataclass(frozen=True, slots=True)
class Course:
    """A stretch of a history.

    Attributes:
        first, last: its buckets, `last` not included; a forecast starts where `first` begins.
        done: setpoints that were moved and producers that stood, from its beginning on.
    """

    first: int
    last: int
    done: tuple[Change, ...]


def believed(plant: Plant, history: ProcessHistory, row: int) -> Snapshot:
    """Belief at the beginning of a bucket, from the hour of buckets before it.

    Points that the history has not are not believed.
    """
    first = max(0, row - SPAN_ROWS)
    mean = np.full((row - first, len(plant.points)), np.nan)
    for path, column in history.columns.items():
        mean[:, plant.index[path]] = column[first:row]
    time = np.array([history.at(k + 1) for k in range(first, row)], np.int64)
    now = history.at(row)
    value = mean[-1].copy() if row > first else np.full(mean.shape[1], np.nan)
    seen = np.where(np.isfinite(value), now, 0).astype(np.int64)
    status = np.zeros(len(value), np.uint32)
    extremes = mean.astype(np.float32)
    return Snapshot(
        plant=plant, revision=1, now=now, watermark=now, value=value, time=seen, status=status,
        settled_value=value, settled_time=seen, settled_status=status, quarantined={},
        sources={}, recent=Recent(time, mean, extremes, extremes), incidents=(), alarms=(),
        indicators={},
    )  # fmt: skip


def courses(plant: Plant, history: ProcessHistory, first: int) -> Iterator[Course]:
    """Stretches from a bucket on, ascending and apart, of at most half an hour.

    Args:
        plant: whose setpoints and producers are looked at.
        history: with an hour before `first`.
        first: the earliest bucket that a stretch may begin with.
    """
    moved, turned = _moved(plant, history), _turned(plant, history)
    moves = [*moved.values(), *(rows for rows, _ in turned.values()), np.array([], np.int64)]
    begins = np.unique(np.concatenate(moves))
    row, n = first, len(history)
    while row + _SHORTEST_ROWS <= n:
        ahead = begins[(begins >= row) & (begins < row + LONGEST_ROWS)]
        row = int(ahead[0]) if len(ahead) else row
        later = begins[begins >= row + _TOGETHER_ROWS]
        last = min(n, row + LONGEST_ROWS, int(later[0]) if len(later) else n)
        if last - row >= _SHORTEST_ROWS:
            done: list[Change] = []
            for path, rows in moved.items():
                if _now(rows, row):
                    value = float(history.of(path)[row + _TOGETHER_ROWS - 1])
                    done.append(SetPoint(point=path, value=value))
            for path, (rows, runs) in turned.items():
                if _now(rows, row):
                    done += _turn(history, path, rows, runs, row, last)
            yield Course(row, last, tuple(done))
        row = last


def _now(rows: NDArray[np.int64], row: int) -> bool:
    return bool(((rows >= row) & (rows < row + _TOGETHER_ROWS)).any())


def _moved(plant: Plant, history: ProcessHistory) -> dict[str, NDArray[np.int64]]:
    """By setpoint the buckets in which it was moved."""
    found = {}
    for leader, _ in led(plant):
        asked = history.of(leader.id)
        known = np.isfinite(asked[1:]) & np.isfinite(asked[:-1])
        found[leader.id] = np.flatnonzero(known & (asked[1:] != asked[:-1])) + 1
    return found


def _turned(
    plant: Plant, history: ProcessHistory
) -> dict[str, tuple[NDArray[np.int64], NDArray[np.bool_]]]:
    """By producer the buckets in which it stopped or ran again, and where it ran."""
    found = {}
    for unit in plant.units.values():
        path = path_of(unit, Role.STATE)
        if plant.class_of(unit.id).model == "producer" and path is not None:
            state = history.of(path)
            runs = state == EXECUTE
            known = np.isfinite(state[1:]) & np.isfinite(state[:-1])
            found[unit.id] = np.flatnonzero(known & (runs[1:] != runs[:-1])) + 1, runs
    return found


def _turn(
    history: ProcessHistory, path: str, rows: NDArray[np.int64], runs: NDArray[np.bool_],
    first: int, last: int,
) -> Iterator[Change]:  # fmt: skip
    """That a producer stands from here on, or runs as it did before it stood within the hour."""
    if not runs[first + _TOGETHER_ROWS - 1]:
        yield Outage(asset=path, duration_s=(last - first) * history.step_s)
        return
    stood = rows[(rows < first) & (rows > first - SPAN_ROWS)]
    if not runs[first - 1] and len(stood):
        yield Restored(asset=path, before=history.at(int(stood[-1])))
