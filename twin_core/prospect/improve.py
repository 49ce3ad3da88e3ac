"""What could run better when nothing is wrong: tried in the model, at most three told, or none.

Every idea is held against things as they are with common random numbers from the live state: first
roughly, then the best of them again with other numbers, so that what was picked for its luck does
not stay. It must never tell a gain that is not sure, nor look where something is wrong.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil, inf

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from twin_core.errors import ImpossibleScenario
from twin_core.plant.assets import Line, Plant
from twin_core.prospect.idea import Idea, ideas
from twin_core.prospect.improvement import Improved, Improvement
from twin_core.prospect.past import Held, as_before, gained, held_of, past_of, reached, scaled
from twin_core.prospect.waste import Waste, wasteful, wastes
from twin_core.simulation.calendar import planned_stops
from twin_core.simulation.forecaster import MODEL_VERSION
from twin_core.simulation.line_schedule import product_of
from twin_core.simulation.live.seen import Rows
from twin_core.simulation.measured import half_width
from twin_core.simulation.model import Experiment, Model
from twin_core.simulation.scenario import BufferSize, Change, Estimate, Failures, SetPoint
from twin_core.simulation.scheduling.plan import Plan, Wish, planned
from twin_core.simulation.scheduling.seen import running
from twin_core.simulation.scheduling.solve import Limits
from twin_core.simulation.starting import settled
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant, Value

SHIFT_S = 28_800.0
"""Over so long it is counted what is gained."""
MOST = 3
"""More is not told at once: nobody does more."""
_ROUGH_S, _ROUGH = 7200.0, 8
_WELL = 64
_WORTH = 0.005
"""Share of a line's rate below which nobody moves a hand."""
_WORTH_OF_MEDIUM = 0.003
_SURE = 3.3
"""Standard errors of what is fitted to an hour."""
_ROUNDS = 3
_NEVER = 100.0
"""So many times as seldom, and as short, stops are as good as none."""
_FRESH = 7919
"""Added to the seed: numbers that nothing was picked by."""


class Quota(Value):
    """How much may be computed.

    Attributes:
        trials: scenarios simulated, at most; a line as it is counts as one.
        effort: of the search for a better order of work, as of `Limits`, all lines together.
    """

    trials: int = Field(default=400, ge=2, le=100_000)
    effort: float = Field(default=2.0, ge=0, le=1000)


def improve(snapshot: Snapshot, subject: str, seed: int, quota: Quota | None = None) -> Improved:
    """What could run better on a line, or on the lines of an area or site.

    Args:
        snapshot: belief now; settled values are the start.
        subject: path of a line, an area or the site; of a unit its line is meant.
        seed: of every random number.
        quota: how much may be computed; None = as is usual.

    Raises:
        UnknownName: nothing there has that path.
    """
    plant, allowed = snapshot.plant, quota or Quota()
    passed: dict[str, str] = {}
    lines = []
    for line in _lines(plant, subject):
        why = _not_now(snapshot, line)
        if why:
            passed[line.id] = why
        else:
            lines.append(line)
    found: list[Improvement] = []
    looked: list[str] = []
    trials = 0
    for line in lines:
        search = Search(snapshot, line, seed, allowed.trials // max(1, len(lines)))
        found += search.run()
        trials += search.trials
        looked.append(f"{line.name}: {search.asked} speeds, buffers and settings were tried")
    at = settled(snapshot)
    if lines:
        found += _wasted(plant, Rows(snapshot, at), lines, looked)
    for line in lines:
        found += _reordered(snapshot, line, seed, allowed.effort / len(lines), looked)
    found.sort(key=lambda one: (-one.share, one.asset))
    return Improved(
        subject=subject,
        at=at,
        found=tuple(found[:MOST]),
        more=max(0, len(found) - MOST),
        passed=passed,
        looked=tuple(looked),
        trials=trials,
        seed=seed,
        model_version=MODEL_VERSION,
        state_digest=snapshot.digest,
    )


def _lines(plant: Plant, subject: str) -> list[Line]:
    """Production lines at or below a path, or on which it lies; of what supplies lines, these."""
    lines = [line for line in plant.lines if line.kind == "production" and plant.machines(line)]
    here = [
        line
        for line in lines
        if f"{line.id}/".startswith(f"{subject}/") or f"{subject}/".startswith(f"{line.id}/")
    ]
    supplied = [
        line
        for line in lines
        if any(f"{u}/".startswith(f"{subject}/") for u in plant.upstream(m.id for m in line.units))
    ]
    return here or supplied or [plant.line(subject)]


def _not_now(snapshot: Snapshot, line: Line) -> str:
    """Why a line is not looked at; empty if it is."""
    if line.kind != "production":
        return "it is no production line"
    rows = Rows(snapshot, settled(snapshot))
    wrong = [
        incident
        for incident in snapshot.incidents
        if incident.closed is None
        and incident.line == line.id
        and incident.kind in {"rate_loss", "stopped", "source_lost"}
        and not (incident.kind == "rate_loss" and as_before(snapshot, line, rows, incident.opened))
    ]
    if wrong:
        return f"something is wrong with it: {wrong[0].statement}"
    if len(snapshot.recent.time) < 60:
        return "less than ten minutes of it were seen"
    return ""


@dataclass
class Search:
    """Trials on one line. `trials` counts what was simulated, `asked` the ideas."""

    snapshot: Snapshot
    line: Line
    seed: int
    most: int
    trials: int = 0
    asked: int = 0
    taken: list[Idea] = field(default_factory=list)
    held: Held = field(default_factory=lambda: Held(inf))

    def run(self) -> list[Improvement]:
        """What surely gains, one after the other, each with those before it done."""
        model = Model(self.snapshot, self.line.id, settled(self.snapshot))
        product = product_of(self.snapshot.plant, self.line, model.rows)
        rate = None if product is None else product.rates.get(self.line.id)
        try:
            left = ideas(self.snapshot, model.start, model.rows, rate)
        except ImpossibleScenario:  # a line that cannot be simulated has no ideas
            return []
        self.asked = len(left)
        self.held = held_of(self.snapshot, model.start, model.rows)
        for _ in range(_ROUNDS):
            best = self._round(model, left)
            if best is None:
                break
            self.taken.append(best)
            left = [one for one in left if one.asset != best.asset and not _shares(one, best)]
        return self._well(model)

    def _round(self, model: Model, left: Sequence[Idea]) -> Idea | None:
        """The idea that gains most beside what is taken; None where none gains enough."""
        base = self._base(model)
        best: tuple[float, Idea] | None = None
        usual: dict[tuple[Change, ...], NDArray[np.float64]] = {}
        for idea in left:
            now = (*self._done(), *idea.instead)
            if self.trials + 2 > self.most:
                break
            if now not in usual:
                usual[now] = self._made(model, now, base)
            made = self._made(model, (*self._done(), *idea.changes), base)
            gain = float((made - usual[now]).mean()) + self._missed(idea) * base.running_s / 60.0
            worth = _WORTH / 2 * float(usual[now].mean())
            if gain > worth and (best is None or gain > best[0] * (1 + 1e-9)):
                best = gain, idea
        return None if best is None else best[1]

    def _base(self, model: Model) -> Experiment:
        # more at once than are run: what media do is kept
        return Experiment(model, (), 0.0, _ROUGH_S, self.seed, _ROUGH + 1)

    def _missed(self, idea: Idea) -> float:
        """What it does away with though the model does not know it, per minute; once alone."""
        if not idea.between or any(one.between for one in self.taken):
            return 0.0
        return self.held.missed

    def _done(self) -> tuple[Change, ...]:
        return tuple(change for idea in self.taken for change in idea.changes)

    def _made(
        self, model: Model, changes: tuple[Change, ...], base: Experiment
    ) -> NDArray[np.float64]:
        self.trials += 1
        one = Experiment(model, changes, 0.0, _ROUGH_S, self.seed, _ROUGH, base)
        return one.run(_ROUGH).counted

    def _well(self, model: Model) -> list[Improvement]:
        """What is taken, tried again with other numbers over a shift, what media do and all."""
        found, done = [], tuple[Change, ...]()
        past = past_of(self.snapshot, self.line, model.rows)
        for idea in self.taken:
            usual, changed = (
                Experiment(model, changes, 0.0, SHIFT_S, self.seed + _FRESH, _WELL)
                for changes in ((*done, *idea.instead), (*done, *idea.changes))
            )
            before, after = usual.run(_WELL).rates, changed.run(_WELL).rates
            self.trials += 2
            rate, gain = float(before.mean()), after - before
            held = None
            if idea.between and self.held.missed > 0:
                held = self.held.beyond(self._known(model, idea, done))
                self.held = Held(self.held.pace)
            running = usual.running_s / SHIFT_S
            told = gained(before / running, gain / running, None if done else past, held)
            # the best of so many: each is asked to be surer
            level = 1.0 - 0.1 / max(1, self.asked)
            sure = held is not None or gain.mean() > half_width(gain, level)
            if not sure or told.low <= 0 or told.mean * running < _WORTH * rate:
                continue
            done = (*done, *idea.changes)
            found.append(
                Improvement(
                    kind=idea.kind, asset=idea.asset, target=idea.target, changes=idea.changes,
                    gain=scaled(told, running, f"{self.line.unit_of_flow or '1'}/min"),
                    share=told.mean * running / rate if rate > 0 else 0.0, why=idea.why,
                )
            )  # fmt: skip
        return found

    def _known(self, model: Model, idea: Idea, done: tuple[Change, ...]) -> float:
        """What the model says an idea gains per minute in which no machine stands."""
        base = self._base(model)
        calm = [
            Failures(asset=m.unit.id, life=_NEVER, repair=1 / _NEVER) for m in model.start.machines
        ]
        usual, changed = (
            self._made(model, (*done, *calm, *changes), base)
            for changes in (idea.instead, idea.changes)
        )
        return float((changed - usual).mean()) / base.running_s * 60.0


def _shares(one: Idea, other: Idea) -> bool:
    """Whether both change one thing."""
    return bool(_moved(one) & _moved(other))


def _moved(idea: Idea) -> set[str]:
    """What its changes move: set-points, and buffers by the machine before them."""
    return {
        change.point if isinstance(change, SetPoint) else change.source
        for change in idea.changes
        if isinstance(change, SetPoint | BufferSize)
    }


def _wasted(
    plant: Plant, rows: Rows, lines: Sequence[Line], looked: list[str]
) -> Iterator[Improvement]:
    """Media that lines draw while they stand, counted over the planned stops of a shift ahead."""
    asked = {line.id for line in lines}
    seen = [one for one in wastes(plant, rows) if one.line in asked]
    looked.append(
        f"what {len(seen)} lines draw of their headers while they stand was looked at"
        if seen
        else "no line was seen to stand long enough to tell what it draws then"
    )
    for waste in seen:
        minutes = _standing_min(plant, waste.line, rows.at)
        share = waste.flow * minutes / (waste.drawn * SHIFT_S / 60) if waste.drawn > 0 else 0.0
        if wasteful(waste, _SURE) and share >= _WORTH_OF_MEDIUM:
            yield _spared(waste, minutes, share)


def _spared(waste: Waste, minutes: float, share: float) -> Improvement:
    return Improvement(
        kind="waste",
        asset=waste.line,
        target=waste.header,
        gain=waste.over(minutes),
        share=share,
        why=f"while it stands it draws too much {waste.medium.replace('_', ' ')}",
    )


def _standing_min(plant: Plant, line: str, at: Instant) -> float:
    """Minutes of planned stops in the shift's length ahead."""
    end = at + int(SHIFT_S * SECOND)
    stops = planned_stops(plant, line, at, end)
    return sum(min(s.end, end) - max(s.start, at) for s in stops) / SECOND / 60


def _reordered(
    snapshot: Snapshot, line: Line, seed: int, effort: float, looked: list[str]
) -> Iterator[Improvement]:
    """A better order of the line's jobs, where it wins time in changeovers and makes none late."""
    plant = snapshot.plant
    if effort <= 0 or sum(order.line == line.id for order in plant.orders) < 2:
        return
    set_up = {k: v for k, v in running(snapshot).items() if k == line.id}
    limits = Limits(effort=effort, seconds=20.0)
    try:
        plan = planned(
            plant, settled(snapshot), Wish(lines=(line.id,), running=set_up, limits=limits), seed
        )
    except ImpossibleScenario:  # orders that cannot be timed have no better order
        return
    looked.append(f"{line.name}: the order of {len(plan.turns)} jobs was searched")
    share = reached(snapshot, line, Rows(snapshot, settled(snapshot)))
    if (found := _sooner(plan, plant, line, share)) is not None:
        yield found


def _sooner(plan: Plan, plant: Plant, line: Line, share: Estimate) -> Improvement | None:
    before, offered = plan.before, plan.offered
    if before is None or offered is None or offered.late_s > before.late_s:
        return None
    won = before.changeover_s - offered.changeover_s
    rates = {p.id: p.rates.get(line.id) for p in plant.products}
    paces = [rate for turn in plan.turns if (rate := rates.get(turn.product)) is not None]
    if won < 60 or not paces:
        return None
    pace = sum(paces) / len(paces)
    mean = won / 60 * pace * share.mean
    # whichever of the products is made in it
    low, high = won / 60 * min(paces) * share.low, won / 60 * max(paces) * share.high
    whole = (before.end - plan.at) / SECOND / 60 * pace * share.mean
    return Improvement(
        kind="changeover",
        asset=line.id,
        orders=tuple(turn.order for turn in plan.turns),
        gain=Estimate(mean=mean, low=low, high=high, unit=line.unit_of_flow or "1"),
        share=mean / whole if whole > 0 else 0.0,
        why=(
            f"{before.changeovers} changeovers take {ceil(before.changeover_s / 60)} min as "
            f"planned, {ceil(offered.changeover_s / 60)} min in a better order"
        ),
    )
