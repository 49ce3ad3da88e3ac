"""Plants made worse in known ways, and plants as they should be, by lot.

What is planted stands there before anybody looks: nothing happens, the plant is only worse than it
could be. It must never look at an answer.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations

from evals.emulator.calendar import windows
from evals.emulator.conveyor import Conveyor
from evals.emulator.faults import Fault, Size
from evals.emulator.standin import StandIn, Write
from evals.exam.sitting import moment
from twin_core.plant.assets import Line, Plant, Unit
from twin_core.value import SECOND, Instant

KINDS: tuple[str, ...] = (
    *("speed",) * 5, *("conveyor",) * 4, *("buffer",) * 3, *("setting",) * 4, *("waste",) * 4,
    *("changeover",) * 4,
)  # fmt: skip
"""Of what sort each planted case is: 24 in all."""
BALANCED = 20
_SEALED, _PRACTICE = 7_360_000, 9_060_000
SETTLES_S, LIVED_S, _TRIED_S = 7200, 4200, 7200
_WORTH = (0.02, 0.2)
"""Share of its output that the line should lose by what is planted, over `_TRIED_S`."""
_TRIES = 40
_WON_MIN = 40.0
"""Minutes of change-over that a planted order wastes, at least."""
_SETTINGS: tuple[tuple[str, str, float, float], ...] = (
    ("rotary_filler", "product_temperature_setpoint", 10.8, 11.8),
    ("rotary_filler", "bowl_level_setpoint", 40.0, 45.0),
    ("labeller", "web_tension_setpoint", 33.5, 36.0),
    ("case_packer", "vacuum_setpoint", 45.0, 48.0),
    ("palletizer", "clamp_pressure_setpoint", 3.5, 3.7),
    ("depalletizer", "sweep_pressure_setpoint", 3.5, 4.0),
)
"""Set values that cost a line output and hardly any product: class, point, between which values."""


@dataclass(frozen=True, slots=True)
class Job:
    """A plant to be drawn; of kind `balanced` nothing is planted."""

    kind: str
    seed: int


@dataclass(frozen=True, slots=True)
class Planting:
    """What is planted on a line.

    Attributes:
        asset: that an idea should name.
        target: of a conveyor the machine before it, of waste the header.
        writes: values that stand in the controller.
        short: share of its room that the conveyor `asset` is used to.
        draws: m³/min drawn at the header while the line stands.
    """

    line: str
    asset: str
    target: str = ""
    writes: tuple[tuple[str, float], ...] = ()
    short: float = 1.0
    draws: float = 0.0


def jobs(*, quick: bool) -> tuple[Job, ...]:
    """Planted and balanced plants with sealed seeds; for practice one of each sort, with others."""
    kinds = dict.fromkeys(KINDS) if quick else KINDS
    first = _PRACTICE if quick else _SEALED
    some = [*kinds, *("balanced",) * (3 if quick else BALANCED)]
    return tuple(Job(kind, first + n) for n, kind in enumerate(some))


def plain_plant(plant: Plant, job: Job, stream: random.Random) -> Plant:
    """One product and no change-overs; or orders in the best order, none of which is due."""
    if job.kind == "changeover" or (job.kind == "balanced" and job.seed % 2):
        for line in production(plant):
            plant = listed(plant, line.id, stream, good=True)
        return plant
    shifts = tuple(
        s.model_copy(update={"stops": tuple(x for x in s.stops if x.reason != "changeover")})
        for s in plant.shifts
    )
    return plant.model_copy(update={"orders": (), "shifts": shifts})


def listed(plant: Plant, line: str, stream: random.Random, *, good: bool) -> Plant:
    """The orders of the line in one of the best orders; or in one that wastes time.

    No order is due: what is made first is nobody's concern.
    """
    own = [
        o.model_copy(update={"due": None, "due_daily": None})
        for o in plant.orders
        if o.line == line
    ]
    every = list(permutations(own))
    took = [changeovers_min(plant, line, [o.product for o in some]) for some in every]
    at_hand = [
        some
        for some, minutes in zip(every, took, strict=True)
        if (minutes <= min(took) if good else minutes >= min(took) + _WON_MIN)
    ]
    rest = tuple(o for o in plant.orders if o.line != line)
    return plant.model_copy(update={"orders": (*stream.choice(at_hand), *rest)})


def changeovers_min(plant: Plant, line: str, products: Sequence[str]) -> float:
    """Minutes of change-over between products made in that order."""
    table = plant.changeovers[line]
    return sum(table[a][b] for a, b in pairwise(products) if a != b)


def drawn(plant: Plant, job: Job, stream: random.Random) -> tuple[Planting | None, float]:
    """Something of that kind that is worth it, on one of the lines; of none that is, the most."""
    if job.kind == "balanced":
        return None, 0.0
    usual: StandIn | None = None
    most: tuple[Planting | None, float] = (None, 0.0)
    for _ in range(_TRIES):
        line = stream.choice(production(plant))
        one = _DRAW[job.kind](plant, line, stream)
        if job.kind in {"waste", "changeover"}:
            return one, 0.0
        usual = usual or _lived(plant, job.seed, None)
        worth = 1.0 - _made(_lived(plant, job.seed, one), one.line) / _made(usual, one.line)
        if _WORTH[0] <= worth <= _WORTH[1]:
            return one, worth
        if most[1] < worth < _WORTH[0]:
            most = one, worth
    if most[0] is None:
        msg = f"seed {job.seed}: nothing of {_TRIES} draws of {job.kind} costs its line anything"
        raise ValueError(msg)
    return most


def _speed(plant: Plant, line: Line, stream: random.Random) -> Planting:
    """A machine set slower than the slowest nameplate; it may be that of the slowest."""
    unit = stream.choice(plant.machines(line))
    pace = _pace(plant, line, slowest(plant, line))
    value = pace * stream.uniform(0.8, 0.93) / plant.in_flow(line, unit)
    return Planting(line.id, unit.id, writes=((_point(unit), round(value, 3)),))


def _conveyor(plant: Plant, line: Line, stream: random.Random) -> Planting:
    """A conveyor that carries hardly what passes."""
    unit, before = stream.choice(_conveyors(plant, line))
    usual = unit.parameters.get("speed") or plant.class_of(unit.id).parameters["speed"].value
    value = usual * stream.uniform(0.5, 0.68)
    return Planting(line.id, unit.id, before, writes=((_point(unit), round(value, 3)),))


def _buffer(plant: Plant, line: Line, stream: random.Random) -> Planting:
    """A conveyor of which only a part of the room is used: its full switch sits too early."""
    unit, before = stream.choice(_conveyors(plant, line))
    return Planting(line.id, unit.id, before, short=round(stream.uniform(0.25, 0.5), 3))


def _setting(plant: Plant, line: Line, stream: random.Random) -> Planting:  # noqa: ARG001
    """A process value that is set off its recipe."""
    class_id, point, *ends = stream.choice(_SETTINGS)
    unit = next(u for u in line.units if u.class_id == class_id)
    value = round(stream.uniform(*ends), 2)
    return Planting(line.id, unit.id, writes=((f"{unit.id}/{point}", value),))


def _waste(plant: Plant, line: Line, stream: random.Random) -> Planting:
    """Air that is drawn while the line stands, by a good part of what it draws running."""
    (header,) = {k.source for k in plant.links if k.medium == "air" and k.target in _ids(line)}
    draws = sum(
        k.share or 0.0 for k in plant.links if k.source == header and k.target in _ids(line)
    )
    return Planting(line.id, line.id, header, draws=round(draws * stream.uniform(0.4, 0.9), 2))


def _changeover(plant: Plant, line: Line, stream: random.Random) -> Planting:  # noqa: ARG001
    """Orders of the line in a bad order."""
    return Planting(line.id, line.id)


_DRAW = {
    "speed": _speed, "conveyor": _conveyor, "buffer": _buffer, "setting": _setting,
    "waste": _waste, "changeover": _changeover,
}  # fmt: skip


def _lived(plant: Plant, seed: int, planted: Planting | None) -> StandIn:
    """The stand-in after the time over which it is seen what a planting is worth."""
    standin = StandIn(plant, seed, moment(seed))
    standin.watched = False
    if planted is not None:
        put_in(standin, planted)
    run(standin, standin.now + (SETTLES_S + _TRIED_S) * SECOND)
    return standin


def _made(standin: StandIn, line: str) -> float:
    return standin.produced(line, standin.now - _TRIED_S * SECOND, standin.now)


def put_in(standin: StandIn, one: Planting) -> None:
    """Plant it; what is drawn in stops, in those of the next day."""
    plant = standin.plant
    for point, value in one.writes:
        standin.write(Write(plant.index[point], value), "somebody")
    if one.short < 1.0:
        resize(standin, one.asset, one.short)
    if one.draws:
        now = standin.now // SECOND
        for n, stop in enumerate(windows(plant, one.line, now, now + 24 * 3600)):
            standin.inject(
                Fault(
                    id=f"drawn-{n}", component=one.target, parameter="leak", shape="step",
                    size=Size(offset=one.draws), onset=float(max(stop.start - now, 0)),
                    end=float(max(stop.end - now, 1)),
                )
            )  # fmt: skip


def resize(standin: StandIn, conveyor: str, factor: float) -> None:
    """Where the conveyor counts as full, and where the machines beside it start again."""
    one = standin.assembly.components[conveyor]
    assert isinstance(one, Conveyor)
    one.full, one.resume, one.restart = (x * factor for x in (one.full, one.resume, one.restart))


def start_of(plant: Plant, job: Job, planting: Planting | None) -> Instant:
    """Some time of day; of waste so that a stop of the line ends minutes before it is asked."""
    start = moment(job.seed)
    if planting is None or not planting.draws:
        return start
    lived = SETTLES_S + LIVED_S
    stops = windows(plant, planting.line, start // SECOND + lived, start // SECOND + 86_400)
    return (stops[0].end + 600 - lived) * SECOND


def run(standin: StandIn, until: Instant) -> None:
    """Let time pass until then."""
    while standin.now < until:
        standin.step()


def production(plant: Plant) -> list[Line]:
    """Its production lines."""
    return [x for x in plant.lines if x.kind == "production"]


def _ids(line: Line) -> set[str]:
    return {u.id for u in line.units}


def _pace(plant: Plant, line: Line, unit: Unit) -> float:
    return unit.parameters["rated_speed"] * plant.in_flow(line, unit)


def slowest(plant: Plant, line: Line) -> Unit:
    """The machine of the line with the slowest nameplate."""
    return min(plant.machines(line), key=lambda u: _pace(plant, line, u))


def _point(unit: Unit) -> str:
    return f"{unit.id}/speed_setpoint"


def _conveyors(plant: Plant, line: Line) -> list[tuple[Unit, str]]:
    """Conveyors of the line, each with the machine before it."""
    return [
        (plant.units[k.buffer.conveyor], k.source)
        for k in plant.links
        if k.buffer and k.buffer.conveyor and k.source in _ids(line)
    ]
