"""Rare scenarios of the demo's plant: none impossible, none the same twice, none breaks the model.

The snapshots they start from are what the twin believes of the stand-in after half an hour, well
and with a fault. What broke is named in the row.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter

import numpy as np

from api.plant_file import read_plant
from evals.bench.lived import lived
from evals.bench.row import Bar, Row
from evals.emulator.nameplate import read_faults
from evals.stress.possible import wrong
from twin_core.errors import ImpossibleScenario, OpsTwinError
from twin_core.plant.assets import Plant
from twin_core.plant.classes import Role
from twin_core.simulation.forecaster import compare
from twin_core.simulation.possible import check
from twin_core.simulation.rare.extremes import Extreme, extremes
from twin_core.simulation.scenario import (
    Capacity,
    Change,
    Demand,
    Forecast,
    Outage,
    Rejects,
    Scenario,
    Speed,
    Stops,
)
from twin_core.twin import Snapshot

_ROOT = Path(__file__).resolve().parents[2]
_PLANT = _ROOT / "plants" / "riverside.yaml"
_CATALOGUE = _ROOT / "evals" / "faults.yaml"
_SEED = 20260302
_ASKED = 200
_REPLICATIONS = 8


def rows(*, quick: bool) -> Iterator[Row]:
    """Every figure; `quick` = 200 are generated too, and fewer of them run."""
    plant = read_plant(_PLANT)
    began = perf_counter()
    found = extremes(plant, _ASKED, _SEED)
    took_s = perf_counter() - began
    yield Row(
        name="extremes.impossible", value=float(_impossible(plant, [e.scenario for e in found])),
        unit="scenarios", load=f"{_ASKED} of Riverside, one seed", n=len(found),
        peer="changes of assets drawn blindly",
        peer_value=float(_impossible(plant, _blindly(plant, len(found)))), bar=Bar(high=0),
    )  # fmt: skip
    same = len(found) - len({(e.parts, e.tripped) for e in found})
    yield Row(
        name="extremes.twice", value=float(same), unit="scenarios",
        load=f"{_ASKED} of Riverside, by what fails and how", n=len(found), bar=Bar(high=0),
    )  # fmt: skip
    yield Row(
        name="extremes.time", value=took_s * 1000.0 / len(found), unit="ms each",
        load=f"{_ASKED} of Riverside", n=len(found),
    )  # fmt: skip
    sample = found[:: 8 if quick else 1]
    cases = read_faults(_CATALOGUE).cases
    yield from _run("well", lived(plant), sample)
    yield from _run("ill", lived(plant, cases[len(cases) // 2]), sample)


def _impossible(plant: Plant, scenarios: Sequence[Scenario]) -> int:
    wrong = 0
    for scenario in scenarios:
        try:
            check(plant, scenario)
        except ImpossibleScenario:
            wrong += 1
    return wrong


def _blindly(plant: Plant, n: int) -> list[Scenario]:
    """As many changes as an extreme has on average, of any asset and any kind."""
    random = np.random.default_rng(_SEED)
    assets, lines = list(plant.units), [x.id for x in plant.lines if x.kind == "production"]
    made = []
    for k in range(n):
        changes: list[Change] = []
        for _ in range(2):
            asset = assets[int(random.integers(len(assets)))]
            kinds: list[Change] = [
                Speed(asset=asset, factor=0.3), Stops(asset=asset, per_hour=20),
                Rejects(asset=asset, share=0.1), Outage(asset=asset, duration_s=600),
                Capacity(asset=asset, factor=0.3), Demand(asset=asset, factor=3),
            ]  # fmt: skip
            changes.append(kinds[int(random.integers(len(kinds)))])
        line = lines[int(random.integers(len(lines)))]
        made.append(Scenario(name=f"blind {k}", line=line, changes=tuple(changes)))
    return made


def _run(state: str, snapshot: Snapshot, sample: Sequence[Extreme]) -> Iterator[Row]:
    broke, raised, edges = list[str](), list[str](), set[str]()
    lower, at_edge, times = 0, 0, list[float]()
    for one in sample:
        baseline = one.scenario.model_copy(update={"name": "nothing", "changes": ()})
        began = perf_counter()
        try:
            (told,) = compare(snapshot, baseline, [one.scenario], _SEED, _REPLICATIONS)
        except (OpsTwinError, ArithmeticError, LookupError, ValueError, TypeError) as why:
            broke.append(f"{one.scenario.name}: {why}")
            continue
        times.append((perf_counter() - began) / 2)
        broke += [f"{one.scenario.name}: {w}" for w in wrong(snapshot.plant, told.candidate)]
        lower += told.distinguishable and told.gain.high < 0
        at = _at_the_edge(snapshot.plant, told.candidate)
        edges, at_edge = edges | at, at_edge + bool(at)
        if told.gain.low > 0.01 * told.baseline.rate.mean:
            raised.append(one.scenario.name)
    load = f"{len(sample)} from a plant that is {state}, {_REPLICATIONS} replications"
    n = len(sample)
    yield Row(
        name=f"extremes.{state}.broke", value=float(len(broke)), unit="forecasts",
        load=_with(load, broke), n=n, bar=Bar(high=0),
    )  # fmt: skip
    yield Row(
        name=f"extremes.{state}.raised", value=float(len(raised)), unit="forecasts",
        load=_with(f"{load}; the line gains by it, surely", raised), n=n,
    )  # fmt: skip
    yield Row(
        name=f"extremes.{state}.lowered", value=lower / n, unit="of forecasts",
        load=f"{load}; the line loses by it, surely", n=n,
    )  # fmt: skip
    yield Row(
        name=f"extremes.{state}.at_the_edge", value=float(at_edge), unit="forecasts",
        load=_with(f"{load}; a header ends at the most its instrument shows", sorted(edges)), n=n,
    )  # fmt: skip
    yield Row(
        name=f"extremes.{state}.time", value=float(np.median(times)) if times else None, unit="s",
        load=load, n=len(times), why=None if times else "every forecast broke",
    )  # fmt: skip


def _at_the_edge(plant: Plant, forecast: Forecast) -> set[str]:
    """Headers that end as high as their instruments show: the model knows nothing beyond."""
    found = set()
    for header in plant.units.values():
        point = header.with_role(Role.POTENTIAL)
        told = forecast.others.get("_".join(point.id.split("/")[1:])) if point else None
        if point is not None and told is not None and told.mean >= point.spec.limits.high:
            found.add(header.name)
    return found


def _with(load: str, names: Sequence[str]) -> str:
    return f"{load}: {'; '.join(names)}" if names else load
