"""What the assistant is given to see: belief, history, documents, simulation. All of it read-only.

These are the real objects behind the Protocols of `tools/view.py`. None of them holds a gate, a
ledger or a connection that acts.
"""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from api.champions import Champions, InUse
from knowledge.library import Library as Shelf
from knowledge.passages import Hit
from tools.view import ProposalStatus
from twin_core.advice.advise import advise
from twin_core.advice.remedy import Advice
from twin_core.answer import Asker
from twin_core.derived_history import buckets
from twin_core.diagnosis.cause import Cause, Diagnosis
from twin_core.diagnosis.diagnose import diagnose
from twin_core.errors import NotAllowed, NotLearnt, SourceDown
from twin_core.plant.cell import Cell
from twin_core.plant.warehouse import PickOrder, Storehouse
from twin_core.ports import Compute, Historian, WorkOrderRecord
from twin_core.simulation.calibrating.failing import Failing, by_law
from twin_core.simulation.forecaster import compare, forecast
from twin_core.simulation.learning.risking import learned_risk
from twin_core.simulation.objective import Objective, Ranking
from twin_core.simulation.ranking import rank
from twin_core.simulation.robots.task import Sequence as Tasks
from twin_core.simulation.robots.trial import Trial, trial
from twin_core.simulation.scenario import Change, Comparison, Forecast, Scenario
from twin_core.simulation.scheduling.plan import Plans, Wish, plans
from twin_core.simulation.scheduling.seen import running
from twin_core.simulation.sensitivity import Sensitivity, sensitivity
from twin_core.simulation.warehousing.choices import (
    Picking,
    Replenishing,
    Slotting,
    picking,
    replenishing,
    slotting,
)
from twin_core.simulation.warehousing.picking_ranked import PickObjective
from twin_core.twin import Snapshot
from twin_core.value import Instant, Path

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
    ) -> None:
        site = snapshot().plant.site
        if site not in asker.sites:
            raise NotAllowed(asker.name, f"see site {site}", f"site {site}")
        self._snapshot = snapshot
        self._historian = historian
        self._proposals = proposals
        self._pick_orders = pick_orders

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


class Reader:
    """The library off the serving loop."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def search(
        self, query: str, classes: Sequence[str] = (), limit: int = 5
    ) -> Sequence[Hit]:
        """Passages nearest to the query, best first."""
        return await asyncio.to_thread(self._shelf.search, query, classes, limit)


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

    def __init__(self, compute: Compute, seed: int, champions: Champions | None = None) -> None:
        self._compute = compute
        self._seed = seed
        self._champions = champions

    async def forecast(self, snapshot: Snapshot, scenario: Scenario) -> Forecast:
        """What will happen."""
        snapshot = await self._applied(snapshot, (scenario.line,), scenario.changes)
        return await self._run(forecast, snapshot, scenario)

    async def compare(
        self, snapshot: Snapshot, baseline: Scenario, candidates: Sequence[Scenario]
    ) -> Sequence[Comparison]:
        """Candidates against a baseline with common random numbers."""
        changes = [change for scenario in candidates for change in scenario.changes]
        snapshot = await self._applied(snapshot, (baseline.line,), changes)
        return await self._run(compare, snapshot, baseline, tuple(candidates))

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
        snapshot = await self._applied(snapshot, [s.line for s in scenarios], changes)
        many = len(scenarios) > _FEW
        return await self._run(rank, snapshot, tuple(scenarios), objective, long=many)

    async def diagnose(self, snapshot: Snapshot, subject: Path, span_s: float) -> Diagnosis:
        """Why a line or unit does what it does; a set that is not relied on is not used."""
        snapshot = await self._applied(snapshot, ())
        return await self._run(diagnose, snapshot, subject, span_s)

    async def advise(self, snapshot: Snapshot, diagnosis: Diagnosis, cause: Cause) -> Advice:
        """What could be done about a cause."""
        lines = [
            line.id
            for line in snapshot.plant.lines
            if f"{diagnosis.subject}/".startswith(f"{line.id}/")
        ]
        snapshot = await self._applied(snapshot, lines)
        return await self._run(advise, snapshot, diagnosis, cause)

    async def schedule(self, snapshot: Snapshot, wish: Wish) -> Plans:
        """Orders as planned and as offered."""
        seen = wish.model_copy(update={"running": {**running(snapshot), **wish.running}})
        return await self._run(plans, snapshot.plant, snapshot.now, seen, long=True)

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
