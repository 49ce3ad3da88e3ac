"""Performs what the gate wishes for and feeds back what happened, case by case.

Saved before it is done; what cannot be saved is not done. It must never decide: `gate.decide` does.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal, TypeVar

import structlog

from api.cases import Cases
from api.dispatch import Dispatcher
from api.standing import Standing
from twin_core.errors import Conflict, OpsTwinError
from twin_core.governance import events
from twin_core.governance.action import Outcome, Proposal
from twin_core.governance.admission import endpoint
from twin_core.governance.asking import asked
from twin_core.governance.case import Case
from twin_core.governance.events import Effect, Event, Notify, Save, Tell
from twin_core.governance.gate import decide
from twin_core.governance.grounds import seen
from twin_core.governance.hurdles import step_of
from twin_core.governance.ports import CommandSink, Ledger
from twin_core.governance.register import concerned
from twin_core.governance.request import Decision
from twin_core.governance.ruling import proposes
from twin_core.governance.verification import observe
from twin_core.governance.world import World
from twin_core.plant.assets import Plant
from twin_core.ports import Clock, WorkRecords
from twin_core.twin import Snapshot
from twin_core.value import Instant

log = structlog.get_logger(__name__)

_E = TypeVar("_E", bound=Event)
_ATTEMPTS = 50  # times an event is decided again when another process was first
_HEARING_S = 30.0  # monotonic seconds a restarted driver waits to hear the plant before it writes


class Driver:
    """Every case, and what is under way for it.

    Args:
        tell: takes a proposal's id and what people must be told.
    """

    def __init__(
        self,
        plant: Plant,
        ledger: Ledger,
        sinks: Mapping[str, CommandSink],
        snapshots: Callable[[], Snapshot],
        clock: Clock,
        standing: Standing,
        records: WorkRecords | None,
        tell: Callable[[str, Notify], None],
    ) -> None:
        self._plant = plant
        self._ledger = ledger
        self.cases = Cases(ledger, tell)
        self._snapshots = snapshots
        self._clock = clock
        self._standing = standing
        self._records = records
        self._tell = tell
        self._dispatcher = Dispatcher(sinks, clock, standing.barred, self._late)
        self._deciding = asyncio.Lock()  # two cases that see the same world claim the same machine
        self._running: dict[str, asyncio.Task[None]] = {}
        self._returned: set[str] = set()
        self._began = 0.0
        self._superseded = False

    async def recover(self) -> None:
        """Go on with every case that was on its way; from now on the plant can be heard.

        Where the ledger may have forgotten something, each may have gone further than it says.

        An uncertain end that nobody has closed is told again: who died after it was stored has
        told nobody.
        """
        self._began = self._clock.monotonic()
        forgotten = self._standing.forgotten
        event = partial(events.Recover, restored=bool(forgotten))
        if forgotten:
            then = "everything is frozen until somebody has looked at the plant and lifts it"
            self._tell("ledger", Notify("page", f"{forgotten}; {then}"))
        for case in self.cases.all():
            if case.moving:
                self._returned.add(case.id)
                self.begin(case.id, await self.happen(case.id, event))
            elif case.uncertain:
                still = f"{case.id} “{case.proposal.draft.title}” is still {case.stage}"
                level: Literal["page", "highest"] = "highest" if case.stage == "unsafe" else "page"
                self._tell(case.id, Notify(level, f"{still}: {case.result}"))
        await self._standing.rise()

    async def tick(self, now: Instant) -> None:
        """Let time pass for every case that nothing is under way for.

        Raises:
            OpsTwinError: the first failure, after every case has had its turn.
        """
        if not await self._standing.owned():
            if not self._superseded:
                self._superseded = True
                text = "a newer actuator owns the plant; this one does nothing any more"
                self._tell("actuator", Notify("alarm", text))
            return
        failures: list[OpsTwinError] = []
        for case in self.cases.all():
            waiting = case.stage == "pending" and now < case.proposal.expires
            if case.id in self._running or not case.moving or waiting:
                continue
            try:
                await self._turn(case)
            except OpsTwinError as failure:
                failures.append(failure)
        await self._standing.rise()
        if failures:
            raise failures[0]

    async def idle(self) -> None:
        """Return when nothing is being sent or read back."""
        while self._running:
            await asyncio.gather(*self._running.values())

    async def close(self) -> None:
        """Stop; what was under way is found again by `recover`."""
        running = tuple(self._running.values())
        for task in running:
            task.cancel()
        await self._dispatcher.close()
        await asyncio.gather(*running, return_exceptions=True)

    async def proposes(self, proposal: Proposal) -> Decision:
        """Whether its requester may propose such a thing at all; nothing is recorded."""
        return proposes(proposal, await self._world_of(proposal))

    async def taken(self, proposal: Proposal) -> bool:
        """Whether a proposal would be taken if it were handed in now; nothing is recorded."""
        return asked(proposal, await self._world_of(proposal))[1].allowed

    async def weighed(self, proposal: Proposal, now: Instant) -> tuple[Case, tuple[Effect, ...]]:
        """What the gate makes of a new proposal; nothing is recorded, and nothing begins."""
        world = await self._world_of(proposal)
        return decide(None, events.Submit(proposal, world), now)

    async def _world_of(self, proposal: Proposal) -> World:
        return await self._standing.world(proposal, (proposal.requester.user,), self.cases.all())

    async def open(self, proposal: Proposal, now: Instant) -> Case:
        """Put a new proposal before the gate.

        Raises:
            StoreDown: the ledger cannot take it.
        """
        async with self._deciding:  # two that see the same queue would both be the last it takes
            case, effects = await self.weighed(proposal, now)
            save = effects[0]
            assert isinstance(save, Save)
            await self.cases.save(save, None)
        self.begin(case.id, effects[1:])
        return case

    async def happen(
        self, name: str, event: Callable[[World], Event], user: str = ""
    ) -> tuple[Effect, ...]:
        """Let the gate decide about an event, store it, and return what is left to do.

        Raises:
            UnknownName: no such case.
            StoreDown: the ledger cannot take it; nothing changed.
        """
        async with self._deciding:
            for _ in range(_ATTEMPTS):
                case, version = self.cases.held(name)
                people = (case.proposal.requester.user, user, *(v.user for v in case.votes))
                world = await self._standing.world(case.proposal, people, self.cases.all())
                _, effects = decide(case, event(world), await self._ledger.now())
                if not effects or not isinstance(effects[0], Save):
                    return effects
                try:
                    await self.cases.save(effects[0], version)
                except Conflict:
                    await self.cases.read(name)
                    continue
                return effects[1:]
        raise Conflict(name, "it is being changed by somebody else; look again")

    def begin(self, name: str, effects: tuple[Effect, ...]) -> None:
        """Follow the wishes in the background, after what is under way for the case."""
        work = tuple(wish for wish in effects if not isinstance(wish, Tell))
        if work:
            before = self._running.get(name)
            task = asyncio.create_task(self._in_turn(name, work, before), name=f"case {name}")
            self._running[name] = task

    async def _in_turn(
        self, name: str, effects: tuple[Effect, ...], before: asyncio.Task[None] | None
    ) -> None:
        try:
            if before is not None:  # gathered, so that cancelling this one cancels that one too
                await asyncio.gather(before, return_exceptions=True)
            await self._follow(name, effects)
        except OpsTwinError as failure:
            log.warning("a proposal waits for its next turn", proposal=name, why=str(failure))
        except Exception:  # told with the proposal's name, and passed on
            log.exception("a proposal's turn broke off", proposal=name)
            raise
        finally:
            if self._running.get(name) is asyncio.current_task():
                del self._running[name]

    async def _follow(self, name: str, effects: tuple[Effect, ...]) -> None:
        """Perform wishes in order until none is left."""
        queue = deque(effects)
        while queue:
            match queue.popleft():
                case Notify() as notice:
                    self._tell(name, notice)
                case events.Check():
                    queue.extend(await self._check(name))
                case events.Look() as wish:
                    queue.extend(await self._look(name, wish))
                case Tell():
                    continue
                case unexpected:
                    raise TypeError(f"{type(unexpected).__name__} outside its place")

    async def _check(self, name: str) -> tuple[Effect, ...]:
        """Look at the world and go one transition further, alone on the endpoint."""
        case = self.cases.one(name)
        if self._still_deaf(case):
            return ()
        async with self._dispatcher.lock(endpoint(self._plant, step_of(case))):
            decided = self._clock.monotonic()
            effects = await self.happen(name, events.Proceed)
            return await self._execute(name, effects, decided)

    async def _look(self, name: str, wish: events.Look) -> tuple[Effect, ...]:
        """Read back, alone on the endpoint, and undo at once what was found to be ours."""
        case = self.cases.one(name)
        if case.back and case.stage == "intent" and self._still_deaf(case):
            return ()  # a mode that nobody has heard yet is no interlock
        async with self._dispatcher.lock(wish.endpoint):
            decided = self._clock.monotonic()
            outcome = await self._dispatcher.look(wish.command, wish.endpoint)
            effects = await self.happen(name, _with(events.LookResult, outcome))
            return await self._execute(name, effects, decided)

    async def _execute(
        self, name: str, effects: tuple[Effect, ...], decided: float
    ) -> tuple[Effect, ...]:
        """Send the command among the wishes, if there is one; return the other wishes."""
        after: list[Effect] = []
        for wish in effects:
            if isinstance(wish, events.Execute):
                outcome = await self._dispatcher.send(wish.command, wish.endpoint, decided)
                after.extend(await self.happen(name, _with(events.ExecuteResult, outcome)))
            else:
                after.append(wish)
        return tuple(after)

    async def _late(self, outcome: Outcome) -> None:
        name = outcome.key.partition("/")[0]
        self.begin(name, await self.happen(name, _with(events.ExecuteResult, outcome)))

    async def _turn(self, case: Case) -> None:
        """What a tick means for one case."""
        effect = case.proposal.draft.effect
        event: Callable[[World], Event] = events.Tick
        if case.wait is not None and case.wait.what == "job":
            if self._records is None or case.step.reference is None:
                return
            asset = getattr(case.proposal.draft.action, "asset", None)
            orders = await self._records.work_orders(asset)
            ours = [order for order in orders if order.reference == case.step.reference]
            if not ours:
                return
            event = _with(events.JobSeen, ours[0])
        elif case.wait is not None and case.wait.what == "effect" and effect is not None:
            now = self._clock.plant()
            event = _with(
                events.EffectSeen, observe(self._snapshots(), effect, case.wait.since, now)
            )
        self.begin(case.id, await self.happen(case.id, event))

    def _still_deaf(self, case: Case) -> bool:
        """Whether a case found at start must wait until the plant has been heard again."""
        if case.id not in self._returned:
            return False
        if self._clock.monotonic() - self._began > _HEARING_S:
            self._returned.discard(case.id)
            return False
        points = concerned(self._plant, case.proposal.draft)
        heard = seen(self._snapshots(), points, self._clock.plant())
        return any(point.state == "no_data" for point in heard.values())


def _with(make: Callable[[Any, World], _E], what: object) -> Callable[[World], _E]:
    return lambda world: make(what, world)
