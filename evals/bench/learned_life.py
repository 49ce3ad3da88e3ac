"""How well remaining life is told of the turbofan engines, how honestly, and where it is refused.

Everything is chosen on the training part: windows by hand on its blocks, recipes by the fit. It
must never look at a test engine before it is judged.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.bench.row import Bar, Row
from evals.datasets import cmapss
from evals.datasets.cmapss import Fleet
from twin_core.simulation.learning.examples import Feature
from twin_core.simulation.learning.growing import Recipe
from twin_core.simulation.learning.learned import LearnedModel, Predictions, Spread, predictions
from twin_core.simulation.learning.remaining_life import fit_remaining_life, lives
from twin_core.simulation.learning.windows import window_features

CAP = 125.0
SEED = 7
_PUBLISHED = "published: deep models 10.4 to 11.5, LSTM 14.9 to 16.1"
_BOOSTING = {"FD001": (12.92, 288.0), "FD003": (11.71, 301.0)}
"""RMSE (capped) and score of gradient boosting on windows of 15 cycles, by each set's own split."""
_STATES = (Recipe(trees=150, leaves=12, least=40, share=0.2),)
_QUICK = (Recipe(trees=60, rate=0.12, leaves=10, least=40, share=0.2),)
COVERED = Bar(low=0.85, high=0.95)
"""Of intervals of 90 %: an operator who plans by them must not be told more than is so."""
WRONGLY = Bar(high=0.05)
"""Of engines as those it learned from, refused."""


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Rows of engines it had not seen: what was so (capped) and what was told, float64[N]."""

    left: NDArray[np.float64]
    engine: NDArray[np.int64]
    told: Predictions


def life_rows(folder: Path | None, *, quick: bool) -> Iterator[Row]:
    """The rows of FD001 by its own split, of FD003 by its engines, and of what is refused."""
    recipes = _QUICK if quick else _STATES
    train = cmapss.learned(folder, "FD001") if folder else None
    test = cmapss.judged(folder, "FD001") if folder else None
    model = None
    if train is None or test is None:
        for name in ("rmse", "score", "coverage", "refused", "bias.refused", "regime.refused"):
            yield _absent(f"learned.life.fd001.{name}")
    else:
        train = _thinned(train, quick=quick)
        model = _fitted(train, recipes)
        yield from _split_rows("FD001", model, train, test, test.last(), "its own test part")
        yield from _planted_rows(model, test)
    other = cmapss.learned(folder, "FD003") if folder else None
    if other is None:
        for name in ("rmse", "score", "coverage", "refused"):
            yield _absent(f"learned.life.fd003.{name}")
        yield _absent("learned.life.other_fault.rmse")
        return
    engines = np.unique(other.engine)
    taught, ended = _thinned(other.of(engines[:70]), quick=quick), other.of(engines[70:])
    own = _fitted(taught, recipes)
    split = (
        "last 30 of the 100 training engines, each cut 5 times with 7 to 145 cycles left (seeded)"
    )
    yield from _split_rows("FD003", own, taught, ended, _cuts(ended), split)
    if model is None:
        yield _absent("learned.life.other_fault.rmse")
    else:
        yield _fault_row(model, ended)


def _absent(name: str) -> Row:
    why = "data not present (OPSTWIN_DATASETS)"
    return Row(name=name, value=None, unit="", load="turbofan engines", n=0, why=why)


def _thinned(fleet: Fleet, *, quick: bool) -> Fleet:
    return fleet.of(np.unique(fleet.engine)[::2]) if quick else fleet


def _seen(fleet: Fleet) -> tuple[tuple[Feature, ...], NDArray[np.float64]]:
    """What a model sees of each cycle: windows of 10 and 30 cycles, and the age."""
    signals = [Feature(name=name, unit=unit) for name, unit in cmapss.SIGNALS]
    step = (1.0, "{cycle}")
    short = window_features(signals, fleet.value, fleet.engine, 10, step, ("mean", "change"))
    long = window_features(signals, fleet.value, fleet.engine, 30, step, ("mean", "slope"))
    age = Feature(name="age", unit="{cycle}")
    x = np.column_stack([short[1], long[1], fleet.cycle])
    return (*short[0], *long[0], age), x


def _fitted(fleet: Fleet, recipes: tuple[Recipe, ...]) -> LearnedModel:
    features, x = _seen(fleet)
    failed = np.ones(len(x), bool)
    examples = lives(
        "remaining life", features, x, fleet.engine, fleet.cycle, failed, CAP, "{cycle}"
    )
    return fit_remaining_life(examples.complete(), SEED, recipes)


def _judged(model: LearnedModel, fleet: Fleet, rows: NDArray[np.int64]) -> Judged:
    _, x = _seen(fleet)
    ends = fleet.last()
    mine = np.searchsorted(ends, rows)
    left = fleet.left[mine] + fleet.cycle[ends[mine]] - fleet.cycle[rows]
    return Judged(np.minimum(left, CAP), fleet.engine[rows], predictions(model, x[rows]))


def _cuts(fleet: Fleet) -> NDArray[np.int64]:
    rng = np.random.default_rng(SEED)
    ends = fleet.last()
    lengths = np.diff(ends, prepend=-1)
    cuts = [
        end - int(rng.integers(7, min(146, length - 30)))
        for end, length in zip(ends, lengths, strict=True)
        for _ in range(5)
    ]
    return np.array(cuts, np.int64)


def _split_rows(
    name: str,
    model: LearnedModel,
    train: Fleet,
    test: Fleet,
    rows: NDArray[np.int64],
    split: str,
) -> Iterator[Row]:
    at = _judged(model, test, rows)
    known = at.told.inside
    off = (at.told.value - at.left)[known]
    taught = np.minimum(train.left.repeat(_lengths(train)) + _to_end(train), CAP)
    usual = float(taught.mean()) - at.left[known]
    by = model.calibration
    assert isinstance(by, Spread)
    load = (
        f"{name}, capped at {CAP:g} cycles, {split}; fitted on {len(train.left)} engines; the mean "
        f"life instead misses by {_rmse(usual):.1f}; {_PUBLISHED}"
    )
    prefix = f"learned.life.{name.lower()}"
    rmse, score = _BOOSTING[name]
    yield Row(
        name=f"{prefix}.rmse",
        value=_rmse(off),
        unit="cycles",
        load=load,
        n=len(off),
        spread=_spread(off),
        peer="gradient boosting, 15-cycle windows",
        peer_value=rmse,
        bar=Bar(high=rmse) if name == "FD001" else None,
    )
    yield Row(
        name=f"{prefix}.score",
        value=_score(off) / len(off) * 100,
        unit="for 100 engines",
        load=f"PHM 2008, late costs more than early, capped; the mean life instead has "
        f"{_score(usual) / len(usual) * 100:.3g}; {split}",
        n=len(off),
        peer="gradient boosting, 15-cycle windows",
        peer_value=score,
    )
    held = (at.told.low <= at.left) & (at.left <= at.told.high)
    width = float(np.mean((at.told.high - at.told.low)[known]))
    inner = by.misses.coverage(0.9).observed
    yield Row(
        name=f"{prefix}.coverage",
        value=float(held[known].mean()),
        unit="of intervals of 90 %",
        load=f"width {width:.0f} cycles on average; {inner:.3f} was said of it at fitting; {split}",
        n=int(known.sum()),
        spread=1.645 * float(np.sqrt(0.09 / len(np.unique(at.engine)))),
        bar=COVERED,
    )
    whole = _judged(model, test, np.arange(len(test.engine)))
    yield Row(
        name=f"{prefix}.refused",
        value=float(1 - known.mean()),
        unit="of engines as those learned from",
        load=f"{1 - whole.told.inside.mean():.3f} of all {len(test.engine)} rows; {split}",
        n=len(known),
        bar=WRONGLY,
    )


def _planted_rows(model: LearnedModel, test: Fleet) -> Iterator[Row]:
    """The test engines with an instrument, or the whole engine, where none has been."""
    rows = test.last()
    biased = test.value.copy()
    column = [name for name, _ in cmapss.SIGNALS].index("HPC outlet static pressure")
    biased[:, column] += 4 * test.value[:, column].std()
    at = _judged(model, Fleet(test.engine, test.cycle, biased, test.left), rows)
    yield Row(
        name="learned.life.fd001.bias.refused",
        value=float(1 - at.told.inside.mean()),
        unit="of engines",
        load="one pressure reads 4 of its standard deviations high, all else as it was",
        n=len(rows),
        bar=Bar(low=0.9),
    )
    moved = test.value.copy()
    # Thinner air, and nothing that says so: the three settings and what never moved stay.
    moves = moved.std(axis=0) > 0
    moves[:3] = False
    moved[:, moves] *= 0.98
    at = _judged(model, Fleet(test.engine, test.cycle, moved, test.left), rows)
    yield Row(
        name="learned.life.fd001.regime.refused",
        value=float(1 - at.told.inside.mean()),
        unit="of engines",
        load="all that moves reads 2 % lower: another operating point that no setting tells",
        n=len(rows),
        bar=Bar(low=0.99),
    )


def _fault_row(model: LearnedModel, ended: Fleet) -> Row:
    """FD001's model on FD003, where some engines fail by another fault: the fan."""
    rows = _cuts(ended)
    at = _judged(model, ended, rows)
    answered, refused = at.told.inside, ~at.told.inside
    _, x = _seen(ended)
    blind = model.target.clip(model.forest.told(x[rows])) - at.left
    return Row(
        name="learned.life.other_fault.rmse",
        value=_rmse(blind[answered]) if answered.any() else None,
        unit="cycles where it answers",
        load=f"fitted on FD001, asked of FD003, where some fail by the fan; it refuses "
        f"{refused.mean():.2f}, of which the peer's figure is what it would have missed by",
        n=len(rows),
        peer="where it refuses",
        peer_value=_rmse(blind[refused]) if refused.any() else None,
        why=None if answered.any() else "it refuses every engine",
    )


def _lengths(fleet: Fleet) -> NDArray[np.int64]:
    return np.diff(fleet.last(), prepend=-1)


def _to_end(fleet: Fleet) -> NDArray[np.float64]:
    return fleet.cycle[fleet.last()].repeat(_lengths(fleet)) - fleet.cycle


def _rmse(off: NDArray[np.float64]) -> float:
    return float(np.sqrt((off**2).mean()))


def _spread(off: NDArray[np.float64]) -> float:
    """Half of the 90 % interval, by drawing again (Efron, 1979)."""
    rng = np.random.default_rng(SEED)
    again = np.sqrt((rng.choice(off, (500, len(off))) ** 2).mean(axis=1))
    return float(np.diff(np.quantile(again, [0.05, 0.95]))[0] / 2)


def _score(off: NDArray[np.float64]) -> float:
    """Saxena et al., PHM 2008, equation 7: off = told − true."""
    return float(np.where(off < 0, np.expm1(-off / 13), np.expm1(off / 10)).sum())
