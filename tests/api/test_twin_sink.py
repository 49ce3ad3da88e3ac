"""What changes belief and knowledge goes through the gate, in the names of who approved it."""

from types import SimpleNamespace
from typing import Any

import pytest

from api.actuation import Actuation
from api.casebook import Casebook
from api.confirming import Confirmer, Said
from api.twin_sink import TwinSink
from tests.fakes import FakeClock, FakeLedger
from tests.twin_core.governance.scene import EVIDENCE, PEOPLE
from tests.twin_core.plant_fixture import GAS, LINE, OVEN, T0, Feed, bakery
from twin_core.answer import Asker
from twin_core.errors import Conflict, StoreDown
from twin_core.governance.action import (
    Basis,
    Command,
    ConfirmCause,
    Draft,
    Inspection,
    Release,
    WriteStep,
)
from twin_core.governance.admission import TWIN
from twin_core.governance.policy import Policy
from twin_core.ingest import Edit, Twin
from twin_core.operations.incident import Incident
from twin_core.value import SECOND

PRESSURE = f"{GAS}/pressure"
INCIDENT = Incident(
    id="in-1a2b3c4d", kind="rate_loss", subject=LINE, line=LINE, opened=T0, severity=3,
    statement="The line makes less.", opened_by=(),
)  # fmt: skip
CAUSE = ConfirmCause(incident=INCIDENT.id, asset=OVEN)
WHO = {
    name: Asker(user=one.user, name=one.name, roles=one.roles, sites=("northmill",))
    for name, one in PEOPLE.items()
}


class House:
    """An actuation over a real twin in which one point is in quarantine, and a casebook."""

    def __init__(self, good_from=10**9):
        self.good_from = good_from
        self.plant = bakery()
        self.feed = Feed(self.plant, bend=self.bent)
        self.twin = Twin(self.plant)
        for event in self.feed.up():
            self.twin.apply(event, T0)
        self.clock = FakeClock(plant=T0)
        self.ledger: Any = FakeLedger(self.clock)
        self.book = Casebook(self.ledger)
        self.edits, self.filed, self.full = [], [], False
        self.incidents: tuple[Incident, ...] = (INCIDENT,)
        there: Any = lambda: SimpleNamespace(incidents=self.incidents)  # noqa: E731
        self.confirmer = Confirmer(self.plant, there, self.book, self.file)
        self.sink = TwinSink(
            self.plant,
            self.snapshot,
            self.edit,
            self.confirmer,
            lambda name: self.actuation.driver.cases.one(name),  # noqa: PLW0108 (made of this)
        )
        self.numbers = iter(range(1, 100))
        self.actuation = self.another()
        self.turn(140)

    def another(self):
        return Actuation(
            plant=self.plant,
            ledger=self.ledger,
            sinks={TWIN: self.sink},
            snapshots=self.snapshot,
            clock=self.clock,
            policy=Policy.shipped(),
            ids=lambda: f"p-{next(self.numbers):08d}",
            person=lambda user: WHO[user],
        )

    def bent(self, path, s, value):
        return 500.0 if path == PRESSURE and 100 < s < self.good_from else value

    def snapshot(self):
        return self.twin.snapshot(self.clock.plant())

    def turn(self, seconds):
        """The plant goes on for so long, and its readings are believed or not."""
        now_s = (self.clock.plant() - T0) // SECOND
        for s in range(now_s, now_s + seconds, 2):
            self.clock.turn(2)
            self.twin.apply(self.feed.readings(s, s + 2), self.clock.plant())

    async def pass_time(self, seconds):
        """The same with a tick every two seconds."""
        for _ in range(seconds // 2):
            self.turn(2)
            await self.actuation.tick()
            await self.actuation.idle()

    async def edit(self, edit: Edit):
        if self.full:
            raise StoreDown("history", "nothing is taken in any more")
        self.edits.append(edit)
        self.twin.edit(edit, self.clock.plant())

    async def file(self, passage, user):
        self.filed.append((passage, user))
        return SimpleNamespace(outcome="filed")

    @property
    def since(self):
        return self.snapshot().quarantined[PRESSURE].since

    async def propose(self, action, user="olga"):
        draft = Draft(
            action=action, title="Do it", reason="the gauge was changed", evidence=EVIDENCE,
            basis=Basis(points=(), revision=1),
        )  # fmt: skip
        return await self.actuation.submit(draft, WHO[user])

    async def approved(self, action, user="sam", reason="I looked"):
        """Handed in, approved, and everything that follows at once; returns its id."""
        name = (await self.propose(action)).proposal
        await self.actuation.vote(name, WHO[user], "approved", reason)
        await self.actuation.idle()
        return name

    async def case(self, name):
        return await self.actuation.proposal(name)


@pytest.fixture
async def house():
    found = House()
    await found.actuation.start()
    await found.actuation.recover()
    yield found
    await found.actuation.close()


async def test_a_release_is_approved_carried_out_and_seen(house):
    """It enters the log as an edit of who approved, and is done when the point is believed."""
    house.good_from = 140
    name = await house.approved(Release(point=PRESSURE, since=house.since))
    case = await house.case(name)
    assert (case.stage, case.wait.what) == ("acked", "settle")
    assert PRESSURE in house.snapshot().quarantined
    (edit,) = house.edits
    assert (edit.kind, edit.point, edit.user, edit.reason) == (
        "release", PRESSURE, "sam", "I looked",
    )  # fmt: skip
    await house.pass_time(10)
    case = await house.case(name)
    assert (case.stage, case.wait) == ("verified", None)
    assert f"{PRESSURE} is believed again" in case.result
    assert house.snapshot().latest(PRESSURE).state == "good"
    with pytest.raises(Conflict, match="nothing of ours can be undone"):
        await house.actuation.roll_back(name, WHO["sam"])


@pytest.mark.catches("an edit that was taken counts as a point that is believed")
async def test_what_is_in_quarantine_again_was_not_released_to_any_use(house):
    """New evidence against it quarantines it anew: failed, and people are told."""
    name = await house.approved(Release(point=PRESSURE, since=house.since))
    house.turn(20)
    await house.pass_time(60)
    case = await house.case(name)
    assert case.stage == "failed"
    assert "another quarantine" in case.result


async def test_a_release_that_is_not_settled_in_time_failed(house):
    """A twin that stands still never believes it again."""
    name = await house.approved(Release(point=PRESSURE, since=house.since))
    for _ in range(4):
        house.clock.turn(20)
        await house.actuation.tick()
        await house.actuation.idle()
    case = await house.case(name)
    assert (case.stage, "not completed in time" in case.result) == ("failed", True)


@pytest.mark.catches("a release ends a quarantine that came after it was approved")
async def test_another_quarantine_than_was_approved_is_not_ended(house):
    """Its beginning is compared: nothing is edited."""
    name = await house.approved(Release(point=PRESSURE, since=house.since - SECOND))
    case = await house.case(name)
    assert (case.stage, house.edits) == ("not_applied", [])
    assert "another quarantine" in case.result


async def test_of_a_point_that_is_believed_there_is_nothing_to_release(house):
    """Refused at the desk; and where it ended meanwhile, at the decision."""
    receipt = await house.propose(Release(point=f"{OVEN}/temperature", since=T0))
    assert (receipt.state, "nothing to release" in receipt.reason) == ("denied", True)
    name = (await house.propose(Release(point=PRESSURE, since=house.since))).proposal
    house.good_from = 140
    house.twin.edit(Edit(kind="release", point=PRESSURE, user="eve"), house.clock.plant())
    house.turn(10)
    with pytest.raises(Conflict, match="nothing to release"):
        await house.actuation.vote(name, WHO["sam"], "approved")
    assert house.edits == []


async def test_a_log_that_takes_nothing_releases_nothing(house):
    """What could not be entered was not done, and that is said."""
    house.full = True
    case = await house.case(await house.approved(Release(point=PRESSURE, since=house.since)))
    assert (case.stage, "nothing is taken in" in case.result) == ("not_applied", True)


@pytest.mark.catches("a release that is in the log is told as not applied, or entered again")
async def test_a_release_that_was_cut_off_is_looked_for(house):
    """Killed after the edit and before its answer: it is looked for, and not entered again."""
    house.good_from = 140
    name = (await house.propose(Release(point=PRESSURE, since=house.since))).proposal

    async def cut(command):
        await house.edit(Edit(kind="release", point=PRESSURE, user="sam"))
        raise RuntimeError(command.key)

    house.sink.execute = cut
    await house.actuation.vote(name, WHO["sam"], "approved")
    await house.actuation.idle()
    assert (await house.case(name)).stage == "acked"
    await house.actuation.close()
    house.turn(10)
    house.actuation = house.another()
    await house.actuation.start()
    await house.actuation.recover()
    await house.actuation.idle()
    assert len(house.edits) == 1
    assert (await house.case(name)).stage == "verified"


async def test_a_cause_is_confirmed_in_the_name_of_who_approved_it(house):
    """It stands in the casebook and is filed, once, however often the command comes."""
    name = await house.approved(CAUSE, user="eve")
    case = await house.case(name)
    assert (case.stage, case.wait) == ("verified", None)
    kept = house.book.case(INCIDENT.id)
    assert (kept.asset, kept.confirmed_by, kept.words) == (OVEN, "Eve", "I looked")
    assert [user for _, user in house.filed] == ["eve"]
    command = Command(
        key=f"{name}/0/1-execute", proposal=name, epoch=1, purpose="execute", step=CAUSE,
        deadline_s=5,
    )  # fmt: skip
    again = await house.sink.execute(command)
    assert (again.sent, again.reference, len(house.filed)) == (False, OVEN, 1)
    assert (await house.sink.look(command)).reference == OVEN


@pytest.mark.catches("an approval overrules what a person said after it was asked for")
async def test_what_a_person_confirmed_meanwhile_stands(house):
    """His word came later than the proposal; the proposal says so and ends."""
    name = (await house.propose(CAUSE)).proposal
    house.clock.turn(1)
    said = Said(
        incident=INCIDENT.id, asset=GAS, failure_mode=None, words="no: the gas", name="Olga",
        user="olga", at=house.clock.ledger(),
    )  # fmt: skip
    await house.confirmer.confirm(said)
    await house.actuation.vote(name, WHO["sam"], "approved")
    await house.actuation.idle()
    case = await house.case(name)
    assert (case.stage, house.book.case(INCIDENT.id).asset) == ("not_applied", GAS)
    assert f"is confirmed as {GAS}; Olga confirmed it meanwhile" in case.result
    older = await house.approved(ConfirmCause(incident=INCIDENT.id, asset=OVEN))
    assert (await house.case(older)).stage == "verified"
    assert house.book.case(INCIDENT.id).asset == OVEN


async def test_a_cause_of_no_incident_or_without_a_store_is_not_confirmed(house):
    """Nothing was kept, and why is said."""
    house.incidents = ()
    case = await house.case(await house.approved(CAUSE))
    assert (case.stage, "no incident" in case.result) == ("not_applied", True)
    house.incidents = (INCIDENT,)

    async def down(*_):
        raise StoreDown("ledger", "told so")

    house.book.confirm = down
    case = await house.case(await house.approved(CAUSE))
    assert (case.stage, "told so" in case.result) == ("not_applied", True)
    assert house.filed == []


async def test_an_unfiled_word_is_confirmed_all_the_same(house):
    """The casebook has it; that the library has not is said."""

    async def down(*_):
        raise StoreDown("documents", "told so")

    house.confirmer._file = down
    case = await house.case(await house.approved(CAUSE))
    assert (case.stage, "told so" in case.result) == ("verified", True)


@pytest.mark.parametrize(
    "step",
    [
        Inspection(asset=OVEN, task="look"),
        WriteStep(point=PRESSURE, unit="mbar", old=1, value=2, check=0.1),
    ],
)
async def test_it_touches_nothing_else(house, step):
    """Another kind of command is not sent, and nothing is seen of it."""
    command = Command(
        key="p-1/0/1-execute", proposal="p-1", epoch=1, purpose="execute", step=step, deadline_s=5
    )
    done = await house.sink.execute(command)
    assert (done.result, done.sent, done.reference) == ("not_applied", False, None)
    assert (await house.sink.look(command)).result == "unknown"


async def test_belief_is_put_right_where_the_plant_only_observes(house):
    """Nothing is moved by it: a release needs no step of trust."""
    assert house.actuation.trust() == {}
    receipt = await house.propose(Release(point=PRESSURE, since=house.since))
    assert (receipt.state, receipt.needs) == (
        "pending",
        "1 supervisor or engineer, not the requester",
    )
