"""Diagnosis and advice as one run of the assistant sees them: worked out once, then kept.

Kept for the run only; a new question is worked out anew, or an old finding would be told as a new
one. What rests on a source that has gone silent since is not handed out again. Only a proposal
goes back to what its conversation was told: “propose it” means that, simulated from now.
"""

import asyncio
from collections.abc import Callable

from tools.scene import Scene
from tools.view import Forecaster
from twin_core.advice.remedy import Advice
from twin_core.diagnosis.cause import Cause, Diagnosis
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant

USUAL_SPAN_S = 1800.0
_LONGEST_S = 3600.0
_BEFORE_S = 900.0
_TOLD_S = 900.0
_LIKELY = 0.5
"""Probability from which a cause beside the first may be told before it."""
_WHOLE = 0.95
"""Share of its usual rate from which a line makes it."""

Told = dict[str, Diagnosis]
"""What one conversation was told last about each asset."""


def of_its_own(found: Diagnosis, asset: str) -> Diagnosis:
    """The diagnosis of a machine's line with what is likely wrong with the machine itself first.

    Causes that do not exclude each other stand by how likely they are; who asks about a machine is
    told of that first. An instrument's fault, where the line loses, is not what it loses by; one
    of another machine tells nothing of this, and stands behind what the process suffers from.
    """
    whole = found.rate is None or found.usual is None or found.rate >= _WHOLE * found.usual
    own = first_of(found, lambda one: one.asset == asset and (whole or not one.sensor))
    if own.causes and own.causes[0].sensor and own.causes[0].asset != asset:
        return first_of(own, lambda one: not one.sensor)
    return own


def first_of(found: Diagnosis, asked: Callable[[Cause], bool]) -> Diagnosis:
    """The diagnosis with the likely one of its causes first that is asked about, if one is."""
    likely = [one for one in found.causes if one.probability >= _LIKELY]
    own = next((one for one in likely if asked(one)), None)
    if own is None or own is found.causes[0] or not own.beside:
        return found
    before, *rest = (one for one in found.causes if one is not own)
    causes = (
        own.model_copy(update={"beside": False}),
        before.model_copy(update={"beside": True}),
        *rest,
    )
    return found.model_copy(update={"causes": causes})


class Study:
    """Diagnoses and advices of one run, by subject.

    Args:
        scene: what the asker may see.
        forecaster: works them out.
        told: of the conversation; what is worked out here is added.
    """

    def __init__(self, scene: Scene, forecaster: Forecaster, told: Told | None = None) -> None:
        self._scene = scene
        self._forecaster = forecaster
        self._told: Told = {} if told is None else told
        self._diagnoses: dict[tuple[str, float], tuple[Snapshot, Diagnosis]] = {}
        self._advices: dict[tuple[str, float, str], Advice] = {}
        self._spans: dict[str, float] = {}
        self._turn = asyncio.Lock()

    async def diagnosis(
        self, path: str, span_s: float | None = None, at: Instant | None = None
    ) -> Diagnosis:
        """The diagnosis of an asset over a span, by default the usual one; of now, or of then.

        Raises:
            NoData: it is asked about now, and cannot be heard.
            ImpossibleScenario: the history does not have that moment.
        """
        if at is not None:
            snapshot = self._scene.look()
            length = USUAL_SPAN_S if span_s is None else span_s
            found = await self._forecaster.diagnose(snapshot, path, length, at)
            return of_its_own(found, path)
        length = self._usual_s(path) if span_s is None else span_s
        return (await self._diagnose(path, length))[1]

    async def advice(self, path: str, cause: Cause) -> Advice:
        """What could be done about one cause of the usual diagnosis of an asset.

        Raises:
            NoData: the asset, or the one where the cause sits, cannot be heard now.
        """
        length = self._usual_s(path)
        snapshot, diagnosis = await self._diagnose(path, length)
        async with self._turn:
            self._heard(cause.asset)
            key = (path, length, f"{cause.asset}:{cause.failure_mode}")
            if key not in self._advices:
                self._advices[key] = await self._forecaster.advise(snapshot, diagnosis, cause)
            return self._advices[key]

    async def recall(self, path: str) -> None:
        """Take up what the conversation was told about an asset, if that is recent.

        Its advice is simulated from the newest snapshot all the same.
        """
        key = (path, self._usual_s(path))
        snapshot, found = self._scene.look(), self._told.get(path)
        recent = found is not None and snapshot.now - found.end <= _TOLD_S * SECOND
        async with self._turn:
            if found is not None and recent and found.causes and key not in self._diagnoses:
                self._diagnoses[key] = (snapshot, found)

    async def _diagnose(self, path: str, length: float) -> tuple[Snapshot, Diagnosis]:
        async with self._turn:
            self._heard(path)
            key = (path, length)
            if key not in self._diagnoses:
                snapshot = self._scene.look()
                found = await self._forecaster.diagnose(snapshot, path, length)
                found = of_its_own(found, path)
                self._diagnoses[key] = (snapshot, found)
                self._told[path] = found
            return self._diagnoses[key]

    def _usual_s(self, path: str) -> float:
        """The usual span, or longer if an open incident began earlier; the same for a whole run."""
        if path not in self._spans:
            self._spans[path] = self._span_s(path)
        return self._spans[path]

    def _span_s(self, path: str) -> float:
        snapshot = self._scene.look()
        opened = [
            i.opened
            for i in snapshot.incidents
            if i.closed is None and path in {i.line, i.subject} and i.kind != "source_lost"
        ]
        if not opened:
            return USUAL_SPAN_S
        began = (snapshot.now - min(opened)) / SECOND + _BEFORE_S
        return min(_LONGEST_S, max(USUAL_SPAN_S, 60.0 * round(began / 60.0)))

    def _heard(self, path: str) -> None:
        problem = self._scene.unheard(path)
        if problem is not None:
            raise problem
