"""Learnt models: fitted in a worker from a plant's own past, proposed at the desk.

Of a machine how likely it fails and how long it lasts, of a line what it throws out and what its
forecasts miss. It must never answer by a model that nobody promoted.
"""

import asyncio
import json
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from api.calibrating import FORETOLD_S, Calibrator
from api.champions import Champions
from twin_core.answer import Asker
from twin_core.derived_history import buckets
from twin_core.errors import CannotLearn, WrongKind
from twin_core.evidence import Evidence
from twin_core.governance.action import Basis, Draft, ModelPromotion
from twin_core.governance.desk import ProposalDesk, Receipt
from twin_core.models import CORRECTION, FAILURE_RISK, QUALITY, REMAINING_LIFE, Kept, Models
from twin_core.plant.assets import Plant, Point
from twin_core.ports import Clock, Compute, Historian
from twin_core.simulation.calibrating.line_history import LineHistory, running
from twin_core.simulation.calibrating.lives import own_stops
from twin_core.simulation.calibrating.spans import clock_of
from twin_core.simulation.learning.examples import Examples
from twin_core.simulation.learning.failure_risk import fit_failure_risk
from twin_core.simulation.learning.lasting import life_examples
from twin_core.simulation.learning.learned import LearnedModel
from twin_core.simulation.learning.missed import missed_examples
from twin_core.simulation.learning.regression import fit_value
from twin_core.simulation.learning.rejecting import quality_points, reject_examples
from twin_core.simulation.learning.reliability import Reliability
from twin_core.simulation.learning.remaining_life import fit_remaining_life
from twin_core.simulation.learning.residuals import fit_correction
from twin_core.simulation.learning.stopping import STEP_S, measured, risk_examples
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant, Slug

HOURS = {FAILURE_RISK: 8.0, REMAINING_LIFE: 24.0, QUALITY: 1.0, CORRECTION: FORETOLD_S / 3600.0}
"""How far ahead each kind looks where nobody says; a correction always so far."""

_OF_MACHINES, _OF_LINES = (FAILURE_RISK, REMAINING_LIFE), (QUALITY, CORRECTION)
_HEARD = 0.5


class Lessons:
    """Fits models of machines and lines, and proposes that they are used."""

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

    async def learn(self, asset: str, kind: Slug, hours: float, days: float) -> LearnedModel:
        """Fit and keep a model of that kind.

        Args:
            asset: a machine for its failing and its life, a line for quality and corrections.
            kind: of `HOURS`.
            hours: how far ahead it looks; of a life the running hours past which nothing is told.
            days: plant days to learn from.

        Raises:
            UnknownName, WrongKind, NoData, StoreDown, ComputeDown.
            CannotLearn: the past teaches none, and what would.
        """
        self._learns(asset, kind)
        report: dict[str, object] = {"horizon_s": hours * 3600.0}
        forecast: NDArray[np.float64] | None = None
        if kind == CORRECTION:
            standing = (await self.champions.in_use()).sets.get(self._plant.line(asset).id)
            version = "" if standing is None else standing.version
            report = {"horizon_s": FORETOLD_S, "of": version}
            examples, forecast = await self._missed(asset, version, days)
        elif kind == QUALITY:
            examples = await self._rejects(asset, hours * 3600.0, days)
        else:
            examples = await self._failing(asset, kind, hours * 3600.0, days)
        work = (kind, examples, forecast, self._seed)
        (model,) = await self._compute.map(_fitted, [work], long=True)
        await self._models.keep(
            Kept(
                asset=asset,
                model=kind,
                version=model.version,
                made=self._clock.ledger(),
                body=model.model_dump_json(),
                report=json.dumps(report),
            )
        )
        return model

    async def propose(self, asset: str, kind: Slug, version: str, asker: Asker) -> Receipt:
        """Hand the promotion of a fitted model in at the desk.

        Raises:
            UnknownName: no such version was fitted.
            WrongKind: nothing of that kind is learnt of it.
        """
        self._learns(asset, kind)
        kept = await self._models.kept(asset, kind, version)
        model = LearnedModel.model_validate(json.loads(kept.body))
        in_use = await self.champions.in_use()
        champion = in_use.learnt(asset, kind)
        snapshot = self._snapshots()
        told = Evidence(
            kind="forecast",
            subject=asset,
            statement=said(model),
            data={"version": version, "rows": model.fitted_on.rows},
            time=model.fitted_on.end or snapshot.now,
            quality="simulated",
            origin=f"model {version}",
        )
        draft = Draft(
            action=ModelPromotion(
                asset=asset, model=kind, version=version,
                replaces="" if champion is None else champion.version,
            ),
            title=f"Use model {version} for the {model.target.name}",
            reason=told.statement,
            evidence=(told,),
            basis=Basis(points=(), revision=snapshot.revision),
        )  # fmt: skip
        return await self._desk.submit(draft, asker)

    def _learns(self, asset: str, kind: Slug) -> None:
        """Refuse a kind that is not learnt of such an asset, with what may be learnt of what.

        Raises:
            UnknownName: nothing is called so.
            WrongKind: a line for a machine, or the other way round.
        """
        line, of_machines = self._plant.line(asset), kind in _OF_MACHINES
        if asset != line.id:
            self._plant.unit(asset)
        if (asset != line.id) == of_machines:
            return
        what = f"What {kind.replace('-', ' ')} is learnt of"
        if of_machines:
            given = f"{asset}, a line (of which {' and '.join(_OF_LINES)} are learnt)"
            machines = ", ".join(unit.id for unit in self._plant.machines(line)) or "it has none"
            raise WrongKind(what, given, f"one of its machines ({machines})")
        given = f"{asset}, a machine (of which {' and '.join(_OF_MACHINES)} are learnt)"
        raise WrongKind(what, given, f"its line, {line.id},")

    async def _failing(self, unit: str, kind: Slug, ahead_s: float, days: float) -> Examples:
        machine = self._plant.unit(unit)
        history = await self._calibrator.history(self._plant.line(unit).id, days)
        mine = next((m for m in history.machines if m.unit.id == unit), None)
        if mine is None:
            raise CannotLearn(f"failures of {machine.name}", "it tells no state", "its states")
        failures = await asyncio.to_thread(own_stops, history, mine)
        value = await self._heard(measured(machine), history, machine.name)
        if kind == FAILURE_RISK:
            return await asyncio.to_thread(
                risk_examples, machine, ahead_s, history.start, value, failures
            )
        ran = clock_of(await asyncio.to_thread(running, mine, history.planned))
        return await asyncio.to_thread(
            life_examples, machine, ahead_s, history.start, value, failures, ran
        )

    async def _rejects(self, asset: str, ahead_s: float, days: float) -> Examples:
        line = self._plant.line(asset)
        history = await self._calibrator.history(line.id, days)
        points, _ = quality_points(self._plant, line)
        value = await self._heard(points, history, line.name)
        return await asyncio.to_thread(
            reject_examples, self._plant, ahead_s, history, history.start, value
        )

    async def _missed(
        self, asset: str, version: str, days: float
    ) -> tuple[Examples, NDArray[np.float64]]:
        line = self._plant.line(asset)
        history = await self._calibrator.history(line.id, days)
        told = [
            one
            for one in await self.champions.foretold(line.id, version)
            if one.start >= history.start
        ]
        unit = f"{line.unit_of_flow or '1'}/min"
        return await asyncio.to_thread(missed_examples, self._plant, history, told, unit)

    async def _heard(
        self, points: Sequence[Point], history: LineHistory, name: str
    ) -> dict[str, NDArray[np.float64]]:
        """The mean of each ten minutes by point id, NaN where it was not heard.

        A point that was not heard in most of them is left out: no row would be whole.
        """
        rows = int((history.end - history.start) / (STEP_S * SECOND))
        if rows < 1:
            raise CannotLearn(name, "it was hardly heard", "days of it")
        end: Instant = history.start + rows * int(STEP_S * SECOND)
        value = {}
        for point in points:
            found = await buckets(self._plant, self._historian, point.id, history.start, end, rows)
            mean = np.where(found["count"] > 0, found["mean"], np.nan)
            if np.isfinite(mean).mean() >= _HEARD:
                value[point.id] = mean
        return value


def said(model: LearnedModel) -> str:
    """How good a model is, for people."""
    by = model.calibration
    if isinstance(by, Reliability):
        return (
            f"{model.target.name}: on {by.blocks} blocks left out ({by.rows} rows) its Brier score "
            f"is {by.brier:.4g}, the base rate's {by.trivial:.4g}; usual are {by.base_rate:.1%}."
        )
    misses, unit = by.misses, model.target.unit
    held = next((c.observed for c in misses.coverages if c.level == 0.9), None)
    return (
        f"{model.target.name}: on {misses.blocks} blocks left out ({misses.rows} rows) it is off "
        f"by {misses.error:.3g} {unit} (root mean square), without it by {misses.trivial:.3g}"
        + ("." if held is None else f"; its 90 % intervals held {held:.0%} of them.")
    )


def _fitted(
    work: tuple[Slug, Examples, NDArray[np.float64] | None, int],
) -> LearnedModel:
    kind, examples, forecast, seed = work
    if kind == FAILURE_RISK:
        return fit_failure_risk(examples, seed)
    if kind == REMAINING_LIFE:
        return fit_remaining_life(examples, seed)
    if kind == QUALITY:
        return fit_value(examples, seed)
    assert forecast is not None
    examples.check()
    found = fit_correction(examples, forecast, seed)
    if found.model is None:
        raise CannotLearn(examples.target.name, found.reason, "forecasts that are off by a rule")
    return found.model
