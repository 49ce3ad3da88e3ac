"""All that an agent's tools may see, as read-only Protocols. Nothing here acts.

`View` is belief and history, already cut down to the sites of the asker; `Library` documents;
`Forecaster` simulation, diagnosis and advice (run elsewhere); `Desk` is `ProposalDesk`.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.passages import Hit
from twin_core.advice.remedy import Advice
from twin_core.case import Case
from twin_core.diagnosis.cause import Cause, Diagnosis
from twin_core.governance.action import Action
from twin_core.plant.cell import Cell
from twin_core.plant.warehouse import PickOrder, Storehouse
from twin_core.prospect.improvement import Improved
from twin_core.prospect.window import Agreement, Job
from twin_core.simulation.calibrating.failing import Failing
from twin_core.simulation.calibrating.skill import Foretold, Skill
from twin_core.simulation.learning.telling import Learnt
from twin_core.simulation.objective import Objective, Ranking
from twin_core.simulation.robots.task import Sequence as Tasks
from twin_core.simulation.robots.trial import Trial
from twin_core.simulation.scenario import Comparison, Forecast, Scenario
from twin_core.simulation.scheduling.plan import Plans, Wish
from twin_core.simulation.scheduling.standing import LinePlan
from twin_core.simulation.sensitivity import Sensitivity
from twin_core.simulation.warehousing.between import Balanced, Held
from twin_core.simulation.warehousing.choices import Picking, Replenishing, Slotting
from twin_core.simulation.warehousing.picking_ranked import PickObjective
from twin_core.testimony.testimony import Testimony
from twin_core.twin import Snapshot
from twin_core.value import Instant, Path, Slug, Value


class ProposalStatus(Value):
    """How a proposal stands, for people.

    Attributes:
        action: what would be done; by it, not by its title, the same is known again.
        state: of the field-write protocol (`pending`, `verified`, `effect_seen` …).
        by: user who asked for it.
        at: plant time at which it came to stand so.
        moments: plant times at which it was handed in and voted on, in order.
        helps: the line on which its effect is expected; None where none is.
        rehearsals: what each found, one sentence.
        votes: one sentence each ("Ada Byrne (supervisor) approved at 14:03: …").
    """

    proposal: str
    title: str
    action: Action
    state: str
    needs: str
    votes: tuple[str, ...]
    result: str
    by: str = ""
    at: Instant = 0
    moments: tuple[Instant, ...] = ()
    helps: Path | None = None
    rehearsals: tuple[str, ...] = ()


class View(Protocol):
    """Belief and history inside the asker's sites."""

    def snapshot(self) -> Snapshot:
        """The newest snapshot. Call again for a newer one."""
        ...

    async def history(
        self, point: str, start: Instant, end: Instant, n: int
    ) -> dict[str, NDArray[np.float64]]:
        """`n` buckets of one point: time (s), mean, low, high, count."""
        ...

    async def proposals(self) -> Sequence[ProposalStatus]:
        """Proposals of the asker's sites, newest first."""
        ...

    async def pick_orders(self, store: Storehouse) -> Mapping[date, Sequence[PickOrder]]:
        """The order history of a warehouse by day, days ascending."""
        ...

    def cases(self) -> Sequence[Case]:
        """Earlier incidents with what they were, oldest first."""
        ...

    def testimony(self) -> Sequence[Testimony]:
        """What people reported, in order of days."""
        ...


class Library(Protocol):
    """Documents."""

    async def search(
        self,
        query: str,
        classes: Sequence[str] = (),
        limit: int = 5,
        near: Mapping[str, int] | None = None,
    ) -> Sequence[Hit]:
        """Passages nearest to the query, best first.

        Args:
            query: a question, or some words.
            classes: narrows to equipment classes.
            limit: how many.
            near: equipment class or asset → steps in the plant from the asset asked about: those
                nearer come before those that fit about as well.
        """
        ...


class Forecaster(Protocol):
    """Simulation, diagnosis, advice and plans on a snapshot, off the serving loop."""

    async def forecast(self, snapshot: Snapshot, scenario: Scenario) -> Forecast:
        """What will happen."""
        ...

    async def compare(
        self, snapshot: Snapshot, baseline: Scenario, candidates: Sequence[Scenario]
    ) -> Sequence[Comparison]:
        """Candidates against a baseline, common random numbers, in the order given."""
        ...

    async def sensitivity(
        self, snapshot: Snapshot, line: Path, horizon_s: float, step: float
    ) -> Sensitivity:
        """What limits a line; `step` is the share by which speeds are turned up and down."""
        ...

    async def rank(
        self, snapshot: Snapshot, scenarios: Sequence[Scenario], objective: Objective
    ) -> Ranking:
        """Scenarios under the same luck, the best first; the first is what is compared with."""
        ...

    async def diagnose(
        self, snapshot: Snapshot, subject: Path, span_s: float, at: Instant | None = None
    ) -> Diagnosis:
        """Why a line (or unit) does what it does, or did at a moment of the past."""
        ...

    async def advise(self, snapshot: Snapshot, diagnosis: Diagnosis, cause: Cause) -> Advice:
        """What could be done about a cause."""
        ...

    async def schedule(self, snapshot: Snapshot, wish: Wish) -> Plans:
        """Orders as planned and as offered; what lines are set up for as seen, if not said."""
        ...

    async def line_plans(self, snapshot: Snapshot, lines: tuple[Path, ...]) -> tuple[LinePlan, ...]:
        """How the orders of lines stand by their plan; without those that have none."""
        ...

    async def picking(
        self, store: Storehouse, orders: Sequence[PickOrder], objective: PickObjective
    ) -> Picking:
        """Ways to pick a day's orders on the same days, the best first."""
        ...

    async def try_cell(self, cell: Cell, sequence: Tasks) -> Trial:
        """Whether a sequence of a robot cell is possible and safe, and how long it takes."""
        ...

    async def risk(self, snapshot: Snapshot, unit: Path, horizon_s: float) -> Failing:
        """How likely a machine fails within a time, by what was learnt and promoted.

        Raises:
            NotLearnt: nothing was, and what would be needed.
            BeyondModel, NotRelied: what was says nothing here, or may not be relied on.
        """
        ...

    async def learnt(
        self, snapshot: Snapshot, asset: Path, kind: Slug, limit: float | None = None
    ) -> Learnt:
        """What a promoted model of a value (`models.OF_VALUES`) says now, and why.

        Args:
            snapshot: what is believed.
            asset: a machine for its life, a line for its quality and corrections.
            kind: which.
            limit: of a quality, per cent of rejects that shall not be passed.

        Raises:
            NotLearnt: none was promoted, and what would be needed.
            BeyondModel: it says nothing here.
        """
        ...

    async def window(self, snapshot: Snapshot, job: Job) -> Agreement:
        """The window for a job that line, crew and planner come to."""
        ...

    async def improve(self, snapshot: Snapshot, subject: Path) -> Improved:
        """What could run better at or below a path, within the quota of one question."""
        ...

    async def skill(self, snapshot: Snapshot, line: Path) -> tuple[Skill, tuple[Foretold, ...]]:
        """How the forecasts of a line did that were made with what is used now, and these.

        Raises:
            NotLearnt: there is none yet.
        """
        ...

    async def slotting(self, store: Storehouse, days: Sequence[Sequence[PickOrder]]) -> Slotting:
        """Where goods should lie, made from the days before and judged on the last."""
        ...

    async def replenishing(
        self, store: Storehouse, days: Sequence[Sequence[PickOrder]]
    ) -> Replenishing:
        """When goods should be fetched, drawn from the day before and judged on the last."""
        ...

    async def rebalancing(self, held: Sequence[Held]) -> Balanced:
        """Which stock should move between warehouses, each with its days of orders."""
        ...
