"""What a run of a scenario comes to, indicator by indicator. What is not given is absent.

`rate` is always there. By name, beside potentials by point at the end of the horizon: `count`,
`wip` in the unit of flow; `rejected` in % of what was made and thrown out; `availability`,
`effectiveness`, `quality`, `oee` (ISO 22400-2), as shares of 1; `energy` in kWh, `energy_cost`,
`crew_cost`, `cost`, `unit_cost` and `margin` in the plant's currency (`spending.py`); `lateness` in
s and `late` (`lateness.py`); `risk`, that anything leaves its limits (`risks.py`). How it goes over
time is in `courses.py`. It must never invent what the plant file does not give.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.operations.calendar import Calendar, union, without
from twin_core.plant.classes import Role
from twin_core.plant.production import Product
from twin_core.simulation.calendar import planned_stops
from twin_core.simulation.courses import Followed, followed
from twin_core.simulation.lateness import lateness
from twin_core.simulation.line_schedule import product_of
from twin_core.simulation.measured import Measured
from twin_core.simulation.model import Result
from twin_core.simulation.risks import Limit, broken, watched
from twin_core.simulation.scenario import Scenario
from twin_core.simulation.spending import spending
from twin_core.units import unit_text
from twin_core.value import SECOND


@dataclass(frozen=True, slots=True, eq=False)
class Indicators:
    """Of R replications.

    Attributes:
        rates: mean rate of the line in units of flow per minute, float64[R].
        measured: indicator by name.
        broken: by limit, whether it is broken within the horizon, float64[R] of 0 and 1.
        courses: what is followed over time, float64[R, its moments]; none if not asked for.
        unsaid: what is not given, a sentence each.
    """

    rates: NDArray[np.float64]
    measured: dict[str, Measured]
    broken: dict[Limit, NDArray[np.float64]]
    courses: dict[Followed, NDArray[np.float64]]
    unsaid: tuple[str, ...]

    @staticmethod
    def joined(parts: "Sequence[Indicators]") -> "Indicators":
        """The same of more replications, in order."""
        first = parts[0]
        return Indicators(
            np.concatenate([p.rates for p in parts]),
            {n: Measured.joined([p.measured[n] for p in parts]) for n in first.measured},
            {n: np.concatenate([p.broken[n] for p in parts]) for n in first.broken},
            {n: np.concatenate([p.courses[n] for p in parts]) for n in first.courses},
            first.unsaid,
        )


def indicators(result: Result, scenario: Scenario) -> Indicators:
    """Every indicator that the plant file lets one tell."""
    plant, line = result.model.plant, result.model.start.line
    unit = line.unit_of_flow or "1"
    made = result.counted + result.rejected.sum(axis=1)
    found = {
        "rate": Measured(result.rates, f"{unit}/min"),
        "count": Measured(result.counted, unit),
        "wip": Measured(result.contents.sum(axis=1), unit),
        "rejected": Measured(100.0 * result.rejected.sum(axis=1), "%", made),
    }
    for path, held in result.potentials.items():
        point = plant.unit(path).with_role(Role.POTENTIAL)
        if point is not None:
            found["_".join(point.id.split("/")[1:])] = Measured(held[:, -1], point.spec.unit)
    product, unsaid = _product(result), list[str]()
    if not len(result.model.rows):
        unsaid.append("Nothing is remembered from before the start: nameplates stand for it.")
    unsaid += _coarse(result)
    found.update(_effectiveness(result, product, unsaid))
    found.update(spending(result, scenario, product, unsaid))
    found.update(lateness(result, scenario, unsaid))
    seen = watched(result, product)
    limits = broken(result, seen)
    given = [past for limit, past in limits.items() if limit.given]
    if given:
        any_of = np.maximum.reduce(given)
        found["risk"] = Measured(any_of, "1", chance=True)
    else:
        unsaid.append("The plant file gives no limits of what is simulated: no risk.")
    courses = followed(result, ((one.point, one.path) for one in seen))
    return Indicators(result.rates, found, limits, courses, tuple(unsaid))


def _coarse(result: Result) -> Iterator[str]:
    """Where flow is counted in grains too coarse for what is asked."""
    moves, start, plant = result.frame.moves, result.model.start, result.model.plant
    unit = unit_text(start.line.unit_of_flow or "1")
    grain = f"{result.grain:.3g} {unit}"
    for buffer, before in zip(start.buffers, start.machines, strict=False):
        size = moves.sizes.get((buffer.link.source, buffer.link.target))
        if size is not None and size * before.worth < result.grain:
            names = (plant.unit(end).name for end in (buffer.link.source, buffer.link.target))
            yield (
                f"The room between {' and '.join(names)} is less than the {grain} that are counted "
                "at a time over so long: the rate is told too high; ask for a shorter time."
            )


def _product(result: Result) -> Product | None:
    """The one product made over the whole horizon; None where there are more, or it is not told."""
    schedule = result.frame.moves.schedules.get(result.model.start.line.id)
    line = result.model.start.line
    made = [] if schedule is None else [c for c in schedule.campaigns if c.begins_s <= 0]
    later = [] if schedule is None else [c for c in schedule.campaigns if c.begins_s > 0]
    if any(c.begins_s < result.horizon_s for c in later):
        return None
    return made[-1].product if made else product_of(result.model.plant, line, result.model.rows)


def _effectiveness(
    result: Result, product: Product | None, unsaid: list[str]
) -> dict[str, Measured]:
    """ISO 22400-2: A = APT/PBT, E = PRI·PQ/APT, Q = GQ/PQ, OEE = A·E·Q.

    Of the line as its counting machine has it; what the standard adds up before it divides is
    added up over replications. Without shifts there is no planned busy time: A is then of the
    whole horizon, and there is no OEE. A machine that is fed slowly waits between pieces here,
    where a real one runs slowly: A is lower by that, E higher, and their product the same.
    """
    start = result.model.start
    good, bad = result.counted, result.rejected.sum(axis=1)
    worked_s = result.worked_s[:, start.counted]
    found = {"quality": Measured(good, "1", good + bad)}
    busy_s = _busy_s(result)
    if busy_s is None:
        unsaid.append("The plant file gives no shifts: no planned busy time, no OEE.")
    planned = np.full(len(good), result.horizon_s if busy_s is None else busy_s)
    if planned[0] > 0:
        found["availability"] = Measured(worked_s, "1", planned)
    nominal = None if product is None else product.rates.get(start.line.id)
    if nominal is None:
        unsaid.append(f"No one product with a nominal rate is made on {start.line.name}: no OEE.")
        return found
    found["effectiveness"] = Measured((good + bad) * 60.0 / nominal, "1", worked_s)
    if busy_s:
        found["oee"] = Measured(good * 60.0 / nominal, "1", planned)
    return found


def _busy_s(result: Result) -> float | None:
    """Planned busy seconds of the horizon; None without shifts.

    The time of shifts without the stops that the scenario has. A planned stop that a line is
    seen to work through is none.
    """
    model, frame = result.model, result.frame
    line = model.start.line.id
    start, end = model.at, model.at + int(result.horizon_s * SECOND)
    busy = Calendar(model.plant).busy(line, start, end)
    if busy is None:
        return None
    planned = [(p.start, p.end) for p in planned_stops(model.plant, line, start, end)]
    stops = [(0.0, frame.start.ends_s), *frame.moves.stops_of(line, frame.planned)]
    stands = [(start + int(at * SECOND), start + int((at + s) * SECOND)) for at, s in stops]
    spans = without(union([*busy, *planned]), union([(a, b) for a, b in stands if b > a]))
    return sum(max(0, min(b, end) - max(a, start)) for a, b in spans) / SECOND
