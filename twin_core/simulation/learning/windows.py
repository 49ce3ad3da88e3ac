"""Features from the last stretch of telemetry, with names that people use.

Every row sees what was there at its time and before, of its own machine, and nothing later. It
must never fill a gap: a window with too few numbers has none.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from twin_core.errors import WrongKind
from twin_core.simulation.learning.examples import LARGEST, Feature

Statistic = Literal["mean", "slope", "lowest", "highest", "median", "spread", "change"]
_PRESENT = 0.5
"""Of a window's numbers (of those since the machine's first row, where it is younger)."""
_CHUNK = 50_000_000
"""Bytes of windows laid out at once."""
_SAID: dict[Statistic, str] = {
    "mean": "mean of the last",
    "slope": "slope over the last",
    "lowest": "lowest of the last",
    "highest": "highest of the last",
    "median": "median of the last",
    "spread": "spread over the last",
    "change": "change since the first",
}


def window_features(
    signals: Sequence[Feature],
    value: NDArray[np.float64],
    machine: NDArray[np.int64],
    rows: int,
    step: tuple[float, str],
    statistics: Sequence[Statistic] = ("mean", "slope"),
) -> tuple[tuple[Feature, ...], NDArray[np.float64]]:
    """Statistics of the last `rows` rows of each signal.

    mean; slope by least squares, a unit of `step`; lowest, highest, median; spread, half the
    distance of the quartiles, which one wild reading does not move; change, the mean less the
    mean of the machine's first `rows` rows. A young machine's window is as long as its life.

    Args:
        signals: S of them.
        value: float64[T, S], NaN where there is none, by machine and in order of time;
            what is past `LARGEST` is none.
        machine: int64[T].
        rows: of a window, ≥ 2.
        step: how far two rows are apart, > 0, and in which unit (UCUM).
        statistics: in the order of the columns.

    Returns:
        Features (S for each statistic) and float64[T, ·], NaN where a window has too few numbers.

    Raises:
        WrongKind: shapes that do not fit, a window too short, a machine whose rows are torn apart.
    """
    if value.shape != (len(machine), len(signals)) or rows < 2 or not step[0] > 0:
        given = f"{value.shape} values, {machine.shape} machines, {rows} rows of {step[0]:g}"
        raise WrongKind("windows", given, f"(T, {len(signals)}), (T,), ≥ 2 rows of more than 0")
    starts = np.flatnonzero(np.diff(machine, prepend=machine[:1] - 1))
    if len(starts) != len(np.unique(machine)):
        raise WrongKind(
            "machines of windows", "rows of one in several places", "one after the other"
        )
    parts = [
        _of_one(part, rows, step[0], statistics)
        for part in np.split(value, starts[1:])
        if len(part)
    ]  # fmt: skip
    span = f"{rows * step[0]:g} {step[1]}"
    features = tuple(
        Feature(
            name=f"{signal.name}, {_SAID[kind]} {span}",
            unit=_per(signal.unit, step[1]) if kind == "slope" else signal.unit,
        )
        for kind in statistics
        for signal in signals
    )
    return features, np.concatenate(parts) if parts else np.empty((0, len(features)))


def _per(unit: str, step: str) -> str:
    return f"{unit}/{step}"


def _of_one(
    value: NDArray[np.float64], rows: int, step: float, statistics: Sequence[Statistic]
) -> NDArray[np.float64]:
    before = np.full((rows - 1, value.shape[1]), np.nan)
    windows = sliding_window_view(np.concatenate([before, value]), rows, axis=0)
    chunk = max(1, _CHUNK // max(1, windows[:1].size * 8))
    parts = [
        _columns(windows[i : i + chunk], i, step, statistics)
        for i in range(0, len(value), chunk)
    ]  # fmt: skip
    found = np.concatenate(parts)
    if "change" in statistics and len(value):
        wide = value.shape[1]
        at = list(statistics).index("change") * wide
        mine = slice(at, at + wide)
        # A machine younger than its first window has not changed yet: no row sees a later one.
        found[:, mine] -= found[np.minimum(np.arange(len(value)), rows - 1), mine]
    return found


def _columns(
    windows: NDArray[np.float64], first: int, step: float, statistics: Sequence[Statistic]
) -> NDArray[np.float64]:
    """Of windows, float64[T, S, rows], the first of which ends at row `first` of its machine."""
    rows = windows.shape[2]
    there = np.abs(windows) <= LARGEST  # NaN is not
    count = there.sum(axis=2)
    age = np.minimum(np.arange(first + 1, first + 1 + len(windows)), rows)
    enough = (count >= 2) & (count >= _PRESENT * age[:, None])
    n = np.maximum(count, 1)
    filled = np.where(there, windows, 0.0)
    mean = filled.sum(axis=2) / n
    ordered = (
        np.sort(np.where(there, windows, np.inf), axis=2)  # what is missing comes last
        if {"lowest", "highest", "median", "spread"} & set(statistics)
        else None
    )
    columns = []
    for kind in statistics:
        if kind in {"mean", "change"}:
            found = mean
        elif kind == "slope":
            found = _slope(filled - np.where(there, mean[:, :, None], 0.0), there, n, step)
        else:
            assert ordered is not None
            found = _ranked(kind, ordered, n)
        columns.append(np.where(enough, found, np.nan))
    return np.concatenate(columns, axis=1)


def _slope(
    off: NDArray[np.float64], there: NDArray[np.bool_], n: NDArray[np.int64], step: float
) -> NDArray[np.float64]:
    t = step * np.arange(off.shape[2])
    middle = there @ t / n
    around = there @ t**2 - n * middle**2
    slope: NDArray[np.float64] = (off @ t) / np.where(around > 0, around, np.inf)
    return slope


def _ranked(
    kind: Statistic, ordered: NDArray[np.float64], n: NDArray[np.int64]
) -> NDArray[np.float64]:
    def at(share: float) -> NDArray[np.float64]:
        rank = share * (n - 1)
        under = np.floor(rank).astype(np.int64)
        a, b = (
            np.take_along_axis(ordered, np.minimum(i, n - 1)[:, :, None], 2)[:, :, 0]
            for i in (under, under + 1)
        )
        # An infinite one stands for a window without numbers, which is none anyway.
        a, b = np.where(np.isfinite(a), a, 0.0), np.where(np.isfinite(b), b, 0.0)
        ranked: NDArray[np.float64] = a + (rank - under) * (b - a)
        return ranked

    if kind == "lowest":
        return at(0.0)
    if kind == "highest":
        return at(1.0)
    if kind == "median":
        return at(0.5)
    return (at(0.75) - at(0.25)) / 2
