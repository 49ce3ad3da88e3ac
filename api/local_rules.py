"""Local rules at work: looked at in the ingest thread, handed to the gate at once when due.

No model, network or centre is asked. What a rule does goes the way of every write: policy, audit,
one write, read back. It is no safety function. It must never write past the gate, nor hold up the
ingest thread.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import structlog

from api.actuation import Actuation
from api.watched_file import file_text
from twin_core.answer import Asker
from twin_core.errors import BadInput, Conflict, OpsTwinError, UnknownName
from twin_core.governance.admission import unit_of
from twin_core.governance.asking import signs
from twin_core.governance.events import Notify
from twin_core.governance.local_draft import STANDS, drafted
from twin_core.governance.local_idle import Idle, same
from twin_core.governance.local_rule import LocalRule, fitting, parse
from twin_core.governance.local_signed import SignedLocalRule
from twin_core.governance.local_watch import AGAIN, NOTHING, Due, LocalWatch, Told
from twin_core.governance.ports import Ledger
from twin_core.governance.register import acted
from twin_core.ingest import Twin
from twin_core.plant.assets import Plant
from twin_core.ports import Clock
from twin_core.twin import Snapshot
from twin_core.value import JSON, SECOND, Instant

log = structlog.get_logger(__name__)


def written(path: Path | None, plant: Plant) -> tuple[str, tuple[LocalRule, ...]]:
    """The text of a file of local rules, and what it says; nothing where there is none.

    Raises:
        BadInput: it cannot be read, or not used at this plant.
    """
    if path is None:
        return "", ()
    text = file_text(path)
    return text, fitted(plant, text, str(path))


def fitted(plant: Plant, text: str, file: str) -> tuple[LocalRule, ...]:
    """The rules that a file says.

    Raises:
        BadInput: it cannot be used, or not at this plant.
    """
    rules = parse(text, file)
    fitting(plant, rules)
    return rules


class LocalRules:
    """Those of a site: read, signed, watched, carried out.

    Args:
        actuation: its gate decides; nothing else is asked of it.
        snapshots: the newest belief.
        rules: of the site's file; in force are those that are signed so.
    """

    def __init__(
        self,
        plant: Plant,
        ledger: Ledger,
        actuation: Actuation,
        snapshots: Callable[[], Snapshot],
        clock: Clock,
        rules: tuple[LocalRule, ...] = (),
    ) -> None:
        self._plant = plant
        self._ledger = ledger
        self._actuation = actuation
        self._standing = actuation.standing
        self._standing.local.file = rules
        self._tell = actuation.notices.tell
        self._snapshots = snapshots
        self._clock = clock
        self._watch: LocalWatch | None = None
        self._in_force: dict[str, SignedLocalRule] = {}
        self._idle = Idle()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._acting: set[asyncio.Task[None]] = set()

    async def reload(self, text: str | BadInput, file: str) -> bool:
        """Take what the file says now; one that cannot be used changes nothing, and people hear."""
        try:
            if isinstance(text, BadInput):
                raise text
            self._standing.local.read(fitted(self._plant, text, file))
        except BadInput as problem:
            self._tell("local rules", Notify("alarm", f"the last good ones stay: {problem}"))
            return False
        digests: JSON = {rule.id: rule.digest for rule in self._standing.local.file}
        await self._ledger.record("local_rules_read", "opstwin", file, {"digests": digests})
        await self.refresh()
        return True

    async def refresh(self) -> None:
        """Watch what is in force now; what the file says no more is no more signed, on record."""
        self._loop = asyncio.get_running_loop()
        if await self._standing.owned() and (lost := await self._standing.local.lapse()):
            text = f"{', '.join(lost)} changed in the file: not in force until signed again"
            self._tell("local rules", Notify("alarm", text))
        found = await self._standing.local.in_force(await self._ledger.now())
        in_force = {one.local.id: one for one in found}
        if in_force == self._in_force:
            return
        self._in_force = in_force
        rules = tuple(one.local for one in found)
        before = self._watch.memory if self._watch is not None else NOTHING
        cases = self._actuation.driver.cases.all()
        rests = dict(before.rests)
        for one in found:
            if (last := acted(cases, one.id)) is not None:
                rests[one.local.id] = max(self._cool(one, last), rests.get(one.local.id, 0))
        self._watch = LocalWatch(self._plant, rules, before._replace(rests=rests))

    @property
    def state(self) -> str:
        """How many are in force, and which of them cannot see, in words."""
        if not self._in_force:
            return "none in force"
        if self._watch is None:
            return "not watched, see the log"
        blind = ", ".join(self._watch.blind())
        return f"{len(self._in_force)} in force" + (f", blind: {blind}" if blind else "")

    def look(self, twin: Twin, now: Instant) -> None:
        """Which rules are due, by the twin's provisional belief; called in the ingest thread."""
        watch, loop = self._watch, self._loop
        if watch is None or loop is None or not watch.rules:
            return
        try:
            due, told = watch.look(twin.provisional(watch.points), now)
        except Exception:  # a bug here must not end the ingest thread
            log.exception("local rules cannot be watched")
            self._watch = None
            blind = Notify("page", "local rules cannot be watched, and none acts: see the log")
            loop.call_soon_threadsafe(self._tell, "local rules", blind)
            return
        if due or told:
            loop.call_soon_threadsafe(self._happened, due, told)

    async def idle(self) -> None:
        """Return when every rule that was due has been handed in."""
        while self._acting:
            await asyncio.gather(*self._acting)

    async def close(self) -> None:
        """Hand in nothing more."""
        for task in tuple(self._acting):
            task.cancel()
        await asyncio.gather(*self._acting, return_exceptions=True)

    async def sign(self, digests: Mapping[str, str], asker: Asker, reason: str) -> list[str]:
        """Put rules of the file into force, as they were read; their ids.

        Args:
            digests: by id, what the person has read.
            asker: who signs.
            reason: for people to read.

        Raises:
            UnknownName: the site's file has no such rule.
            Conflict: it says otherwise than what he has read, or others sign at the same moment.
            NotAllowed: policy does not let this person; recorded.
        """
        there = {rule.id: rule for rule in self._standing.local.file}
        for name, read in digests.items():
            if name not in there:
                raise UnknownName("local rule", name, tuple(there))
            if there[name].digest != read:
                raise Conflict(f"local rule {name}", "the server's file says otherwise")
        rules = [rule for rule in there.values() if rule.id in digests]
        body: JSON = {"digests": dict(digests), "reason": reason}
        assets = self._machines(*rules)
        who = await self._standing.permitted(
            asker, "configure", "standing_rule", assets, "sign local rules", body
        )
        at = await self._ledger.now()
        signed = [SignedLocalRule.of(rule, who.user, who.name, at) for rule in rules]
        await self._standing.local.sign(signed, reason)
        await self.refresh()
        names = [rule.id for rule in rules]
        self._tell("local rules", Notify("info", f"{', '.join(names)} signed by {who.name}"))
        return names

    async def revoke(self, name: str, asker: Asker, reason: str) -> None:
        """End a rule at once; anybody who works there may.

        Raises:
            NotAllowed: who is nobody there, a service, or only looks on; recorded.
            UnknownName, Conflict: as `LocalStore.revoke`.
        """
        body: JSON = {"rule": name, "reason": reason}
        doing = f"revoke local rule {name}"
        who = await self._standing.worker(asker, "standing_rule", self._plant.site, doing, body)
        await self._standing.local.revoke(name, who.user, reason)
        await self.refresh()
        text = f"local rule {name} was revoked by {who.name}: {reason}"
        self._tell("local rules", Notify("info", text))

    async def shown(self) -> list[tuple[LocalRule, SignedLocalRule | None, str]]:
        """Each rule of the file, its signature if it is in force, and what speaks against it.

        Raises:
            StoreDown: signatures cannot be read.
        """
        now = await self._ledger.now()
        signed = {one.local.id: one for one in await self._standing.local.signed()}
        blind = self._watch.blind() if self._watch is not None else {}
        found = []
        for rule in self._standing.local.file:
            one, why = signed.get(rule.id), ""
            if one is None:
                lapsed = await self._standing.local.lapsed(rule)
                why = "changed since it was signed" if lapsed else "not signed"
            elif one.until <= now:
                one, why = None, "its time is over"
            elif no_more := await self._unsigned(one):
                one, why = None, no_more
            elif unseen := blind.get(rule.id):
                why = f"blind: {', '.join(unseen)} is not Good"
            found.append((rule, one, why))
        return found

    def _happened(self, due: Sequence[Due], told: Sequence[Told]) -> None:
        for one in told:
            text = f"local rule {one.rule.id}: {one.why}"
            self._tell(f"local/{one.rule.id}", Notify("info" if one.clear else "alarm", text))
        if due:
            task = asyncio.ensure_future(self._act(due))
            self._acting.add(task)
            task.add_done_callback(self._acting.discard)

    async def _act(self, due: Sequence[Due]) -> None:
        """Hand in what each rule does, in the order of the file; the gate goes on with it."""
        for one in due:
            rests = one.at + AGAIN
            try:
                found = await self._handed_in(one)
            except OpsTwinError as failure:
                found = str(failure).rstrip(".")
            except Exception:  # a task nobody awaits: what it raised would never be told
                log.exception("a local rule broke off", rule=one.rule.id)
                found = "it broke off: see the log"
            if not isinstance(found, str):
                rests = found
                self._idle.acted(one)
            elif self._idle.nothing(one, found):
                text = f"local rule {one.rule.id} was due and did nothing: {found}"
                notice = Notify("info" if found == STANDS else "page", text)
                self._tell(f"local/{one.rule.id}", notice)
            if self._watch is not None:
                self._watch.rest(one.rule.id, rests)

    def _machines(self, *rules: LocalRule) -> tuple[str, ...]:
        units = (unit_of(self._plant, write.point) for rule in rules for write in rule.write)
        return tuple(dict.fromkeys(units))

    def _cool(self, signed: SignedLocalRule, at: Instant) -> Instant:
        """Until when, plant time, a rule rests that acted at a ledger time."""
        return self._clock.plant_at(at) + round(signed.local.cooldown_s * SECOND)

    async def _handed_in(self, due: Due) -> Instant | str:
        """Put it before the gate; until when it rests then, or why nothing comes of it.

        What was denied is not handed in again for the same reason.
        """
        signed = self._in_force.get(due.rule.id)
        if signed is None:
            return "it is not in force any more"
        if self._actuation.damage:
            return self._actuation.damage
        draft = drafted(self._snapshots(), due)
        if isinstance(draft, str):
            return draft
        proposal = await self._actuation.drafts.proposed(draft, signed.user, signed.id)
        now = proposal.created
        driver = self._actuation.driver
        if before := self._idle.before(due):
            case, _ = await driver.weighed(proposal, now)
            if case.stage == "denied" and same(case.result, before):
                return case.result
        case = await driver.open(proposal, now)
        return case.result if case.stage == "denied" else self._cool(signed, now)

    async def _unsigned(self, signed: SignedLocalRule) -> str:
        """Why who signed a rule may not any more; empty if he may."""
        who = (await self._standing.people((signed.user,))).get(signed.user)
        assets = self._machines(signed.local)
        decision = signs(self._standing.policy, who, self._plant.site, assets)
        return "" if decision.allowed else f"{signed.name} may sign it no more: {decision.why}"
