"""The gate's driver: performs what the gate wishes for and feeds back what happened.

Everything is saved with its audit entries before it is done; what cannot be saved is not done.
After a crash it is started on the stored cases. It must never decide: `gate.decide` does, and it
must never hold a case that is newer than the ledger's.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar

import structlog

from api.clock_watch import ClockWatch
from api.dispatch import Dispatcher
from api.standing import Standing
from tools.view import ProposalStatus
from twin_core.answer import Asker
from twin_core.canonical import digest
from twin_core.errors import (
    Conflict,
    NotAllowed,
    NotCanonical,
    OpsTwinError,
    UnknownName,
)
from twin_core.governance import events
from twin_core.governance.action import Draft, Outcome, Proposal, Requester
from twin_core.governance.admission import endpoint
from twin_core.governance.case import Case, clock_text
from twin_core.governance.desk import Receipt
from twin_core.governance.events import Effect, Event, Notify, Save, Tell
from twin_core.governance.gate import decide
from twin_core.governance.grounds import broken, seen
from twin_core.governance.hurdles import step_of
from twin_core.governance.policy import Evaluator
from twin_core.governance.ports import CommandSink, Ledger
from twin_core.governance.ruling import World
from twin_core.governance.trust import Step
from twin_core.governance.verification import observe
from twin_core.plant.assets import Plant
from twin_core.ports import Clock, WorkRecords
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant, Value

log = structlog.get_logger(__name__)

_E = TypeVar("_E", bound=Event)
_ATTEMPTS = 5  # times a person's event is decided again when another process was first
_HEARING_S = 30.0  # monotonic seconds a restarted driver waits to hear the plant before it writes
_NOTICES = 200


class Notice(Value):
    """Something people were told."""

    at: Instant
    proposal: str
    level: Literal["info", "alarm", "page", "highest"]
    text: str


class Actuation:
    """The desk where drafts are handed in, and everything that can follow.

    Args:
        sinks: source id → connector that can act.
        snapshots: the newest belief.
        policy: None refuses everything.
        ids: a fresh opaque id (`p-…`) at each call; nonces come from it too.
        person: a user as he stands now; raises UnknownName for nobody.
        records: the maintenance system's orders; None where there is none.
        notify: called with every notice besides the log.
    """

    def __init__(
        self,
        *,
        plant: Plant,
        ledger: Ledger,
        sinks: Mapping[str, CommandSink],
        snapshots: Callable[[], Snapshot],
        clock: Clock,
        policy: Evaluator | None,
        ids: Callable[[], str],
        person: Callable[[str], Asker],
        records: WorkRecords | None = None,
        notify: Callable[[Notice], None] | None = None,
    ) -> None:
        self._plant = plant
        self._ledger = ledger
        self._snapshots = snapshots
        self._clock = clock
        self._ids = ids
        self._records = records
        self._told = notify
        self.standing = Standing(plant, ledger, frozenset(sinks), snapshots, clock, policy, person)
        self._dispatcher = Dispatcher(sinks, clock, self.standing.owned, self._late)
        self._cases: dict[str, tuple[Case, int]] = {}
        self._guards: dict[str, asyncio.Lock] = {}
        self._entry = asyncio.Lock()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._decided: dict[str, float] = {}
        self._returned: set[str] = set()
        self._began = 0.0
        self._watch = ClockWatch()
        self.notices: deque[Notice] = deque(maxlen=_NOTICES)

    # ── life ────────────────────────────────────────────────────────────────────────────────

    async def start(self) -> None:
        """Become the plant's actuator and read what stands in the ledger; nothing is done yet.

        Raises:
            StoreDown: the ledger cannot be used.
        """
        self._began = self._clock.monotonic()
        await self.standing.claim()
        for key in await self._ledger.keys("proposal/"):
            await self._reload(key.removeprefix("proposal/"))

    async def recover(self) -> None:
        """Go on with every case that a crash or restart left on its way."""
        if not self.standing.epoch:
            await self.start()
        for name, (case, _) in tuple(self._cases.items()):
            if case.moving:
                self._returned.add(name)
                self._begin(name, await self._happen(name, events.Recover))

    async def tick(self) -> None:
        """Let time pass: expiry, waiting, looking again, the process's answer, the crew's report.

        Raises:
            OpsTwinError: the first failure, after every case has had its turn.
        """
        failures: list[OpsTwinError] = []
        now = await self._ledger.now()
        jump = self._watch.jumped(now, self._clock.monotonic())
        if jump:
            await self._ledger.record(
                "clock_jumped", "opstwin", self._plant.site, {"seconds": jump}
            )
            text = f"the host's clock jumped by {jump} s; ledger time holds"
            await self._notice("clock", Notify("alarm", text))
        for name, (case, _) in tuple(self._cases.items()):
            waiting = case.stage == "pending" and now < case.proposal.expires
            if name in self._running or not case.moving or waiting:
                continue
            try:
                await self._turn(name, case)
            except OpsTwinError as failure:
                failures.append(failure)
        if failures:
            raise failures[0]

    async def idle(self) -> None:
        """Return when nothing is being sent or read back."""
        while self._running:
            await asyncio.gather(*self._running.values())

    async def close(self) -> None:
        """Stop; what was under way is found again by `recover`."""
        for task in tuple(self._running.values()):
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)
        await self._dispatcher.close()

    # ── doors ───────────────────────────────────────────────────────────────────────────────

    async def submit(self, draft: Draft, asker: Asker) -> Receipt:
        """Hand in a draft in the name of `asker`.

        Raises:
            StoreDown: the ledger cannot take it; it was not handed in.
        """
        now = await self._ledger.now()
        proposal = Proposal(
            id=self._ids(),
            site=self._plant.site,
            draft=draft,
            requester=Requester(user=asker.user),
            created=now,
            expires=now + round(self.standing.limits.expires_s * SECOND),
            nonce=self._ids(),
        )
        try:
            digest(proposal)
        except NotCanonical as problem:
            await self._ledger.record(
                "malformed", asker.user, proposal.id, {"problem": str(problem)}
            )
            return Receipt(
                proposal=proposal.id, state="denied", needs="nobody", reason=str(problem)
            )
        world = await self._world(proposal, (proposal.requester.user,))
        case, effects = decide(None, events.Submit(proposal, world), now)
        save = effects[0]
        assert isinstance(save, Save)
        version = await self._ledger.save(
            f"proposal/{case.id}", case.model_dump(mode="json"), None, save.entries
        )
        self._cases[case.id] = (case, version)
        await self._follow(case.id, effects[1:])
        return Receipt(
            proposal=case.id,
            state="pending" if case.stage == "pending" else "denied",
            needs=case.needs,
            reason="" if case.stage == "pending" else case.result,
        )

    async def amend(self, name: str, draft: Draft, asker: Asker) -> Receipt:
        """Put another draft in a proposal's place: a new digest, and no votes.

        Raises:
            NotAllowed: neither the requester nor permitted to take it back.
            Conflict: it is too late.
        """
        await self.cancel(name, asker, "replaced by another draft")
        return await self.submit(draft, asker)

    async def vote(
        self,
        name: str,
        asker: Asker,
        meaning: Literal["approved", "rejected"],
        reason: str = "",
        channel: str = "api",
    ) -> ProposalStatus:
        """Sign for or against; what is signed is the digest of the proposal as it stands.

        Raises:
            UnknownName: no such proposal.
            NotAllowed: no right to; recorded.
            Conflict: decided, expired or stale already; recorded.
            StoreDown: the ledger cannot take it; it does not count.
        """

        def event(world: World) -> Event:
            return events.Vote(asker.user, meaning, reason, channel, world)

        verb = "approve" if meaning == "approved" else "reject"
        return await self._asked(name, asker, verb, event)

    async def cancel(self, name: str, asker: Asker, reason: str = "") -> ProposalStatus:
        """Take a proposal back while nothing was sent.

        Raises:
            UnknownName, NotAllowed, Conflict, StoreDown: as `vote`.
        """
        return await self._asked(
            name, asker, "take back", lambda world: events.Cancel(asker.user, reason, world)
        )

    async def roll_back(self, name: str, asker: Asker, reason: str = "") -> ProposalStatus:
        """Undo, by the compensation approved with it, what is still our own value.

        Raises:
            UnknownName, NotAllowed, Conflict, StoreDown: as `vote`.
        """
        return await self._asked(
            name, asker, "roll back", lambda world: events.RollBack(asker.user, reason, world)
        )

    async def resolve(self, name: str, asker: Asker, reason: str) -> ProposalStatus:
        """Close an uncertain end after a look at the equipment; lifts its lock.

        Raises:
            UnknownName, NotAllowed, Conflict, StoreDown: as `vote`.
        """
        return await self._asked(
            name, asker, "close", lambda world: events.Resolve(asker.user, reason, world)
        )

    async def set_trust(self, asset: str, step: Step, asker: Asker, reason: str = "") -> None:
        """Set the step of an asset and of all below it that has none of its own.

        Raises:
            UnknownName, NotAllowed, Conflict: as `Standing.set_trust`.
        """
        await self.standing.set_trust(asset, step, asker, reason)

    def trust(self) -> Mapping[str, Step]:
        """The step of each asset somebody set; all others observe."""
        return dict(self.standing.ladder.steps)

    async def reload_policy(self, text: str, file: str) -> bool:
        """Put a policy's text into force; a broken one keeps the last good and raises an alarm."""
        problem = await self.standing.load_policy(text, file)
        if problem:
            await self._notice("policy", Notify("alarm", f"the last good policy stays: {problem}"))
        return not problem

    async def proposals(self) -> list[ProposalStatus]:
        """Every proposal, newest first."""
        cases = sorted((c for c, _ in self._cases.values()), key=lambda c: -c.proposal.created)
        return [_status(case) for case in cases]

    async def proposal(self, name: str) -> Case:
        """One proposal whole, with all that was decided and done.

        Raises:
            UnknownName: there is none.
        """
        return self._case(name)

    def disabled(self, name: str) -> str:
        """Why approving it is of no use at this moment; empty if nothing speaks against it.

        Raises:
            UnknownName: there is none.
        """
        case = self._case(name)
        if case.stage != "pending":
            return f"it is {case.stage.replace('_', ' ')}"
        basis = case.proposal.draft.basis
        points = [point.point for point in basis.points]
        return broken(basis, seen(self._snapshots(), points, self._clock.plant()))

    # ── the gate's turn ─────────────────────────────────────────────────────────────────────

    async def _asked(
        self, name: str, asker: Asker, verb: str, event: Callable[[World], Event]
    ) -> ProposalStatus:
        case = self._case(name)
        effects = await self._happen(name, event, asker.user)
        self._begin(name, effects)
        told = next((wish for wish in effects if isinstance(wish, Tell)), None)
        if told is not None and told.error == "not_allowed":
            raise NotAllowed(asker.name, f"{verb} {name} ({told.text})", case.needs)
        if told is not None and told.error == "conflict":
            raise Conflict(name, told.text)
        return _status(self._case(name))

    async def _happen(
        self, name: str, event: Callable[[World], _E], user: str = ""
    ) -> tuple[Effect, ...]:
        """Let the gate decide about an event, store it, and return what is left to do."""
        async with self._guards.setdefault(name, asyncio.Lock()):
            for _ in range(_ATTEMPTS):
                case, version = self._cases[name]
                began = self._clock.monotonic()
                people = (case.proposal.requester.user, user, *(v.user for v in case.votes))
                world = await self._world(case.proposal, people)
                now = await self._ledger.now()
                after, effects = decide(case, event(world), now)
                if not effects or not isinstance(effects[0], Save):
                    return effects
                try:
                    version = await self._ledger.save(
                        f"proposal/{name}",
                        after.model_dump(mode="json"),
                        version,
                        effects[0].entries,
                    )
                except Conflict:
                    await self._reload(name)
                    continue
                self._cases[name] = (after, version)
                self._decided[name] = began
                return effects[1:]
        raise Conflict(name, "it is being changed by somebody else; look again")

    def _begin(self, name: str, effects: tuple[Effect, ...]) -> None:
        """Follow the wishes in the background, unless something is under way for the case."""
        work = tuple(wish for wish in effects if not isinstance(wish, Tell))
        if work:
            before = self._running.get(name)
            task = asyncio.create_task(self._in_turn(name, work, before), name=f"actuation {name}")
            self._running[name] = task

    async def _in_turn(
        self, name: str, effects: tuple[Effect, ...], before: asyncio.Task[None] | None
    ) -> None:
        try:
            if before is not None:
                await asyncio.wait({before})
            await self._follow(name, effects)
        except OpsTwinError as failure:
            log.warning("a proposal waits for its next turn", proposal=name, why=str(failure))
        finally:
            if self._running.get(name) is asyncio.current_task():
                del self._running[name]

    async def _follow(self, name: str, effects: tuple[Effect, ...]) -> None:
        """Perform wishes in order until none is left."""
        queue = deque(effects)
        while queue:
            match queue.popleft():
                case Notify() as notice:
                    await self._notice(name, notice)
                case events.Check():
                    queue.extend(await self._check(name))
                case events.Execute() as wish:
                    async with self._dispatcher.lock(wish.endpoint):
                        queue.extend(await self._execute(name, wish))
                case events.Look() as wish:
                    async with self._dispatcher.lock(wish.endpoint):
                        outcome = await self._dispatcher.look(wish.command, wish.endpoint)
                    queue.extend(await self._happen(name, _with(events.LookResult, outcome)))
                case _:
                    continue

    async def _check(self, name: str) -> tuple[Effect, ...]:
        """Look at the world and go one transition further, alone on the endpoint."""
        case = self._case(name)
        if self._still_deaf(name, case):
            return ()
        async with self._dispatcher.lock(endpoint(self._plant, step_of(case))):
            async with self._entry:
                effects = await self._happen(name, events.Proceed)
            after: list[Effect] = []
            for wish in effects:
                if isinstance(wish, events.Execute):
                    after.extend(await self._execute(name, wish))
                else:
                    after.append(wish)
            return tuple(after)

    async def _execute(self, name: str, wish: events.Execute) -> tuple[Effect, ...]:
        outcome = await self._dispatcher.send(wish.command, wish.endpoint, self._decided[name])
        return await self._happen(name, _with(events.ExecuteResult, outcome))

    async def _late(self, outcome: Outcome) -> None:
        name = outcome.key.partition("/")[0]
        if name in self._cases:
            await self._happen(name, _with(events.ExecuteResult, outcome))

    async def _turn(self, name: str, case: Case) -> None:
        """What a tick means for one case."""
        effect = case.proposal.draft.effect
        if case.wait is not None and case.wait.what == "job":
            await self._ask_crew(name, case)
        elif case.wait is not None and case.wait.what == "effect" and effect is not None:
            now, since = self._clock.plant(), case.wait.since
            found = observe(self._snapshots(), effect, since, now)
            self._begin(name, await self._happen(name, _with(events.EffectSeen, found)))
        else:
            self._begin(name, await self._happen(name, events.Tick))

    async def _ask_crew(self, name: str, case: Case) -> None:
        if self._records is None:
            return
        asset = getattr(case.proposal.draft.action, "asset", None)
        for record in await self._records.work_orders(asset):
            if record.reference == case.step.reference:
                self._begin(name, await self._happen(name, _with(events.JobSeen, record)))
                return

    # ── cases and notices ───────────────────────────────────────────────────────────────────

    async def _world(self, proposal: Proposal, users: tuple[str, ...]) -> World:
        cases = tuple(case for case, _ in self._cases.values())
        return await self.standing.world(proposal, users, cases)

    async def _reload(self, name: str) -> None:
        stored = await self._ledger.load(f"proposal/{name}")
        if stored is not None:
            self._cases[name] = (Case.model_validate(stored[0]), stored[1])

    def _case(self, name: str) -> Case:
        if name not in self._cases:
            raise UnknownName("proposal", name)
        return self._cases[name][0]

    def _still_deaf(self, name: str, case: Case) -> bool:
        """Whether a case found at start must wait until the plant has been heard again."""
        if name not in self._returned:
            return False
        if self._clock.monotonic() - self._began > _HEARING_S:
            self._returned.discard(name)
            return False
        points = [point.point for point in case.proposal.draft.basis.points]
        heard = seen(self._snapshots(), points, self._clock.plant())
        return any(point.state == "no_data" for point in heard.values())

    async def _notice(self, name: str, notice: Notify) -> None:
        told = Notice(
            at=await self._ledger.now(), proposal=name, level=notice.level, text=notice.text
        )
        self.notices.append(told)
        log.info("notice", **told.model_dump())
        if self._told is not None:
            self._told(told)


def _with(make: Callable[[Any, World], _E], what: object) -> Callable[[World], _E]:
    return lambda world: make(what, world)


def _status(case: Case) -> ProposalStatus:
    votes = tuple(
        f"{v.name} ({', '.join(v.roles)}) {v.meaning} at {clock_text(v.at)}"
        + (f": {v.reason}" if v.reason else "")
        for v in case.votes
    )
    return ProposalStatus(
        proposal=case.id,
        title=case.proposal.draft.title,
        state=case.stage,
        needs=case.needs if case.stage == "pending" else "",
        votes=votes,
        result=case.result,
    )
