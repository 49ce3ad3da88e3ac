"""Signs of every point against its own level in the same state: level, trend, scatter, silence.

ISO 13374 block: state detection. Vectorised screening, then a closer look at the few columns that
stand out. Stops, rejects and set-points have modules of their own. It must never know why.
"""

import numpy as np
from numpy.typing import NDArray

from twin_core.diagnosis.activity import even_out
from twin_core.diagnosis.changepoint import Shift, medians, screen, shift, worth_a_look
from twin_core.diagnosis.sign import Sign, logistic
from twin_core.diagnosis.window import Window, began
from twin_core.plant.assets import Point
from twin_core.plant.classes import Role, Shows
from twin_core.twin import GRID_S, Quarantine
from twin_core.value import SECOND

_ELSEWHERE = {
    Role.STATE,
    Role.MODE,
    Role.PRODUCT,
    Role.STOP_REASON,
    Role.PRODUCED,
    Role.DEFECTIVE,
    Role.SETPOINT,
    Role.SPEED_SETPOINT,
}
LEAST_SPEED = 0.025
"""Share of a speed that is the smallest shift of it that matters."""
_FINE = 8.0
"""Times finer than what matters that a level need be known."""
_STUCK_S = 120.0
"""Seconds without any movement after which a lively point is stuck."""
_SMOOTH = 6
"""Buckets over which a yes-or-no point is averaged."""
_TURNS = 24
"""The same for what a store does by turns: it brings, and waits."""


def observe(window: Window) -> list[Sign]:
    """Every sign a point gives by itself, strongest first."""
    found = [*_quarantined(window), *_missing(window)]
    silent = {s.point for s in found}
    columns = np.asarray(
        [
            i
            for i, p in enumerate(window.plant.points)
            if p.unit_id in window.units
            and p.spec.role not in _ELSEWHERE
            and p.id not in silent
            and p.formula is None
        ],
        dtype=np.intp,
    )
    if len(window.time) and len(columns):
        floor = floors(window, columns)
        found += _levels(window, columns, floor)
        found += _scatter(window, columns, floor)
        found += _stuck(window, columns)
        found += _spikes(window, columns, floor)
    return sorted(found, key=lambda s: (-s.strength, s.point, s.shows))


def floors(window: Window, columns: NDArray[np.intp]) -> NDArray[np.float64]:
    """The smallest credible spread of each column: noise, resolution, a thousandth of its size."""
    size = np.abs(_middles(window, columns))
    spec = [window.plant.points[at].spec for at in columns]
    noise = np.asarray([s.noise for s in spec]) / 2.0
    step = np.asarray([s.resolution for s in spec]) / 3.0
    truth = np.asarray([0.05 if s.type == "bool" else 0.0 for s in spec])
    parts = [noise, step, truth, size * 1e-3, np.full(len(columns), 1e-9)]
    return np.asarray(np.max(parts, axis=0), dtype=float)


def _middles(window: Window, columns: NDArray[np.intp]) -> NDArray[np.float64]:
    """The median of each column where it counts; 0 where it never does."""
    return medians(np.where(window.counts[:, columns], window.value[:, columns], np.nan))


def _immaterial(window: Window, columns: NDArray[np.intp]) -> NDArray[np.float64]:
    """The spread of each column below which nothing is lost that matters."""
    points, usual = window.plant.points, _middles(window, columns)
    return np.asarray(
        [matters(points[at], x) / _FINE for at, x in zip(columns, usual, strict=True)]
    )


def matters(point: Point, usual: float) -> float:
    """The smallest shift of a point that matters, in its unit, by normal range, role or noise."""
    spec = point.spec
    if spec.type == "bool":
        return 0.25
    if spec.normal is not None and spec.role is not Role.LEVEL:
        return 0.3 * (spec.normal.high - spec.normal.low)
    if spec.role is Role.LEVEL:
        span = spec.normal or spec.limits
        return 0.25 * (span.high - span.low)
    if spec.role in {Role.FLOW, Role.OUTPUT}:
        return max(0.04 * abs(usual), 0.1 * spec.band, 2.0 * spec.noise)
    if spec.role is Role.SPEED:
        return max(LEAST_SPEED * abs(usual), 2.0 * spec.noise)
    return max(0.03 * abs(usual), 4.0 * spec.noise, 2.0 * spec.resolution)


def _levels(window: Window, columns: NDArray[np.intp], floor: NDArray[np.float64]) -> list[Sign]:
    value, counts = window.value[:, columns].copy(), window.counts[:, columns]
    for k, at in enumerate(columns):
        over = _averaged_over(window, window.plant.points[at])
        if over > 1:
            value[:, k] = _rolling(value[:, k], over)
    even_out(window, columns, value)
    floor = np.maximum(floor, _immaterial(window, columns))
    found: list[Sign] = []
    shifted: set[int] = set()
    for k in worth_a_look(screen(value, counts, floor)):
        seen = shift(value[:, k], counts[:, k], float(floor[k]))
        if seen is not None:
            signs = _of_shift(window, window.plant.points[columns[k]], seen)
            found += signs
            if signs:
                shifted.add(int(columns[k]))
    for k, at in enumerate(columns):
        if int(at) not in shifted:
            found += _outside(window, int(at), value[:, k], np.flatnonzero(counts[:, k]))
    return found


def _averaged_over(window: Window, point: Point) -> int:
    """Buckets over which a point is averaged: what is yes or no, and what a store does by turns."""
    if point.spec.type == "bool":
        return _SMOOTH
    by_turns = window.plant.class_of(point.unit_id).model == "store"
    return _TURNS if by_turns and point.spec.role in {Role.FLOW, Role.PROCESS} else 1


def _of_shift(window: Window, point: Point, seen: Shift) -> list[Sign]:
    need = matters(point, seen.before)
    ratio = abs(seen.size) / need
    level = seen.certainty * logistic((ratio - 1.0) / 0.2)
    trend = seen.certainty * logistic((ratio - 0.6) / 0.15) * min(1.0, seen.gradual / 0.5)
    up = seen.size > 0
    names: tuple[tuple[Shows, float], tuple[Shows, float]] = (
        ("high" if up else "low", level),
        ("rising" if up else "falling", trend),
    )
    row = round(seen.onset)
    onset = began(window, min(max(row, 0), len(window.time) - 1))
    return [
        Sign(
            point=point.id, shows=shows, strength=strength, usual=seen.before,
            now=seen.before + seen.size, unit=point.spec.unit, onset=onset,
            onset_s=seen.width * GRID_S, average=seen.after, size=ratio,
        )
        for shows, strength in names
        if strength > 0.05
    ]  # fmt: skip


def _outside(
    window: Window, at: int, value: NDArray[np.float64], rows: NDArray[np.intp]
) -> list[Sign]:
    """A level outside the class's normal range that was elsewhere for too short to be usual."""
    point = window.plant.points[at]
    normal, seen = point.spec.normal, value[rows]
    if normal is None or len(seen) < 6 or point.spec.role not in {Role.PROCESS, Role.POTENTIAL}:
        return []
    now = float(np.median(seen[-12:]))
    half = (normal.high - normal.low) / 2.0
    # a machine that idles between pieces shows two levels: both must lie outside
    beyond = min(max(normal.low - x, x - normal.high) for x in (now, float(np.median(seen))))
    strength = 0.8 * logistic((beyond / half - 1.0) / 0.15) if half > 0 else 0.0
    if strength <= 0.05:
        return []
    away = seen < normal.low if now < normal.low else seen > normal.high
    left = _left_for_good(away)
    span = (window.end - began(window, int(rows[0]))) / SECOND
    return [
        Sign(
            point=point.id, shows="low" if now < normal.low else "high", strength=strength,
            usual=(normal.low + normal.high) / 2.0, now=now, unit=point.spec.unit,
            onset=began(window, int(rows[left])), onset_s=3.0 * GRID_S if left else span,
            against="normal",
        )
    ]  # fmt: skip


def _left_for_good(away: NDArray[np.bool_]) -> int:
    """The place from which on most are away, as far back as that holds."""
    gain = np.cumsum(np.where(away, 1, -1)[::-1])[::-1]
    return int(np.argmax(gain))


def _scatter(window: Window, columns: NDArray[np.intp], floor: NDArray[np.float64]) -> list[Sign]:
    """Signs of more scatter than before: a level shift of the logarithm of the scatter."""
    spec = [window.plant.points[at].spec for at in columns]
    lively = np.asarray([k for k, s in enumerate(spec) if s.type == "float"], dtype=np.intp)
    if not len(lively):
        return []
    columns, floor = columns[lively], floor[lively]
    value, counts = window.value[:, columns], window.counts[:, columns]
    inside = np.subtract(window.high[:, columns], window.low[:, columns], dtype=np.float64)
    scatter = np.full_like(value, np.nan)
    for k in range(len(columns)):
        scatter[:, k] = _local_scatter(value[:, k], counts[:, k], inside[:, k])
    log = np.log(scatter + floor)
    fine = counts & np.isfinite(log)
    least = np.full(len(columns), 0.12)
    found = []
    for k in worth_a_look(screen(log, fine, least)):
        seen = shift(log[:, k], fine[:, k], 0.12)
        if seen is None or seen.size <= 0:
            continue
        point = window.plant.points[columns[k]]
        now = float(np.exp(seen.before + seen.size))
        need = 0.5 * matters(point, 0.0) or float(floor[k])  # of a point of which nothing is told
        real = logistic((now / need - 1.0) / 0.25)
        strength = real * logistic((seen.score - 4.0) / 0.8) * logistic((seen.size - 0.7) / 0.12)
        if strength > 0.05:
            row = min(max(round(seen.onset), 0), len(window.time) - 1)
            found.append(
                Sign(
                    point=point.id, shows="noisy", strength=strength,
                    usual=float(np.exp(seen.before)), now=now,
                    unit=point.spec.unit, onset=began(window, row),
                    onset_s=max(3.0, seen.width) * GRID_S, note="range inside ten seconds",
                    size=now / need,
                )
            )  # fmt: skip
    return found


def _local_scatter(
    value: NDArray[np.float64], counts: NDArray[np.bool_], inside: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The larger of the range inside a bucket and the middle of three steps between buckets."""
    found = np.full(len(value), np.nan)
    rows = np.flatnonzero(counts)
    if len(rows) < 4:
        return found
    step = np.abs(np.diff(value[rows], prepend=value[rows[0]]))
    padded = np.concatenate([step[:1], step, step[-1:]])
    middle = np.median([padded[:-2], padded[1:-1], padded[2:]], axis=0)
    found[rows] = np.maximum(inside[rows], middle)
    return found


def _stuck(window: Window, columns: NDArray[np.intp]) -> list[Sign]:
    """Signs of points that moved before and do not move any more though their machine runs."""
    found = []
    for at in columns:
        point = window.plant.points[at]
        rows = np.flatnonzero(window.counts[:, at])
        if point.spec.type == "bool" or len(rows) < 12:
            continue
        low, high = window.low[rows, at], window.high[rows, at]
        same = (low == high) & (low == low[-1])
        still = len(same) if same.all() else int(np.argmin(same[::-1]))
        held_s = still * GRID_S
        earlier = high[: len(rows) - still] > low[: len(rows) - still]
        if held_s < _STUCK_S or not len(earlier):
            continue
        moved = float(np.mean(earlier))
        # chance that a lively point stands still so long, bucket after bucket
        surprise = -still * float(np.log(max(1.0 - moved, 1e-3)))
        strength = logistic((surprise - 12.0) / 3.0)
        if strength > 0.05:
            found.append(
                Sign(
                    point=point.id, shows="stuck", strength=strength, usual=None,
                    now=float(low[-1]), unit=point.spec.unit,
                    onset=began(window, int(rows[len(rows) - still])), onset_s=2.0 * GRID_S,
                )
            )  # fmt: skip
    return found


def _spikes(window: Window, columns: NDArray[np.intp], floor: NDArray[np.float64]) -> list[Sign]:
    """Signs of single readings far off that come back at once."""
    found = []
    for k, at in enumerate(columns):
        point = window.plant.points[at]
        rows = np.flatnonzero(window.counts[:, at])
        if point.spec.type != "float" or point.spec.role is not Role.PROCESS or len(rows) < 18:
            continue
        x = window.value[rows, at]
        level = _running_median(x)
        off = np.maximum(window.high[rows, at] - level, level - window.low[rows, at])
        usual = max(float(np.median(off)), float(floor[k]))
        spike = off > 8.0 * usual
        spike &= ~(np.roll(spike, 1) & np.roll(spike, -1))
        when = np.flatnonzero(spike)
        if len(when) < 2:
            continue
        size = float(np.median(off[when]))
        lately = float(np.mean(when > when[0] + (len(rows) - when[0]) / 2))
        strength = (
            logistic((len(when) - 2.5) / 0.5)
            * logistic((size / matters(point, float(np.median(x))) - 1.0) / 0.2)
            * (1.0 if lately > 0.2 else 0.4)
        )
        if strength > 0.05:
            found.append(
                Sign(
                    point=point.id, shows="spiking", strength=strength,
                    usual=float(np.median(x)), now=float(np.median(x)) + size,
                    unit=point.spec.unit, onset=began(window, int(rows[when[0]])),
                    onset_s=2.0 * GRID_S, note=f"{len(when)} single readings far off",
                )
            )  # fmt: skip
    return found


def _missing(window: Window) -> list[Sign]:
    """Signs of points that fell silent while their source is heard."""
    snapshot = window.snapshot
    if not len(window.time):
        return []
    found = []
    for at, point in enumerate(window.plant.points):
        source = snapshot.sources.get(point.source)
        if source is None or not source.up or point.id in snapshot.quarantined:
            continue
        if point.unit_id not in window.units:
            continue
        last = np.flatnonzero(np.isfinite(window.mean[:, at]))
        quiet = len(window.time) - 1 - int(last[-1]) if len(last) else 0
        if quiet * GRID_S > max(60.0, 6.0 * point.spec.period_s):
            found.append(
                Sign(
                    point=point.id, shows="missing", strength=0.97, usual=None, now=None,
                    unit=point.spec.unit, onset=int(window.time[last[-1]]), onset_s=GRID_S,
                )
            )  # fmt: skip
    return found


_RULES: dict[str, Shows] = {
    "stuck": "stuck",
    "spike": "spiking",
    "rate": "spiking",
    "range": "spiking",
    "missing": "missing",
    "status": "missing",
    "type": "missing",
    "unit": "missing",
}


def _quarantined(window: Window) -> list[Sign]:
    found = []
    for path, held in window.snapshot.quarantined.items():
        point = window.plant.point(path)
        if held.since > window.end or point.unit_id not in window.units:
            continue
        found.append(
            Sign(
                point=path, shows=_shows(window, point, held), strength=1.0,
                usual=_believed_before(window, path, held.since), now=held.value,
                unit=point.spec.unit, onset=held.since, onset_s=2.0 * GRID_S,
                against="rule",
                sure=True, note=held.reason,
            )
        )  # fmt: skip
    return found


def _shows(window: Window, point: Point, held: Quarantine) -> Shows:
    if held.rule != "drift":
        return _RULES[held.rule]
    before = _believed_before(window, point.id, held.since)
    falls = before is not None and held.value is not None and held.value < before
    return "falling" if falls else "rising"


def _believed_before(window: Window, path: str, when: int) -> float | None:
    at = window.plant.index[path]
    seen = window.value[window.counts[:, at] & (window.time <= when), at]
    return float(np.median(seen[-30:])) if len(seen) else None


def _rolling(x: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Mean of the last `n` buckets, without gaps."""
    fine = np.isfinite(x)
    total = np.cumsum(np.where(fine, x, 0.0))
    count = np.cumsum(fine, dtype=float)
    total[n:] -= total[:-n].copy()
    count[n:] -= count[:-n].copy()
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: NDArray[np.float64] = np.where(count > 0, total / count, np.nan)
    return mean


def _running_median(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Running median of five."""
    padded = np.concatenate([x[:1], x[:1], x, x[-1:], x[-1:]])
    stack = [padded[i : i + len(x)] for i in range(5)]
    return np.asarray(np.median(stack, axis=0), dtype=float)
