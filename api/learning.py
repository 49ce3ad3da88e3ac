"""Learnt risks of failing: fitted in a worker from a machine's own past, proposed at the desk.

It must never answer by a model that nobody promoted.
"""

import asyncio
import json
from collections.abc import Callable

import numpy as np

from api.calibrating import Calibrator
from api.champions import Champions
from twin_core.answer import Asker
from twin_core.errors import CannotLearn
from twin_core.evidence import Evidence
from twin_core.governance.action import Basis, Draft, ModelPromotion
from twin_core.governance.desk import ProposalDesk, Receipt
from twin_core.models import FAILURE_RISK, Kept, Models
from twin_core.plant.assets import Plant
from twin_core.ports import Clock, Compute, Historian
from twin_core.simulation.calibrating.lives import own_stops
from twin_core.simulation.learning.examples import Examples
from twin_core.simulation.learning.failure_risk import fit_failure_risk
from twin_core.simulation.learning.learned import LearnedModel
from twin_core.simulation.learning.reliability import Reliability
from twin_core.simulation.learning.stopping import STEP_S, measured, risk_examples
from twin_core.twin import Snapshot
from twin_core.value import SECOND


class RiskLearner:
    """Fits the risk of failing of one machine, and proposes that it is used."""

    def __init__(
        self,
        plant: Plant,
        historian: Historian,
        compute: Compute,
        models: Models,
        calibrator: Calibrator,
        snapshots: Callable[[], Snapshot],
        desk: ProposalDesk,
        clock: Clock,
        seed: int,
    ) -> None:
        self._plant, self._historian, self._compute = plant, historian, compute
        self._models, self._calibrator, self._snapshots = models, calibrator, snapshots
        self._desk, self._clock, self._seed = desk, clock, seed

    @property
    def champions(self) -> Champions:
        """What is used now."""
        return self._calibrator.champions

    async def learn(self, unit: str, hours: float, days: float) -> LearnedModel:
        """Fit and keep a model of the risk that a machine fails within so many hours.

        Raises:
            UnknownName, NoData, StoreDown, ComputeDown.
            CannotLearn: too few failures, or nothing that tells of them.
        """
        machine = self._plant.unit(unit)
        line = self._plant.line(unit).id
        history = await self._calibrator.history(line, days)
        mine = next((m for m in history.machines if m.unit.id == unit), None)
        if mine is None:
            raise CannotLearn(f"failures of {machine.name}", "it tells no state", "its states")
        failures = await asyncio.to_thread(own_stops, history, mine)
        rows = int((history.end - history.start) / (STEP_S * SECOND))
        if rows < 1:
            raise CannotLearn(f"failures of {machine.name}", "it was hardly heard", "days of it")
        end = history.start + rows * int(STEP_S * SECOND)
        value = {}
        for point in measured(machine):
            index = self._plant.index[point.id]
            found = await self._historian.buckets(index, history.start, end, rows)
            value[point.id] = np.where(found["count"] > 0, found["mean"], np.nan)
        examples = risk_examples(machine, hours * 3600.0, history.start, value, failures)
        (model,) = await self._compute.map(_fitted, [(examples, self._seed)], long=True)
        await self._models.keep(
            Kept(
                asset=unit,
                model=FAILURE_RISK,
                version=model.version,
                made=self._clock.ledger(),
                body=model.model_dump_json(),
                report=json.dumps({"horizon_s": hours * 3600.0}),
            )
        )
        return model

    async def propose(self, unit: str, version: str, asker: Asker) -> Receipt:
        """Hand the promotion of a fitted model in at the desk.

        Raises:
            UnknownName: no such version was fitted.
        """
        kept = await self._models.kept(unit, FAILURE_RISK, version)
        model = LearnedModel.model_validate(json.loads(kept.body))
        champion = (await self.champions.in_use()).risks.get(unit)
        snapshot = self._snapshots()
        told = Evidence(
            kind="forecast",
            subject=unit,
            statement=judged(model),
            data={"version": version, "rows": model.fitted_on.rows},
            time=model.fitted_on.end or snapshot.now,
            quality="simulated",
            origin=f"model {version}",
        )
        draft = Draft(
            action=ModelPromotion(
                asset=unit, model=FAILURE_RISK, version=version,
                replaces="" if champion is None else champion[0].version,
            ),
            title=f"Use model {version} for the {model.target.name}",
            reason=told.statement,
            evidence=(told,),
            basis=Basis(points=(), revision=snapshot.revision),
        )  # fmt: skip
        return await self._desk.submit(draft, asker)


def judged(model: LearnedModel) -> str:
    """How good a model of a probability is, for people."""
    by = model.calibration
    assert isinstance(by, Reliability)
    return (
        f"{model.target.name}: on {by.blocks} blocks left out ({by.rows} rows) its Brier score is "
        f"{by.brier:.4g}, the base rate's {by.trivial:.4g}; usual are {by.base_rate:.1%}."
    )


def _fitted(work: tuple[Examples, int]) -> LearnedModel:
    examples, seed = work
    return fit_failure_risk(examples, seed)
