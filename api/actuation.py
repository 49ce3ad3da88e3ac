"""The doors of governance: hand in, sign, take back, undo, close, trust.

Whoever comes in is looked up again, and every answer comes from the gate through its driver. It
must never approve in anybody's name.
"""

from collections.abc import Callable, Mapping
from typing import Literal

from api.clock_watch import ClockWatch, told_of
from api.drafts import Drafts
from api.driver import Driver
from api.high_water import HighWater
from api.notices import Notices
from api.shadows import Shadows
from api.soundness import Soundness
from api.standing import Standing
from api.status import receipt, status
from tools.view import ProposalStatus
from twin_core.answer import Asker
from twin_core.canonical import digest
from twin_core.errors import BadInput, Conflict, NotAllowed, NotCanonical
from twin_core.evidence import Evidence
from twin_core.governance import events
from twin_core.governance.action import Draft, Proposal
from twin_core.governance.authors import behind
from twin_core.governance.case import STANDS, Case
from twin_core.governance.desk import Receipt
from twin_core.governance.events import Event, Notify, Tell
from twin_core.governance.grounds import broken, seen
from twin_core.governance.policy import Evaluator
from twin_core.governance.ports import CommandSink, Ledger
from twin_core.governance.register import doubts
from twin_core.governance.rehearsal import Rehearsal, evidence
from twin_core.governance.standing_rule import StandingRule, Terms
from twin_core.governance.trust import Doubt, Step
from twin_core.governance.world import World
from twin_core.plant.assets import Plant
from twin_core.ports import Clock, WorkRecords
from twin_core.twin import Snapshot


class Actuation:
    """The desk where drafts are handed in, and everything that can follow.

    Args:
        sinks: source id → connector that can act.
        snapshots: the newest belief.
        policy: None refuses everything.
        ids: a fresh opaque id (`p-…`) at each call; nonces come from it too.
        person: a user as he stands now; raises UnknownName for nobody.
        records: the maintenance system's orders; None where there is none.
        mark: how far the ledger had come; None where that is kept nowhere.
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
        mark: HighWater | None = None,
    ) -> None:
        self._plant = plant
        self._ledger = ledger
        self._snapshots = snapshots
        self._clock = clock
        self._watch = ClockWatch()
        self.notices = Notices(clock)
        tell = self.notices.tell
        self._sound = Soundness(tell)
        self._whole = self._sound.whole
        self.standing = Standing(
            plant, ledger, frozenset(sinks), snapshots, clock, policy, person, tell, mark
        )
        self.drafts = Drafts(plant.site, ledger, self.standing, ids)
        self.shadows = Shadows(ledger, snapshots)
        self.driver = Driver(plant, ledger, sinks, snapshots, clock, self.standing, records, tell)

    @property
    def damage(self) -> str:
        """What is wrong with the ledger; while it says anything nothing is taken or sent."""
        return self._sound.damage

    async def look(self) -> None:
        """See whether what decisions rest on is still what the audit chain bears out."""
        await self._sound.seen(self.standing.look)

    async def start(self) -> None:
        """Become the plant's actuator and read what stands in the ledger; nothing is done yet.

        If the ledger is damaged, it becomes nothing, and pages.

        Raises:
            StoreDown: the ledger cannot be used.
        """
        if not await self._sound.seen(self._ledger.verify):
            return
        await self.standing.claim()
        await self.driver.cases.load()
        await self.shadows.load()

    async def recover(self) -> None:
        """Go on with every case that a crash or restart left on its way."""
        if not (self.standing.epoch or self.damage):
            await self.start()
        if not self.damage:
            await self.driver.recover()

    async def tick(self) -> None:
        """Let time pass: expiry, waiting, looking again, the process's answer, the crew's report.

        Raises:
            OpsTwinError: the first failure, after every case has had its turn.
        """
        if self.damage:
            return
        now = await self._ledger.now()
        jump = self._watch.jumped(self._clock.host(), self._clock.monotonic())
        if jump:
            body = {"seconds": jump}
            await self._ledger.record("clock_jumped", "opstwin", self._plant.site, body)
            self.notices.tell("clock", Notify("alarm", told_of(jump)))
        await self.driver.tick(now)
        if await self.standing.owned():
            await self.doubt(*doubts(self._plant, self.driver.cases.all()))
            await self.shadows.look(self.driver.cases.all())

    async def doubt(self, *found: Doubt) -> None:
        """Lower the trust in what disappoints, on record, and tell people."""
        for told in await self.standing.heed(found):
            self.notices.tell("trust", Notify("alarm", told))

    async def idle(self) -> None:
        """Return when nothing is being sent or read back."""
        await self.driver.idle()

    async def close(self) -> None:
        """Stop; what was under way is found again by `recover`."""
        await self.driver.close()

    async def submit(self, draft: Draft, asker: Asker, through: str = "assistant") -> Receipt:
        """Hand in a draft in the name of `asker`, `through` the program he used.

        Raises:
            StoreDown: the ledger cannot take it; it was not handed in.
        """
        self._whole()
        return await self._opened(await self.drafts.proposed(draft, asker.user, through))

    async def amend(self, name: str, draft: Draft, asker: Asker) -> Receipt:
        """Put another draft in a proposal's place: a new digest, and no votes.

        Who is behind the old one is behind the new one too. What would be denied takes nothing's
        place.

        Raises:
            UnknownName: no such proposal.
            NotAllowed: neither the requester nor permitted to take it back, or not to propose such
                a thing; recorded.
            Conflict: it is too late.
        """
        self._whole()
        earlier = tuple(behind(self.driver.cases.one(name).proposal))
        proposal = await self.drafts.proposed(draft, asker.user, earlier=earlier)
        decision = await self.driver.proposes(proposal)
        if not decision.allowed:
            body = {"rule": decision.rule, "why": decision.why}
            await self._ledger.record("edit_refused", asker.user, name, body)
            raise NotAllowed(
                asker.name, f"edit {name} ({decision.why})", "a role that policy names"
            )
        if await self.driver.taken(proposal):
            await self.cancel(name, asker, f"replaced by {proposal.id}")
        return await self._opened(proposal)

    async def _opened(self, proposal: Proposal) -> Receipt:
        try:
            digest(proposal)
        except NotCanonical as problem:
            await self._ledger.record(
                "malformed", proposal.requester.user, proposal.id, {"problem": str(problem)}
            )
            return Receipt(
                proposal=proposal.id, state="denied", needs="nobody", reason=str(problem)
            )
        return receipt(await self.driver.open(proposal, proposal.created))

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

    async def reported(
        self, name: str, asker: Asker, became: Literal["done", "failed"], reason: str
    ) -> ProposalStatus:
        """Take a person's report of a job that people were told of.

        Raises:
            UnknownName, NotAllowed, Conflict, StoreDown: as `vote`.
        """
        return await self._asked(
            name, asker, "report on", lambda w: events.Reported(asker.user, became, reason, w)
        )

    async def rehearsed(self, report: Rehearsal, asker: Asker) -> Evidence:
        """Keep what a rehearsal found with its proposal, for those who decide.

        Raises:
            UnknownName, NotAllowed, Conflict, StoreDown: as `vote`.
        """
        found = evidence(report, asker.name)

        def event(world: World) -> Event:
            return events.Rehearsed(asker.user, report.digest, found, world)

        await self._asked(report.proposal, asker, "hand in a rehearsal of", event)
        return found

    async def set_trust(self, asset: str, step: Step, asker: Asker, reason: str = "") -> None:
        """Set the step of an asset and of all below it that has none of its own.

        Raises:
            UnknownName, NotAllowed, Conflict: as `Standing.set_trust`.
            StoreDown: the audit chain is broken.
        """
        self._whole()
        await self.standing.set_trust(asset, step, asker, reason)

    async def sign_rule(self, terms: Terms, asker: Asker) -> StandingRule:
        """Approve in advance what the terms cover.

        Raises:
            BadInput, UnknownName, NotAllowed, Conflict: as `Standing.sign_rule`.
            StoreDown: the audit chain is broken.
        """
        self._whole()
        rule = await self.standing.sign_rule(terms, asker)
        self.notices.tell("standing rules", Notify("info", f"{rule} is in force"))
        return rule

    async def revoke_rule(self, name: str, asker: Asker, reason: str) -> None:
        """End a standing rule at once; what it approved and was not sent waits for people.

        Raises:
            UnknownName, NotAllowed, Conflict: as `Standing.revoke_rule`.
        """
        await self.standing.revoke_rule(name, asker, reason)
        told = f"standing rule {name} was revoked by {asker.name}: {reason}"
        self.notices.tell("standing rules", Notify("info", told))

    async def freeze(self, asker: Asker, reason: str) -> str:
        """Stop everything that is not on its way yet; why it stands, by whom and when.

        Raises:
            NotAllowed: as `Freezes.freeze`.
        """
        return await self.standing.freezes.freeze(asker, reason)

    async def lift(self, asker: Asker, reason: str) -> None:
        """Let everything go on that still holds.

        Raises:
            NotAllowed, Conflict: as `Freezes.lift`.
            StoreDown: the audit chain is broken.
        """
        self._whole()
        await self.standing.freezes.lift(asker, reason)

    def trust(self) -> Mapping[str, Step]:
        """The step of each asset somebody set, or that was lowered; all others observe."""
        return dict(self.standing.ladder.steps)

    async def reload_policy(self, text: str | BadInput, file: str) -> bool:
        """Put a policy's text into force; a broken one keeps the last good and raises an alarm.

        In the place of a text that cannot be read stands why.
        """
        problem = await self.standing.load_policy(text, file)
        policy = self.standing.policy
        if problem:
            self.notices.tell("policy", Notify("alarm", f"the last good policy stays: {problem}"))
        elif policy is not None:
            told = f"policy {policy.version[:12]} of {file} is in force"
            self.notices.tell("policy", Notify("info", told))
        return not problem

    async def proposals(self) -> list[ProposalStatus]:
        """Every proposal, newest first.

        Raises:
            StoreDown: the audit chain is broken.
        """
        self._whole()
        cases = sorted(self.driver.cases.all(), key=lambda case: -case.proposal.created)
        return [status(case, self._plant, self._clock) for case in cases]

    async def cases(self) -> tuple[Case, ...]:
        """Every proposal whole, in no order.

        Raises:
            StoreDown: the audit chain is broken.
        """
        self._whole()
        return self.driver.cases.all()

    async def proposal(self, name: str) -> Case:
        """One proposal whole, with all that was decided and done.

        Raises:
            UnknownName: there is none.
            StoreDown: the audit chain is broken.
        """
        self._whole()
        return self.driver.cases.one(name)

    def disabled(self, name: str) -> str:
        """Why approving it is of no use at this moment; empty if nothing speaks against it.

        Raises:
            UnknownName: there is none.
        """
        case = self.driver.cases.one(name)
        if case.stage != "pending":
            return STANDS[case.stage]
        basis = case.proposal.draft.basis
        points = [point.point for point in basis.points]
        return broken(basis, seen(self._snapshots(), points, self._clock.plant()))

    async def _asked(
        self, name: str, asker: Asker, verb: str, event: Callable[[World], Event]
    ) -> ProposalStatus:
        self._whole()
        case = self.driver.cases.one(name)
        effects = await self.driver.happen(name, event, asker.user)
        self.driver.begin(name, effects)
        told = next((wish for wish in effects if isinstance(wish, Tell)), None)
        if told is not None and told.error == "not_allowed":
            needed = case.needs if verb in {"approve", "reject"} else "a role that policy names"
            raise NotAllowed(asker.name, f"{verb} {name} ({told.text})", needed)
        if told is not None and told.error == "conflict":
            raise Conflict(name, told.text)
        case = self.driver.cases.one(name)
        return status(case, self._plant, self._clock)
