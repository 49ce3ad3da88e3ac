"""Where an anomaly starts, over graphs that others drew (`bench diagnosis`): first out, no modes.

The plain answer beside ours is the one of PetShop's own notebook, worked out here: robust scores
beyond five, anomalous services that call none that is anomalous, the sum of scores along the way.
It must never look at a truth before the answer is given.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.bench import marking
from evals.bench.row import Bar, Row
from evals.datasets import gripping, petshop
from twin_core.anomaly.first_out import departures, origins
from twin_core.diagnosis.first_out import acts_on
from twin_core.plant.assets import Area, Line, Link, Plant, Unit
from twin_core.plant.classes import EquipmentClass

_SHOP = {"latency": (0.571, 0.571), "availability": (0.833, 1.0)}
"""Top-1 and top-3 of the set's own notebook, anomaly traversal, low traffic."""
_BEYOND = 5.0
"""Robust standard deviations from which on the notebook calls a service anomalous."""
_ROWS = 5
"""Rows of an issue: two before it is complained about, three after."""
_FINEST = 1e-3
"""Of a column's largest value: finer departures than that are rounding."""


def rows(folder: Path | None, *, quick: bool) -> Iterator[Row]:
    """Both sets; of one that is not there, that it is not."""
    shop = petshop.read(folder) if folder is not None else None
    if shop is None:
        yield _without("diagnosis.petshop.top1", None, "not present")
    else:
        for metric in _SHOP:
            yield from _petshop(shop, metric, quick=quick)
    yield _gripping(folder)


def _petshop(shop: petshop.Shop, metric: str, *, quick: bool) -> Iterator[Row]:
    columns = [i for i, c in enumerate(shop.columns) if c[1:] == (metric, "Average")]
    names = [shop.columns[i][0] for i in columns]
    healthy = shop.healthy[:, columns]
    graph = _graph(names, [(called, caller) for caller, called in shop.calls])
    floor = _floor(healthy)
    target = names.index(next(i.target for i in shop.issues))
    beyond = _complained(departures(healthy, healthy, floor)[:, target])
    first, third, plain = [], [], []
    issues = [i for i in shop.issues if i.metric == metric]
    for issue in issues[::4] if quick else issues:
        course = departures(healthy, issue.value[:, columns], floor)
        named: list[str] = []
        if np.nanmax(np.abs(course[2:, target])) > beyond:
            named = [names[o.node] for o in origins(course, graph, target)]
        first.append(issue.root in named[:1])
        third.append(issue.root in named[:3])
        plain.append(issue.root == _plainly(course, graph, target, names))
    load = (
        f"{metric}: issues at low traffic, both splits, {_ROWS} rows each, the services' own graph;"
        " bar: the set's notebook"
    )
    one, three = _SHOP[metric]
    peer = ("its notebook's way, here", float(np.mean(plain)))
    yield marking.share(f"diagnosis.petshop.{metric}.top1", first, load, Bar(low=one), peer=peer)
    yield marking.share(f"diagnosis.petshop.{metric}.top3", third, load, Bar(low=three))
    yield _false(f"diagnosis.petshop.{metric}.false", healthy, floor, target, graph)


def _false(
    name: str, healthy: NDArray[np.float64], floor: NDArray[np.float64], target: int,
    graph: Mapping[int, Sequence[int]],
) -> Row:  # fmt: skip
    """Healthy windows in which anything is named, learned from the half before them."""
    half = len(healthy) // 2
    known, later = healthy[:half], healthy[half:]
    beyond = _complained(departures(known, known, floor)[:, target])
    named, plain = [], []
    for k in range(len(later) - _ROWS + 1):
        course = departures(known, later[k : k + _ROWS], floor)
        asked = bool(np.nanmax(np.abs(course[2:, target]), initial=0.0) > beyond)
        named.append(asked and bool(origins(course, graph, target)))
        plain.append(bool(np.nanmax(np.abs(course[2:, target]), initial=0.0) > _BEYOND))
    his = float(np.mean(plain))
    return marking.share(
        name, named, f"the later half of the healthy rows, windows of {_ROWS} rows",
        Bar(high=his), peer=("its notebook's way, here", his),
    )  # fmt: skip


def _complained(away: NDArray[np.float64]) -> float:
    """Departure from which on something is complained about: as rarely passed as the notebook's.

    Conformal: of healthy windows no larger share passes it than passes the notebook's own limit.
    """
    size = np.nan_to_num(np.abs(away))
    most = np.array([size[k + 2 : k + _ROWS].max() for k in range(len(size) - _ROWS + 1)])
    allowed = int((most > _BEYOND).sum())
    return float(np.sort(most)[len(most) - 1 - max(0, allowed - 1)])


def _plainly(
    course: NDArray[np.float64], graph: Mapping[int, Sequence[int]], target: int,
    names: Sequence[str],
) -> str | None:  # fmt: skip
    """What the notebook answers: the root with the largest sum of scores along its way."""
    size = np.nan_to_num(np.abs(course))
    row = next((r for r in range(2, len(size)) if size[r, target] > _BEYOND), 2)
    wrong = {i for i in range(size.shape[1]) if size[row, i] > _BEYOND}
    if target not in wrong:
        return None
    called = {m for n in wrong for m in graph.get(n, ()) if m in wrong}
    best = {n: _heaviest(n, target, graph, wrong, size[row]) for n in wrong - called}
    ways = {n: weight for n, weight in best.items() if weight > 0.0}
    return names[max(ways, key=lambda n: ways[n])] if ways else None


def _heaviest(
    node: int, target: int, graph: Mapping[int, Sequence[int]], wrong: set[int],
    size: NDArray[np.float64],
) -> float:  # fmt: skip
    """The largest sum of scores of a simple way over anomalous services; 0 where there is none."""
    if node == target:
        return float(size[node])
    rest = wrong - {node}
    ways = [_heaviest(m, target, graph, rest, size) for m in graph.get(node, ()) if m in rest]
    best = max(ways, default=0.0)
    return best + float(size[node]) if best > 0.0 else 0.0


def _gripping(folder: Path | None) -> Row:
    name, bar = "diagnosis.gripping.first", Bar(low=1.0)
    cell = gripping.read(folder) if folder is not None else None
    if cell is None:
        why = f"the data holds no {gripping.GRAPH.parent.name}: {gripping.GRAPH.name}"
        return _without(name, bar, why)
    at = {node: i for i, node in enumerate(cell.nodes)}
    course = np.full((len(cell.sound), len(at)), np.nan)
    for i, signal in enumerate(cell.signals):
        span = float(np.ptp(cell.sound[:, i]))
        course[:, at[signal]] = (cell.faulty[:, i] - cell.sound[:, i]) / (0.01 * span or 1.0)
    graph: dict[int, list[int]] = {}
    for cause, effect in cell.edges:
        graph.setdefault(at[cause], []).append(at[effect])
    ranked = origins(course, graph, candidates=[at[c] for c in cell.candidates])
    right = bool(ranked) and cell.nodes[ranked[0].node] == gripping.TRUTH
    load = (
        "one faulty run in step with the sound one; a hundredth of a signal's range stands for its"
        " spread; bar: the set's notebook, which is given the anomalous signals"
    )
    return marking.share(name, [right], load, bar)


def _graph(names: Sequence[str], links: Sequence[tuple[str, str]]) -> dict[int, list[int]]:
    """Who acts on whom, as a plant in which each name is an asset and supplies another tells it."""
    unit = {name: f"table/set/all/u{n}" for n, name in enumerate(names)}
    units = tuple(Unit(id=path, name=name, class_id="thing") for name, path in unit.items())
    line = Line(id="table/set/all", name="all", kind="utility", units=units)
    plant = Plant(
        site="table", name="table", timezone="UTC",
        classes={"thing": EquipmentClass(id="thing", name="thing", model="other")},
        areas=(Area(id="table/set", name="set", lines=(line,)),),
        links=tuple(
            Link(kind="supplies", source=unit[a], target=unit[b])
            for a, b in links
            if a in unit and b in unit
        ),
    )  # fmt: skip
    return acts_on(plant, {unit[name]: i for i, name in enumerate(names)})


def _floor(healthy: NDArray[np.float64]) -> NDArray[np.float64]:
    largest = np.abs(np.nan_to_num(healthy)).max(axis=0)
    found: NDArray[np.float64] = np.maximum(_FINEST * largest, 1e-12)
    return found


def _without(name: str, bar: Bar | None, why: str) -> Row:
    return Row(name=name, value=None, unit="1", load="real data", n=0, bar=bar, why=why)
