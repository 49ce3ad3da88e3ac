"""What is said that could run better, of plants made worse and of plants as they should be.

Ideas are carried out on the stand-in and counted. It must never look at how ideas come about.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from api.plant_file import read_plant
from evals.emulator.calendar import running_s
from evals.emulator.conveyor import Conveyor
from evals.emulator.standin import StandIn, Write
from evals.emulator.utilities import Header
from evals.exam.course import copied
from evals.exam.sitting import Sitting
from evals.exam.telling import Telling
from evals.exam.worse import (
    LIVED_S,
    SETTLES_S,
    Job,
    Planting,
    changeovers_min,
    drawn,
    listed,
    plain_plant,
    production,
    put_in,
    resize,
    run,
    slowest,
    start_of,
)
from twin_core.prospect.improve import improve
from twin_core.prospect.improvement import Improved, Improvement
from twin_core.simulation.scenario import BufferSize, SetPoint
from twin_core.value import SECOND

AHEAD_S, _SHIFTS = 28_800, 3
"""Plant seconds of a shift, over which waste is counted; shifts over which a rate is, all alike."""
_ACCEPTED: Mapping[str, frozenset[str]] = {
    "speed": frozenset({"speed"}), "conveyor": frozenset({"speed", "buffer"}),
    "buffer": frozenset({"buffer"}), "setting": frozenset({"setting"}),
    "waste": frozenset({"waste"}), "changeover": frozenset({"changeover"}),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Idea:
    """An idea that was told, and what it brings on the stand-in; None if it was not carried out."""

    told: Improvement
    line: str
    gained: float | None

    @property
    def inside(self) -> bool:
        """Whether what it brings lies in the interval told."""
        return self.gained is not None and self.told.gain.low <= self.gained <= self.told.gain.high


@dataclass(frozen=True, slots=True)
class Looked:
    """A plant that was looked at.

    Attributes:
        planting: None of a balanced plant.
        right: the idea that names what was planted; None if none does.
        wrong: ideas about lines on which nothing is planted.
        plain: whether the plain rule, to raise the machine of the slowest nameplate, names it.
        worth: share of its output that the line loses by what is planted; 0 if not of output.
        passed: why the line was not looked at.
    """

    job: Job
    planting: Planting | None
    right: Idea | None
    beside: tuple[Idea, ...]
    wrong: tuple[Idea, ...]
    lines: int
    plain: bool
    worth: float
    passed: str

    @property
    def found(self) -> bool:
        """Whether it was named with an interval that holds what it brings."""
        return self.right is not None and self.right.inside

    @property
    def faultless(self) -> bool:
        """Whether what was planted was found, if anything was, and nothing was told beside it."""
        return not self.wrong and (self.planting is None or self.found)

    def line(self) -> str:
        """In one line, for a person."""
        what = "balanced"
        if self.planting is not None:
            p = self.planting
            sizes = [*(f"{point.split('/', 2)[2]} at {value:g}" for point, value in p.writes)]
            sizes += [f"room used to {p.short:.2f}"] if p.short < 1.0 else []
            sizes += [f"{p.draws:.1f} m3/min drawn in stops"] if p.draws else []
            what = f"{p.asset.split('/', 1)[1]} {', '.join(sizes)} (worth {self.worth:.1%})"
        some = [*([self.right] if self.right else []), *self.beside, *self.wrong]
        told = "; ".join(
            f"{i.told.kind} {i.told.asset.split('/', 1)[1]}"
            f" {i.told.gain.mean:.1f} ({i.told.gain.low:.1f} to {i.told.gain.high:.1f})"
            f" {i.told.gain.unit}, in truth {'?' if i.gained is None else f'{i.gained:.1f}'}"
            f"{' WRONG' if i in self.wrong else ''}"
            for i in some
        )
        passed = f"; passed over: {self.passed}" if self.passed else ""
        return f"{self.job.kind} seed {self.job.seed}: {what}; told {told or 'nothing'}{passed}"


def looked(plant_file: Path, job: Job) -> Looked:
    """Plant it, live with it, ask, and carry out what is told."""
    stream = random.Random(f"{job.seed}/planted")  # noqa: S311 (not for secrets)
    plant = plain_plant(read_plant(plant_file), job, stream)
    planting, worth = drawn(plant, job, stream)
    if planting is not None and job.kind == "changeover":
        plant = listed(plant, planting.line, stream, good=False)
    start = start_of(plant, job, planting)
    sitting = Sitting(plant, job.seed, start, [Telling("as it is", plant)])
    standin = sitting.world.standin
    if planting is not None:
        put_in(standin, planting)
    for _ in range(SETTLES_S):
        standin.step()
    sitting.turn(LIVED_S)
    found = improve(sitting.snapshot(), plant.site, job.seed)
    return _judged(job, planting, worth, found, standin)


def _judged(
    job: Job, planting: Planting | None, worth: float, found: Improved, standin: StandIn
) -> Looked:
    plant = standin.plant
    ideas = [_carried(standin, told, planting) for told in found.found]
    right = next((i for i in ideas if planting and _names(i.told, job.kind, planting)), None)
    return Looked(
        job=job, planting=planting, right=right,
        beside=tuple(i for i in ideas if planting and i.line == planting.line and i is not right),
        wrong=tuple(i for i in ideas if not planting or i.line != planting.line),
        lines=len(production(plant)) - (planting is not None),
        plain=planting is not None
        and job.kind == "speed"
        and planting.asset == slowest(plant, plant.line(planting.asset)).id,
        worth=worth, passed=found.passed.get(planting.line, "") if planting else "",
    )  # fmt: skip


def _carried(standin: StandIn, told: Improvement, planting: Planting | None) -> Idea:
    """An idea with what it brings."""
    plant = standin.plant
    line = plant.line(told.asset).id if told.asset in plant.units else told.asset
    if told.kind == "waste":
        return Idea(told, line, _spared(standin, str(told.target)) if planting else None)
    if told.kind == "changeover":
        return Idea(told, line, _won(standin, line, told.orders))
    return Idea(told, line, _gained(standin, told, line))


def _names(told: Improvement, kind: str, planting: Planting) -> bool:
    """Whether an idea is about what was planted: its kind, and where it sits."""
    places = {planting.asset, planting.target} if told.kind == "buffer" else {planting.asset}
    return told.kind in _ACCEPTED[kind] and told.asset in places


def _gained(standin: StandIn, told: Improvement, line: str) -> float | None:
    """What the line makes more a minute with the changes, over the time ahead."""
    other, plant = copied(standin), standin.plant
    for change in told.changes:
        if isinstance(change, SetPoint):
            other.write(Write(plant.index[change.point], change.value), "opstwin")
        elif isinstance(change, BufferSize):
            link = next(
                k for k in plant.links if (k.source, k.target) == (change.source, change.target)
            )
            assert link.buffer is not None
            assert link.buffer.conveyor is not None
            one = other.assembly.components[link.buffer.conveyor]
            assert isinstance(one, Conveyor)
            fresh = one.true("capacity", link.buffer.capacity, 0.06)
            resize(other, one.unit.id, change.capacity / link.buffer.capacity * fresh / one.full)
        else:
            return None
    left, made = copied(standin), []
    until = standin.now + _SHIFTS * AHEAD_S * SECOND
    for course in (left, other):
        run(course, until)
        made.append(course.produced(line, standin.now, until))
    return (made[1] - made[0]) / (_SHIFTS * AHEAD_S / 60.0)


def _spared(standin: StandIn, header: str) -> float:
    """m³ that the header gives less in the shift ahead if nothing is drawn in stops."""
    given = []
    for mended in (False, True):
        other, total = copied(standin), 0.0
        for trouble in other.troubles if mended else ():
            other.mend(trouble)
        one = other.assembly.components[header]
        assert isinstance(one, Header)
        for _ in range(AHEAD_S):
            other.step()
            total += one.drawn / 60.0
        given.append(total)
    return given[0] - given[1]


def _won(standin: StandIn, line: str, orders: Sequence[str]) -> float:
    """What is made in the minutes won by another order, at the rate it has run at so far."""
    plant = standin.plant
    product = {o.id: o.product for o in plant.orders if o.line == line}
    minutes = changeovers_min(plant, line, list(product.values())) - changeovers_min(
        plant, line, [product[o] for o in orders]
    )
    since = standin.now - LIVED_S * SECOND
    ran_s = running_s(plant, line, since // SECOND, standin.now // SECOND)
    return minutes * standin.produced(line, since, standin.now) / ran_s * 60.0
