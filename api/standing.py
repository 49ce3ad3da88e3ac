"""What holds at the site besides the cases: policy, trust, who people are, who owns the plant.

It gathers, for the gate, the World an event happens in. It must never decide about a proposal.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from math import inf

from api.clock_watch import behind
from api.freezes import Freezes
from api.high_water import HighWater
from api.ladders import KeptLadder
from api.left_behind import taken_up
from api.local_store import LocalStore
from api.locks import Locks
from api.standing_rules import StandingRules
from twin_core.answer import Asker
from twin_core.errors import BadInput, Conflict, NotAllowed, StoreDown, UnknownName
from twin_core.governance.action import Proposal, Step, WriteStep
from twin_core.governance.admission import known, unit_of
from twin_core.governance.case import Case
from twin_core.governance.events import Notify
from twin_core.governance.grounds import seen
from twin_core.governance.policy import Evaluator, Limits, Policy
from twin_core.governance.ports import Ledger
from twin_core.governance.register import (
    acted,
    concerned,
    doubts,
    holders,
    locks,
    sent,
    spent,
    used,
    waiting,
)
from twin_core.governance.request import Kind, Request, Verb
from twin_core.governance.ruling import decides, evaluated, locked
from twin_core.governance.standing_rule import StandingRule, Terms, fitting, local
from twin_core.governance.trust import Doubt, Ladder
from twin_core.governance.trust import Step as Rung
from twin_core.governance.world import World
from twin_core.plant.assets import Plant
from twin_core.ports import Clock
from twin_core.twin import Snapshot
from twin_core.value import JSON, SECOND, Instant

_ATTEMPTS = 5  # times the plant is claimed when another actuator claims it at the same moment


class Standing:
    """Policy, ladder of trust, people, and the epoch in which this process owns the plant.

    Attributes:
        freezes, locks: what people stopped: everything, or what lies under a lock.
        forgotten: why the ledger may have forgotten what was decided and sent; empty if not.

    Args:
        sinks: ids of the sources that can act.
        policy: None refuses everything.
        person: a user as he stands now; raises UnknownName for nobody.
        tell: takes what people must be told, and about what.
        mark: how far the ledger had come; None where that is kept nowhere.
    """

    def __init__(
        self,
        plant: Plant,
        ledger: Ledger,
        sinks: frozenset[str],
        snapshots: Callable[[], Snapshot],
        clock: Clock,
        policy: Evaluator | None,
        person: Callable[[str], Asker],
        tell: Callable[[str, Notify], None],
        mark: HighWater | None = None,
    ) -> None:
        self._plant = plant
        self._ledger = ledger
        self._sinks = sinks
        self._snapshots = snapshots
        self._clock = clock
        self._person = person
        self._tell = tell
        self._mark = mark
        self.forgotten = ""
        self.rules = StandingRules(ledger, plant.site)
        self.local = LocalStore(ledger, plant.site)
        self.policy = policy
        self.freezes = Freezes(plant.site, ledger, self.worker, self.permitted, tell)
        self.locks = Locks(plant, ledger, self.worker, self.permitted, tell)
        self.trust = KeptLadder(ledger, plant.site)
        self.epoch = 0

    @property
    def limits(self) -> Limits:
        """The policy's numbers, or the usual ones where there is no policy."""
        return self.policy.limits if self.policy is not None else Limits()

    @property
    def ladder(self) -> Ladder:
        """How far each asset is trusted."""
        return self.trust.ladder

    async def claim(self) -> None:
        """Become the plant's actuator in a new epoch, and read the ladder of trust.

        The epoch is beyond every one that the mark knows, and with a ledger that may have forgotten
        something everything is frozen until a person has looked at the plant and lifts it.

        Raises:
            Conflict: other actuators keep claiming it.
            StoreDown: the ledger cannot be used, is another site's, or what it holds is not of a
                known form.
        """
        key = f"actuator/{self._plant.site}"
        for other in await self._ledger.keys("actuator/"):
            if other != key:
                site = other.removeprefix("actuator/")
                raise StoreDown(
                    "ledger",
                    f"it is that of {site}, and the plant file is of {self._plant.site}: start "
                    f"with the plant file of {site}, or with another data directory (OPSTWIN_DATA)",
                )
        late = behind(await self._ledger.now(), self._clock.ledger())
        after = 0
        if self._mark is not None:
            self.forgotten, after = await self._mark.forgotten(self._ledger), self._mark.epoch
            if not self.forgotten:
                await self._mark.rise(after, self._ledger)  # before anybody is actuator
        for _ in range(_ATTEMPTS):
            stored = await self._ledger.load(key)
            try:
                epoch = max(after, stored[0]["epoch"] if stored is not None else 0) + 1
            except (LookupError, TypeError) as problem:
                why = f"{key} is stored in a form that this program does not know"
                raise StoreDown("ledger", why) from problem
            version = self.policy.version if self.policy is not None else "none"
            body = {"epoch": epoch, "policy": version}
            try:
                await self._ledger.save(
                    key,
                    {"epoch": epoch},
                    stored[1] if stored is not None else None,
                    [("actuator", "opstwin", self._plant.site, body)],
                )
            except Conflict:
                continue
            self.epoch = epoch
            break
        else:
            raise Conflict(key, "other actuators keep claiming the plant")
        if self._mark is not None and self.forgotten:
            why, left = self.forgotten, self._mark.left
            await taken_up(why, left, self.freezes, self.locks, self.rules, self.local, self._tell)
        if late:
            await self.freezes.hold(late, "clock_behind")
        await self.trust.load()

    async def look(self) -> None:
        """Read what decisions rest on; raises StateForged if the audit chain does not say so."""
        await self.frozen()
        await self.locks.hanging()
        await self.local.signed()
        await self.rules.in_force(0)
        for key in ("actuator", "trust"):
            await self._ledger.load(f"{key}/{self._plant.site}")

    async def owned(self) -> bool:
        """Whether no newer actuator has claimed the plant."""
        stored = await self._ledger.load(f"actuator/{self._plant.site}")
        return stored is not None and stored[0] == {"epoch": self.epoch}

    async def barred(self, step: Step) -> str:
        """Why a step may not leave this process at this moment; empty if it may, and is marked."""
        if not await self.owned():
            return "a newer actuator owns the plant"
        frozen = await self.frozen()
        if frozen:
            return f"everything is frozen {frozen}"
        if isinstance(step, WriteStep):
            why = locked(await self.locks.by_asset(), unit_of(self._plant, step.point))
            if why:
                return why
        try:
            await self.rise()
        except StoreDown as problem:
            return str(problem)
        return ""

    async def rise(self) -> None:
        """Set the mark to how far the ledger has come.

        Raises:
            StoreDown: it cannot be set.
        """
        if self._mark is not None:
            await self._mark.rise(self.epoch, self._ledger)

    async def world(self, proposal: Proposal, users: Sequence[str], cases: Sequence[Case]) -> World:
        """The world as it is at this moment, for an event about a proposal.

        `users` are the people concerned; `cases` all cases, this proposal's among them.
        """
        plant, now = self._plant, await self._ledger.now()
        plant_now = self._clock.plant()
        points = concerned(plant, proposal.draft)
        since = now - round(self.limits.window_s * SECOND)
        standing, local, hung_by_hand, frozen, owned = await asyncio.gather(
            self.rules.in_force(now),
            self.local.in_force(now),
            self.locks.by_asset(),
            self.frozen(),
            self.owned(),
        )
        rules = {rule.id: rule for rule in (*standing, *local)}
        longest = min((since, *(now - round(r.window_s * SECOND) for r in rules.values())))
        others = [case for case in cases if case.id != proposal.id and case.counts(longest)]
        hung = locks(plant, others)
        for asset, why in hung_by_hand.items():
            hung[asset] = f"{hung[asset]}; {why}" if asset in hung else why
        return World(
            plant=plant,
            policy=self.policy,
            plant_now=plant_now,
            ladder=self.ladder.doubted(doubts(plant, cases)),
            seen=seen(self._snapshots(), points, plant_now),
            people=await self.people((*users, *(rule.user for rule in rules.values())), now),
            busy=holders(plant, others),
            locked=hung,
            spent=spent(others, since),
            sent=sent(plant, others, since),
            waiting=waiting(others, proposal.requester),
            rules=rules,
            used=used(others, rules, now),
            rested=self._rested(proposal, cases),
            frozen=frozen,
            sinks=self._sinks,
            epoch=self.epoch,
            fenced=not owned,
        )

    def _rested(self, proposal: Proposal, cases: Iterable[Case]) -> float:
        """For how many plant seconds the local rule that asks had not acted before."""
        if not local(proposal):
            return inf
        others = (case for case in cases if case.id != proposal.id)
        last = acted(others, proposal.requester.through, proposal.created)
        if last is None:
            return inf
        at = self._clock.plant_at
        return (at(proposal.created) - at(last)) / SECOND

    async def people(self, users: Sequence[str], now: Instant | None = None) -> dict[str, Asker]:
        """Those of the users who are known, as they stand now (ledger time)."""
        found = {}
        at = await self._ledger.now() if now is None else now
        for user in set(users) - {""}:
            try:
                who = await asyncio.to_thread(self._person, user)
                found[user] = who.as_of(at).within(self._plant.site)
            except UnknownName:
                continue
        return found

    async def set_trust(self, asset: str, step: Rung, asker: Asker, reason: str) -> None:
        """Set the step of an asset and of all below it that has none of its own.

        Raises:
            UnknownName: no such asset.
            NotAllowed: policy does not let this person; recorded.
            Conflict: somebody else moved the ladder at the same time, or a newer actuator owns
                the plant and would not hear of it.
        """
        known(self._plant, asset)
        body = {"from": self.ladder.step(asset), "to": step, "reason": reason}
        doing = f"set the trust in {asset}"
        await self.permitted(asker, "configure", "trust", (asset,), doing, body)
        if not await self.owned():
            raise Conflict(f"trust in {asset}", "a newer actuator owns the plant; decide there")
        moved = self.ladder.moved(asset, step, await self._ledger.now())
        await self.trust.put(moved, [("trust", asker.user, asset, body)])

    async def heed(self, found: Iterable[Doubt]) -> tuple[str, ...]:
        """Lower, on record, the trust in what disappointed; what people are to be told of it.

        Raises:
            Conflict: somebody else moved the ladder at the same time; the next turn heeds it.
        """
        before, lowered = self.ladder, self.ladder.doubted(found)
        changed = {path: step for path, step in lowered.steps.items() if step != before.step(path)}
        if not changed:
            return ()
        await self.trust.put(
            lowered,
            [
                ("trust_lowered", "opstwin", path,
                 {"from": before.step(path), "to": step, "reason": lowered.why[path]})
                for path, step in changed.items()
            ],
        )  # fmt: skip
        return tuple(
            f"{path} now stands at {step}, by itself, for {lowered.why[path]}; an engineer raises "
            f"it again: opstwin trust {path} {before.step(path)} --reason …"
            for path, step in changed.items()
        )

    async def sign_rule(self, terms: Terms, asker: Asker) -> StandingRule:
        """Approve in advance what the terms cover, until they end or somebody revokes them.

        Raises:
            UnknownName, NotWritable, OutOfRange: terms that the plant cannot carry out.
            NotAllowed: policy does not let this person; recorded.
            Conflict: too many are in force, or others sign at the same moment.
        """
        fitting(self._plant, terms)
        body: JSON = terms.model_dump(mode="json")
        assets = tuple(dict.fromkeys(unit_of(self._plant, path) for path in terms.bands))
        doing = f"sign standing rule {terms.id}"
        who = await self.permitted(asker, "configure", "standing_rule", assets, doing, body)
        at = await self._ledger.now()
        rule = StandingRule(**terms.model_dump(), user=who.user, name=who.name, at=at)
        await self.rules.sign(rule, body)
        return rule

    async def revoke_rule(self, name: str, asker: Asker, reason: str) -> None:
        """End a standing rule at once: anybody who works there may.

        Raises:
            NotAllowed: who is nobody there, a service, or only looks on; recorded.
            UnknownName, Conflict: as `StandingRules.revoke`.
        """
        body: JSON = {"rule": name, "reason": reason}
        site, doing = self._plant.site, f"revoke standing rule {name}"
        await self.worker(asker, "standing_rule", site, doing, body)
        await self.rules.revoke(name, asker.user, reason)

    async def frozen(self) -> str:
        """Why nothing may be approved, sent or undone now, by whom and when; empty if it may."""
        return await self.freezes.frozen()

    async def permitted(
        self,
        asker: Asker,
        verb: Verb,
        kind: Kind,
        assets: tuple[str, ...],
        doing: str,
        body: JSON,
    ) -> Asker:
        """The person as he stands now, if policy lets him; what is refused is recorded.

        Raises:
            NotAllowed: it does not.
        """
        who = await self.worker(asker, kind, assets[0], doing, body)
        request = Request(who=who, verb=verb, kind=kind, site=self._plant.site, assets=assets)
        decision = evaluated(self.policy, request)
        if not decision.allowed:
            await self._ledger.record(f"{kind}_refused", asker.user, assets[0], body)
            roles = self.policy.approvers(request) if self.policy is not None else ()
            why = "" if decision.rule == "no-permission" else f": {decision.why}"
            needed = " or ".join(f"the role {role}" for role in roles)
            raise NotAllowed(who.name, f"{doing}{why}", needed or "a policy that permits it")
        return who

    async def worker(self, asker: Asker, kind: Kind, asset: str, doing: str, body: JSON) -> Asker:
        """The person as he stands now, if he works at the site; else it is recorded.

        Raises:
            NotAllowed: he is unknown or of another site, a service, or only looks on.
        """
        who = (await self.people((asker.user,))).get(asker.user)
        if who is None or self._plant.site not in who.sites or not decides(who):
            await self._ledger.record(f"{kind}_refused", asker.user, asset, body)
            needed = "a known user" if who is None else "somebody who works there"
            raise NotAllowed(asker.name, doing, needed)
        return who

    async def load_policy(self, text: str | BadInput, file: str) -> str:
        """Put a policy's text into force; a broken one changes nothing. Returns what is wrong."""
        try:
            if isinstance(text, BadInput):
                raise text
            policy = await asyncio.to_thread(_fitted, text, file, self._plant)
        except BadInput as problem:
            await self._ledger.record("policy_broken", "opstwin", file, {"problem": str(problem)})
            return str(problem)
        self.policy = policy
        await self._ledger.record("policy_loaded", "opstwin", file, {"version": policy.version})
        return ""


def _fitted(text: str, file: str, plant: Plant) -> Policy:
    return Policy.parse(text, file).fitting(plant, file)
