"""How fast a machine makes things when nothing hinders it, by product, and what share it rejects.

Counters count whole things and are read at their own times, so a rate is taken over stretches that
hold many, and stretches that something unseen slowed are weighed down. It must never take a
machine's rate from time in which it stood, starved, was blocked, or was not heard.
"""

import numpy as np
from numpy.typing import NDArray

from twin_core.simulation.calibrating.estimated import LEVEL, Estimated
from twin_core.simulation.calibrating.line_history import LineHistory, MachineHistory, running
from twin_core.simulation.calibrating.spans import clock_of
from twin_core.value import SECOND

_THINGS = 30.0
"""Things a stretch holds at least: one more or less is then three percent."""
_STRETCH_S = 180.0
_FEWEST = 3
_CORE, _OUT = 3.0, 5.0
"""In spreads: so near a stretch counts whole, so far not at all."""
_FED = 0.975
"""A machine that makes less than this share of what it turns at is fed less."""
_SETTLED_S = 5.0
"""A machine that has run for so long is up to speed."""


def rates_of(
    history: LineHistory, machine: MachineHistory
) -> tuple[dict[int, Estimated], dict[int, str]]:
    """Things taken through a minute (good or not) by number of product, and why some are missing.

    The product's number is -1 where nobody tells it.
    """
    made, seconds, fresh = _free(history, machine)
    rates: dict[int, Estimated] = {}
    missing: dict[int, str] = {}
    inside = (machine.time > history.start) & (machine.time <= history.end)
    for number in np.unique(machine.product[inside]).tolist():
        mine = inside & (machine.product == number)
        n, s = _stretches(made, seconds, fresh, mine)
        if len(n) < _FEWEST:
            why = f"{len(n)} stretches of free running that hold {_THINGS:.0f} things"
            missing[number] = f"{why}, {_FEWEST} are needed"
        else:
            rates[number] = _rate(n, s)
    return rates, missing


def rejects_of(history: LineHistory, machine: MachineHistory) -> Estimated | str:
    """The share of what it takes through that it rejects, or why it is not known.

    Jeffreys' interval (Brown, Cai and DasGupta, Statistical Science 16, 2001), of as many things
    as there would be if rejects came one by one: where they come in bunches the variance is that
    of the bunches (McCullagh and Nelder, *Generalized Linear Models*, 2nd ed., section 4.5).
    """
    from scipy.special import betaincinv

    inside = (machine.time > history.start) & (machine.time <= history.end)
    bad, good = machine.rejected[inside], machine.made[inside]
    known = np.isfinite(bad) & np.isfinite(good)
    bad, total = bad[known], (bad + good)[known]
    n = float(total.sum())
    if n < 1:
        return "nothing was counted" if not known.any() else "it made nothing"
    x = float(bad.sum())
    share = x / n
    bunch = _bunched(bad, total, share)
    low, high = (1 - LEVEL) / 2, (1 + LEVEL) / 2
    a, b = x / bunch + 0.5, (n - x) / bunch + 0.5
    return Estimated(
        value=share,
        low=min(share, float(betaincinv(a, b, low))) if x else 0.0,
        high=max(share, float(betaincinv(a, b, high))) if x < n else 1.0,
        unit="1",
        n=round(n),
        by="Jeffreys" if bunch == 1.0 else f"Jeffreys, bunched {bunch:.1f} times",
    )


def _free(
    history: LineHistory, machine: MachineHistory
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Per span of counting: things, seconds (NaN unless it ran all through), follows no other."""
    time = machine.time
    begin = np.r_[time[:1], time[:-1]] if len(time) else time
    before = begin - int((_SETTLED_S + machine.resolution_s) * SECOND)
    clock = clock_of(running(machine, history.planned))
    whole = (time - before) / SECOND
    ran = clock(time) - clock(before)
    rejected = np.where(np.isfinite(machine.rejected), machine.rejected, 0.0)
    things = machine.made + rejected
    free = (ran >= whole - 1e-3) & np.isfinite(things) & (time > begin)
    lasted = (time - begin) / SECOND
    with np.errstate(invalid="ignore"):
        free &= ~(things < _FED * machine.speed * lasted / 60.0 - 1.0)
    seconds = np.where(free, lasted, np.nan)
    changed = np.r_[True, machine.product[1:] != machine.product[:-1]][: len(time)]
    fresh = changed | ~np.r_[False, free[:-1]][: len(time)]
    return things, seconds, fresh


def _stretches(
    made: NDArray[np.float64], seconds: NDArray[np.float64], fresh: NDArray[np.bool_],
    mine: NDArray[np.bool_],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:  # fmt: skip
    """Things and seconds of stretches of free running that hold enough of both.

    Spans that follow one another share the reading between them, so what one counts too little the
    next counts too much; a stretch may go on past a stop where few are made between two.
    """
    n: list[float] = []
    s: list[float] = []
    things = length = 0.0
    for k in np.flatnonzero(mine & np.isfinite(seconds)).tolist():
        if fresh[k] and things >= _THINGS and length >= _STRETCH_S / 2:
            n.append(things)
            s.append(length)
            things = length = 0.0
        things += float(made[k])
        length += float(seconds[k])
        if things >= _THINGS and length >= _STRETCH_S:
            n.append(things)
            s.append(length)
            things = length = 0.0
    return np.array(n), np.array(s)


def _rate(things: NDArray[np.float64], seconds: NDArray[np.float64]) -> Estimated:
    """Mean of the stretches' rates, weighed by their length, without those that lie apart.

    Hampel's weights (Hampel and others, *Robust Statistics*, 1986, section 2.6): counts come in
    whole things, and only weights that are flat in the middle leave their mean where it is.
    """
    from scipy.special import stdtrit

    rate = things / seconds * 60.0
    step = 60.0 / seconds  # one thing more or less
    middle = _median(rate, seconds)
    spread = max(1.4826 * float(np.median(np.abs(rate - middle))), float(np.median(step)) / 6**0.5)
    weight = seconds
    for _ in range(50):
        far = np.abs(rate - middle) / spread
        # what slows a machine begins and ends inside the stretches next to those it fills
        beside = np.convolve(far >= _OUT, np.ones(3), mode="same") > 0
        weight = seconds * np.clip((_OUT - far) / (_OUT - _CORE), 0.0, 1.0)
        weight = weight if beside.all() else np.where(beside, 0.0, weight)
        new = float((weight * rate).sum() / weight.sum())
        if abs(new - middle) <= 1e-10 * abs(middle):
            break
        middle = new
    share = weight / weight.sum()
    n = float(1.0 / (share**2).sum())
    error = float(np.sqrt((share**2 * (rate - middle) ** 2).sum() * n / max(n - 1, 1.0)))
    # counts that happen to be all alike hide that each is rounded
    error = float(np.hypot(error, np.median(step) / np.sqrt(12.0 * n)))
    half = error * float(stdtrit(max(n - 1, 1.0), (1 + LEVEL) / 2))
    return Estimated(
        value=middle,
        low=max(0.0, middle - half),
        high=middle + half,
        unit="/min",
        n=len(rate),
        by="robust mean of stretches",
    )


def _median(x: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    order = np.argsort(x, kind="stable")
    passed = np.cumsum(weight[order])
    return float(x[order][np.searchsorted(passed, passed[-1] / 2.0)])


def _bunched(bad: NDArray[np.float64], total: NDArray[np.float64], share: float) -> float:
    """How many times the variance between blocks of counting is that of single rejects, >= 1."""
    size = float(total.sum()) * share * (1 - share)
    blocks = int(min(100, size // 5))
    if blocks < 10:
        return 1.0
    edges = np.searchsorted(np.cumsum(total), np.linspace(0, total.sum(), blocks + 1)[1:-1])
    starts = np.unique(np.r_[0, edges + 1])
    starts = starts[starts < len(total)]
    n, x = np.add.reduceat(total, starts), np.add.reduceat(bad, starts)
    expected = n * share * (1 - share)
    kept = expected > 0
    chi = float(((x - n * share)[kept] ** 2 / expected[kept]).sum())
    factor = chi / max(1, int(kept.sum()) - 1)
    # within what chance gives to so many blocks it is one by one
    return factor if factor > 1 + 2.5 * float(np.sqrt(2.0 / max(1, blocks - 1))) else 1.0
