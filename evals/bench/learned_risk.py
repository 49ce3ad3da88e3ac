"""How well failures of the made milling machine are told, and whether the probabilities hold.

Five runs of parts in the order they were made, each judged by a model of the other four. The
columns that name the failure are not read. It must never draw a fold at random.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.bench.row import Bar, Row
from evals.datasets import ai4i
from evals.datasets.ai4i import Parts
from twin_core.simulation.learning.examples import Examples, Feature, Target, contiguous
from twin_core.simulation.learning.failure_risk import fit_failure_risk
from twin_core.simulation.learning.learned import predictions
from twin_core.simulation.learning.reliability import Reliability, alarm_level, bins, brier

SEED = 7
_RUNS = 5
_BLOCKS = 50
"""Of 160 parts each, in what a model is fitted on."""
_PUBLISHED = {"raw": 0.73, "physics": 0.89}
"""F1 of a random forest by random folds (SOURCE.md); higher ones leak the columns of the mode."""


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """By part, of the runs judged: float64[N] and bool[N]; NaN where nothing was told.

    `forest` alarms of the peer and what it told; `usual` the base rate of the other runs.
    """

    probability: NDArray[np.float64]
    alarm: NDArray[np.bool_]
    failed: NDArray[np.float64]
    usual: NDArray[np.float64]
    forest: NDArray[np.bool_]
    forest_told: NDArray[np.float64]


def risk_rows(folder: Path | None, *, quick: bool) -> Iterator[Row]:
    """The rows with the columns as they are and with what physics makes of them."""
    parts = ai4i.parts(folder) if folder else None
    runs = 2 if quick else _RUNS
    for kind in ("raw", "physics"):
        prefix = f"learned.risk.ai4i.{kind}"
        if parts is None:
            why = "data not present (OPSTWIN_DATASETS)"
            for name in ("f1", "f1.all", "brier", "brier.all", "reliability", "calibrated"):
                yield Row(name=f"{prefix}.{name}", value=None, unit="", load="", n=0, why=why)
            continue
        features, x = _raw(parts) if kind == "raw" else _physics(parts)
        yield from _rows(prefix, kind, _told(features, x, parts.failed, runs), runs)


def _raw(parts: Parts) -> tuple[tuple[Feature, ...], NDArray[np.float64]]:
    return tuple(Feature(name=name, unit=unit) for name, unit in ai4i.SIGNALS), parts.value


def _physics(parts: Parts) -> tuple[tuple[Feature, ...], NDArray[np.float64]]:
    features, x = _raw(parts)
    _, air, process, speed, torque, wear = x.T
    made = (
        (Feature(name="power", unit="W"), torque * speed * 2 * np.pi / 60),
        (Feature(name="process above air temperature", unit="K"), process - air),
        (Feature(name="wear by torque", unit="min.N.m"), wear * torque),
    )
    return (*features, *(f for f, _ in made)), np.column_stack([x, *(c for _, c in made)])


def _told(
    features: tuple[Feature, ...], x: NDArray[np.float64], failed: NDArray[np.float64], runs: int
) -> Told:
    from sklearn.ensemble import RandomForestClassifier

    run = contiguous(len(failed), _RUNS)
    target = Target(name="failure while the part is made", unit="1")
    parts: list[Told] = []
    for judged in range(_RUNS - runs, _RUNS):
        out = run == judged
        blocks = contiguous(int((~out).sum()), _BLOCKS)
        taught = Examples(target, features, x[~out], failed[~out], blocks)
        model = fit_failure_risk(taught, SEED)
        by = model.calibration
        assert isinstance(by, Reliability)
        told = predictions(model, x[out]).value
        forest = RandomForestClassifier(100, oob_score=True, random_state=SEED)
        forest.fit(x[~out], failed[~out])
        # As ours, its alarm is set where F1 is highest on rows that it had not seen.
        unseen = np.nan_to_num(forest.oob_decision_function_[:, 1])
        chance = forest.predict_proba(x[out])[:, 1]
        parts.append(
            Told(
                told,
                np.nan_to_num(told, nan=0.0) >= by.alarm_at,
                failed[out],
                np.full(int(out.sum()), failed[~out].mean()),
                chance >= alarm_level(unseen, failed[~out]),
                chance,
            )
        )
    columns = [[getattr(part, name) for part in parts] for name in Told.__dataclass_fields__]
    return Told(*(np.concatenate(column) for column in columns))


def _rows(prefix: str, kind: str, told: Told, runs: int) -> Iterator[Row]:
    known = np.isfinite(told.probability)
    lost = told.failed[~known]
    split = f"last {runs} of {_RUNS} runs of 2,000 parts, each by a model of the other 8,000"
    always = 2 * told.failed.mean() / (1 + told.failed.mean())
    load = (
        f"{split}; alarming always has {always:.3f}; published by random folds {_PUBLISHED[kind]}"
    )
    precision, recall = _right(told.alarm[known], told.failed[known])
    forest = _f1(told.forest[known], told.failed[known])
    yield Row(
        name=f"{prefix}.f1",
        value=_f1(told.alarm[known], told.failed[known]),
        unit="F1 where it answers",
        load=f"precision {precision:.2f}, recall {recall:.2f}; refuses {(~known).mean():.3f} of "
        f"parts, {int(lost.sum())} of {int(told.failed.sum())} failures among them; {load}",
        n=int(known.sum()),
        peer="random forest, same rows",
        peer_value=forest,
        bar=Bar(low=forest),
    )
    yield Row(
        name=f"{prefix}.f1.all",
        value=_f1(told.alarm, told.failed),
        unit="F1",
        load=f"a part it refuses counts as not alarmed; {load}",
        n=len(known),
        peer="random forest, same rows",
        peer_value=_f1(told.forest, told.failed),
        bar=Bar(low=_f1(told.forest, told.failed)),
    )
    probability, failed = told.probability[known], told.failed[known]
    yield Row(
        name=f"{prefix}.brier",
        value=brier(probability, failed),
        unit="Brier score where it answers",
        load=f"random forest's {brier(told.forest_told[known], failed):.4f}; {split}",
        n=int(known.sum()),
        peer="base rate of the other runs",
        peer_value=brier(told.usual[known], failed),
        bar=Bar(high=brier(told.usual[known], failed)),
    )
    filled = np.where(known, told.probability, told.usual)
    yield Row(
        name=f"{prefix}.brier.all",
        value=brier(filled, told.failed),
        unit="Brier score",
        load=f"a part it refuses is told the base rate; random forest's "
        f"{brier(told.forest_told, told.failed):.4f}; {split}",
        n=len(known),
        peer="base rate of the other runs",
        peer_value=brier(told.usual, told.failed),
        bar=Bar(high=brier(told.usual, told.failed)),
    )
    curve = bins(probability, failed)
    gap = sum(abs(b.told - b.true / b.rows) * b.rows for b in curve) / int(known.sum())
    said = ", ".join(f"{b.told:.3f} → {b.true / b.rows:.3f} ({b.rows})" for b in curve)
    yield Row(
        name=f"{prefix}.reliability",
        value=gap,
        unit="mean gap of told and true",
        load=f"told → came true (parts): {said}; {split}",
        n=int(known.sum()),
        peer="base rate of the other runs, which tells nothing apart",
        peer_value=abs(float(told.usual[known].mean() - failed.mean())),
        bar=Bar(high=0.02),
    )
    yield Row(
        name=f"{prefix}.calibrated",
        value=abs(_spiegelhalter(probability, failed)),
        unit="|z|",
        load="Spiegelhalter's test that what was told is what came true, 1.96 one time in twenty; "
        f"random forest's {abs(_spiegelhalter(told.forest_told[known], failed)):.2f}; {split}",
        n=int(known.sum()),
        bar=Bar(high=1.96),
    )


def _spiegelhalter(probability: NDArray[np.float64], failed: NDArray[np.float64]) -> float:
    """How far the Brier score lies from what it would be were it calibrated, as a normal deviate.

    Spiegelhalter, *Statistics in Medicine* 5, 1986. One that tells 0 or 1 for sure adds nothing.
    """
    sure = 1 - 2 * probability
    spread = float(np.sqrt((sure**2 * probability * (1 - probability)).sum()))
    return float(((failed - probability) * sure).sum()) / max(spread, 1e-12)


def _right(alarm: NDArray[np.bool_], failed: NDArray[np.float64]) -> tuple[float, float]:
    hit = float(failed[alarm].sum())
    return hit / max(1, int(alarm.sum())), hit / max(1.0, float(failed.sum()))


def _f1(alarm: NDArray[np.bool_], failed: NDArray[np.float64]) -> float:
    hit = float(failed[alarm].sum())
    return 2 * hit / max(1.0, float(alarm.sum() + failed.sum()))
