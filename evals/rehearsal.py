"""A proposal rehearsed: the real gate and connectors carry it out on a virtual controller.

Once as planned, with the process's answer beside the forecast, and undone again; then once for
each fault that a controller or a wire can have in the middle of a plan. It must never reach the
real plant, and knows nothing of the stand-in's physics.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from api.scene import Scene
from evals.virtual.controller import Start
from evals.virtual.loopback import WIRES, free_port, redirected
from evals.virtual.private import Private, origin_of, private
from evals.virtual.process import VirtualController
from evals.virtual.taking import Misbehaviour
from twin_core.errors import BadInput, NotAllowed, OpsTwinError, Refused
from twin_core.governance.action import WritePlan
from twin_core.governance.admission import share, touched
from twin_core.governance.case import Case
from twin_core.governance.policy import Request, Verb
from twin_core.governance.register import concerned
from twin_core.governance.rehearsal import (
    PLANNED,
    UNDONE,
    EffectLooked,
    Looked,
    Pass,
    Rehearsal,
    StepSeen,
)
from twin_core.governance.verification import PATIENCE, RATE_S, horizon_s, realised
from twin_core.plant.assets import Plant
from twin_core.simulation.forecaster import MODEL_VERSION
from twin_core.units import unit_text
from twin_core.value import SECOND

FACTOR = 20.0
_WRITTEN = {"verified", "effect_seen", "no_effect"}
_QUIET_S = 150.0  # plant seconds in which the rate before the write is taken
_ENDED_S = 20.0  # host seconds beyond what a case may take by its own rules
_GONE_S = 2.0  # host seconds for which a lost controller stays away
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


@dataclass
class _Ran:
    """One pass: how the case ended, and when."""

    case: Case
    took_s: float
    stands: dict[str, float]
    asked: int


class _Rehearsing:
    """One rehearsal in a folder that is thrown away."""

    def __init__(self, scene: Scene, say: Say, factor: float, folder: Path) -> None:
        action = scene.proposal.draft.action
        if not isinstance(action, WritePlan):
            kind = action.kind.replace("_", " ")
            raise BadInput(
                f"{scene.proposal.id} is a {kind} for people; only writes to controllers are "
                "rehearsed."
            )
        if not 1 <= factor <= 60:
            raise BadInput(f"--factor: {factor:g} is not possible; allowed: 1 to 60.")
        self._scene, self._say, self._factor, self._folder = scene, say, factor, folder
        self._steps = action.steps
        self._action = action
        self._effect = scene.proposal.draft.effect
        self._ports = {source: free_port() for source in _sources(scene)}
        self._plant = redirected(scene.plant, self._ports, {})
        self._looked: list[Looked] = []
        self._compared: EffectLooked | None = None

    async def run(self, faults: Sequence[Misbehaviour]) -> Rehearsal:
        scene = self._scene
        lines = _lines(scene.plant, self._ports)
        self._say(
            f"{scene.proposal.id}: {len(self._steps)} write(s) on {', '.join(self._ports)}; a "
            "virtual controller starts from what is believed now"
        )
        origin = origin_of(scene.belief.now, self._factor)
        start = Start(
            plant=self._plant,
            belief=scene.belief,
            ports=self._ports,
            lines=lines,
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
            await house.heard(self._concerned())
            began = house.plant_s()
            if self._effect is not None:
                self._say("the line is watched before anything is written")
                await house.until(lambda: house.plant_s() > began + _QUIET_S, _QUIET_S)
            before = self._rate(house, house.plant_s() - RATE_S)
            name = await self._submitted(house)
            await self._looks(house, name)
            ran = await self._carried(house, controller, name, PLANNED)
            self._compare(house, before)
            good = {"effect_seen"} if self._effect is not None else {"verified"}
            whole = self._once(ran) and self._at(ran.stands, old=False)
            passes = [self._told(PLANNED, ran, held=ran.case.stage in good and whole)]
            if ran.case.undoable() is not None and ran.case.stage != "denied":
                self._say("what was written is undone on request")
                passes.append(await self._undone(house, controller, name))
        return passes

    async def _faulty(
        self, controller: VirtualController, origin: int, fault: Misbehaviour
    ) -> Pass:
        last = self._steps[-1]
        async with self._house(origin, fault) as house:
            await house.heard(self._concerned())
            name = await self._submitted(house)
            await asyncio.to_thread(controller.misbehave, last.point, last.value, fault)
            back: asyncio.Task[None] | None = None
            if fault == "lose":
                back = asyncio.create_task(self._come_back(house, controller, name))
            try:
                ran = await self._carried(house, controller, name, FAULTS[fault])
            finally:
                if back is not None:
                    back.cancel()
            safe = self._at(ran.stands, old=True) or ran.case.uncertain
            acted = ran.case.stage not in {"verified", "effect_seen", "pending", "denied"}
            return self._told(FAULTS[fault], ran, held=safe and acted and self._once(ran))

    async def _come_back(self, house: Private, controller: VirtualController, name: str) -> None:
        sources = {self._plant.point(step.point).source for step in self._steps}

        def lost() -> bool:
            states = house.system.pump.snapshot().sources
            return any(not states[source].up for source in sources if source in states)

        await house.until(lost, 0.0, 60.0)
        await asyncio.sleep(_GONE_S)
        self._say(f"the controller is back; {name} is looked at again")
        await asyncio.to_thread(controller.come_back)

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
                f"write {self._short(step.point)}",
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
            self._found("its author signs it himself", f"refused: {refusal}", held=True)
        else:
            self._found("its author signs it himself", "it was taken", held=False)

    async def _carried(
        self, house: Private, controller: VirtualController, name: str, what: str
    ) -> _Ran:
        """Signed by as many as it needs, and followed to its end."""
        actuation, began = house.system.actuation, house.plant_s()
        case = await actuation.proposal(name)
        self._say(f"{what}: {case.needs or case.result}")
        told = ""
        if case.stage == "pending":
            try:
                for number in range(case.needed):
                    who = house.person(number, self._role("approve", case))
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
                self._say(f"  {now.stage.replace('_', ' ')}: {now.result}")
            return not now.moving

        await house.until(ended, longest, _ENDED_S + longest / self._factor)
        return await self._ran(controller, written[0], house.plant_s() - began)

    async def _undone(self, house: Private, controller: VirtualController, name: str) -> Pass:
        began = house.plant_s()
        case = await house.system.actuation.proposal(name)
        who = house.person(0, self._role("roll_back", case))
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
        held = ran.case.stage == "rolled_back" and self._at(ran.stands, old=True)
        return self._told(UNDONE, ran, held=held)

    async def _ran(self, controller: VirtualController, case: Case, took_s: float) -> _Ran:
        points = sorted({step.point for step in self._steps})
        stands = await asyncio.to_thread(controller.stands, points)
        asked = await asyncio.to_thread(controller.asked)
        return _Ran(case, took_s, stands, len(asked))

    def _once(self, ran: _Ran) -> bool:
        """Whether nothing was sent twice: no more writes than steps sent and steps undone."""
        sent = sum(step.at is not None for step in ran.case.steps)
        undone = sum(step.state in {"undone", "undoing", "left"} for step in ran.case.steps)
        return ran.asked <= sent + undone

    def _at(self, stands: dict[str, float], *, old: bool) -> bool:
        """Whether every point stands at what it was before the plan, or after it."""
        wanted: dict[str, tuple[float, float]] = {}
        for step in self._steps:
            if old:
                wanted.setdefault(step.point, (step.old, step.check))
            else:
                wanted[step.point] = step.value, step.check
        return all(abs(stands[p] - value) <= check + 1e-6 * max(1.0, abs(value))
                   for p, (value, check) in wanted.items())  # fmt: skip

    def _told(self, name: str, ran: _Ran, *, held: bool) -> Pass:
        steps = tuple(
            StepSeen(
                point=step.point,
                unit=step.unit,
                old=step.old,
                value=step.value,
                check=step.check,
                compensation=step.compensation.value if step.compensation is not None else None,
                state=record.state,
                read_back=record.read_back,
                detail=record.detail[:500],
            )
            for step, record in zip(self._steps, ran.case.steps, strict=True)
        )
        return Pass(
            name=name, stage=ran.case.stage, result=ran.case.result[:500], steps=steps,
            stands=ran.stands, held=held, took_s=max(0.0, ran.took_s),
        )  # fmt: skip

    def _compare(self, house: Private, before: float | None) -> None:
        effect = self._effect
        if effect is None:
            return
        reached = None
        if effect.point is not None:
            reached = house.system.pump.snapshot().latest(effect.point).value
        self._compared = EffectLooked(
            unit=effect.gain.unit,
            before=before,
            after=self._rate(house, house.plant_s() - RATE_S),
            baseline=effect.baseline.rate.mean,
            forecast=effect.forecast.rate.mean,
            low=effect.forecast.rate.low,
            high=effect.forecast.rate.high,
            point=effect.point,
            target=effect.target,
            reached=reached,
        )

    def _rate(self, house: Private, since_s: float) -> float | None:
        if self._effect is None:
            return None
        snapshot = house.system.pump.snapshot()
        return realised(snapshot, self._effect.line, round(since_s * SECOND))

    def _role(self, verb: Verb, case: Case) -> str:
        """A role whose holder policy lets do that."""
        scene = self._scene
        roles = scene.policy.approvers(
            Request(
                who=scene.requester,
                verb=verb,
                kind="write_plan",
                site=scene.plant.site,
                assets=touched(self._plant, self._action),
                tier=case.tier,
                share=share(self._plant, self._action),
            )
        )
        people = [role for role in roles if role not in {"service", "viewer", "pusher"}]
        if not people:
            raise BadInput(f"Policy lets nobody {verb.replace('_', ' ')} {scene.proposal.id}.")
        return people[0]

    def _concerned(self) -> tuple[str, ...]:
        points = concerned(self._plant, self._scene.proposal.draft)
        followed = self._effect.point if self._effect is not None else None
        return points if followed is None or followed in points else (*points, followed)

    def _short(self, point: str) -> str:
        return point.split("/", 1)[1]

    def _found(self, what: str, found: str, *, held: bool) -> None:
        self._looked.append(Looked(what=what[:500], found=found[:500], held=held))


def _sources(scene: Scene) -> list[str]:
    """The sources that a plan, its grounds and its effect speak to, in file order.

    Raises:
        BadInput: one of them is of a kind that no virtual controller stands in for.
    """
    plant, draft = scene.plant, scene.proposal.draft
    points = [plant.point(path) for path in concerned(plant, draft)]
    if isinstance(draft.action, WritePlan):
        points += [plant.point(step.point) for step in draft.action.steps]
    if draft.effect is not None:
        points += [p for unit in plant.line(draft.effect.line).units for p in unit.points]
        points += [plant.point(draft.effect.point)] if draft.effect.point is not None else []
    rests = {p.source for point in points for p in plant.rests_on(point.id)}
    found = [source for source in plant.sources if source.id in rests]
    for source in found:
        if source.kind not in WIRES:
            raise BadInput(
                f"Source {source.id} is of kind {source.kind}, which no virtual controller stands "
                f"in for; allowed: {', '.join(WIRES)}."
            )
    return [source.id for source in found]


def _lines(plant: Plant, sources: dict[str, int]) -> tuple[str, ...]:
    """The production lines with a machine behind one of these sources."""
    return tuple(
        line.id
        for line in plant.lines
        if line.kind == "production"
        and any(p.source in sources for unit in plant.machines(line) for p in unit.points)
    )
