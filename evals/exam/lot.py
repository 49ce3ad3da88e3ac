"""Draws from one seed: a moment, then faults at that moment, and what they cost.

`drawn.yaml` says what the true numbers of the stand-in do to its readings; set values and
instruments follow from the classes. It must never look at an answer.
"""

import datetime as dt
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml

from evals.emulator.component import SETPOINTS
from evals.emulator.faults import Fault, Shape, Size
from evals.exam.course import Course
from evals.exam.question import Question, Withheld
from twin_core.plant.assets import Plant, Unit
from twin_core.plant.classes import EquipmentClass, PointSpec, Role
from twin_core.simulation.calendar import planned_stops
from twin_core.value import SECOND, Instant, Slug, Value

Sort = Literal["process", "setting", "instrument"]
COSTS = 0.04
"""Share of its output that the line loses at least, for anybody to ask."""
TRIES = 60
"""Draws after which a seed is given up."""
_TABLE = Path(__file__).with_name("drawn.yaml")
_SORTS: Mapping[Sort, float] = {"process": 0.6, "setting": 0.2, "instrument": 0.2}
_CALM_S = 180
_INSTRUMENT: Mapping[str, Shape] = {
    "stuck": "stuck", "rising": "ramp", "falling": "ramp", "spiking": "intermittent",
    "missing": "step",
}  # fmt: skip


class Wrong(Value):
    """What may come upon a true number of a component.

    Attributes:
        factor, offset, value: between which two sizes it is drawn; one of the three.
        sudden: it comes at once, never by and by.
        modes: of its class, whose readings it gives.
    """

    parameter: Slug
    factor: tuple[float, float] | None = None
    offset: tuple[float, float] | None = None
    value: tuple[float, float] | None = None
    sudden: bool = False
    modes: tuple[Slug, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A fault with what it is called, before anybody knows what it costs."""

    sort: Sort
    unit: Unit
    fault: Fault

    @property
    def settled_s(self) -> float:
        """Seconds after it was put in at which it is there with most of its size."""
        slow = {"ramp": 1.0, "drift": 2.0}.get(self.fault.shape, 0.0)
        return self.fault.onset + slow * self.fault.over_s + 60.0


@lru_cache(maxsize=1)
def table() -> Mapping[str, tuple[Wrong, ...]]:
    """By class, what may come upon its numbers."""
    tree: dict[str, Any] = yaml.safe_load(_TABLE.read_text("utf-8"))
    tree.pop("schema")
    return {name: tuple(Wrong.model_validate(one) for one in some) for name, some in tree.items()}


class Lot:
    """Draws from one seed: the moment, then faults at that moment."""

    def __init__(self, plant: Plant, seed: int) -> None:
        self.plant, self.seed = plant, seed
        self.stream = random.Random(f"{seed}/drawn")  # noqa: S311 (not for secrets)
        self.after_s = float(10 * self.stream.randint(40, 100))
        self.usual_s = float(60 * self.stream.randint(20, 35))
        self.start = self._calm()
        self.course = Course(plant, seed, self.start, self.usual_s)
        self._by_class: dict[str, list[Unit]] = {}
        for unit in plant.units.values():
            self._by_class.setdefault(unit.class_id, []).append(unit)

    def sort(self) -> Sort:
        """Of what sort a fault is to be."""
        return self.stream.choices(list(_SORTS), list(_SORTS.values()))[0]

    def fault(self, sort: Sort) -> Drawn:
        """A fault of that sort, whatever it costs."""
        if sort == "process":
            return self._process()
        return self._setting() if sort == "setting" else self._instrument()

    def asked(self, one: Drawn) -> str | None:
        """The production line that loses most by it; None if that is too little.

        An instrument's fault costs nothing: any line that could be troubled by its asset.
        """
        if one.sort == "instrument":
            return self.stream.choice(self.lines_of(one.unit))
        costs = self.course.cost((one.fault,), self.after_s, one.settled_s)
        line = max(costs, key=lambda x: costs[x])
        return line if costs[line] >= COSTS else None

    def beside(self, first: Drawn, line: str) -> Drawn | None:
        """Another fault that troubles the line and makes itself felt where the first stands."""
        for _ in range(TRIES):
            second = self.fault(self.sort())
            if not second.fault.failure_modes or second.fault.id == first.fault.id:
                continue
            if line in self.lines_of(second.unit) and self._felt(first, second, line):
                return second
        return None

    def _felt(self, first: Drawn, second: Drawn, line: str) -> bool:
        if second.sort == "instrument":  # at the same asset the first may move what it shows
            return second.unit.id != first.unit.id
        settled = max(first.settled_s, second.settled_s)
        alone = [
            self.course.cost((one.fault,), self.after_s, settled)[line] for one in (first, second)
        ]
        if min(alone) < COSTS:
            return False
        both = self.course.cost((first.fault, second.fault), self.after_s, settled)[line]
        return both >= max(alone) + 0.5 * COSTS

    def question(
        self, kind: str, line: str, some: tuple[Drawn, ...], withheld: tuple[Withheld, ...] = ()
    ) -> Question:
        """The question that asks about a line; withheld modes are no longer the truth."""
        faults = tuple(one.fault for one in some)
        if kind == "unlisted":
            faults = tuple(f.model_copy(update={"failure_modes": ()}) for f in faults)
        return Question(
            id=" and ".join(f.id for f in faults), kind=kind, line=line, faults=faults,
            seed=self.seed, start=self.start, usual_s=self.usual_s, after_s=self.after_s,
            withheld=withheld,
        )  # fmt: skip

    def _calm(self) -> Instant:
        """A start from which no line stops by plan around the faults."""
        day = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
        while True:
            minutes = self.stream.randrange(5 * 24 * 60)
            start = int((day + dt.timedelta(minutes=minutes)).timestamp()) * SECOND
            struck = start + int(self.usual_s) * SECOND
            window = struck - _CALM_S * SECOND, struck + int(self.after_s) * SECOND
            if not any(planned_stops(self.plant, x.id, *window) for x in self.plant.lines):
                return start

    def _process(self) -> Drawn:
        at_hand = [(c, w) for c, some in table().items() if c in self._by_class for w in some]
        class_id, wrong = self.stream.choice(at_hand)
        unit = self.stream.choice(self._by_class[class_id])
        given = {k: v for k in ("factor", "offset", "value") if (v := getattr(wrong, k))}
        size = Size(**{k: round(self.stream.uniform(*ends), 3) for k, ends in given.items()})
        shapes: tuple[Shape, ...] = ("step", "ramp", "drift")
        shape = "step" if wrong.sudden else self.stream.choice(shapes)
        return self._of("process", unit, wrong.parameter, shape, size, wrong.modes)

    def _setting(self) -> Drawn:
        """A set value that was moved, away from where it stands, inside its limits."""
        units = [u for u in self.plant.units.values() if any(_set(u))]
        unit = self.stream.choice(units)
        spec = self.stream.choice(list(_set(unit)))
        assert spec.adjustable is not None
        way = self.stream.choice(("low", "high"))
        end = spec.adjustable.low if way == "low" else spec.adjustable.high
        stands = self.course.setpoint(unit.id, spec.id)
        value = round(stands + self.stream.uniform(0.3, 0.95) * (end - stands), 3)
        kind = self.plant.class_of(unit.id)
        modes = tuple(
            m.id
            for m in kind.failure_modes
            if any(s.point == spec.id and s.shows == way for s in m.symptoms)
        )
        return self._of("setting", unit, spec.id, "step", Size(value=value), modes)

    def _instrument(self) -> Drawn:
        """A failure mode of an instrument that the asset has."""
        at_hand = [
            (unit, spec, way, mode)
            for unit in self.plant.units.values()
            for spec, way, mode in _instruments(unit, self.plant.class_of(unit.id))
        ]
        unit, spec, way, mode = self.stream.choice(at_hand)
        width = _width(spec)
        size = Size(lost=True) if way == "missing" else Size(offset=0.0)
        if way in {"rising", "falling", "spiking"}:
            sign = -1.0 if way == "falling" else 1.0
            size = Size(offset=round(sign * width * self.stream.uniform(1.0, 2.0), 3))
        return self._of("instrument", unit, f"sensor:{spec.id}", _INSTRUMENT[way], size, (mode,))

    def _of(
        self, sort: Sort, unit: Unit, parameter: str, shape: Shape, size: Size,
        modes: tuple[str, ...],
    ) -> Drawn:  # fmt: skip
        longest = (self.after_s - 240.0) / (2.0 if shape == "drift" else 1.0)
        name = f"{unit.id.split('/', 1)[1]}/{parameter}"
        fault = Fault(
            id="".join(c if c.isalnum() else "-" for c in name.lower()),
            component=unit.id, parameter=parameter, shape=shape, size=size,
            onset=float(self.stream.randrange(0, 60)),
            over_s=round(self.stream.uniform(30.0, min(300.0, longest))),
            on_s=3.0, off_s=float(self.stream.randint(10, 20)), failure_modes=modes,
        )  # fmt: skip
        return Drawn(sort, unit, fault)

    def lines_of(self, unit: Unit) -> list[str]:
        """Production lines that the unit is part of, supplies or feeds."""
        plant = self.plant
        made = [x for x in plant.lines if x.kind == "production"]
        own = plant.line(unit.id)
        if own in made:
            return [own.id]
        linked = {k.target for k in plant.links_from(unit.id)}
        linked |= {k.source for k in plant.links_into(unit.id)}
        return [
            x.id
            for x in made
            if unit.id in plant.upstream(u.id for u in x.units)
            or any(u.id in linked for u in x.units)
        ] or [x.id for x in made]


def _set(unit: Unit) -> Iterator[PointSpec]:
    for point in unit.points:
        if point.spec.role in SETPOINTS and point.spec.adjustable is not None:
            yield point.spec


def _instruments(unit: Unit, kind: EquipmentClass) -> Iterator[tuple[PointSpec, str, str]]:
    for mode in kind.failure_modes:
        point = unit.point(mode.instrument) if mode.sensor and mode.instrument else None
        if point is None:
            continue
        for symptom in mode.symptoms:
            noisy = point.spec.noise > 0.4 * point.spec.resolution
            if symptom.shows in _INSTRUMENT and (symptom.shows != "stuck" or noisy):
                yield point.spec, symptom.shows, mode.id


def _width(spec: PointSpec) -> float:
    """How far apart a healthy machine keeps it: what is usual, or some share of its span.

    A buffer's level wanders over much of its span by itself.
    """
    if spec.role is Role.LEVEL:
        return 0.3 * (spec.limits.high - spec.limits.low)
    usual = spec.normal.high - spec.normal.low if spec.normal is not None else 0.0
    return max(usual, 8.0 * spec.noise, 0.05 * (spec.limits.high - spec.limits.low))
