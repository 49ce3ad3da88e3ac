"""`bench simulation`, calibration: are planted parameters found again, and is doubt well placed?

A line's week is run with known laws (`simulated_week.py`), told once a second, and calibrated.
Errors stand beside the Cramer-Rao bound, which no estimator beats, and beside an estimator that
takes the time between two stops by the wall clock and drops what did not end. It must never show
the twin what was planted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from evals.bench.calibration_elsewhere import elsewhere_rows
from evals.bench.calibration_verdicts import verdict_rows
from evals.bench.planted_bound import relative_sd
from evals.bench.row import Bar, Row
from evals.bench.simulated_week import HELD, LINE, Machine, Told, Week, week
from twin_core.plant.assets import Area, Buffer, Flow, Line, Link, Plant, Unit
from twin_core.simulation.calibrating.buffer_check import check_buffer
from twin_core.simulation.calibrating.calibration import calibrate
from twin_core.simulation.calibrating.estimated import Estimated
from twin_core.simulation.calibrating.law_fit import Fit, fit_law
from twin_core.simulation.calibrating.line_history import (
    LineHistory,
    MachineHistory,
    counts_of,
    spans_of,
    spells_of,
)
from twin_core.simulation.calibrating.lives import MINOR_S, lives_of
from twin_core.simulation.calibrating.parameters import MachineParameters
from twin_core.simulation.calibrating.spans import union
from twin_core.value import SECOND

SEEDS, QUICK_SEEDS = 8, 2
_T0 = 1_750_032_000 * SECOND
_LINE = "bench/hall/line"
_SILENT_S = 30.0
WITHIN = Bar(high=5.0)
COVERAGE = Bar(low=0.85, high=0.97)
WRONG_BUFFER = (0.8, 1.0, 1.25)


@dataclass(slots=True)
class Kind:
    """One kind of parameter over machines and seeds.

    Attributes:
        error: relative errors, %; `bound` the smallest standard deviation of each, %.
        inside: whether the planted one lay in the interval.
        naive: errors of the estimator by the wall clock, %.
    """

    error: list[float] = field(default_factory=list)
    bound: list[float] = field(default_factory=list)
    inside: list[bool] = field(default_factory=list)
    naive: list[float] = field(default_factory=list)

    def take(self, found: Estimated, planted: float, bound: float = 0.0) -> None:
        """One parameter."""
        self.error.append(100 * abs(found.value / planted - 1))
        self.bound.append(100 * bound)
        self.inside.append(found.holds(planted))


@dataclass(slots=True)
class Found:
    """What came of all seeds."""

    kinds: dict[str, Kind] = field(default_factory=dict)
    chosen: list[bool] = field(default_factory=list)
    fits: list[bool] = field(default_factory=list)
    buffers: list[bool] = field(default_factory=list)
    took_s: list[float] = field(default_factory=list)

    def kind(self, name: str) -> Kind:
        """The kind of that name."""
        return self.kinds.setdefault(name, Kind())


def rows(datasets: Path | None, *, quick: bool) -> Iterator[Row]:
    """The figures, beside what chance and a plain estimator give."""
    seeds = QUICK_SEEDS if quick else SEEDS
    found = Found()
    for seed in range(seeds):
        _weigh(week(seed), found)
    load = f"{len(LINE)} machines, {seeds} simulated weeks told once a second"
    yield from _recovered(found, load)
    yield from _covered(found, load)
    yield Row(
        name="calibration.law_chosen", value=float(np.mean(found.chosen)), unit="share",
        load=f"{load}; laws of minor stops, by AIC", n=len(found.chosen),
    )  # fmt: skip
    yield Row(
        name="calibration.right_law_doubted", value=1 - float(np.mean(found.fits)), unit="share",
        load=f"{load}; tested at 1 %", n=len(found.fits), bar=Bar(high=0.04),
    )  # fmt: skip
    yield Row(
        name="calibration.buffer_verdicts", value=float(np.mean(found.buffers)), unit="share",
        load=f"{load}; files that say 0.8, 1 and 1.25 times what is there", n=len(found.buffers),
        bar=Bar(low=0.95),
    )  # fmt: skip
    yield Row(
        name="calibration.took", value=float(np.median(found.took_s)), unit="s",
        load=f"one week of {len(LINE)} machines, one process", n=seeds,
    )  # fmt: skip
    yield from verdict_rows(quick=quick)
    yield from elsewhere_rows(datasets, quick=quick)


def history_of_week(told: Week) -> LineHistory:
    """The week as believed readings make it."""
    second = _T0 + np.arange(told.seconds) * SECOND
    at = second[60::60]
    machines = [
        _machine_history(planted, one, second, at, told.product[60::60])
        for planted, one in zip(told.line, told.told, strict=True)
    ]
    planned = np.array([(a, b) for a, b in told.planned], np.int64).reshape(-1, 2)
    return LineHistory(
        _LINE, _T0, _T0 + told.seconds * SECOND, tuple(machines), _T0 + planned * SECOND
    )


def plant_of(line: Sequence[Machine]) -> Plant:
    """A plant file that says what is planted of buffers, and nothing else."""
    units = tuple(_unit(m) for m in line)
    links = tuple(
        Link(
            kind="feeds", source=a.id, target=b.id,
            buffer=Buffer(capacity=m.buffer, travel_s=m.travel_s),
        )
        for m, a, b in zip(line, units, units[1:], strict=False)
    )  # fmt: skip
    whole = Line(id=_LINE, name="Line", unit_of_flow="1", units=units)
    area = Area(id="bench/hall", name="Hall", lines=(whole,))
    return Plant(site="bench", name="Bench", timezone="UTC", areas=(area,), links=links, classes={})


def _unit(machine: Machine) -> Unit:
    flow = Flow(unit_in="1", takes=1, unit_out="1", gives=1)
    return Unit(id=f"{_LINE}/{machine.name}", name=machine.name, class_id="machine", flow=flow)


def _machine_history(
    planted: Machine, told: Told, second: NDArray[np.int64], at: NDArray[np.int64],
    product: NDArray[np.int64],
) -> MachineHistory:  # fmt: skip
    def heard(column: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        known = np.isfinite(column)
        return second[known], column[known]

    starved = spans_of(*heard(told.starved), _SILENT_S)
    blocked = spans_of(*heard(told.blocked), _SILENT_S)
    count = partial(counts_of, at=at, end=1e12, most=10.0, silent_s=_SILENT_S)
    excused = union(np.concatenate([starved, blocked]))
    return MachineHistory(
        unit=_unit(planted),
        spells=spells_of(*heard(told.state), _SILENT_S, excused),
        going_on=True,
        starved=starved,
        blocked=blocked,
        time=at,
        made=count(*heard(told.made)),
        rejected=count(*heard(told.rejected)),
        product=product,
        speed=np.full(len(at), np.nan),
    )


def _weigh(told: Week, found: Found) -> None:
    """Calibrate a week, and hold what comes of it against what was planted."""
    history, plant = history_of_week(told), plant_of(told.line)
    began = perf_counter()
    parameters = calibrate(plant, history, minor_s=MINOR_S)
    found.took_s.append(perf_counter() - began)
    for planted, one, machine, raw in zip(
        told.line, parameters.machines, history.machines, told.told, strict=True
    ):
        for number, rate in one.rates.items():
            found.kind("rate").take(rate, 60.0 / planted.cycle_s[number])
        assert one.rejects is not None
        made = one.rejects.n
        p = planted.rejects
        found.kind("rejects").take(one.rejects, p, float(np.sqrt((1 - p) / (p * made))))
        _weigh_stops(planted, one, history, machine, found)
        _weigh_naive(planted, raw, found)
    for link, before, after, planted in zip(
        plant.links, history.machines, history.machines[1:], told.line, strict=False
    ):
        for factor, right in zip(WRONG_BUFFER, ("larger", "consistent", "smaller"), strict=True):
            assert link.buffer is not None
            file = link.buffer.model_copy(update={"capacity": planted.buffer * factor})
            wrong = link.model_copy(update={"buffer": file})
            check = check_buffer(history, wrong, before, after)
            found.buffers.append(check.verdict == right)
            if factor == 1.0 and check.capacity is not None:
                found.kind("capacity").take(check.capacity, planted.buffer)


def _weigh_stops(
    planted: Machine, one: MachineParameters, history: LineHistory, machine: MachineHistory,
    found: Found,
) -> None:  # fmt: skip
    laws = ((planted.minor, planted.minor_length), (planted.failure, planted.failure_length))
    lives = lives_of(history, machine, MINOR_S)
    for stop, (between, length), seen in zip(one.stops, laws, lives, strict=True):
        name = stop.kind
        for what, law, fit, good, durations in (
            ("between", between, stop.between, stop.between_good, seen.between),
            ("length", length, stop.length, stop.length_good, seen.lengths),
        ):
            if fit is None:
                continue
            mean_sd, shape_sd = relative_sd(law, fit.events)
            found.kind(f"{name}.{what}").take(fit.mean, law.mean_s, mean_sd)
            if good is not None:
                found.fits.append(good.fits)
            if name == "minor_stop":
                found.chosen.append(fit.law.family == law.family)
                given = fit_law(durations, (law.family,))  # type: ignore[arg-type]
                if isinstance(given, Fit) and given.shape is not None:
                    found.kind(f"{name}.{what}_shape").take(given.shape, law.shape, shape_sd)


def _weigh_naive(planted: Machine, told: Told, found: Found) -> None:
    """By the wall clock from one stop to the next, of those that ended."""
    down = told.state == HELD
    begin = np.flatnonzero(np.diff(down.astype(int)) == 1)
    end = np.flatnonzero(np.diff(down.astype(int)) == -1)
    if down[0]:
        end = end[1:]
    n = min(len(begin), len(end))
    lasted = end[:n] - begin[:n]
    for name, mine, laws in (
        ("minor_stop", lasted < MINOR_S, (planted.minor, planted.minor_length)),
        ("failure", lasted >= MINOR_S, (planted.failure, planted.failure_length)),
    ):
        a, b = begin[:n][mine], end[:n][mine]
        for what, seconds, law in (
            ("between", a[1:] - b[:-1], laws[0]), ("length", b - a, laws[1])
        ):  # fmt: skip
            if len(seconds):
                error = 100 * abs(float(seconds.mean()) / law.mean_s - 1)
                found.kind(f"{name}.{what}").naive.append(error)


def _recovered(found: Found, load: str) -> Iterator[Row]:
    random = np.random.default_rng(5)
    for name, kind in found.kinds.items():
        rare = name.startswith("failure")
        error, bound = np.array(kind.error), np.array(kind.bound)
        chance = np.abs(random.standard_normal((2000, len(bound)))) * bound
        seen = f"{load}; " + ("some ten failures each" if rare else "planted against found")
        known = bool(bound.any())
        best = "no estimator does better (Cramer-Rao)" if known else None
        figure = partial(Row, unit="%", load=seen, n=len(error))
        yield figure(
            name=f"calibration.{name}.median", value=float(np.median(error)), peer=best,
            peer_value=float(np.median(chance)) if known else None, bar=None if rare else WITHIN,
        )  # fmt: skip
        yield figure(
            name=f"calibration.{name}.worst", value=float(error.max()), peer=best,
            peer_value=float(np.median(chance.max(axis=1))) if known else None,
        )  # fmt: skip
        if kind.naive:
            yield figure(
                name=f"calibration.{name}.plain", value=float(np.median(error)),
                peer="by the wall clock, what did not end dropped",
                peer_value=float(np.median(kind.naive)),
            )  # fmt: skip
    often = [k for name, k in found.kinds.items() if not name.startswith("failure")]
    error = np.array([e for kind in often for e in kind.error])
    bound = np.array([b for kind in often for b in kind.bound])
    chance = np.abs(random.standard_normal((2000, len(bound)))) * bound
    yield Row(
        name="calibration.within_5", value=float((error <= 5).mean()), unit="share", n=len(error),
        load=f"{load}; all but failures", peer="no estimator does better (Cramer-Rao)",
        peer_value=float((chance <= 5).mean()),
    )  # fmt: skip


def _covered(found: Found, load: str) -> Iterator[Row]:
    for name, kinds in (
        ("minor_stop", [k for n, k in found.kinds.items() if n.startswith("minor_stop")]),
        ("failure", [k for n, k in found.kinds.items() if n.startswith("failure")]),
        ("rejects", [found.kind("rejects")]),
        ("rate", [found.kind("rate")]),
    ):
        inside = [x for kind in kinds for x in kind.inside]
        share = float(np.mean(inside))
        half = 1.645 * float(np.sqrt(max(share * (1 - share), 0.01) / len(inside)))
        yield Row(
            name=f"calibration.{name}.coverage", value=share, unit="share", spread=half,
            load=f"{load}; 90 % intervals", n=len(inside), bar=COVERAGE,
        )  # fmt: skip
