"""What the first remedy brings once it is carried out: by the stand-in's counters.

Beside it run the same plant left alone, and the same plant without the fault. It must never carry
out anything but what was advised first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from api.plant_file import read_plant
from evals.emulator.faults import Case, full_path
from evals.emulator.standin import StandIn
from evals.exam.course import copied
from evals.runner import START, Game
from evals.scoring import kind_of, rank
from twin_core.advice.advise import advise
from twin_core.advice.trial import HORIZON_S
from twin_core.diagnosis.diagnose import diagnose
from twin_core.simulation.scenario import Estimate
from twin_core.value import SECOND, Instant

_USUAL_S, _AFTER_S, _SPAN_S = 1500, 420, 1800.0
_SETTLED_S, _JUDGED_S = 2700, 600
"""Plant seconds after the remedy, at the end of which the line is judged, and over how many."""


@dataclass(frozen=True, slots=True)
class Carried:
    """One case with its first remedy carried out.

    Attributes:
        group, ends: of the case; `ends` the right end of each fault.
        right: whether the first cause is a fault of the case.
        kind: of the remedy: `write`, `job`, `wait`.
        forecast: gain told with it, per minute over the horizon; None if none was.
        gained: what it was in truth, per minute over the same time.
        lost, left: rate below the healthy plant's at the end, left alone and with the remedy.
    """

    case: str
    seed: int
    group: str
    ends: tuple[str, ...]
    right: bool
    kind: str
    forecast: Estimate | None
    gained: float
    lost: float
    left: float

    @property
    def won(self) -> float:
        """Share of the loss that was won back; of no loss, all."""
        return 1.0 - self.left / self.lost if self.lost > 0.0 else 1.0

    def line(self) -> str:
        """In one line, for a person."""
        told = "" if self.forecast is None else f", told {self.forecast.mean:.0f}"
        cause = "right" if self.right else "wrong"
        return (
            f"{self.group} {self.case} seed {self.seed}: {cause} cause,"
            f" {self.kind}{told}, gained {self.gained:.0f}/min, won back {self.won:.2f}"
        )


def carried(plant_file: Path, job: tuple[Case, int]) -> Carried:
    """Play a case, ask, carry the first remedy out, and count."""
    case, seed = job
    plant = read_plant(plant_file)
    line = full_path(case.line, plant.site)
    game = Game(plant, seed)
    healthy = StandIn(plant, seed, START)
    game.turn(_USUAL_S)
    for fault in case.faults:
        game.world.standin.inject(fault)
    game.turn(_AFTER_S)
    alone = copied(game.world.standin)
    now = game.world.standin.now
    snapshot = game.twin.snapshot(now)
    found = diagnose(snapshot, line, _SPAN_S, seed)
    best = advise(snapshot, found, found.causes[0], seed).best if found.causes else None
    if best is not None and best.action is not None:
        game.carry_out(best.action, f"{case.id}-{seed}")
    game.turn(_SETTLED_S)
    until = game.world.standin.now
    for other in (alone, healthy):
        while other.now < until:
            other.step()
    end = now + int(HORIZON_S) * SECOND
    gained = _rate(game.world.standin, line, now, end) - _rate(alone, line, now, end)
    since = until - _JUDGED_S * SECOND
    usual = _rate(healthy, line, since, until)
    return Carried(
        case=case.id, seed=seed, group=case.group,
        ends=tuple(str(f.right_end) for f in case.faults),
        right=1 in {rank(found, f, plant.site) for f in case.faults},
        kind=kind_of(best.action if best is not None else None),
        forecast=best.effect.gain if best is not None and best.effect is not None else None,
        gained=gained, lost=usual - _rate(alone, line, since, until),
        left=usual - _rate(game.world.standin, line, since, until),
    )  # fmt: skip


def jobs(cases: Sequence[Case], *, quick: bool) -> tuple[tuple[Case, int], ...]:
    """Every case once, `quick` every sixth; each with a seed of its own."""
    every = [(case, 8_000 + n) for n, case in enumerate(cases)]
    return tuple(every[::6] if quick else every)


def _rate(standin: StandIn, line: str, since: Instant, until: Instant) -> float:
    return standin.produced(line, since, until) / ((until - since) / SECOND) * 60.0
