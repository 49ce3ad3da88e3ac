"""Whether the bottleneck is found: by sensitivity and by old rules, on lines whose truth is known.

The truth of a line is brute force: its elasticities from very many replications with a small step.
The rules see eight hours of who waited for whom, the estimator no more replications than the twin
gives it. How sure its intervals are is held against the same elasticities from very many.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import process_time

import numpy as np

from api.plant_file import read_plant
from evals.bench.lived import lived
from evals.bench.row import Bar, Row
from evals.bench.waited import Station, waited
from twin_core.simulation.limiting import signs
from twin_core.simulation.limiting.elasticity import (
    Rates,
    Turn,
    Turned,
    interval,
    largest,
    measure,
)
from twin_core.simulation.lines import recursion
from twin_core.simulation.lines.line import Duration, Failure, Line, Machine, Setting
from twin_core.simulation.measured import LEVEL
from twin_core.simulation.scenario import Scenario, Speed
from twin_core.simulation.sensitivity import STEP, sensitivity
from twin_core.simulation.starting import model_of

_PLANT = Path(__file__).resolve().parents[2] / "plants" / "riverside.yaml"
_LINE = "riverside/packaging/line4"
_SEED = 20260302
_HORIZON_S = 3600.0
_SEEN_S = 8 * 3600.0
_SMALL = 0.01
_APART = 0.1
"""By how much the first must lead for its line to have one bottleneck."""
_MATTERS = 0.02
_MANY = 2000
_LOOKS, _REPLICATIONS, _TIGHT = 6, 16, 0.1
RULES = ("utilisation", "longest active period", "blocked and starved")


@dataclass(frozen=True, slots=True)
class Load:
    """How much is measured.

    Attributes:
        lines: drawn; `covered` of them have their intervals judged; `truth` replications of each.
        own: estimates of the twin's own line; `own_truth` replications of its truth.
    """

    lines: int
    covered: int
    truth: int
    own: int
    own_truth: int


FULL = Load(lines=150, covered=60, truth=300, own=16, own_truth=640)
QUICK = Load(lines=30, covered=12, truth=200, own=3, own_truth=240)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A serial line."""

    stations: tuple[Station, ...]
    places: tuple[int, ...]

    def run(self, seed: int, replications: int) -> Callable[[int | None, float, int], Rates]:
        """What `measure` runs: rates of good parts, one machine turned."""

        def run(what: int | None, factor: float, look: int) -> Rates:
            machines = [
                Machine(
                    Duration(s.cycle_s),
                    (
                        Failure(
                            Duration(s.life_s, "exponential"), Duration(s.stop_s, "exponential")
                        ),
                    ),
                    settings=(Setting(0.0, factor if what == i else 1.0, s.rejects),),
                )
                for i, s in enumerate(self.stations)
            ]
            line = Line.serial(machines, self.places, _HORIZON_S)
            made = recursion.run(line, seed + look, replications)
            return (made.cycles[:, -1] - made.rejected[:, -1]) / _HORIZON_S

        return run

    def elasticities(self, step: float, seed: int, replications: int) -> list[Turned]:
        """Of every machine, brute force."""
        turns = [Turn(i, 1 - step, 1 + step) for i in range(len(self.stations))]
        found = measure(turns, self.run(seed, replications), tight=math.inf, looks=1)
        return [found[i] for i in range(len(turns))]


def draw(random: np.random.Generator) -> Drawn:
    """Three to seven machines nearly alike, with stops, little room between them, some rejects."""
    n = int(random.integers(3, 8))
    stations = tuple(
        Station(
            cycle_s=float(np.exp(random.normal(0.0, 0.08))),
            life_s=float(600 * np.exp(random.normal(0.0, 0.7))),
            stop_s=float(45 * np.exp(random.normal(0.0, 0.8))),
            rejects=float(random.choice([0.0, 0.0, random.uniform(0.0, 0.06)])),
        )
        for _ in range(n)
    )
    return Drawn(stations, tuple(int(k) for k in random.integers(1, 61, n - 1)))


def rows(*, quick: bool) -> Iterator[Row]:
    """Right or wrong, sure or not, how long."""
    load = QUICK if quick else FULL
    random = np.random.default_rng(_SEED)
    yield from _lines([draw(random) for _ in range(load.lines)], load)
    yield from _own(load)


def _lines(drawn: list[Drawn], load: Load) -> Iterator[Row]:
    right: dict[str, list[bool]] = {name: [] for name in ("first", "inside", *RULES)}
    sizes, took = list[int](), list[float]()
    held, small = list[bool](), list[bool]()
    unclear = 0
    for number, line in enumerate(drawn):
        truth = [t.influence for t in line.elasticities(_SMALL, 10_000 + number, load.truth)]
        leads = sorted((float(column.mean()) for column in truth), reverse=True)
        began = process_time()
        turns = [Turn(i, 1 - STEP, 1 + STEP) for i in range(len(line.stations))]
        found = measure(turns, line.run(number, _REPLICATIONS), tight=_TIGHT, looks=_LOOKS)
        limiting = largest({i: turned.influence for i, turned in found.items()})
        took.append(process_time() - began)
        if number < load.covered:
            same = line.elasticities(STEP, 20_000 + number, _MANY)
            for i, turned in found.items():
                low, high = interval(turned.influence)
                true = float(same[i].influence.mean())
                (held if true >= _MATTERS else small).append(low <= true <= high)
        if leads[0] - leads[1] < _APART:
            unclear += 1
            continue
        best = int(np.argmax([column.mean() for column in truth]))
        sizes.append(len(limiting))
        right["first"].append(limiting[:1] == (best,))
        right["inside"].append(best in limiting)
        for rule, said in _said(line, number).items():
            right[rule].append(said == best)
    n = len(sizes)
    load_said = (
        f"{n} random lines of 3 to 7 machines, an hour ahead; {unclear} more have two that lead "
        f"by less than {_APART:g} and are left out"
    )
    rules = {rule: _share(right[rule]) for rule in RULES}
    best_rule = max(rules, key=lambda rule: rules[rule])
    yield Row(
        name="sensitivity.found", value=_share(right["first"]), unit="of lines", load=load_said,
        n=n, spread=_spread(right["first"]), bar=Bar(low=0.9),
        peer=f"{best_rule}, eight hours seen", peer_value=rules[best_rule],
    )  # fmt: skip
    yield Row(
        name="sensitivity.inside", value=_share(right["inside"]), unit="of lines", n=n,
        spread=_spread(right["inside"]), bar=Bar(low=0.9),
        load=f"the same; the true one is among those named, {np.mean(sizes):.2g} on average",
    )  # fmt: skip
    for rule in RULES:
        yield Row(
            name=f"sensitivity.rule.{rule.replace(' ', '_')}", value=rules[rule], unit="of lines",
            load="the same lines, eight hours seen", n=n, spread=_spread(right[rule]),
        )  # fmt: skip
    yield Row(
        name="sensitivity.coverage", value=_share(held), unit="of intervals", n=len(held),
        load=f"90 % intervals of elasticities of {_MATTERS:g} and more, {load.covered} lines, "
        f"against {_MANY} replications", spread=_spread(held),
        bar=Bar(low=0.85, high=0.95), peer="what they state", peer_value=LEVEL,
    )  # fmt: skip
    yield Row(
        name="sensitivity.coverage_small", value=_share(small), unit="of intervals", n=len(small),
        load="the same, of elasticities below that: few replications feel them at all",
        spread=_spread(small), peer="what they state", peer_value=LEVEL,
    )  # fmt: skip
    yield Row(
        name="sensitivity.line_time", value=float(np.median(took)), unit="CPU s",
        load=f"one line, {_REPLICATIONS} replications a look, {_LOOKS} looks at most", n=len(took),
    )  # fmt: skip


def _said(line: Drawn, number: int) -> dict[str, int | None]:
    """What each rule says of eight hours of the line."""
    random = np.random.default_rng((_SEED, number))
    starved, blocked, down = waited(line.stations, line.places, _SEEN_S, random)
    waits = starved | blocked
    return {
        "utilisation": signs.busiest(waits, down),
        "longest active period": signs.longest_active(waits),
        "blocked and starved": signs.pointed_at(
            starved.mean(axis=0).tolist(), blocked.mean(axis=0).tolist()
        ),
    }


def _own(load: Load) -> Iterator[Row]:
    """The demo's own line, from what the twin believes of it."""
    snapshot = lived(read_plant(_PLANT))
    took, found = list[float](), []
    for seed in range(load.own):
        began = process_time()
        found.append(sensitivity(snapshot, _LINE, 1000 * seed))
        took.append(process_time() - began)
    yield Row(
        name="sensitivity.time", value=float(np.median(took)), unit="CPU s", n=len(took),
        load=f"line 4 of Riverside, {found[0].horizon_s / 60:g} min ahead, "
        f"{len(found[0].levers)} things turned",
    )  # fmt: skip
    model = model_of(snapshot, Scenario(name="as it is", line=_LINE))

    def run(what: str | None, factor: float, _: int) -> Rates:
        changes = () if what is None else (Speed(asset=what, factor=factor),)
        return model.simulate(changes, 0.0, found[0].horizon_s, _SEED, load.own_truth).rates

    turns = [Turn(m.unit.id, 1 - STEP, 1 + STEP) for m in model.start.machines]
    held = []
    for turned in measure(turns, run, tight=math.inf, looks=1).values():
        true = float(turned.influence.mean())
        for at in range(0, load.own_truth if true >= _MATTERS else 0, _REPLICATIONS):
            some = slice(at, at + _REPLICATIONS)
            part = Turned(turned.base[some], turned.low[some], turned.high[some], turned.span)
            low, high = interval(part.influence)
            held.append(low <= true <= high)
    yield Row(
        name="sensitivity.own_coverage", value=_share(held), unit="of intervals", n=len(held),
        load=f"speeds of line 4 that matter, {_REPLICATIONS} replications each, against all "
        f"{load.own_truth}", spread=_spread(held), peer="what they state", peer_value=LEVEL,
    )  # fmt: skip
    agree = [one.bottleneck == found[0].bottleneck for one in found]
    yield Row(
        name="sensitivity.own_agree", value=_share(agree), unit="of seeds", n=len(agree),
        load=f"that name the same of line 4: {', '.join(found[0].bottleneck)}",
    )  # fmt: skip


def _share(right: list[bool]) -> float:
    return float(np.mean(right))


def _spread(right: list[bool]) -> float:
    """Half-width of a share's 90 % interval (Agresti and Coull, *The American Statistician* 52)."""
    z, n = 1.645, len(right)
    share = (sum(right) + z * z / 2) / (n + z * z)
    return z * math.sqrt(share * (1 - share) / (n + z * z))
