"""Calibration where the world is not ours to plant: published lives, and the stand-in plant.

Lives of machine components, most of them cut off by a planned replacement: laws learnt on eight
months say how the next four go. And hours of the stand-in, whose stops follow its own arithmetic
of the plant file, believed by the twin and learnt from what it remembers. It must never learn from
what it is scored on.
"""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from api.plant_file import read_plant
from evals.bench.row import Bar, Row
from evals.datasets.azure_pdm import COMPONENTS, YEAR_H, ComponentLives, component_lives
from evals.inprocess import World
from twin_core.ingest import Twin
from twin_core.simulation.calibrating.calibration import calibrate
from twin_core.simulation.calibrating.law_fit import Fit, fit_law
from twin_core.simulation.calibrating.lifetimes import Durations, Law
from twin_core.simulation.calibrating.line_history import history_of
from twin_core.value import SECOND, Instant

_SPLIT_H = YEAR_H * 2 / 3
_PLANT = Path(__file__).resolve().parents[2] / "plants" / "riverside.yaml"
_FEED_S = 10


def elsewhere_rows(datasets: Path | None, *, quick: bool) -> Iterator[Row]:
    """Held-back score on published lives; what is learnt of the stand-in beside its file."""
    yield _component_row(datasets)
    yield _standin_row(2 if quick else 12)


def _component_row(folder: Path | None) -> Row:
    name, unit = "calibration.component_lives", "nats a failure"
    load_ = "azure_pdm: laws of 8 months on the next 4, gain over the exponential"
    lives = None if folder is None else [component_lives(folder, c) for c in COMPONENTS]
    if not lives or any(one is None for one in lives):
        return Row(name=name, value=None, unit=unit, load=load_, n=0, why="azure_pdm not present")
    ours = plain = 0.0
    failures = 0
    for one in lives:
        assert one is not None
        before, after = _between(one, 0.0, _SPLIT_H), _between(one, _SPLIT_H, YEAR_H)
        chosen, flat = fit_law(before), fit_law(before, ("exponential",))
        naive = fit_law(Durations.whole(before.seconds[before.ended]))
        assert isinstance(chosen, Fit)
        assert isinstance(flat, Fit)
        assert isinstance(naive, Fit)
        held = _score(flat.law, after)
        ours += _score(chosen.law, after) - held
        plain += _score(naive.law, after) - held
        failures += after.events
    return Row(
        name=name, value=ours / failures, unit=unit, load=load_, n=failures,
        peer="law of the failures alone, replacements dropped", peer_value=plain / failures,
        bar=Bar(low=0.0),
    )  # fmt: skip


def _between(lives: ComponentLives, start: float, end: float) -> Durations:
    """What was seen from `start` to `end`: lives enter with their age and are cut at the end."""
    kept = (lives.begin < end) & (lives.end > start)
    begin, over = lives.begin[kept], lives.failed[kept] & (lives.end[kept] <= end)
    seconds = 3600.0 * (np.minimum(lives.end[kept], end) - begin)
    entered = 3600.0 * np.maximum(start - begin, 0.0)
    return Durations(seconds, over, entered, np.zeros(len(begin), np.bool_))


def _score(law: Law, durations: Durations) -> float:
    """Log-likelihood of what came."""
    d = durations
    total = law.log_density(d.seconds[d.ended]).sum() + law.log_survival(d.seconds[~d.ended]).sum()
    return float(total - law.log_survival(d.entered_s).sum())


def _standin_row(hours: int) -> Row:
    """How long minor stops last, of every machine; each has a true mean of its own.

    When its stops come is not judged: the stand-in lets them come by the wall clock.
    """
    plant = read_plant(_PLANT)
    start = int(dt.datetime(2026, 3, 2, 5, tzinfo=dt.UTC).timestamp()) * SECOND
    world = World(plant, 23, start, crew=False)
    twin = Twin(plant)
    for _ in range(hours * 3600 // _FEED_S):
        _feed(world, twin)
    snapshot = twin.snapshot(world.standin.now)
    inside: list[bool] = []
    file: list[bool] = []
    for line in plant.lines:
        if line.kind != "production":
            continue
        end = _whole(snapshot.now)
        history = history_of(plant, snapshot.past, line.id, start, end, snapshot.recent)
        lengths = {
            m.unit: m.stops[0].length.mean
            for m in calibrate(plant, history).machines
            if m.stops[0].length is not None
        }
        for machine in world.standin.assembly.machines[line.id]:
            if machine.unit.id in lengths:
                given = machine.unit.parameters["mttr_s"]
                inside.append(lengths[machine.unit.id].holds(machine.true("mttr", given)))
                file.append(lengths[machine.unit.id].holds(given))
    share = float(np.mean(inside))
    return Row(
        name="calibration.stand_in.lengths", value=share, unit="share", n=len(inside),
        load=f"{hours} plant hours of the stand-in, believed and remembered by the twin; true mean "
        "length of minor stops in the 90 % interval",
        spread=1.645 * float(np.sqrt(max(share * (1 - share), 0.01) / len(inside))),
        peer="the plant file's, which is up to 10 % off", peer_value=float(np.mean(file)),
        bar=Bar(low=0.8, high=1.0),
    )  # fmt: skip


def _whole(now: Instant) -> Instant:
    return now // (60 * SECOND) * (60 * SECOND)


def _feed(world: World, twin: Twin) -> None:
    """Let the world go on a little, and the twin believe what comes of it."""
    for arrival in world.turn(_FEED_S):
        twin.apply(arrival, world.standin.now)
    twin.tick(world.standin.now)
