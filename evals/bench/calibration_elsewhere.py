"""Calibration where the world is not ours to plant: published lives, and the stand-in plant.

Lives of machine components, most of them cut off by a planned replacement: laws learnt on eight
months say how the next four go. And hours of the stand-in, whose stops follow its own arithmetic
of the plant file, learnt from its readings. It must never learn from
what it is scored on.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from api.plant_file import read_plant
from evals.bench.row import Bar, Row
from evals.datasets.azure_pdm import COMPONENTS, YEAR_H, ComponentLives, component_lives
from evals.inprocess import World
from twin_core.plant.assets import Plant
from twin_core.reading import Batch, SourceEvent
from twin_core.simulation.calibrating.calibration import calibrate
from twin_core.simulation.calibrating.heard import Heard
from twin_core.simulation.calibrating.law_fit import Fit, fit_law
from twin_core.simulation.calibrating.lifetimes import Durations, Law
from twin_core.value import SECOND

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
    lines = [line for line in plant.lines if line.kind == "production"]
    heard = {line.id: Heard(plant, line) for line in lines}
    _hear(world, plant, list(heard.values()), hours)
    inside: list[bool] = []
    file: list[bool] = []
    for line, told in heard.items():
        history = told.history(start, world.standin.now)
        lengths = {
            m.unit: m.stops[0].length.mean
            for m in calibrate(plant, history).machines
            if m.stops[0].length is not None
        }
        for machine in world.standin.assembly.machines[line]:
            if machine.unit.id in lengths:
                given = machine.unit.parameters["mttr_s"]
                inside.append(lengths[machine.unit.id].holds(machine.true("mttr", given)))
                file.append(lengths[machine.unit.id].holds(given))
    share = float(np.mean(inside))
    return Row(
        name="calibration.stand_in.lengths", value=share, unit="share", n=len(inside),
        load=f"{hours} plant hours of the stand-in, as its readings tell them; true mean "
        "length of minor stops in the 90 % interval",
        spread=1.645 * float(np.sqrt(max(share * (1 - share), 0.01) / len(inside))),
        peer="the plant file's, which is up to 10 % off", peer_value=float(np.mean(file)),
        bar=Bar(low=0.8, high=1.0),
    )  # fmt: skip


def _hear(world: World, plant: Plant, lines: list[Heard], hours: int) -> None:
    """Let the world go on, and take what it tells, by the plant's clock."""
    ahead: dict[str, int] = {}
    of = [point.source for point in plant.read]
    for _ in range(hours * 3600 // _FEED_S):
        for arrival in world.turn(_FEED_S):
            if isinstance(arrival, SourceEvent) and arrival.kind == "up":
                ahead[arrival.source] = arrival.offset_us
            elif isinstance(arrival, Batch) and len(arrival):
                offset = ahead[of[int(arrival.point[0])]]
                for line in lines:
                    line.add(replace(arrival, time=arrival.time - offset))
