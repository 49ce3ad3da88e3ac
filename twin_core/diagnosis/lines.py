"""Where a line loses: its rate and its onset, the walk to where it is held up, the shares.

Upstream while a machine is starved, downstream while it is blocked, over states and buffers, until
one that waits for nobody. It must never ask why that one is slow, nor call it the bottleneck:
what that is `simulation/sensitivity.py` says.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twin_core.diagnosis import rejects, stops
from twin_core.diagnosis.changepoint import Shift, shift
from twin_core.diagnosis.since import LOSS, by_minute, losing_since
from twin_core.diagnosis.unheard import of_line
from twin_core.diagnosis.wanted import gives_what_is_taken
from twin_core.diagnosis.window import Window, began
from twin_core.plant.assets import Line, Unit
from twin_core.plant.classes import Role
from twin_core.twin import GRID_S, Snapshot
from twin_core.value import SECOND, Instant

_WAITS = 0.04
"""Added share of idle capacity above which a machine is held up by its neighbour."""
_NEARLY = 0.2
"""Idle share up to which a machine that got weaker still is where the line is held up."""
_LESS = 0.975
"""Share of the usual rate, minor stops and all, below which a loss is felt."""
_MINUTE_ROWS = 6.0
_NEARLY_BEST = 0.6
"""Share of the best change point's gain from which on another is nearly as likely."""
_MINOR_S, _HALVED = 240.0, 0.5
"""Seconds for which minor stops, one after the other, never cost so much of the rate."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Shares of a machine's capacity idle since the onset, and before it.

    Blocked: the discharge is full. Starved: all the rest of what it could have passed on and did
    not, whether it stood for want of material or ran under its load.
    """

    starved: float
    starved_before: float
    blocked: float
    blocked_before: float


@dataclass(frozen=True, slots=True)
class LineLoss:
    """How a line does.

    Attributes:
        rate, usual: mean rate since the onset and before, unit of flow per minute; None unknown.
        onset: plant time at which the rate fell, `onset_s` half-width; the start of the span
            looked at if it did not fall.
        losing: whether the loss is beyond chance.
        wanted: whether it gives what is taken from it: then its rate tells nothing of its assets.
        walk: assets passed from the counting machine to where the line is held up, both included.
        shares: asset → its share of the loss, summing to 1 (empty without a loss).
        waiting: machine → how long it waits.
        minutes: of observation since the onset.
    """

    line: str
    unit: str
    rate: float | None
    usual: float | None
    onset: Instant
    onset_s: float
    losing: bool
    wanted: bool = False
    walk: tuple[str, ...] = ()
    shares: dict[str, float] = field(default_factory=dict)
    waiting: dict[str, Waiting] = field(default_factory=dict)
    minutes: float = 0.0

    @property
    def lost(self) -> float:
        """Loss of rate, unit of flow per minute, at least 0."""
        if self.rate is None or self.usual is None:
            return 0.0
        return max(0.0, self.usual - self.rate)


def rates(window: Window, line: Line) -> NDArray[np.float64]:
    """The line's rate in each bucket, unit of flow per minute, float64[T]; NaN without counts."""
    plant = window.plant
    counter = plant.counter(line)
    if counter is None:
        return np.full(len(window.time), np.nan)
    last = window.of_role(counter, Role.PRODUCED)
    if last is None:
        return np.full(len(window.time), np.nan)
    return rejects.counted(last) * plant.in_flow(line, counter) * 60.0 / GRID_S


def weigh(window: Window, line: Line, start: Instant) -> LineLoss:
    """How the line does since `start`, against what it did before its rate fell."""
    rate = rates(window, line)
    excused = stops.shared(window, line)
    fine = np.isfinite(rate) & ~excused
    unit = f"{line.unit_of_flow or '1'}/min"
    if fine.sum() < 6:
        return LineLoss(line.id, unit, None, None, start, 0.0, losing=False)
    known = usual_of(window.snapshot, line)
    chance = _chance_stops(window, line, excused)
    fell = _fell(window, line, rate, fine & ~chance) or _fell(window, line, rate, fine)
    if fell is None:
        since = window.time > start
        before = fine & ~since
        after = fine & since
        if before.sum() < 12 or after.sum() < 6:
            before = after = fine
        usual = float(np.mean(rate[before])) if known is None else known
        onset, onset_s = start, 0.0
    else:
        row, width = fell
        since = np.arange(len(rate)) >= row
        before, after = fine & ~since, fine & since
        usual = float(np.mean(rate[before]))
        onset, onset_s = of_line(window, line, began(window, row), width * GRID_S)
    now = float(np.mean(rate[after]))
    # a line that catches up makes more than usual for a while
    least = usual if known is None else min(usual, known)
    wanted = gives_what_is_taken(window, line, after)
    losing = (
        fell is not None
        and not wanted
        and now < _LESS * least
        and _below(rate, before, after, chance, least)
    )
    if not losing:
        since = window.time > start
        after = fine & since if (fine & since).sum() >= 6 else fine
        now, onset, onset_s = float(np.mean(rate[after])), start, 0.0
    waiting = _waiting(window, line, before, after)
    walk = _walk(window, line, waiting, before, after) if losing else ()
    shares = _shares(window, line, walk, before, after, usual) if losing else {}
    return LineLoss(
        line.id, unit, now, usual, onset, onset_s, losing, wanted, walk, shares, waiting,
        float(after.sum()) * GRID_S / 60.0,
    )  # fmt: skip


def _fell(
    window: Window, line: Line, rate: NDArray[np.float64], fine: NDArray[np.bool_]
) -> tuple[int, float] | None:
    """The row from which the line makes less, and its half-width in rows; None if it does not.

    Where no level is left for another, what the line usually makes tells it.
    """
    if not fine.any():
        return None
    found = _fall(rate, fine)
    if found is not None:
        row, width = _turn(rate, fine, found)
    else:
        since = losing(window, line)
        if since is None:
            return None
        row, width = int(np.searchsorted(window.time, since, side="right")), _MINUTE_ROWS
    return (row, width) if fine[:row].sum() >= 6 and fine[row:].any() else None


def losing(window: Window, line: Line) -> Instant | None:
    """Since when, by the minutes of the window, the line makes less than what is usual of it.

    None if it does not, or what is usual is not known; planned stops do not count.
    """
    usual = usual_of(window.snapshot, line)
    if usual is None:
        return None
    rate = np.where(stops.shared(window, line), np.nan, rates(window, line))
    return losing_since(*by_minute(window.time, rate), usual)


def usual_of(snapshot: Snapshot, line: Line) -> float | None:
    """What the twin holds to be usual of the line, unit of flow per minute, if it knows yet."""
    known = snapshot.indicators.get(line.id)
    return known.usual if known is not None else None


def _fall(rate: NDArray[np.float64], fine: NDArray[np.bool_]) -> Shift | None:
    """The fall of the rate, looked for in half minutes first: single buckets jitter."""
    floor = 0.04 * max(float(np.median(rate[fine])), 1e-9)
    wide = _averaged(rate, fine, 6)
    seen = shift(wide, np.isfinite(wide), floor)
    if seen is None:
        high = float(np.quantile(rate[fine], 0.75))
        seen = shift(wide, np.isfinite(wide), 0.04 * max(high, 1e-9))
    if seen is None or seen.size >= 0:
        return None
    return seen


def _below(
    rate: NDArray[np.float64],
    before: NDArray[np.bool_],
    after: NDArray[np.bool_],
    chance: NDArray[np.bool_],
    least: float,
) -> bool:
    """Whether the undisturbed line makes less than it did, beyond what its minutes scatter.

    And less than `least`, what is usual of it: it may have been catching up. Undisturbed: apart
    from `chance`, stops of machines that keep to their own law of minor stops, and the minute it
    takes a line to recover from one.
    """
    if (after & ~chance).sum() < 6:
        # minor stops take so much for a while, but they do not halve a line for minutes
        lasts = after.sum() * GRID_S >= _MINOR_S
        return bool(lasts and np.mean(rate[after]) < _HALVED * np.mean(rate[before]))
    now = float(np.mean(rate[after & ~chance]))
    calm = before & ~chance if (before & ~chance).sum() >= 12 else before
    usual = min(float(np.mean(rate[calm])), max(least, float(np.mean(rate[before]))))
    minutes = _averaged(rate, calm, 6)
    seen = minutes[calm & np.isfinite(minutes)]
    scatter = float(np.std(seen)) if len(seen) >= 6 else 0.1 * usual
    spread = scatter / float(np.sqrt(max(1.0, (after & ~chance).sum() / 6.0)))
    return now < min(LOSS * usual, usual - 2.0 * spread)


def _chance_stops(window: Window, line: Line, excused: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Buckets disturbed by stops of machines that keep to their own law, bool[T]."""
    found = np.zeros(len(window.time), dtype=bool)
    for unit in window.plant.machines(line):
        down = window.stopped(unit) & ~excused
        if down.any() and stops.law(window, unit, excused).log_ratio < stops.CHANGED:
            for row in np.flatnonzero(down):
                found[max(0, row - 1) : row + 7] = True
    return found


def _turn(rate: NDArray[np.float64], fine: NDArray[np.bool_], fell: Shift) -> tuple[int, float]:
    """The row from which the rate lies below the middle between its two levels, in the sum.

    The maximum-likelihood change point for a step between known levels, and how many rows off it
    may be: a stop by chance before it draws it to itself.
    """
    middle = (fell.before + fell.latest) / 2.0
    short = np.where(fine, middle - np.nan_to_num(rate), 0.0)
    gain = np.cumsum(short[::-1])[::-1]
    rough = int(np.clip(round(fell.onset), 0, len(rate) - 1))
    if fell.gradual > 0.4:
        return rough, fell.width
    first = max(0, rough - 12)
    row = first + int(np.argmax(gain[first:]))
    nearly = first + np.flatnonzero(gain[first:] >= _NEARLY_BEST * gain[row])
    return row, max(fell.width, float(np.abs(nearly - row).max()))


def _averaged(x: NDArray[np.float64], fine: NDArray[np.bool_], n: int) -> NDArray[np.float64]:
    """Mean of the `n` buckets that end here, NaN with fewer than half of them."""
    value, count = np.where(fine, x, 0.0), fine.astype(float)
    total = np.convolve(value, np.ones(n))[: len(x)]
    number = np.convolve(count, np.ones(n))[: len(x)]
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: NDArray[np.float64] = np.where(number >= n / 2, total / number, np.nan)
    return mean


def _waiting(
    window: Window, line: Line, before: NDArray[np.bool_], after: NDArray[np.bool_]
) -> dict[str, Waiting]:
    found = {}
    for unit in window.plant.machines(line):
        shares = []
        for rows in (after, before):
            flag = window.of_role(unit, Role.BLOCKED)
            seen = flag[rows & np.isfinite(flag)] if flag is not None else np.zeros(0)
            blocked = float(np.mean(seen)) if len(seen) else 0.0
            flag = window.of_role(unit, Role.STARVED)
            seen = flag[rows & np.isfinite(flag)] if flag is not None else np.zeros(0)
            starved = float(np.mean(seen)) if len(seen) else 0.0
            shares += [max(starved, _idle(window, line, unit, rows) - blocked), blocked]
        found[unit.id] = Waiting(shares[0], shares[2], shares[1], shares[3])
    return found


def _idle(window: Window, line: Line, unit: Unit, rows: NDArray[np.bool_]) -> float:
    """Share of what the machine could have passed on that it did not, by its counter.

    While it stands by itself it waits for nobody.
    """
    rows = rows & ~window.stopped(unit)
    able = ability(window, line, unit, rows)
    last = window.of_role(unit, Role.PRODUCED)
    if not able or last is None:
        return 0.0
    made = rejects.counted(last)[rows]
    made = made[np.isfinite(made)]
    if len(made) < 6:
        return 0.0
    passed = float(np.mean(made)) * window.plant.in_flow(line, unit) * 60.0 / GRID_S
    return float(np.clip(1.0 - passed / able, 0.0, 1.0))


def _walk(
    window: Window,
    line: Line,
    waiting: dict[str, Waiting],
    before: NDArray[np.bool_],
    after: NDArray[np.bool_],
) -> tuple[str, ...]:
    """From the counting machine, upstream while starved, downstream while blocked."""
    plant = window.plant
    here = plant.counter(line)
    path: list[str] = []
    way = 0
    while here is not None and here.id not in path:
        path.append(here.id)
        w = waiting[here.id]
        starved, blocked = w.starved - w.starved_before, w.blocked - w.blocked_before
        up = starved > _WAITS and starved >= blocked and way >= 0
        down = blocked > _WAITS and not up and way <= 0
        was, now = ability(window, line, here, before), ability(window, line, here, after)
        weaker = was is not None and now is not None and now < 0.95 * was
        if (not up and not down) or (weaker and w.starved + w.blocked < _NEARLY):
            break
        way = 1 if up else -1
        links = plant.links_into(here.id, "feeds") if up else plant.links_from(here.id, "feeds")
        if not links:
            break
        other = links[0].source if up else links[0].target
        buffer = links[0].buffer
        beyond = waiting.get(other)
        if beyond is None:
            path.append(other)
            break
        eased = (
            beyond.blocked - beyond.blocked_before if up else beyond.starved - beyond.starved_before
        )
        if eased > _WAITS and buffer is not None and buffer.conveyor is not None:
            path.append(buffer.conveyor)  # full on one side, empty on the other: it does not carry
            break
        here = plant.units[other]
    return tuple(path)


def ability(window: Window, line: Line, unit: Unit, rows: NDArray[np.bool_]) -> float | None:
    """What the machine can pass on while nobody holds it up, unit of flow per minute.

    Zero while it stands by itself, its speed less its rejects while it runs; the time it waits
    does not count. None without a speed or without such time.
    """
    point = unit.with_role(Role.SPEED)
    if point is None:
        return None
    at = window.plant.index[point.id]
    excused = stops.shared(window, line)
    stopped = window.stopped(unit) & ~excused
    if stops.law(window, unit, excused).log_ratio < stops.CHANGED:
        stopped &= False  # minor stops by its own law are part of what is usual
    runs = window.executes(unit) & np.isfinite(window.value[:, at])
    n_run, n_stop = int((runs & rows).sum()), int((stopped & rows).sum())
    if n_run + n_stop < 3:
        return None
    speeds = window.mean[runs & rows, at]
    speed = float(np.mean(speeds[np.isfinite(speeds)])) if np.isfinite(speeds).any() else 0.0
    return speed * n_run / (n_run + n_stop) * window.plant.in_flow(line, unit)


def _shares(
    window: Window,
    line: Line,
    walk: tuple[str, ...],
    before: NDArray[np.bool_],
    after: NDArray[np.bool_],
    usual: float,
) -> dict[str, float]:
    lost: dict[str, float] = {}
    for unit in window.plant.machines(line):
        was, now = ability(window, line, unit, before), ability(window, line, unit, after)
        if now is None:
            continue
        law = rejects.law(window, unit)
        if law is not None and law.score > 4:
            now *= 1.0 - max(0.0, law.now - law.usual)
        # a machine has some speed to spare: only what it falls below the line's rate is lost
        short = max(0.0, usual - now) if was is None or now < 0.985 * was else 0.0
        if short > 0.01 * usual:
            lost[unit.id] = short
    if walk:
        end = walk[-1]
        lost[end] = lost.get(end, 0.0) + 0.5 * max([*lost.values(), 0.1 * usual])
    total = sum(lost.values())
    return {asset: part / total for asset, part in sorted(lost.items(), key=lambda kv: -kv[1])}


def span(window: Window, seconds: float) -> Instant:
    """The start of the span of that length at the window's end."""
    first = began(window, 0) if len(window.time) else window.end
    return max(first, window.end - int(seconds * SECOND))
