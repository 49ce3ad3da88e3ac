"""A whole actuation on fakes: clock, ledger, belief, a device that obeys it, a crew."""

import asyncio
import itertools
from typing import Any

from api.actuation import Actuation
from api.attesting import AttestedLedger
from api.escalating import Escalating
from api.wiring import Parts
from tests.fakes import (
    FakeClock,
    FakeLedger,
    FakePager,
    FakeSink,
    FakeWorkRecords,
    InlineCompute,
)
from tests.twin_core.governance.scene import NOW, PEOPLE, PLANT, SHIPPED, Belief, draft
from twin_core.errors import StoreDown, UnknownName
from twin_core.governance.action import Outcome
from twin_core.governance.audit import verify
from twin_core.governance.oncall import OnCall
from twin_core.ports import WorkOrderRecord


def parts(source):
    """What a whole System is built of, read by that source."""
    return Parts(
        plant=PLANT,
        clock=FakeClock(plant=NOW),
        sources={"plc": source},
        sinks={"plc": FakeSink()},
        records=FakeWorkRecords(),
        compute=InlineCompute(),
    )


class Device(FakeSink):
    """A controller whose values are what the twin believes; counts what reaches it."""

    def __init__(self, belief):
        super().__init__()
        self.values = belief.values
        self.status = None  # of the next answers
        self.before = None  # called with the command before it is carried out
        self.silent = False  # takes commands and looks, and answers nothing until `answer` is set
        self.answer = asyncio.Event()

    async def execute(self, command):
        if self.before is not None:
            self.before(command)
        outcome = await super().execute(command)
        if self.silent:
            await self.answer.wait()
        if self.status is not None:
            outcome = outcome.model_copy(update={"status": self.status, "result": "verified"})
        return outcome


class Crew:
    """A maintenance system that takes each key once."""

    def __init__(self, records):
        self.records = records
        self.executed = []
        self.lost = False
        self.down = False

    async def execute(self, command):
        self.executed.append(command)
        if self.down:
            return _outcome(command, "not_applied", detail="it does not answer")
        record = WorkOrderRecord(
            reference=f"WO-{len(self.records.records) + 1}",
            key=command.key,
            asset=command.step.asset,
            task=command.step.task,
            status="open",
            created=NOW,
        )
        self.records.records.append(record)
        if self.lost:
            return _outcome(command, "unknown", sent=True)
        return _outcome(
            command, "verified", sent=True, acknowledged=True, reference=record.reference
        )

    async def look(self, command):
        for record in self.records.records:
            if record.key == command.key:
                return _outcome(command, "verified", reference=record.reference)
        return _outcome(command, "not_applied")

    def report(self, **found):
        """The crew is done with its newest order."""
        done = self.records.records[-1].model_copy(update={"status": "done", **found})
        self.records.records[-1] = done


class HookedLedger(FakeLedger):
    """A ledger that calls `after(stage)` when a proposal's state has been stored."""

    def __init__(self, clock):
        super().__init__(clock)
        self.after = None

    async def now(self):
        if self.down:
            raise StoreDown("ledger", "closed")
        return await super().now()

    async def save(self, key, state, expected, records):
        version = await super().save(key, state, expected, records)
        if self.after is not None and key.startswith("proposal/"):
            self.after(state["stage"])
        return version


class House:
    """Everything an actuation needs, and the people who use it."""

    def __init__(self, policy=SHIPPED, ledger=None, clock=None, mark=None):
        self.clock = clock or FakeClock(plant=NOW)
        self.ledger: Any = ledger or HookedLedger(self.clock)
        self.mark = mark
        self.belief = Belief(self.clock)
        self.device = Device(self.belief)
        self.records = FakeWorkRecords()
        self.crew = Crew(self.records)
        self.people = dict(PEOPLE)
        self.policy = policy
        self.numbers = itertools.count(1)
        self.pager = FakePager()
        self.oncall = OnCall()
        self.actuation = self.another()

    def another(self):
        """Another actuation on the same ledger and plant, as after a crash or a split."""
        return Actuation(
            plant=PLANT,
            ledger=AttestedLedger(self.ledger),
            sinks={"plc": self.device, "plc2": self.device, "crew": self.crew},
            snapshots=self.belief,
            clock=self.clock,
            policy=self.policy,
            ids=lambda: f"p-{next(self.numbers):08d}",
            person=self._person,
            records=self.records,
            mark=self.mark,
        )

    def escalating(self, actuation=None, pager=None, ledger=None):
        """What tells people when nobody answers, beside an actuation; on the house's pager."""
        actuation = actuation or self.actuation
        return Escalating(
            PLANT,
            AttestedLedger(ledger or self.ledger),
            actuation.driver.cases.all,
            actuation.standing,
            lambda: list(self.people.values()),
            {"pager": pager or self.pager},
            actuation.notices.tell,
            self.oncall,
        )

    async def open(self):
        """Start, and let the engineer raise the site to act on approval."""
        await self.actuation.start()
        await self.actuation.recover()
        await self.actuation.set_trust("site", "act_on_approval", PEOPLE["eve"], "tests")
        return self

    async def propose(self, given=None, user="olga"):
        """A proposal handed in; returns its id."""
        return (await self.actuation.submit(given or draft(), PEOPLE[user])).proposal

    async def vote(self, name, user="sam", meaning="approved", channel="web"):
        """A vote, and everything that follows from it."""
        try:
            return await self.actuation.vote(name, PEOPLE[user], meaning, "because", channel)
        finally:
            await self.actuation.idle()

    async def approved(self, given=None):
        """A proposal approved, and everything that follows from it."""
        name = await self.propose(given)
        await self.vote(name)
        return name

    async def case(self, name):
        """How the proposal stands."""
        return await self.actuation.proposal(name)

    async def stage(self, name):
        """The stage it is in."""
        return (await self.case(name)).stage

    async def stored(self, name):
        """The stage the ledger holds."""
        state, _ = self.ledger.states[f"proposal/{name}"]
        return state["stage"]

    async def pass_time(self, seconds, ticks=1):
        """Time goes on, with so many ticks."""
        for _ in range(ticks):
            self.clock.turn(seconds / ticks)
            await self.actuation.tick()
            await self.actuation.idle()

    async def until(self, holds):
        """Let other tasks run until something holds."""
        async with asyncio.timeout(5):
            while not holds():  # noqa: ASYNC110 nothing signals what is waited for
                await asyncio.sleep(0)

    def kinds(self, name=None):
        """Kinds of the audit records about a proposal (or all), in order."""
        return [r.kind for r, _ in self.ledger.chain if name is None or r.subject == name]

    def alarms(self, level):
        """Texts of the notices of a level."""
        return [n.text for n in self.actuation.notices if n.level == level]

    def whole(self):
        """The audit chain verifies; returns its length."""
        return verify(stored for _, stored in self.ledger.chain).count

    def _person(self, user):
        if user not in self.people:
            raise UnknownName("user", user)
        return self.people[user]


def _outcome(command, result, **found):
    found = {"sent": False, "acknowledged": False, **found}
    return Outcome(key=command.key, result=result, **found)
