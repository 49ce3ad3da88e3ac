"""The models that people promoted, ready to be used: parameters of lines, learnt risks of machines.

Read again whenever they are asked for; parsed once a version. It must never use a set that may not
be relied on, nor hide that it does not.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from twin_core.errors import NotRelied
from twin_core.models import FAILURE_RISK, PARAMETERS, Models
from twin_core.simulation.calibrating.model_drift import Drift, drifted
from twin_core.simulation.calibrating.parameters import ParameterSet
from twin_core.simulation.calibrating.promoted import calibrated
from twin_core.simulation.calibrating.situation import situation
from twin_core.simulation.calibrating.usable import Usable, usable
from twin_core.simulation.learning.learned import LearnedModel
from twin_core.simulation.scenario import Change
from twin_core.twin import Snapshot


@dataclass(frozen=True, slots=True)
class InUse:
    """What is champion now.

    Attributes:
        sets: by line; `risks` by machine, with how far each looks ahead (s); `proposals` by asset
            and kind, what promoted it.
        drifts: by line, of its champion's forecasts.
    """

    sets: Mapping[str, ParameterSet] = field(default_factory=dict)
    risks: Mapping[str, tuple[LearnedModel, float]] = field(default_factory=dict)
    proposals: Mapping[tuple[str, str], str] = field(default_factory=dict)
    drifts: Mapping[str, Drift] = field(default_factory=dict)

    def judged(
        self, snapshot: Snapshot, line: str, changes: Sequence[Change] = ()
    ) -> Usable | None:
        """Whether advice may rest on the line's set; None where it has none."""
        champion = self.sets.get(line)
        if champion is None:
            return None
        asked = situation(snapshot, line, changes)
        return usable(champion, snapshot.now, asked, drift=self.drifts.get(line))


class Champions:
    """Gives belief with what was promoted, or refuses."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self._parsed: dict[tuple[str, str, str], ParameterSet | LearnedModel] = {}
        self._drifts: dict[tuple[str, str], Drift | None] = {}

    async def in_use(self) -> InUse:
        """What is champion now.

        Raises:
            StoreDown: the store cannot be read.
        """
        sets: dict[str, ParameterSet] = {}
        risks: dict[str, tuple[LearnedModel, float]] = {}
        proposals, drifts = {}, {}
        for champion in await self._models.champions():
            kept = champion.kept
            key = (kept.asset, kept.model, kept.version)
            proposals[kept.asset, kept.model] = champion.proposal
            if kept.model == PARAMETERS:
                if key not in self._parsed:
                    self._parsed[key] = ParameterSet.model_validate(json.loads(kept.body))
                found = self._parsed[key]
                assert isinstance(found, ParameterSet)
                sets[kept.asset] = found
                drift = await self._drift(kept.asset, kept.version)
                if drift is not None:
                    drifts[kept.asset] = drift
            elif kept.model == FAILURE_RISK:
                if key not in self._parsed:
                    self._parsed[key] = LearnedModel.model_validate(json.loads(kept.body))
                risk = self._parsed[key]
                assert isinstance(risk, LearnedModel)
                risks[kept.asset] = risk, float(json.loads(kept.report)["horizon_s"])
        return InUse(sets, risks, proposals, drifts)

    async def applied(
        self, snapshot: Snapshot, lines: Sequence[str], changes: Sequence[Change] = ()
    ) -> Snapshot:
        """Belief with the champions of the plant, where advice on these lines may rest on theirs.

        Raises:
            NotRelied: the champion of one of the lines may not be relied on, and why.
            StoreDown: the store cannot be read.
        """
        in_use = await self.in_use()
        if not in_use.sets:
            return snapshot
        await asyncio.to_thread(lambda: snapshot.plant.version)  # a second for a large plant, once
        good = []
        for line, champion in in_use.sets.items():
            judged = in_use.judged(snapshot, line, changes if line in lines else ())
            if judged:
                good.append(champion)
            elif line in lines and judged is not None:
                raise NotRelied(
                    snapshot.plant.line(line).name,
                    judged.sentence,
                    f"Calibrate it anew: opstwin calibrate {line}.",
                )
        return replace(snapshot, calibrated=calibrated(good))

    async def given(self, snapshot: Snapshot) -> Snapshot:
        """Belief with every champion, relied on or not: for forecasts that are scored."""
        in_use = await self.in_use()
        if not in_use.sets:
            return snapshot
        return replace(snapshot, calibrated=calibrated(in_use.sets.values()))

    def scored(self, line: str) -> None:
        """More of the line's forecasts have been held against what came."""
        self._drifts = {key: found for key, found in self._drifts.items() if key[0] != line}

    async def _drift(self, line: str, version: str) -> Drift | None:
        if (line, version) not in self._drifts:
            told = await self._models.foretold(line, version)
            self._drifts[line, version] = drifted(line, version, [one.scored for one in told])
        return self._drifts[line, version]
