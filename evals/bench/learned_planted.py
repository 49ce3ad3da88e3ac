"""Models of what was planted: a lot's quality, and what an engine's forecast misses.

Seeded, so that what is true is known: the noise no model can tell, and a case where there is
nothing to learn. It must never fit on the lots it is judged by.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from evals.bench.row import Bar, Row
from twin_core.simulation.learning.examples import Examples, Feature, Target, contiguous
from twin_core.simulation.learning.explained import why
from twin_core.simulation.learning.growing import Recipe
from twin_core.simulation.learning.learned import predict, predictions
from twin_core.simulation.learning.quality_model import chances
from twin_core.simulation.learning.regression import fit_value
from twin_core.simulation.learning.reliability import brier
from twin_core.simulation.learning.residuals import corrected, fit_correction
from twin_core.value import Range

SEED = 11
_TOLERANCE = Range(low=-1.0, high=1.0)
_RECIPES = (Recipe(trees=80, rate=0.08, leaves=6),)
_FEATURES = (
    Feature(name="product temperature", unit="Cel"),
    Feature(name="filler speed", unit="/min"),
    Feature(name="header pressure", unit="bar"),
    Feature(name="hours since cleaning", unit="h"),
)
_COVERED = Bar(low=0.85, high=0.95)


@dataclass(frozen=True, slots=True, eq=False)
class Planted:
    """Lots in order: what was set, what an engine forecast, what came, and its noise."""

    x: NDArray[np.float64]
    forecast: NDArray[np.float64]
    seen: NDArray[np.float64]
    block: NDArray[np.int64]
    noise: NDArray[np.float64]


def planted(rows: int, seed: int, *, misses: bool = True) -> Planted:
    """A fill weight off its nominal (g): warm product foams, faster still more; shifts differ.

    The engine knows speed and pressure, and not, where it `misses`, the foam and the dirt.
    """
    rng = np.random.default_rng(seed)
    warm, speed = rng.normal(6.0, 1.5, rows), rng.normal(200.0, 15.0, rows)
    pressure, dirty = rng.normal(6.5, 0.2, rows), rng.uniform(0.0, 24.0, rows)
    x = np.column_stack([warm, speed, pressure, dirty])
    block = contiguous(rows, rows // 10)
    forecast = 0.02 * (speed - 200) - 0.8 * (pressure - 6.5)
    foam = 0.35 * np.maximum(0.0, warm - 6.0) * (speed / 200) + 0.0015 * dirty**2
    shift = 0.1 * rng.standard_normal(rows // 10 + 1)[block]
    noise = shift + (0.15 + 0.02 * dirty) * rng.standard_normal(rows)
    return Planted(x, forecast, forecast + noise + (foam if misses else 0.0), block, noise)


def planted_rows(*, quick: bool) -> Iterator[Row]:
    """Quality, correction, and a correction there is no reason for."""
    taught, judged = (600, 600) if quick else (2000, 3000)
    lived = planted(taught + judged, SEED)
    past, now = slice(0, taught), slice(taught, None)
    examples = Examples(
        Target(name="fill weight off nominal", unit="g"),
        _FEATURES,
        lived.x[past],
        lived.seen[past],
        lived.block[past],
    )
    yield from _quality(examples, lived, now, judged)
    yield from _correction(examples, lived, past, now, judged)
    yield _none(5 if quick else 20)


def _quality(examples: Examples, lived: Planted, now: slice, judged: int) -> Iterator[Row]:
    model = fit_value(examples, SEED, _RECIPES)
    told = predictions(model, lived.x[now])
    known, seen = told.inside, lived.seen[now]
    load = f"{judged} lots after {len(examples.y)} learned from, planted, seed {SEED}"
    least = _rmse(lived.noise[now][known])
    usual = _rmse((seen - examples.y.mean())[known])
    yield Row(
        name="learned.quality.rmse",
        value=_rmse((told.value - seen)[known]),
        unit="g",
        load=f"{load}; the mean misses by {usual:.3f}, refused {(~known).mean():.3f}",
        n=int(known.sum()),
        peer="the noise that was planted",
        peer_value=least,
        bar=Bar(high=1.25 * least),
    )
    yield Row(
        name="learned.quality.coverage",
        value=_held(told.low, told.high, seen, known),
        unit="of intervals of 90 %",
        load=load,
        n=int(known.sum()),
        bar=_COVERED,
    )
    good = ((seen >= _TOLERANCE.low) & (seen <= _TOLERANCE.high)).astype(np.float64)[known]
    below, above = chances(model, lived.x[now], _TOLERANCE)
    usual_good = ((examples.y >= _TOLERANCE.low) & (examples.y <= _TOLERANCE.high)).mean()
    trivial = brier(np.full(len(good), usual_good), good)
    yield Row(
        name="learned.quality.good.brier",
        value=brier((1 - below - above)[known], good),
        unit="Brier score",
        load=f"chance of ±1 g, {good.mean():.2f} were; {load}",
        n=len(good),
        peer="share of good lots",
        peer_value=trivial,
        bar=Bar(high=trivial),
    )
    values = dict(zip([f.name for f in _FEATURES], lived.x[now][known][0].tolist(), strict=True))
    predict(model, values)
    took = []
    for _ in range(20):
        began = perf_counter()
        predict(model, values)
        said = why(model, values)
        took.append((perf_counter() - began) * 1000)
    yield Row(
        name="learned.answer.ms",
        value=float(np.median(took)),
        unit="ms",
        load=f"one prediction with its interval and why; contributions add up to {said.error:.0e}",
        n=len(took),
        bar=Bar(high=100.0),
    )


def _correction(
    examples: Examples, lived: Planted, past: slice, now: slice, judged: int
) -> Iterator[Row]:
    correction = fit_correction(examples, lived.forecast[past], SEED, _RECIPES)
    better = corrected(correction, lived.forecast[now], lived.x[now])
    seen, applied = lived.seen[now], better.applied
    load = f"{judged} lots, an engine that knows neither foam nor dirt, planted, seed {SEED}"
    least = _rmse(lived.noise[now])
    yield Row(
        name="learned.hybrid.rmse",
        value=_rmse(better.value - seen),
        unit="g after correction",
        load=f"{load}; applied to {applied.mean():.3f}, planted noise {least:.3f}",
        n=judged,
        peer="engine alone",
        peer_value=_rmse(lived.forecast[now] - seen),
        bar=Bar(high=1.25 * least),
    )
    yield Row(
        name="learned.hybrid.coverage",
        value=_held(better.low, better.high, seen, applied) if applied.any() else None,
        unit="of intervals of 90 %",
        load=load,
        n=int(applied.sum()),
        bar=_COVERED,
        why=None if applied.any() else correction.reason or "none inside its range",
    )
    far = lived.x[now] + np.array([15.0, 0.0, 0.0, 0.0])
    yield Row(
        name="learned.hybrid.refused",
        value=float(1 - corrected(correction, lived.forecast[now], far).applied.mean()),
        unit="of lots left as forecast",
        load="product 15 K warmer than ever while learning",
        n=judged,
        bar=Bar(low=1.0),
    )


def _none(seeds: int) -> Row:
    """Where the engine misses by noise alone, a correction has nothing to say."""
    kept = 0
    for seed in range(seeds):
        lived = planted(500, 1000 + seed, misses=False)
        target = Target(name="fill weight off nominal", unit="g")
        examples = Examples(target, _FEATURES, lived.x, lived.seen, lived.block)
        kept += fit_correction(examples, lived.forecast, SEED, _RECIPES).model is not None
    return Row(
        name="learned.hybrid.needless",
        value=kept / seeds,
        unit="of corrections kept",
        load="engine that misses by noise alone, 500 lots",
        n=seeds,
        bar=Bar(high=0.1),
    )


def _rmse(off: NDArray[np.float64]) -> float:
    return float(np.sqrt((off**2).mean()))


def _held(
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    seen: NDArray[np.float64],
    known: NDArray[np.bool_],
) -> float:
    return float(((low <= seen) & (seen <= high))[known].mean())
