"""Tells people when nobody answers, step by step, on time and once each.

What is to be told is stored before it is handed to a channel, and leaves the outbox once the
channel has taken it. Whoever dies in between hands it over again under the same id, by which the
channel tells it once. It must never decide about a proposal, nor hold the gate up.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import structlog
from pydantic import ValidationError

from api.standing import Standing
from api.watched_file import file_text
from twin_core.answer import Asker
from twin_core.errors import BadInput, Conflict, NotAllowed, OpsTwinError, StoreDown, UnknownName
from twin_core.governance.case import Case
from twin_core.governance.escalation import (
    Escalation,
    Round,
    acknowledged,
    asked,
    due,
    ended,
    escalated,
    next_due,
    steps,
)
from twin_core.governance.events import Entry, Notify
from twin_core.governance.oncall import OnCall
from twin_core.governance.ports import Ledger, Page, Pager
from twin_core.governance.ruling import decides
from twin_core.plant.assets import Plant
from twin_core.value import Instant

log = structlog.get_logger(__name__)

_PREFIX = "escalation/"


class Escalating:
    """What was told of every proposal that asked for an answer, and what is being told.

    Args:
        cases: every case as it stands.
        standing: whether this process owns the plant, whether all is frozen, the policy's numbers.
        people: everybody who is known.
        pagers: the channels by which people are called, by name.
        tell: takes a proposal's id, or what its name says, and what those on watch are told.
        oncall: whom to call; an empty one calls nobody.
    """

    def __init__(
        self,
        plant: Plant,
        ledger: Ledger,
        cases: Callable[[], Sequence[Case]],
        standing: Standing,
        people: Callable[[], Sequence[Asker]],
        pagers: Mapping[str, Pager],
        tell: Callable[[str, Notify], None],
        oncall: OnCall,
    ) -> None:
        self._plant = plant
        self._ledger = ledger
        self._cases = cases
        self._standing = standing
        self._people = people
        self._pagers = pagers
        self._tell = tell
        self.oncall = oncall
        self._held: dict[str, tuple[Escalation, int | None]] = {}
        self._began = False
        self._lock = asyncio.Lock()  # one change of a state at a time
        self._couriers: dict[tuple[str, str], asyncio.Task[None]] = {}

    async def tick(self) -> None:
        """Tell what has fallen due, to whom it is due; nothing where another owns the plant.

        Raises:
            StoreDown: the ledger cannot be used; nobody is told what could not be stored.
        """
        if not await self._standing.owned():
            return
        async with self._lock:
            await self._begin()
            now = await self._ledger.now()
            for found in await self._rounds(now):
                await self._store(found)
        self._send()

    async def idle(self) -> None:
        """Return when nothing is being handed over."""
        while self._couriers:
            await asyncio.gather(*self._couriers.values(), return_exceptions=True)

    async def close(self) -> None:
        """Stop; what was not taken is handed over again at the next start."""
        for task in (couriers := tuple(self._couriers.values())):
            task.cancel()
        await asyncio.gather(*couriers, return_exceptions=True)

    async def acknowledge(self, name: str, asker: Asker) -> str:
        """Somebody looks after an uncertain end: no further step is told. Who, and since when.

        Raises:
            UnknownName: no such proposal.
            NotAllowed: who is nobody there, a service, or only looks on; recorded.
            Conflict: there is nothing to look after, somebody does, or another owns the plant.
            StoreDown: the ledger cannot take it; it does not count.
        """
        self._case(name)
        who = (await self._standing.people((asker.user,))).get(asker.user)
        if who is None or self._plant.site not in who.sites or not decides(who):
            await self._ledger.record("acknowledgement_refused", asker.user, name, {})
            raise NotAllowed(asker.name, f"look after {name}", "somebody who works there")
        if not await self._standing.owned():
            raise Conflict(name, "a newer actuator owns the plant; say it there")
        async with self._lock:
            state = asked(self._case(name))
            if state is None or state.kind == "approval":
                why = "it waits for a decision" if state else "nothing of it is uncertain"
                raise Conflict(name, f"{why}, so there is nothing to look after")
            await self._begin()
            state, _ = self._held.get(state.key, (state, None))
            if state.acknowledged:
                raise Conflict(name, f"looked after by {state.acknowledged}")
            taken = acknowledged(state, who, await self._ledger.now())
            await self._store(taken)
        self._tell(name, Notify("info", f"{name} is looked after by {taken.state.acknowledged}"))
        return taken.state.acknowledged

    async def reload(self, text: str | BadInput, file: str) -> bool:
        """Put an on-call file's text into force; a broken one keeps the last good one, and alarms.

        In the place of a text that cannot be read stands why.
        """
        try:
            if isinstance(text, BadInput):
                raise text
            zone = self._plant.timezone
            self.oncall = await asyncio.to_thread(OnCall.parse, text, file, zone)
        except BadInput as problem:
            await self._ledger.record("oncall_broken", "opstwin", file, {"problem": str(problem)})
            self._tell("oncall", Notify("alarm", f"the last good on-call file stays: {problem}"))
            return False
        body = {"sha256": hashlib.sha256(text.encode()).hexdigest()}
        await self._ledger.record("oncall_loaded", "opstwin", file, body)
        self._tell("oncall", Notify("info", f"{file} is in force"))
        await self._doubt()
        return True

    def waiting(self, now: Instant) -> tuple[tuple[Escalation, Instant | None], ...]:
        """What asks for an answer, how far it came, and when its next step falls due."""
        return tuple(
            (state, next_due(steps(self.oncall, case, state.kind), state, now))
            for case, state in self._asking()
        )

    def _case(self, name: str) -> Case:
        case = next((case for case in self._cases() if case.id == name), None)
        if case is None:
            raise UnknownName("proposal", name)
        return case

    def _asking(self) -> Iterator[tuple[Case, Escalation]]:
        """Every case that asks for an answer, and what was told of it so far."""
        for case in self._cases():
            if state := asked(case):
                yield case, self._held.get(state.key, (state, None))[0]

    async def _begin(self) -> None:
        """Read what was told before, once, and say who in the file is nobody."""
        if self._began:
            return
        for key in await self._ledger.keys(_PREFIX):
            await self._read(key)
        await self._doubt()
        self._began = True

    async def _doubt(self) -> None:
        users = {who.user for who in await asyncio.to_thread(self._people)}
        for doubt in self.oncall.doubts(users, self._standing.limits.expires_s):
            self._tell("oncall", Notify("alarm", doubt))

    async def _rounds(self, now: Instant) -> Sequence[Round]:
        """All that is to be told now."""
        cases = {case.id: case for case in self._cases()}
        found: list[Round | None] = [
            ended(cases.get(state.proposal), state, self._pagers, now)
            for state, _ in self._held.values()
        ]
        asking = [
            (case, state)
            for case, state in self._asking()
            if due(steps(self.oncall, case, state.kind), state, now)
        ]
        if asking:
            frozen = await self._standing.frozen()
            people = {who.user: who for who in await asyncio.to_thread(self._people)}
            found += [
                escalated(self._plant, case, state, self.oncall, people, self._pagers, now)
                for case, state in asking
                if not (frozen and state.kind == "approval")
            ]
        return [one for one in found if one is not None]

    async def _store(self, found: Round) -> None:
        """Store a round; then, and only then, say what is to be said of it at once."""
        try:
            await self._save(found.state, (found.entry,))
        except Conflict:
            await self._read(found.state.key)
            raise
        if found.state.over:  # what is still being handed over was withdrawn
            for (key, _), courier in self._couriers.items():
                if key == found.state.key:
                    courier.cancel()
        if found.notice is not None:
            self._tell(found.state.proposal, found.notice)

    async def _save(self, state: Escalation, entries: Sequence[Entry]) -> None:
        await asyncio.shield(self._saved(state, entries))

    async def _saved(self, state: Escalation, entries: Sequence[Entry]) -> None:
        version = self._held.get(state.key, (None, None))[1]
        stored = state.model_dump(mode="json")
        self._held[state.key] = (
            state,
            await self._ledger.save(state.key, stored, version, entries),
        )

    async def _read(self, key: str) -> None:
        stored = await self._ledger.load(key)
        if stored is None:
            return
        try:
            self._held[key] = (Escalation.model_validate(stored[0]), stored[1])
        except ValidationError as problem:
            why = f"{key} is stored in a form that this program does not know"
            raise StoreDown("ledger", why) from problem

    def _send(self) -> None:
        """Have everything in the outboxes handed over, each channel's pages in order."""
        for key, (state, _) in self._held.items():
            for channel in {page.channel for page in state.outbox}:
                if (key, channel) not in self._couriers:
                    task = asyncio.create_task(self._courier(key, channel), name=f"page {key}")
                    self._couriers[key, channel] = task

    async def _courier(self, key: str, channel: str) -> None:
        try:
            while page := self._next(key, channel):
                lost = await self._hand_over(page)
                await self._taken(key, page, lost)
        except OpsTwinError as failure:
            log.warning("pages wait for their next turn", of=key, why=str(failure))
        finally:
            del self._couriers[key, channel]

    def _next(self, key: str, channel: str) -> Page | None:
        state, _ = self._held[key]
        return next((page for page in state.outbox if page.channel == channel), None)

    async def _hand_over(self, page: Page) -> str:
        """Hand a page to its channel; why it was not taken, empty if it was."""
        pager = self._pagers.get(page.channel)
        if pager is None:
            return "there is no such channel any more"
        try:
            await pager.page(page)
        except OpsTwinError as problem:
            return str(problem)
        except Exception as problem:  # a channel's bug must not stop the other pages
            log.exception("a channel failed", channel=page.channel)
            return f"the channel failed: {problem}"
        return ""

    async def _taken(self, key: str, page: Page, lost: str) -> None:
        """A page leaves the outbox: taken by its channel, or lost, which is an alarm."""
        body = {"page": page.id, "person": page.person, "channel": page.channel, "why": lost}
        kind = "page_lost" if lost else "paged"
        async with self._lock:
            state, _ = self._held[key]
            await self._save(state.without(page), ((kind, "opstwin", page.proposal, body),))
        if lost:
            said = f"{page.person} could not be told by {page.channel}: {lost}; {page.text}"
            self._tell(page.proposal, Notify("page", said))


def read_oncall(file: Path | None, timezone: str) -> tuple[str, OnCall]:
    """An on-call file's text and what it says; where there is none, nobody is called.

    Raises:
        BadInput: it cannot be read.
        OnCallError: it says something that cannot be.
    """
    if file is None:
        return "", OnCall()
    text = file_text(file)
    return text, OnCall.parse(text, str(file), timezone)
