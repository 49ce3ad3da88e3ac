"""A proposal rehearsed: the real gate and connectors carry it out on a virtual controller.

Once as planned, with the process's answer beside the forecast, and undone again; then once for
each fault that a controller or a wire can have in the middle of a plan. It must never reach the
real plant, and knows nothing of the stand-in's physics.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import get_args

from api.scene import Scene
from evals.virtual.controller import Start
from evals.virtual.loopback import free_port, redirected
from evals.virtual.private import Private, origin_of, private
from evals.virtual.process import VirtualController
from evals.virtual.ran import Ran
from evals.virtual.scope import Scope
from evals.virtual.taking import Misbehaviour
from twin_core.errors import BadInput, NotAllowed, OpsTwinError, Refused
from twin_core.governance.case import Case
from twin_core.governance.rehearsal import (
    PLANNED,
    UNDONE,
    EffectLooked,
    Looked,
    Pass,
    Rehearsal,
)
from twin_core.governance.verification import PATIENCE, horizon_s, realised, watched_s
from twin_core.plant.classes import Role
from twin_core.simulation.forecaster import MODEL_VERSION
from twin_core.units import unit_text
from twin_core.value import SECOND

FACTOR = 20.0
_WRITTEN = {"verified", "effect_seen", "no_effect"}
_SETTLES_S = 30.0  # plant seconds before the rate before, and after, the writes is taken
_ENDED_S = 20.0  # host seconds beyond what a case may take by its own rules
FAULTS: dict[Misbehaviour, str] = {
    "refuse": "the controller refuses the last write",
    "astray": "another value than was written is read back",
    "lose": "the connection is lost at the last write",
}
"""What goes wrong on purpose, in the words of the report."""

Say = Callable[[str], None]


def rehearse(
    scene: Scene,
    say: Say,
    *,
    factor: float | None = None,
    faults: Sequence[Misbehaviour] | None = None,
) -> Rehearsal:
    """The report on a proposal.

    Args:
        scene: what it starts from.
        say: takes a line for whoever waits.
        factor: plant seconds a second, 1 to 60; absent = what is usual.
        faults: which; absent = all.

    Raises:
        BadInput: nothing that a virtual controller could play.
        SourceDown: the virtual controller or a connector gave up; why.
    """
    with tempfile.TemporaryDirectory(prefix="opstwin-rehearsal-") as folder:
        wanted = tuple(get_args(Misbehaviour)) if faults is None else tuple(faults)
        return asyncio.run(
            _Rehearsing(scene, say, FACTOR if factor is None else factor, Path(folder)).run(wanted)
        )


class _Rehearsing:
    """One rehearsal in a folder that is thrown away."""

    def __init__(self, scene: Scene, say: Say, factor: float, folder: Path) -> None:
        if not 1 <= factor <= 60:
            raise BadInput(f"--factor: {factor:g} is not possible; allowed: 1 to 60.")
        self._scene, self._say, self._factor, self._folder = scene, say, factor, folder
        self._scope = Scope(scene)
        self._steps = self._scope.plan.steps
        self._effect = scene.proposal.draft.effect
        self._ports = {source: free_port() for source in self._scope.sources}
        self._plant = redirected(scene.plant, self._ports, {})
        self._looked: list[Looked] = []
        self._compared: EffectLooked | None = None

    async def run(self, faults: Sequence[Misbehaviour]) -> Rehearsal:
        scene = self._scene
        self._say(
            f"{scene.proposal.id}: {len(self._steps)} write(s) on {', '.join(self._ports)}; a "
            "virtual controller starts from what is believed now"
        )
        origin = origin_of(scene.belief.now, self._factor)
        start = Start(
            plant=self._plant,
            belief=scene.belief,
            ports=self._ports,
            lines=self._scope.lines(self._ports),
            seed=self._effect.forecast.seed if self._effect is not None else 1,
            factor=self._factor,
            origin=origin,
        )
        controller = VirtualController(start, self._folder)
        await asyncio.to_thread(controller.__enter__)
        try:
            if controller.unknown:
                self._found("points that are not believed now", f"{controller.unknown}, put at "
                            "what is usual", held=True)  # fmt: skip
            passes = list(await self._planned(controller, origin))
            for fault in faults if passes[0].stage in _WRITTEN else ():
                await asyncio.to_thread(controller.reset)
                passes.append(await self._faulty(controller, origin, fault))
        finally:
            await asyncio.to_thread(controller.close)
        return Rehearsal(
            proposal=scene.proposal.id,
            digest=scene.digest,
            plant=scene.version,
            policy=scene.policy.version,
            model=MODEL_VERSION,
            at=scene.belief.now,
            factor=self._factor,
            looked=tuple(self._looked),
            passes=tuple(passes),
            effect=self._compared,
        )

    async def _planned(self, controller: VirtualController, origin: int) -> list[Pass]:
        """As planned, and undone on request."""
        async with self._house(origin, "planned") as house:
            await house.heard(self._scope.points)
            began = house.plant_s()
            if self._effect is not None:
                self._say("the line is watched before anything is written")
                quiet_s = _SETTLES_S + self._watched_s(house)
                await house.until(lambda: house.plant_s() > began + quiet_s, quiet_s)
            before = self._rate(house)
            name = await self._submitted(house)
            await self._looks(house, name)
            ran = await self._carried(house, controller, name, PLANNED)
            if self._compared_at_all(ran):
                self._say("the line is watched once more")
                ended = house.plant_s()
                quiet_s = _SETTLES_S + self._watched_s(house)
                await house.until(lambda: house.plant_s() > ended + quiet_s, quiet_s)
                self._compare(house, before)
            good = {"effect_seen"} if self._effect is not None else {"verified"}
            held = ran.case.stage in good and ran.whole and ran.once
            passes = [ran.told(PLANNED, self._scene.proposal.id, held=held)]
            if ran.case.undoable() is not None and ran.case.stage != "denied":
                self._say("what was written is undone on request")
                passes.append(await self._undone(house, controller, name))
        return passes

    async def _faulty(
        self, controller: VirtualController, origin: int, fault: Misbehaviour
    ) -> Pass:
        last = self._steps[-1]
        async with self._house(origin, fault) as house:
            await house.heard(self._scope.points)
            name = await self._submitted(house)
            await asyncio.to_thread(controller.misbehave, last.point, last.value, fault)
            ran = await self._carried(house, controller, name, FAULTS[fault])
            safe = ran.untouched or ran.case.uncertain
            acted = ran.case.stage not in {"verified", "effect_seen", "pending", "denied"}
            held = safe and acted and ran.once
            return ran.told(FAULTS[fault], self._scene.proposal.id, held=held)

    @asynccontextmanager
    async def _house(self, origin: int, name: str) -> AsyncIterator[Private]:
        scene = self._scene
        folder = self._folder / name
        folder.mkdir()
        async with private(
            self._plant,
            folder,
            factor=self._factor,
            origin=origin,
            policy=scene.policy,
            trust=dict(scene.trust),
            roles=scene.requester.roles,
            grants=scene.requester.grants,
        ) as house:
            yield house

    async def _submitted(self, house: Private) -> str:
        receipt = await house.system.actuation.submit(self._scene.proposal.draft, house.author)
        return receipt.proposal

    async def _looks(self, house: Private, name: str) -> None:
        """What the gate says of the plan before anybody has signed it."""
        case = await house.system.actuation.proposal(name)
        self._found("policy, bounds, trust and interlocks", case.why or case.result,
                    held=case.stage == "pending")  # fmt: skip
        basis = self._scene.proposal.draft.basis.points
        broken = house.system.actuation.disabled(name)
        self._found(f"basis of {len(basis)} points", broken or "each good, fresh and in its band",
                    held=not broken)  # fmt: skip
        for step in self._steps:
            spec = self._plant.point(step.point).spec
            most = f", {spec.step:g} at most" if spec.step is not None else ""
            ramp = "in one step" if step.ramp_per_s is None else f"{step.ramp_per_s:g} a second"
            self._found(
                f"write {step.point.split('/', 2)[-1]}",
                f"{ramp} of {abs(step.value - step.old):g} {unit_text(spec.unit)}{most}; "
                + ("undone by " + f"{step.compensation.value:g}" if step.compensation else
                   "nothing undoes it"),
                held=step.compensation is not None,
            )  # fmt: skip
        if case.stage != "pending":
            return
        try:
            await house.system.actuation.vote(name, house.author, "approved")
        except NotAllowed as refusal:
            self._found(
                "its author signs it himself",
                f"refused: {self._named(str(refusal), name)}",
                held=True,
            )
        else:
            self._found("its author signs it himself", "it was taken", held=False)

    async def _carried(
        self, house: Private, controller: VirtualController, name: str, what: str
    ) -> Ran:
        """Signed by as many as it needs, and followed to its end."""
        actuation, began = house.system.actuation, house.plant_s()
        case = await actuation.proposal(name)
        self._say(f"{what}: {case.needs or case.result}")
        told = ""
        if case.stage == "pending":
            try:
                for number in range(case.needed):
                    who = house.person(number, self._scope.role("approve", case.tier))
                    await actuation.vote(name, who, "approved", "rehearsal")
            except Refused as refusal:  # the case says how it stands then
                self._say(f"  not taken: {refusal}")
        longest = (PATIENCE + 1) * horizon_s(self._effect) if self._effect is not None else 0.0
        written: list[Case] = [case]

        def ended() -> bool:
            nonlocal told
            now = written[0] = house.system.actuation.driver.cases.one(name)
            if now.stage != told:
                told = now.stage
                self._say(f"  {now.stage.replace('_', ' ')}: {self._named(now.result, name)}")
            return not now.moving

        await house.until(ended, longest, _ENDED_S + longest / self._factor)
        return await self._ran(controller, written[0], house.plant_s() - began)

    async def _undone(self, house: Private, controller: VirtualController, name: str) -> Pass:
        began = house.plant_s()
        case = await house.system.actuation.proposal(name)
        who = house.person(0, self._scope.role("roll_back", case.tier))
        written = [case]
        try:
            await house.system.actuation.roll_back(name, who, "rehearsal")
        except OpsTwinError as refusal:
            self._found("it is undone on request", str(refusal), held=False)

        def ended() -> bool:
            written[0] = house.system.actuation.driver.cases.one(name)
            return written[0].stage != case.stage and not written[0].moving

        await house.until(ended, 0.0, _ENDED_S)
        ran = await self._ran(controller, written[0], house.plant_s() - began)
        held = ran.case.stage == "rolled_back" and ran.untouched
        return ran.told(UNDONE, self._scene.proposal.id, held=held)

    async def _ran(self, controller: VirtualController, case: Case, took_s: float) -> Ran:
        points = sorted({step.point for step in self._steps})
        stands = await asyncio.to_thread(controller.stands, points)
        asked = await asyncio.to_thread(controller.asked)
        requests = frozenset(
            point for point in points if self._plant.point(point).spec.role is Role.CHANGE_REQUEST
        )
        return Ran(case, self._steps, took_s, stands, len(asked), requests)

    def _compared_at_all(self, ran: Ran) -> bool:
        """Whether a process effect was promised, and anything was written that could have one."""
        return self._effect is not None and ran.case.stage in _WRITTEN

    def _compare(self, house: Private, before: float | None) -> None:
        effect = self._effect
        assert effect is not None
        reached = None
        if effect.point is not None:
            reached = house.system.pump.snapshot().latest(effect.point).value
        self._compared = EffectLooked(
            unit=effect.gain.unit,
            before=before,
            after=self._rate(house),
            baseline=effect.baseline.rate.mean,
            forecast=effect.forecast.rate.mean,
            low=effect.forecast.rate.low,
            high=effect.forecast.rate.high,
            point=effect.point,
            target=effect.target,
            reached=reached,
        )

    def _watched_s(self, house: Private) -> float:
        """Plant seconds over which the line's rate is taken."""
        assert self._effect is not None
        return watched_s(house.system.plant, self._effect)

    def _rate(self, house: Private) -> float | None:
        if self._effect is None:
            return None
        snapshot = house.system.pump.snapshot()
        since_s = house.plant_s() - self._watched_s(house)
        return realised(snapshot, self._effect.line, round(since_s * SECOND))

    def _named(self, text: str, name: str) -> str:
        """The text with the name of the true proposal in place of the rehearsed one's."""
        return text.replace(name, self._scene.proposal.id)[:500]

    def _found(self, what: str, found: str, *, held: bool) -> None:
        self._looked.append(Looked(what=what[:500], found=found[:500], held=held))
