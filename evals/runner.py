"""Play a case without wires: fault, diagnosis, advice, the advice carried out, the end judged.

The twin is fed what the wires would bring and nothing else; the judge counts at the stand-in. A
twin run of the same seed without the fault says what is healthy. It must never tell the product
what it plays.
"""

import asyncio
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from time import perf_counter

from evals.emulator.faults import Case
from evals.inprocess import World
from evals.scoring import asset_rank, fits, kind_of, rank
from twin_core.advice.advise import advise
from twin_core.advice.remedy import Advice
from twin_core.diagnosis.cause import Diagnosis
from twin_core.diagnosis.diagnose import diagnose
from twin_core.governance.action import Action, Command, Inspection, WorkOrder, WritePlan
from twin_core.ingest import Twin
from twin_core.plant.assets import Plant
from twin_core.plant.classes import Role
from twin_core.value import SECOND, Instant

START: Instant = 1_767_593_400 * SECOND
"""2026-01-05 06:10 UTC: a shift has begun, and no stop is planned for two hours."""
_FEED_S = 10
_SPAN_S = 1800.0
_JUDGED_S = 300.0
_PATIENCE_S = 2700.0
"""Plant seconds after an action within which the right end must have come."""
_HEALTHY = 0.97
_EFFECT_S = 900.0
"""Plant seconds over which a mitigation is judged."""
_AS_FORECAST = 0.5


@dataclass(frozen=True, slots=True)
class Played:
    """What became of a case.

    Attributes:
        ranks, assets: place of each fault, and of its asset, among the causes.
        kind: of the best remedy of the first cause.
        fitting: whether that kind can come to the right end of a fault of the case.
        reached: the end that was reached, empty if none was tried or reached.
        healthy, ill, after: the line's rate without the fault, with it left alone, and as it was
            dealt with, over the last minutes judged; `forecast` the gain that was promised.
    """

    case: str
    seed: int
    diagnosis: Diagnosis
    advice: Advice | None
    ranks: tuple[int | None, ...]
    assets: tuple[int | None, ...]
    kind: str
    fitting: bool
    diagnosed_s: float
    advised_s: float
    after_s: float
    forecast: float
    reached: str = ""
    healthy: float = 0.0
    ill: float = 0.0
    after: float = 0.0


class Game:
    """A stand-in and a twin that believes what it brings, on one turned clock."""

    def __init__(self, plant: Plant, seed: int, start: Instant = START) -> None:
        self.plant = plant
        self.world = World(plant, seed, start)
        self.twin = Twin(plant)

    def turn(self, seconds: float) -> None:
        """Let plant seconds pass, and the twin hear of them."""
        for _ in range(round(seconds / _FEED_S)):
            for arrival in self.world.turn(_FEED_S):
                self.twin.apply(arrival, self.world.clock.plant())
            self.twin.tick(self.world.clock.plant())

    def rate(self, line: str, seconds: float) -> float:
        """The line's true mean rate over the next seconds, unit of flow per minute."""
        before = self._count(line)
        self.turn(seconds)
        return (self._count(line) - before) / seconds * 60.0

    def _count(self, line: str) -> float:
        where = self.plant.line(line)
        counter = self.plant.counter(where)
        point = counter.with_role(Role.PRODUCED) if counter is not None else None
        if counter is None or point is None:
            return 0.0
        count = self.world.standin.value(self.plant.index[point.id])
        return count * self.plant.in_flow(where, counter)

    def carry_out(self, action: Action, key: str) -> None:
        """Do what was advised, through the port a gate would use."""
        steps = action.steps if isinstance(action, WritePlan) else (action,)
        for n, step in enumerate(steps):
            if not isinstance(action, WritePlan | WorkOrder | Inspection):
                continue
            command = Command(
                key=f"{key}/{n}/1-execute", proposal=key, epoch=1, purpose="execute",
                step=step, deadline_s=5.0,
            )  # fmt: skip
            asyncio.run(self.world.sink.execute(command))


def subject_of(case: Case, plant: Plant) -> str:
    """Full path of the line the operator complains about."""
    return case.line if case.line.startswith(plant.site) else f"{plant.site}/{case.line}"


def play(
    plant: Plant,
    case: Case,
    seed: int,
    *,
    usual_s: float = 1500.0,
    after_s: float = 420.0,
    finish: bool = True,
) -> Played:
    """Play one case.

    Args:
        plant: the plant file.
        case: of the catalogue.
        seed: of the stand-in.
        usual_s: plant seconds before the fault.
        after_s: plant seconds from the fault to the question.
        finish: whether the best remedy is carried out and the end judged.
    """
    line = subject_of(case, plant)
    game = Game(plant, seed)
    game.turn(usual_s)
    for fault in case.faults:
        game.world.standin.inject(fault)
    game.turn(after_s)
    snapshot = game.twin.snapshot(game.world.clock.plant())
    began = perf_counter()
    diagnosis = diagnose(snapshot, line, _SPAN_S, seed)
    diagnosed_s = perf_counter() - began
    began = perf_counter()
    advice = advise(snapshot, diagnosis, diagnosis.causes[0], seed) if diagnosis.causes else None
    advised_s = perf_counter() - began
    kind = kind_of(advice.best.action) if advice is not None else "wait"
    effect = advice.best.effect if advice is not None else None
    forecast = effect.gain.mean if effect is not None else 0.0
    played = Played(
        case=case.id, seed=seed, diagnosis=diagnosis, advice=advice,
        ranks=tuple(rank(diagnosis, f, plant.site) for f in case.faults),
        assets=tuple(asset_rank(diagnosis, f, plant.site) for f in case.faults),
        kind=kind, fitting=any(fits(kind, f.right_end) for f in case.faults),
        diagnosed_s=diagnosed_s, advised_s=advised_s, after_s=after_s, forecast=forecast,
    )  # fmt: skip
    return _finish(plant, case, played, game, usual_s + after_s) if finish else played


def _finish(plant: Plant, case: Case, played: Played, game: Game, so_far_s: float) -> Played:
    line = subject_of(case, plant)
    well, ill = Game(plant, played.seed), Game(plant, played.seed)
    well.turn(so_far_s)
    ill.turn(so_far_s - played.after_s)
    for fault in case.faults:
        ill.world.standin.inject(fault)
    ill.turn(played.after_s)
    best = played.advice.best if played.advice is not None else None
    if best is not None and best.action is not None:
        game.carry_out(best.action, f"{played.case}-{played.seed}")
    ends = {f.right_end for f in case.faults}
    reached = ""
    rates: list[tuple[float, float, float]] = []
    while len(rates) * _JUDGED_S < _PATIENCE_S and not reached:
        rates.append(
            (well.rate(line, _JUDGED_S), ill.rate(line, _JUDGED_S), game.rate(line, _JUDGED_S))
        )
        reached = _end(played, ends, game, rates)
    return replace(
        played, reached=reached, healthy=rates[-1][0], ill=rates[-1][1], after=rates[-1][2]
    )


def _end(
    played: Played,
    ends: AbstractSet[str | None],
    game: Game,
    rates: Sequence[tuple[float, float, float]],
) -> str:
    """The right end that has come, empty if none has."""
    healthy, _, after = rates[-1]
    well = healthy > 0 and after >= _HEALTHY * healthy
    if "no_loss" in ends and played.kind == "job":
        return "no_loss"
    if "corrected" in ends and played.kind == "write" and well:
        return "corrected"
    if "repaired" in ends and played.kind == "job" and well and _found(game):
        return "repaired"
    if "mitigated" in ends and played.kind == "write" and len(rates) * _JUDGED_S >= _EFFECT_S:
        gained = sum(r[2] - r[1] for r in rates) / len(rates)
        if gained > 0 and gained >= _AS_FORECAST * played.forecast:
            return "mitigated"
    return ""


def _found(game: Game) -> bool:
    """Whether the crew reports that it found something."""
    orders = asyncio.run(game.world.records.work_orders())
    return any(order.found_fault for order in orders)
