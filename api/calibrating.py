"""Calibration of lines and of the process: history read, the work in a worker, proposals made.

It also foretells every line now and then and says later what came, so that a model's skill is
known, and a drift is found. It must never promote: people do, at the gate.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import numpy as np
import structlog

from api.champions import Champions
from twin_core.answer import Asker
from twin_core.errors import Conflict, NoData, OpsTwinError
from twin_core.evidence import Evidence
from twin_core.governance.action import Basis, Draft, ModelPromotion
from twin_core.governance.desk import ProposalDesk, Receipt
from twin_core.governance.events import Notify
from twin_core.governance.ports import Ledger
from twin_core.governance.trust import Doubt
from twin_core.models import PARAMETERS, PROCESS, Kept, Models, Told
from twin_core.plant.assets import Line, Plant
from twin_core.ports import Clock, Compute, Historian
from twin_core.recent import GRID_S
from twin_core.simulation.calibrating.heard import Heard
from twin_core.simulation.calibrating.line_history import LineHistory
from twin_core.simulation.calibrating.parameters import ParameterSet
from twin_core.simulation.calibrating.report import Calibration, calibration
from twin_core.simulation.calibrating.scoring import came
from twin_core.simulation.calibrating.skill import Foretold
from twin_core.simulation.forecaster import forecast
from twin_core.simulation.processes.history import ProcessHistory, stood, watched
from twin_core.simulation.processes.process_calibration import (
    ProcessCalibration,
    process_calibration,
)
from twin_core.simulation.processes.process_numbers import ProcessNumbers
from twin_core.simulation.scenario import Forecast, Scenario
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant

log = structlog.get_logger(__name__)

LONGEST_DAYS = 90
MOST_VALUES = 25_000_000
"""Of a process: points times buckets of ten seconds, what a worker can hold."""
_TASK = "calibration_task"
_DAY_US = 86_400 * SECOND
FORETOLD_S = 1800.0
"""How far each standing forecast looks, how often one is made, and what must be seen before."""
_LATEST_US = 6 * 3600 * SECOND
"""So long after its end what came of a forecast is looked for."""


class Calibrator:
    """Learns parameters of lines, proposes them, and keeps the score of those in use."""

    def __init__(
        self,
        plant: Plant,
        historian: Historian,
        compute: Compute,
        models: Models,
        champions: Champions,
        snapshots: Callable[[], Snapshot],
        desk: ProposalDesk,
        ledger: Ledger,
        tell: Callable[[str, Notify], None],
        doubt: Callable[[Doubt], Awaitable[None]],
        clock: Clock,
        seed: int,
    ) -> None:
        self._plant, self._historian, self._compute = plant, historian, compute
        self._models, self.champions = models, champions
        self._snapshots, self._clock = snapshots, clock
        self._desk, self._ledger, self._tell, self._doubt = desk, ledger, tell, doubt
        self._seed = seed
        self._due: Instant = 0
        self._tasks: dict[str, str] = {}

    async def history(self, line: str, days: float) -> LineHistory:
        """What a production line did over the last plant days, up to where belief is settled.

        Raises:
            UnknownName, NoData, StoreDown: as `Heard`, and where the history cannot be read.
        """
        heard = Heard(self._plant, self._plant.line(line))
        end = self._snapshots().watermark
        start = max(0, end - int(days * _DAY_US))
        async for batch in self._historian.heard(heard.points, start, end):
            await asyncio.to_thread(heard.add, batch)
        return await asyncio.to_thread(heard.history, start, end)

    async def calibrate(self, line: str, days: float) -> Calibration:
        """Learn a challenger from the line's history, hold it against the champion, and keep it.

        Raises:
            UnknownName, NoData, StoreDown, ComputeDown.
        """
        line = self._plant.line(line).id
        history = await self.history(line, days)
        champion = (await self.champions.in_use()).sets.get(line)
        told = await self._models.foretold(line, champion.version if champion else "")
        scored = tuple(one.scored for one in told)
        work = (self._plant, history, champion, scored, self._seed)
        (found,) = await self._compute.map(_calibrated, [work], long=True)
        await self._keep(line, PARAMETERS, found)
        return found

    async def calibrate_process(self, days: float) -> ProcessCalibration:
        """Learn the numbers of the process from the site's history, as a line's parameters are.

        Of its newest part, where all of it is more than a worker can hold.

        Raises:
            NoData, StoreDown, ComputeDown.
        """
        end = self._snapshots().watermark // (GRID_S * SECOND) * GRID_S * SECOND
        points = watched(self._plant)
        most = MOST_VALUES // max(1, len(points))
        rows = min(int(days * _DAY_US / (GRID_S * SECOND)), most)
        start = end - rows * GRID_S * SECOND
        if rows < 1 or start < 0 or not points:
            raise NoData(f"the media of {self._plant.name}", "the beginning")
        columns = {}
        for point in points:
            index = self._plant.index[point.id]
            found = await self._historian.buckets(index, start, end, rows)
            value = np.where(found["count"] > 0, found["mean"], np.nan)
            columns[point.id] = stood(value) if self._plant.tells_changes(point) else value
        history = ProcessHistory(float(GRID_S), columns, start)
        champion = (await self.champions.in_use()).process
        work = (self._plant, history, champion, self._seed)
        (report,) = await self._compute.map(_process_calibrated, [work], long=True)
        await self._keep(self._plant.site, PROCESS, report)
        return report

    async def _keep(self, asset: str, model: str, found: Calibration | ProcessCalibration) -> None:
        await self._models.keep(
            Kept(
                asset=asset,
                model=model,
                version=found.version,
                made=self._clock.ledger(),
                body=found.parameters.model_dump_json(),
                report=found.model_dump_json(),
            )
        )

    async def propose(self, asset: str, version: str, asker: Asker) -> Receipt:
        """Hand the promotion of what was calibrated in at the desk, with what was found of it.

        Args:
            asset: a line, or the site for its process.
            version: of what was learnt.
            asker: who asks for it.

        Raises:
            UnknownName: no such version was calibrated.
            Conflict: it did not do better than what is used now, or that has changed since.
        """
        model = PROCESS if asset == self._plant.site else PARAMETERS
        kept = await self._models.kept(asset, model, version)
        kind = ProcessCalibration if model == PROCESS else Calibration
        found = kind.model_validate(json.loads(kept.report))
        standing = (await self.champions.in_use()).version(asset)
        if found.objection:
            raise Conflict(f"{version} is not proposed", found.objection)
        if standing != found.champion:
            was, now = found.champion or "the plant file", standing or "the plant file"
            raise Conflict(
                f"{version} is not proposed",
                f"it was held against {was}, and {now} is used now; calibrate anew",
            )
        assert found.contest is not None
        drift = found.drift if isinstance(found, Calibration) else None
        snapshot = self._snapshots()
        draft = Draft(
            action=ModelPromotion(asset=asset, model=model, version=version, replaces=standing),
            title=f"Use parameters {version} for {found.name}",
            reason=found.contest.evidence.statement,
            evidence=(found.contest.evidence, *(() if drift is None else (drift.evidence,))),
            basis=Basis(points=(), revision=snapshot.revision),
        )
        return await self._desk.submit(draft, asker)

    async def foretell(self) -> None:
        """Say what came of forecasts that are over; foretell every line that is due; find drift.

        Raises:
            OpsTwinError: the store cannot be used, or the workers.
        """
        snapshot = self._snapshots()
        await self._score(snapshot)
        now = snapshot.watermark
        seen_s = GRID_S * len(snapshot.recent.time)
        if now < self._due or seen_s < FORETOLD_S:
            return
        self._due = now + int(FORETOLD_S) * SECOND
        given = await self.champions.given(snapshot)
        lines = [line for line in self._plant.lines if line.kind == "production"]
        work = partial(_foretold, seed=self._seed)
        for line in lines:  # one after the other: people's questions go between
            if not self._running(snapshot, line):
                continue
            (found,) = await self._compute.map(work, [(given, line.id)], long=True)
            if found is not None:
                await self._models.foretell(_told(found, given))

    async def _score(self, snapshot: Snapshot) -> None:
        for told in await self._models.open(snapshot.watermark):
            actual = came(self._plant, snapshot.past, told.line, told.start, told.end)
            if actual is not None or snapshot.watermark - told.end > _LATEST_US:
                await self._models.came(told, actual)
                self.champions.scored(told.line)
        for line, drift in (await self.champions.in_use()).drifts.items():
            if self._tasks.get(line) != drift.version:
                self._tasks[line] = drift.version
                await self._open(line, drift.evidence)

    async def _open(self, line: str, evidence: Evidence) -> None:
        """Open the task once: an audit record, and people are told."""
        version = evidence.data["version"]
        known = [r.body for r in await self._ledger.about(line) if r.kind == _TASK]
        if any(body.get("version") == version for body in known):
            return
        body = {"version": version, "evidence": evidence.model_dump(mode="json")}
        await self._ledger.record(_TASK, "opstwin", line, body)
        text = f"{evidence.statement} Calibrate it anew: opstwin calibrate {line}"
        self._tell(line, Notify("alarm", text))
        await self._doubt(Doubt(line, await self._ledger.now(), "its model has drifted"))

    @staticmethod
    def _running(snapshot: Snapshot, line: Line) -> bool:
        counter = snapshot.plant.counter(line)
        return counter is not None and counter.id in snapshot.past.machines


def _calibrated(
    work: tuple[Plant, LineHistory, ParameterSet | None, Sequence[Foretold], int],
) -> Calibration:
    plant, history, champion, told, seed = work
    return calibration(plant, history, champion, told, seed=seed)


def _process_calibrated(
    work: tuple[Plant, ProcessHistory, ProcessNumbers | None, int],
) -> ProcessCalibration:
    plant, history, champion, seed = work
    return process_calibration(plant, history, champion, seed=seed)


def _foretold(asked: tuple[Snapshot, str], seed: int) -> Forecast | None:
    snapshot, line = asked
    scenario = Scenario(name="as it is", line=line, horizon_s=FORETOLD_S)
    try:
        return forecast(snapshot, scenario, seed)
    except OpsTwinError:  # a line that cannot be foretold now has no score, and is asked again
        return None


def _told(found: Forecast, given: Snapshot) -> Told:
    line = found.scenario.line
    return Told(
        line=line,
        version=given.calibrated.versions.get(line, ""),
        start=found.start,
        end=found.start + int(found.scenario.horizon_s) * SECOND,
        mean=found.rate.mean,
        low=found.rate.low,
        high=found.rate.high,
    )
