"""Play a case without wires: fault, diagnosis, advice, the advice carried out, the end judged.

The twin is fed what the wires would bring and nothing else; the answer key judges. It must never
tell the product what it plays.
"""

import asyncio
from dataclasses import dataclass, replace
from time import perf_counter

from evals.emulator.account import Account
from evals.emulator.answer_key import AnswerKey, Verdict
from evals.emulator.faults import Case, full_path
from evals.inprocess import World
from evals.scoring import asset_rank, fits, kind_of, rank
from twin_core.advice.advise import advise
from twin_core.advice.remedy import Advice
from twin_core.diagnosis.cause import Diagnosis
from twin_core.diagnosis.diagnose import diagnose
from twin_core.governance.action import Action, Command, Inspection, WorkOrder, WritePlan
from twin_core.ingest import Twin
from twin_core.plant.assets import Plant
from twin_core.value import SECOND, Instant

START: Instant = 1_767_593_400 * SECOND
"""2026-01-05 06:10 UTC: a shift has begun, and no stop is planned for two hours."""
_FEED_S = 10
_SPAN_S = 1800.0
_JUDGED_S = 300.0
_PATIENCE_S = 2700.0
"""Plant seconds after an action within which the right end must have come."""


@dataclass(frozen=True, slots=True)
class Played:
    """What became of a case.

    Attributes:
        ranks, assets: place of each fault, and of its asset, among the causes.
        kind: of the best remedy of the first cause.
        fitting: whether that kind can come to the right end of a fault of the case.
        diagnosed_s, advised_s: seconds that the product took.
        forecast: gain forecast for the best remedy, per minute; None if it has none.
        verdict: of the answer key, the best remedy carried out; None if it was not.
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
    forecast: float | None
    verdict: Verdict | None = None


class Game:
    """A stand-in and a twin that believes what it brings, on one turned clock."""

    def __init__(self, plant: Plant, seed: int) -> None:
        self.world = World(plant, seed, START)
        self.twin = Twin(plant)

    def turn(self, seconds: float) -> None:
        """Let plant seconds pass, and the twin hear of them."""
        for _ in range(round(seconds / _FEED_S)):
            for arrival in self.world.turn(_FEED_S):
                self.twin.apply(arrival, self.world.clock.plant())
            self.twin.tick(self.world.clock.plant())

    def carry_out(self, action: Action, key: str) -> None:
        """Do what was advised, through the port a gate would use."""
        assert isinstance(action, WritePlan | WorkOrder | Inspection)
        steps = action.steps if isinstance(action, WritePlan) else (action,)
        for n, step in enumerate(steps):
            command = Command(
                key=f"{key}/{n}/1-execute", proposal=key, epoch=1, purpose="execute",
                step=step, deadline_s=5.0,
            )  # fmt: skip
            asyncio.run(self.world.sink.execute(command))


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
        finish: whether the best remedy is carried out and the end judged. It is one remedy: a
            pair whose faults need two does not reach its end here.
    """
    line = full_path(case.line, plant.site)
    game = Game(plant, seed)
    game.turn(usual_s)
    key = AnswerKey(plant, seed, START, case, game.world.clock.plant())
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
    forecast = effect.gain.mean if effect is not None else None
    played = Played(
        case=case.id, seed=seed, diagnosis=diagnosis, advice=advice,
        ranks=tuple(rank(diagnosis, f, plant.site) for f in case.faults),
        assets=tuple(asset_rank(diagnosis, f, plant.site) for f in case.faults),
        kind=kind, fitting=any(fits(kind, f.right_end) for f in case.faults),
        diagnosed_s=diagnosed_s, advised_s=advised_s, forecast=forecast,
    )  # fmt: skip
    return _finish(game, key, played) if finish else played


def _finish(game: Game, key: AnswerKey, played: Played) -> Played:
    """Carry the best remedy out, and ask the answer key until the right end or out of patience."""
    best = played.advice.best if played.advice is not None else None
    if best is not None and best.action is not None:
        game.carry_out(best.action, f"{played.case}-{played.seed}")
    standin, crew = game.world.standin, game.world.crew
    verdict = None
    for _ in range(round(_PATIENCE_S / _JUDGED_S)):
        game.turn(_JUDGED_S)
        verdict = key.judge(Account.of(standin, crew), standin.produced, _JUDGED_S, played.forecast)
        if verdict.reached:
            break
    return replace(played, verdict=verdict)
