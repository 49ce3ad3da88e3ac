"""The models that people promoted: parameters of lines, process numbers, risks of machines.

Read again whenever they are asked for; parsed once a version. It must never use a set that may not
be relied on, nor hide that it does not.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import structlog
from pydantic import ValidationError

from twin_core.errors import NotRelied
from twin_core.models import FAILURE_RISK, OF_VALUES, PARAMETERS, PROCESS, Models
from twin_core.plant.assets import Plant
from twin_core.simulation.calibrating.model_drift import Drift, drifted
from twin_core.simulation.calibrating.parameters import ParameterSet
from twin_core.simulation.calibrating.promoted import calibrated
from twin_core.simulation.calibrating.situation import situation
from twin_core.simulation.calibrating.skill import Foretold
from twin_core.simulation.calibrating.usable import Usable, usable
from twin_core.simulation.learning.learned import LearnedModel
from twin_core.simulation.processes.nameplates import with_learnt
from twin_core.simulation.processes.process_numbers import ProcessNumbers, usable_for
from twin_core.simulation.scenario import Change
from twin_core.twin import Snapshot

log = structlog.get_logger(__name__)

_Model: TypeAlias = ParameterSet | LearnedModel | ProcessNumbers


@dataclass(frozen=True, slots=True)
class Valued:
    """A promoted model of a value.

    Attributes:
        ahead_s: how far it looks, s; of a life the cap of what it tells.
        of: of a correction the version whose forecasts it corrects, "" = the plant file's.
    """

    model: LearnedModel
    ahead_s: float
    of: str = ""


@dataclass(frozen=True, slots=True)
class InUse:
    """What is champion now.

    Attributes:
        sets: by line; `risks` by machine, with how far each looks ahead (s); `values` by asset and
            kind; `proposals` by asset and kind, what promoted it.
        drifts: by line, of its champion's forecasts.
        unread: by line or site the version of a set that this program cannot read: an older one
            made it.
        process: the site's process numbers, None = the plant file's nameplates.
    """

    sets: Mapping[str, ParameterSet] = field(default_factory=dict)
    risks: Mapping[str, tuple[LearnedModel, float]] = field(default_factory=dict)
    values: Mapping[tuple[str, str], Valued] = field(default_factory=dict)
    proposals: Mapping[tuple[str, str], str] = field(default_factory=dict)
    drifts: Mapping[str, Drift] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)
    process: ProcessNumbers | None = None

    def version(self, asset: str) -> str:
        """What is used for a line, or of the site's process; "" = what the plant file says."""
        one = self.sets.get(asset)
        if self.process is not None and asset == self.process.site:
            return self.process.version
        return one.version if one is not None else self.unread.get(asset, "")

    def process_judged(
        self, snapshot: Snapshot, lines: Sequence[str] = (), changes: Sequence[Change] = ()
    ) -> Usable | None:
        """Whether advice on these lines may rest on the process numbers; None without any."""
        site = snapshot.plant.site
        if site in self.unread:
            return _unreadable(self.unread[site])
        return None if self.process is None else usable_for(self.process, snapshot, lines, changes)

    def learnt(self, asset: str, kind: str) -> LearnedModel | None:
        """The learned model of that kind; None where there is none."""
        if kind == FAILURE_RISK:
            return self.risks[asset][0] if asset in self.risks else None
        return self.values[asset, kind].model if (asset, kind) in self.values else None

    def judged(
        self, snapshot: Snapshot, line: str, changes: Sequence[Change] = ()
    ) -> Usable | None:
        """Whether advice may rest on the line's set; None where it has none."""
        if line in self.unread:
            return _unreadable(self.unread[line])
        champion = self.sets.get(line)
        if champion is None:
            return None
        asked = situation(snapshot, line, changes)
        return usable(champion, snapshot.now, asked, drift=self.drifts.get(line))


def _unreadable(version: str) -> Usable:
    return Usable(version=version, reasons=("another version of this program learnt them",))


class Champions:
    """Gives belief with what was promoted, or refuses."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self._parsed: dict[tuple[str, str, str], _Model | None] = {}
        self._learnt: tuple[Plant, str, Plant] | None = None
        self._drifts: dict[tuple[str, str], Drift | None] = {}

    async def in_use(self) -> InUse:
        """What is champion now.

        Raises:
            StoreDown: the store cannot be read.
        """
        sets: dict[str, ParameterSet] = {}
        risks: dict[str, tuple[LearnedModel, float]] = {}
        values: dict[tuple[str, str], Valued] = {}
        proposals: dict[tuple[str, str], str] = {}
        drifts: dict[str, Drift] = {}
        unread: dict[str, str] = {}
        process: ProcessNumbers | None = None
        for champion in await self._models.champions():
            kept = champion.kept
            key = (kept.asset, kept.model, kept.version)
            proposals[kept.asset, kept.model] = champion.proposal
            if kept.model == PARAMETERS:
                found = self._read(key, ParameterSet, kept.body)
                if not isinstance(found, ParameterSet):
                    unread[kept.asset] = kept.version
                    continue
                sets[kept.asset] = found
                drift = await self._drift(kept.asset, kept.version)
                if drift is not None:
                    drifts[kept.asset] = drift
            elif kept.model == PROCESS:
                numbers = self._read(key, ProcessNumbers, kept.body)
                process = numbers if isinstance(numbers, ProcessNumbers) else None
                if process is None:
                    unread[kept.asset] = kept.version
            elif kept.model == FAILURE_RISK:
                risk = self._read(key, LearnedModel, kept.body)
                if isinstance(risk, LearnedModel):
                    risks[kept.asset] = risk, float(json.loads(kept.report)["horizon_s"])
            elif kept.model in OF_VALUES:
                value = self._read(key, LearnedModel, kept.body)
                if isinstance(value, LearnedModel):
                    report = json.loads(kept.report)
                    values[kept.asset, kept.model] = Valued(
                        value, float(report["horizon_s"]), report.get("of", "")
                    )
        return InUse(sets, risks, values, proposals, drifts, unread, process)

    async def foretold(self, line: str, version: str) -> tuple[Foretold, ...]:
        """Forecasts of a version with what came, oldest first.

        Raises:
            StoreDown: the store cannot be read.
        """
        return tuple(one.scored for one in await self._models.foretold(line, version))

    async def applied(
        self, snapshot: Snapshot, lines: Sequence[str], changes: Sequence[Change] = ()
    ) -> Snapshot:
        """Belief with the champions of the plant, where advice on these lines may rest on theirs.

        Raises:
            NotRelied: the champion of one of the lines may not be relied on, and why.
            StoreDown: the store cannot be read.
        """
        in_use = await self.in_use()
        if not in_use.sets and not in_use.unread and in_use.process is None:
            return snapshot
        await asyncio.to_thread(lambda: snapshot.plant.version)  # a second for a large plant, once
        good = []
        for line in (
            path for path in (*in_use.sets, *in_use.unread) if path != snapshot.plant.site
        ):
            judged = in_use.judged(snapshot, line, changes if line in lines else ())
            if judged:
                good.append(in_use.sets[line])
            elif line in lines and judged is not None:
                raise _not_relied(snapshot.plant.line(line).name, judged, line)
        judged = in_use.process_judged(snapshot, lines, changes)
        if lines and judged is not None and not judged:
            raise _not_relied(f"the process of {snapshot.plant.name}", judged, snapshot.plant.site)
        return await self._with(snapshot, good, in_use.process if judged else None)

    async def given(self, snapshot: Snapshot) -> Snapshot:
        """Belief with every champion, relied on or not: for forecasts that are scored."""
        in_use = await self.in_use()
        return await self._with(snapshot, in_use.sets.values(), in_use.process)

    async def _with(
        self, snapshot: Snapshot, sets: Iterable[ParameterSet], process: ProcessNumbers | None
    ) -> Snapshot:
        found = calibrated(sets)
        if process is None:
            return replace(snapshot, calibrated=found)
        plant, version = snapshot.plant, process.version
        if self._learnt is None or self._learnt[0] is not plant or self._learnt[1] != version:
            learnt = await asyncio.to_thread(with_learnt, plant, process.numbers)
            self._learnt = plant, version, learnt
        found = found.model_copy(update={"process": version})
        return replace(snapshot, plant=self._learnt[2], calibrated=found)

    def _read(self, key: tuple[str, str, str], kind: type[_Model], body: str) -> _Model | None:
        if key not in self._parsed:
            try:
                self._parsed[key] = kind.model_validate(json.loads(body))
            except ValidationError as problem:
                log.warning("a model cannot be read", model=key, problems=problem.error_count())
                self._parsed[key] = None
        return self._parsed[key]

    def scored(self, line: str) -> None:
        """More of the line's forecasts have been held against what came."""
        self._drifts = {key: found for key, found in self._drifts.items() if key[0] != line}

    async def _drift(self, line: str, version: str) -> Drift | None:
        if (line, version) not in self._drifts:
            told = await self._models.foretold(line, version)
            self._drifts[line, version] = drifted(line, version, [one.scored for one in told])
        return self._drifts[line, version]


def _not_relied(what: str, judged: Usable, asset: str) -> NotRelied:
    return NotRelied(what, judged.sentence, f"Calibrate it anew: opstwin calibrate {asset}.")
