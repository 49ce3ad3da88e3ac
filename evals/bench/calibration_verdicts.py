"""Verdicts of calibration on what is planted: wrong laws, better and worse challengers, drift.

Draws come from here; only the judgement is the twin's.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from evals.bench.row import Bar, Row
from twin_core.simulation.calibrating.champion import Contest, Stretch, contest
from twin_core.simulation.calibrating.estimated import Z90, Estimated
from twin_core.simulation.calibrating.goodness import goodness
from twin_core.simulation.calibrating.law_fit import Fit, fit_law
from twin_core.simulation.calibrating.lifetimes import Durations
from twin_core.simulation.calibrating.model_drift import QUIET, drifted
from twin_core.simulation.calibrating.parameters import MachineParameters, ParameterSet
from twin_core.simulation.calibrating.skill import Foretold
from twin_core.value import SECOND, Range

_UNIT = "bench/hall/line/m1"
_STRETCH = 900 * SECOND
_DAYS2 = 192
_RATE, _SD, _HANGS = 55.0, 2.0, 0.6
_BEFORE = 300


def verdict_rows(*, quick: bool) -> Iterator[Row]:
    """Shares of right verdicts, and how long a drift goes unseen."""
    yield _wrong_law(10 if quick else 60)
    yield from _change(20 if quick else 200)
    yield from _contests(20 if quick else 200)
    yield from _drift(quick=quick)


def _wrong_law(n: int) -> Row:
    """Stops that are reset at once or need a walk: two humps, as no law here has them."""
    random = np.random.default_rng(31)
    told = []
    for k in range(n):
        near = random.lognormal(np.log(12), 0.25, 400)
        far = random.lognormal(np.log(90), 0.25, 400)
        durations = Durations.whole(np.where(random.random(400) < 0.6, near, far))
        fit = fit_law(durations)
        good = goodness(fit, durations, k) if isinstance(fit, Fit) else None
        told.append(good is None or not good.fits)
    return Row(
        name="calibration.wrong_law_told", value=float(np.mean(told)), unit="share",
        load="400 stops of two kinds mixed, no law of the four", n=n, bar=Bar(low=0.95),
    )  # fmt: skip


def _change(n: int) -> Iterator[Row]:
    """A machine that begins to stop more often in the middle of the week, and one that does not."""
    for name, faster, bar in (("told", 1.5, Bar(low=0.9)), ("false", 1.0, Bar(high=0.02))):
        told = []
        for seed in range(n):
            t = np.random.default_rng((seed, 53)).gamma(1.5, 200.0, 1200)
            t[600:] /= faster
            durations = Durations.whole(t)
            fit = fit_law(durations)
            good = goodness(fit, durations) if isinstance(fit, Fit) else None
            told.append(good is not None and not good.steady)
        yield Row(
            name=f"calibration.change.{name}", value=float(np.mean(told)), unit="share", n=n,
            load=f"1,200 lives between stops, {faster:g} times as often in the second half",
            bar=bar,
        )  # fmt: skip


def _contests(n: int) -> Iterator[Row]:
    """Two days of quarter hours that hang together; sets off by so many percent of the rate."""
    load = f"{_DAYS2} stretches of 15 min, noise {_SD / _RATE:.1%} that hangs together (0.6)"
    for name, ours, its, right in (
        ("better", 1.03, 1.00, "better"), ("worse", 1.00, 1.03, "worse"),
        ("alike", 1.005, 0.995, "not distinguishable"),
    ):  # fmt: skip
        told = [_contest(seed, ours, its).verdict == right for seed in range(n)]
        off = f"rates off by {abs(ours - 1):.1%} and {abs(its - 1):.1%}"
        yield Row(
            name=f"calibration.contest.{name}", value=float(np.mean(told)), unit="share",
            load=f"{load}; {off}", n=n, bar=Bar(low=0.85),
        )  # fmt: skip


def _contest(seed: int, ours: float, its: float) -> Contest:
    random = np.random.default_rng((seed, 41))
    rate = _RATE + _noise(random, _DAYS2)
    stretches = [
        Stretch(start=k * _STRETCH, end=(k + 1) * _STRETCH, rate=float(x))
        for k, x in enumerate(rate)
    ]

    def foretell(parameters: ParameterSet, stretch: Stretch) -> NDArray[np.float64]:
        machine = parameters.machine(_UNIT)
        assert machine is not None
        z = np.random.default_rng((seed, stretch.start // _STRETCH, 43)).standard_normal(100)
        return np.asarray(machine.rates[-1].value + _SD * z)

    sets = (_set(_RATE * ours), _set(_RATE * its))
    return contest(*sets, stretches, foretell, seed=seed)


def _noise(random: np.random.Generator, n: int) -> NDArray[np.float64]:
    steps = random.standard_normal(n) * _SD * np.sqrt(1 - _HANGS**2)
    found = np.empty(n)
    last = float(random.standard_normal()) * _SD
    for k, step in enumerate(steps.tolist()):
        found[k] = last = _HANGS * last + step
    return found


def _set(rate: float) -> ParameterSet:
    seen = Estimated(value=rate, low=rate, high=rate, unit="/min", n=1, by="given")
    machine = MachineParameters(unit=_UNIT, rates={-1: seen}, rejects=None, stops=())
    return ParameterSet(
        line="bench/hall/line", start=-_STRETCH, end=0, history="", plant="", minor_s=None,
        seen=1.0, machines=(machine,), buffers=(), ranges={_UNIT: Range(low=rate, high=rate)},
    )  # fmt: skip


def _drift(*, quick: bool) -> Iterator[Row]:
    n = 20 if quick else 200
    for name, shift, wider in (("bias", 1.0, 1.0), ("spread", 0.0, 2.0)):
        delays = []
        early = 0
        for seed in range(n):
            told = _forecasts(seed, _BEFORE, 400, shift, wider)
            drift = drifted("bench/hall/line", "pa-0", told)
            if drift is not None and drift.found <= _BEFORE * _STRETCH:
                early += 1
            else:
                after = 400.0 if drift is None else drift.found / _STRETCH - _BEFORE
                delays.append(after)
        what = "twice as wide" if wider > 1 else "shifted by one standard deviation"
        yield Row(
            name=f"calibration.drift.{name}.delay", value=float(np.median(delays)),
            unit="forecasts", n=len(delays), bar=Bar(high=30),
            load=f"what comes is {what} after {_BEFORE} right forecasts ({early} alarms before)",
        )  # fmt: skip
    total = 40_000 if quick else 400_000
    alarms, left, seed = 0, total, 1000
    while left > 0:
        told = _forecasts(seed, min(left, 20_000), 0, 0.0, 1.0)
        drift = drifted("bench/hall/line", "pa-0", told)
        alarms += drift is not None
        left -= len(told) if drift is None else drift.found // _STRETCH
        seed += 1
    yield Row(
        name="calibration.drift.false_alarms", value=1000.0 * alarms / total,
        unit="per 1000 forecasts", load=f"{total} right forecasts", n=alarms,
        peer="what is promised", peer_value=1000.0 / QUIET, bar=Bar(high=1000.0 / QUIET),
    )  # fmt: skip


def _forecasts(seed: int, right: int, wrong: int, shift: float, wider: float) -> list[Foretold]:
    random = np.random.default_rng((seed, 47))
    z = random.standard_normal(right + wrong)
    z[right:] = shift + wider * z[right:]
    half = Z90 * _SD
    return [
        Foretold(
            start=k * _STRETCH, end=(k + 1) * _STRETCH, mean=_RATE, low=_RATE - half,
            high=_RATE + half, actual=_RATE + _SD * float(x),
        )
        for k, x in enumerate(z)
    ]  # fmt: skip
