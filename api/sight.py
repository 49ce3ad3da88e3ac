"""What the assistant is given to see: belief, history, documents, simulation. All of it read-only.

These are the real objects behind the Protocols of `tools/view.py`. None of them holds a gate, a
ledger or a connection that acts.
"""

import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from api.casebook import Casebook
from api.champions import Champions, InUse
from api.recalled import Recalled
from tools.view import ProposalStatus
from tools.wording import called
from twin_core.advice.advise import advise
from twin_core.advice.remedy import Advice
from twin_core.answer import Asker
from twin_core.case import Case
from twin_core.derived_history import buckets
from twin_core.diagnosis.cause import Cause, Diagnosis
from twin_core.diagnosis.diagnose import diagnose
from twin_core.errors import BeyondModel, ImpossibleScenario, NotAllowed, NotLearnt, SourceDown
from twin_core.models import QUALITY, REMAINING_LIFE
from twin_core.plant.cell import Cell
from twin_core.plant.warehouse import PickOrder, Storehouse
from twin_core.ports import Compute, Historian, WorkOrderRecord
from twin_core.prospect.improve import improve
from twin_core.prospect.improvement import Improved
from twin_core.prospect.negotiate import agree
from twin_core.prospect.window import Agreement, Job
from twin_core.simulation.calibrating.failing import Failing, by_law
from twin_core.simulation.calibrating.skill import Foretold, Skill, skill
from twin_core.simulation.forecaster import compare, forecast
from twin_core.simulation.learning.lasting import life_row
from twin_core.simulation.learning.missed import missed_row
from twin_core.simulation.learning.rejecting import reject_row
from twin_core.simulation.learning.risking import learned_risk
from twin_core.simulation.learning.telling import Learnt, told_now
from twin_core.simulation.objective import Objective, Ranking
from twin_core.simulation.ranking import rank
from twin_core.simulation.robots.task import Sequence as Tasks
from twin_core.simulation.robots.trial import Trial, trial
from twin_core.simulation.scenario import AsOf, Change, Comparison, Forecast, Scenario
from twin_core.simulation.scheduling.plan import Plans, Wish, plans
from twin_core.simulation.scheduling.seen import running
from twin_core.simulation.scheduling.solve import Watch
from twin_core.simulation.scheduling.standing import LinePlan, line_plans
from twin_core.simulation.sensitivity import Sensitivity, sensitivity
from twin_core.simulation.warehousing.between import Balanced, Held, between
from twin_core.simulation.warehousing.choices import (
    Picking,
    Replenishing,
    Slotting,
    picking,
    replenishing,
    slotting,
)
from twin_core.simulation.warehousing.picking_ranked import PickObjective
from twin_core.testimony.testimony import Testimony
from twin_core.twin import Snapshot
from twin_core.value import Instant, Path, Slug

_T = TypeVar("_T")

_FEW = 4
"""So many scenarios, things as they are among them, are ranked while a person waits."""

PickOrders: TypeAlias = Callable[[Storehouse], Awaitable[Mapping[date, Sequence[PickOrder]]]]
"""The order history of a warehouse by day, days ascending."""


class SiteView:
    """One asker's view of one site.

    Raises:
        NotAllowed: when made for someone who may not see the site.
    """

    def __init__(
        self,
        asker: Asker,
        snapshot: Callable[[], Snapshot],
        historian: Historian,
        proposals: Callable[[], Awaitable[Sequence[ProposalStatus]]],
        pick_orders: PickOrders,
        casebook: Casebook | None = None,
    ) -> None:
        site = snapshot().plant.site
        if site not in asker.sites:
            raise NotAllowed(asker.name, f"see site {site}", f"site {site}")
        self._snapshot = snapshot
        self._historian = historian
        self._proposals = proposals
        self._pick_orders = pick_orders
        self._casebook = casebook

    def snapshot(self) -> Snapshot:
        """The newest snapshot."""
        return self._snapshot()

    async def history(
        self, point: str, start: Instant, end: Instant, n: int
    ) -> dict[str, NDArray[np.float64]]:
        """`n` buckets of one point."""
        return await buckets(self._snapshot().plant, self._historian, point, start, end, n)

    async def proposals(self) -> Sequence[ProposalStatus]:
        """Proposals of the site, newest first."""
        return await self._proposals()

    async def pick_orders(self, store: Storehouse) -> Mapping[date, Sequence[PickOrder]]:
        """The order history of a warehouse by day."""
        return await self._pick_orders(store)

    def cases(self) -> Sequence[Case]:
        """Earlier incidents with what they were, oldest first."""
        return () if self._casebook is None else self._casebook.cases()

    def testimony(self) -> Sequence[Testimony]:
        """What people reported, in order of days."""
        return () if self._casebook is None else self._casebook.testimony()


class NoRecords:
    """Work records of a plant whose file names no maintenance system."""

    async def work_orders(self, asset: str | None = None) -> Sequence[WorkOrderRecord]:
        """Never any; and that is said.

        Raises:
            SourceDown: always.
        """
        raise SourceDown(
            f"maintenance of {asset or 'this plant'}", "the plant file names no system"
        )


class PoolForecaster:
    """Simulation, diagnosis, advice and plans in the process pool.

    The seed is fixed for the process, so that the same question about the same snapshot gets the
    same numbers. Forecasts, comparisons and advice rest on what was promoted; without `champions`
    on the plant file alone.

    Raises:
        NotRelied: what was promoted for the line may not be relied on now, and why.
    """

    def __init__(
        self,
        compute: Compute,
        seed: int,
        champions: Champions | None = None,
        past: Recalled | None = None,
        casebook: Casebook | None = None,
    ) -> None:
        self._compute = compute
        self._seed = seed
        self._champions = champions
        self._past = past
        self._casebook = casebook

    async def forecast(self, snapshot: Snapshot, scenario: Scenario) -> Forecast:
        """What will happen."""
        snapshot = await self._then(snapshot, [scenario])
        snapshot = await self._applied(snapshot, (scenario.line,), scenario.changes)
        return await self._run(functools.partial(forecast, courses=True), snapshot, scenario)

    async def compare(
        self, snapshot: Snapshot, baseline: Scenario, candidates: Sequence[Scenario]
    ) -> Sequence[Comparison]:
        """Candidates against a baseline with common random numbers."""
        changes = [change for scenario in candidates for change in scenario.changes]
        snapshot = await self._then(snapshot, [baseline, *candidates])
        snapshot = await self._applied(snapshot, (baseline.line,), changes)
        told = functools.partial(compare, courses=True)
        return await self._run(told, snapshot, baseline, tuple(candidates))

    async def sensitivity(
        self, snapshot: Snapshot, line: Path, horizon_s: float, step: float
    ) -> Sensitivity:
        """What limits a line."""
        snapshot = await self._applied(snapshot, (line,))
        asked = functools.partial(sensitivity, horizon_s=horizon_s, step=step)
        return await self._run(asked, snapshot, line, long=True)

    async def rank(
        self, snapshot: Snapshot, scenarios: Sequence[Scenario], objective: Objective
    ) -> Ranking:
        """Scenarios under the same luck, the best first."""
        changes = [change for scenario in scenarios for change in scenario.changes]
        snapshot = await self._then(snapshot, scenarios)
        snapshot = await self._applied(snapshot, [s.line for s in scenarios], changes)
        many = len(scenarios) > _FEW
        return await self._run(rank, snapshot, tuple(scenarios), objective, long=many)

    async def diagnose(
        self, snapshot: Snapshot, subject: Path, span_s: float, at: Instant | None = None
    ) -> Diagnosis:
        """Why a line or unit does what it does; a set that is not relied on is not used.

        With `at` why it did what it did then, by what was believed then and is known of it now.

        Raises:
            ImpossibleScenario: the history does not have that moment.
        """
        if at is not None and at < snapshot.watermark:
            if self._past is None:
                raise ImpossibleScenario("A question about the past", "now: there is no history")
            snapshot = await self._past.as_of(snapshot, at, snapshot.plant.line(subject).id)
        snapshot = await self._applied(snapshot, ())
        snapshot = await self._longer(snapshot, subject)
        book = self._casebook
        said = () if book is None else book.testimony(snapshot.watermark)
        cases = () if book is None else book.telling(snapshot.watermark)
        asked = functools.partial(diagnose, testimony=said, cases=cases)
        return await self._run(asked, snapshot, subject, span_s)

    async def advise(self, snapshot: Snapshot, diagnosis: Diagnosis, cause: Cause) -> Advice:
        """What could be done about a cause."""
        lines = [
            line.id
            for line in snapshot.plant.lines
            if f"{diagnosis.subject}/".startswith(f"{line.id}/")
        ]
        snapshot = await self._applied(snapshot, lines)
        snapshot = await self._longer(snapshot, diagnosis.subject)
        return await self._run(advise, snapshot, diagnosis, cause)

    async def schedule(self, snapshot: Snapshot, wish: Wish, watch: Watch | None = None) -> Plans:
        """Orders as planned and as offered; who watches hears of it, and may end it."""
        seen = wish.model_copy(update={"running": {**running(snapshot), **wish.running}})
        work = functools.partial(plans, watch=watch)
        return await self._run(work, snapshot.plant, snapshot.now, seen, long=True)

    async def line_plans(self, snapshot: Snapshot, lines: tuple[Path, ...]) -> tuple[LinePlan, ...]:
        """How the orders of lines stand by their plan."""
        work = functools.partial(line_plans, snapshot.plant, snapshot.now, lines)
        return (await self._compute.map(work, [running(snapshot)]))[0]

    async def picking(
        self, store: Storehouse, orders: Sequence[PickOrder], objective: PickObjective
    ) -> Picking:
        """Ways to pick a day's orders."""
        return await self._run(picking, store, tuple(orders), objective, long=True)

    async def slotting(self, store: Storehouse, days: Sequence[Sequence[PickOrder]]) -> Slotting:
        """Where goods should lie."""
        return await self._run(slotting, store, tuple(days), long=True)

    async def replenishing(
        self, store: Storehouse, days: Sequence[Sequence[PickOrder]]
    ) -> Replenishing:
        """When goods should be fetched."""
        return await self._run(replenishing, store, tuple(days), long=True)

    async def rebalancing(self, held: Sequence[Held]) -> Balanced:
        """Which stock should move between warehouses."""
        return await self._run(between, tuple(held), long=True)

    async def try_cell(self, cell: Cell, sequence: Tasks) -> Trial:
        """Whether a sequence of a robot cell is possible and safe, and how long it takes."""
        return (await self._compute.map(functools.partial(trial, cell), [sequence]))[0]

    async def risk(self, snapshot: Snapshot, unit: Path, horizon_s: float) -> Failing:
        """How likely a machine fails within a time, by what was learnt and promoted."""
        in_use = InUse() if self._champions is None else await self._champions.in_use()
        model, ahead_s = in_use.risks.get(unit, (None, 0.0))
        if model is not None and ahead_s == horizon_s:
            return learned_risk(snapshot, unit, model, horizon_s)
        line = snapshot.plant.line(unit)
        await self._applied(snapshot, (line.id,))  # refuses what is not relied on
        if line.id in in_use.sets:
            return by_law(in_use.sets[line.id], unit, horizon_s)
        name = snapshot.plant.unit(unit).name
        raise NotLearnt(
            f"failures of {name}", "no model of it was promoted",
            f"`opstwin learn {unit}` or `opstwin calibrate {line.id}`, and people who approve",
        )  # fmt: skip

    async def _longer(self, snapshot: Snapshot, subject: Path) -> Snapshot:
        """The snapshot, with how the loss of the subject's line began if that is long ago."""
        if self._past is None:
            return snapshot
        return await self._past.longer(snapshot, snapshot.plant.line(subject))

    async def _then(self, snapshot: Snapshot, scenarios: Sequence[Scenario]) -> Snapshot:
        """The snapshot that the scenarios start from: this one, or one of the past."""
        starts = {scenario.start for scenario in scenarios}
        for start in starts:
            if self._past is None or not isinstance(start, AsOf):
                continue
            found = await self._past.start_of(snapshot, start, scenarios[0].line)
            if found is not snapshot and len(starts) > 1:
                raise ImpossibleScenario(
                    "scenarios that start at different times, one of them long ago",
                    "one start for all",
                )
            if found is not snapshot:
                return found
        return snapshot

    async def learnt(
        self, snapshot: Snapshot, asset: Path, kind: Slug, limit: float | None = None
    ) -> Learnt:
        """What a promoted model of a value says now; a correction beside a forecast made now."""
        in_use = InUse() if self._champions is None else await self._champions.in_use()
        used = in_use.values.get((asset, kind))
        if used is None:
            raise NotLearnt(
                f"the {kind.replace('-', ' ')} of {called(asset, snapshot.plant)}",
                "no model of it was promoted",
                f"`opstwin learn {asset} --what {kind}`, and people who approve",
            )
        target = used.model.target.name
        forecast = None
        if kind == REMAINING_LIFE:
            values = life_row(snapshot, snapshot.plant.unit(asset), target)
        elif kind == QUALITY:
            line = snapshot.plant.line(asset)
            values = reject_row(snapshot, line, used.model.features, target)
        else:
            standing = in_use.sets.get(asset)
            version = "" if standing is None else standing.version
            if version != used.of:
                names = (used.of or "the plant file", version or "the plant file")
                reason = f"it corrects forecasts by {names[0]}, and {names[1]} is used now"
                raise BeyondModel(target, reason, ())
            as_it_is = Scenario(name="as it is", line=asset, horizon_s=used.ahead_s)
            forecast = (await self.forecast(snapshot, as_it_is)).rate
            values = missed_row(
                snapshot.plant, snapshot.past, asset, snapshot.watermark, used.ahead_s, forecast
            )
        told = functools.partial(
            told_now, used.model, asset, used.ahead_s, snapshot.now, limit=limit, forecast=forecast
        )
        return (await self._compute.map(told, [values]))[0]

    async def window(self, snapshot: Snapshot, job: Job) -> Agreement:
        """The window for a job that line, crew and planner come to."""
        snapshot = await self._applied(snapshot, (snapshot.plant.line(job.asset).id,))
        return await self._run(agree, snapshot, job, long=True)

    async def improve(self, snapshot: Snapshot, subject: Path) -> Improved:
        """What could run better, within the quota of one question; see `improve.Quota`."""
        snapshot = await self._applied(snapshot, ())
        return await self._run(improve, snapshot, subject, long=True)

    async def skill(self, snapshot: Snapshot, line: Path) -> tuple[Skill, tuple[Foretold, ...]]:
        """How the forecasts of a line did that were made with what is used now, and these."""
        in_use = InUse() if self._champions is None else await self._champions.in_use()
        standing = in_use.sets.get(line)
        version = "" if standing is None else standing.version
        told = () if self._champions is None else await self._champions.foretold(line, version)
        plant = snapshot.plant
        if not told:
            raise NotLearnt(
                f"how far forecasts of {called(line, plant)} are off",
                "none of them has been held against what came",
                "an hour or more in which the line is heard",
            )
        unit = f"{plant.line(line).unit_of_flow or '1'}/min"
        scored = functools.partial(skill, line, version or "the plant file", unit=unit)
        return (await self._compute.map(scored, [told]))[0], told

    async def _applied(
        self, snapshot: Snapshot, lines: Sequence[str], changes: Sequence[Change] = ()
    ) -> Snapshot:
        if self._champions is None:
            return snapshot
        return await self._champions.applied(snapshot, lines, changes)

    async def _run(self, work: Callable[..., _T], *arguments: object, long: bool = False) -> _T:
        """One pure function in a worker, with this process's seed."""
        seeded = functools.partial(_spread, functools.partial(work, seed=self._seed))
        return (await self._compute.map(seeded, [arguments], long=long))[0]


def _spread(work: Callable[..., _T], arguments: tuple[object, ...]) -> _T:
    return work(*arguments)
