"""Local rules: signed by an engineer, due by what was just read, carried out by the gate alone."""

import asyncio

import pytest

from api.local_rules import LocalRules, fitted
from tests.api.house import House
from tests.twin_core.governance.scene import FILLER, NOW, PEOPLE, PLANT, PRESSURE, SPEED
from tests.twin_core.governance.test_local_rule import TEXT
from twin_core.errors import BadInput, Conflict, NotAllowed, StoreDown, UnknownName
from twin_core.governance.action import WriteStep
from twin_core.governance.attested import attestation
from twin_core.governance.local_rule import parse
from twin_core.governance.policy import SHIPPED as SHIPPED_TEXT
from twin_core.governance.policy import Policy
from twin_core.ingest import Twin
from twin_core.reading import Batch, SourceEvent
from twin_core.value import SECOND

TORQUE_WRITE = TEXT.split("[[rule.write]]")[1]
ONE = TEXT.replace(f"[[rule.write]]{TORQUE_WRITE}", "").replace("for_ms = 200\n", "")
"""While the pressure is below 1.5 bar: the speed to 300."""


class Room:
    """A house with local rules, and a twin that is told readings."""

    def __init__(self, text=ONE, **more):
        self.house = House(**more)
        self.local = self.made(self.house.actuation)
        self.text = text
        self.twin = Twin(PLANT)

    def made(self, actuation):
        """Local rules on an actuation."""
        house = self.house
        return LocalRules(PLANT, house.ledger, actuation, house.belief, house.clock)

    async def open(self, step="act_by_standing_rule", sign=True):
        """Raised to act by standing rule, the file read, every rule signed by the engineer."""
        await self.house.open()
        await self.house.actuation.set_trust("site", step, PEOPLE["eve"], "tests")
        self.house.actuation.standing.local.file = fitted(PLANT, self.text, "local.toml")
        if sign:
            await self.sign()
        await self.local.refresh()
        for source in PLANT.sources:
            self.twin.apply(SourceEvent(source=source.id, kind="up", time=NOW), NOW)
        return self

    async def restart(self, text=None):
        """Another process comes in its place, with a file that says this."""
        house = self.house
        house.actuation = house.another()
        await house.actuation.start()
        await house.actuation.recover()
        self.local = self.made(house.actuation)
        house.actuation.standing.local.file = fitted(PLANT, text or self.text, "local.toml")
        await self.local.refresh()
        self.twin = Twin(PLANT)
        for source in PLANT.sources:
            now = house.clock.plant()
            self.twin.apply(SourceEvent(source=source.id, kind="up", time=now), now)

    async def sign(self, user="eve", text=None):
        """Every rule of a text, as that reads it."""
        digests = {rule.id: rule.digest for rule in parse(text or self.text, "mine.toml")}
        return await self.local.sign(digests, PEOPLE[user], "the compressor is old")

    async def reads(self, value, point=PRESSURE, status=0):
        """A reading arrives; everything that follows from it is done."""
        now = self.house.clock.plant()
        if value is not None:
            self.house.belief.values[point] = value
            self.house.belief.statuses[point] = status
            batch = Batch.of([(PLANT.index[point], now, value, status, now)])
            self.twin.apply(batch, now)
        self.local.look(self.twin, now)
        await self.settled()

    async def settled(self):
        """Nothing is on its way any more."""
        for _ in range(3):
            await asyncio.sleep(0)
            await self.local.idle()
            await self.house.actuation.idle()

    @property
    def sent(self):
        """What reached the device: point and value."""
        steps = [c.step for c in self.house.device.executed if isinstance(c.step, WriteStep)]
        return [(step.point, step.value) for step in steps]

    def told(self, level):
        """What people were told at a level."""
        return self.house.alarms(level)


@pytest.fixture
async def room():
    return await Room().open()


async def only_case(room):
    (case,) = room.house.actuation.driver.cases.all()
    return case


async def test_what_was_signed_is_carried_out_when_it_is_due(room):
    """One reading below the bound: one proposal in the signer's name, approved by his signature."""
    await room.reads(2.0)
    assert room.sent == []
    await room.reads(1.2)
    assert room.sent == [(SPEED, 300.0)]
    case = await only_case(room)
    assert case.stage == "verified"
    assert (case.tier, case.proposal.requester.user) == ("routine", "eve")
    assert case.proposal.requester.through == "local/low-air"
    assert [(v.user, v.rule) for v in case.votes] == [("eve", "local/low-air")]
    kinds = room.house.kinds(case.id)
    assert kinds[:5] == ["submitted", "policy", "approved", "intent", "dispatched"]
    assert room.house.whole()
    await room.reads(1.1)  # it cools down
    room.house.clock.turn(61)
    await room.reads(1.1)  # all of it stands there
    assert len(room.sent) == 1
    assert any("stands there already" in text for text in room.told("info"))


@pytest.mark.catches("a local rule that acts without a signature")
async def test_nothing_is_in_force_that_no_engineer_has_signed_so():
    """A rule of the file is dead until signed, and again as soon as the file says otherwise."""
    room = await Room().open(sign=False)
    await room.reads(1.2)
    assert room.sent == []
    with pytest.raises(NotAllowed):
        await room.sign("sam")
    with pytest.raises(NotAllowed):
        await room.sign("bot")
    with pytest.raises(Conflict, match="otherwise"):
        await room.sign(text=ONE.replace("300", "310"))
    with pytest.raises(UnknownName):
        await room.sign(text=ONE.replace("low-air", "other"))
    assert await room.sign() == ["low-air"]
    await room.local.reload(ONE.replace("value = 300", "value = 310"), "local.toml")
    assert any("until signed again" in text for text in room.told("alarm"))
    ((_, signed, why),) = await room.local.shown()
    assert (signed, why) == (None, "changed since it was signed")
    await room.reads(1.2)
    assert room.sent == []
    assert await room.sign(text=ONE.replace("value = 300", "value = 310")) == ["low-air"]
    await room.reads(1.2)
    assert room.sent == [(SPEED, 310.0)]
    kinds = room.house.kinds()
    assert kinds.count("local_rule_signed") == 2
    assert kinds.count("local_rule_lapsed") == 1
    assert kinds.count("standing_rule_refused") == 2


@pytest.mark.catches("a rule that was changed and changed back is in force unsigned")
@pytest.mark.parametrize("between", [ONE.replace("value = 300", "value = 310"), "schema = 1"])
@pytest.mark.parametrize("restarts", [False, True])
async def test_a_rule_that_the_file_said_otherwise_is_signed_anew(room, between, restarts):
    """Changed or left out, and then as it was: not in force, whoever starts anew in between."""
    await room.local.reload(between, "local.toml")
    if restarts:
        await room.restart(between)
    await room.local.reload(ONE, "local.toml")
    await room.reads(1.2)
    assert room.sent == []
    ((_, signed, why),) = await room.local.shown()
    assert (signed, why) == (None, "changed since it was signed")
    assert room.house.kinds("local/low-air") == ["local_rule_signed", "local_rule_lapsed"]
    await room.sign()
    await room.reads(1.2)
    assert room.sent == [(SPEED, 300.0)]


@pytest.mark.catches("a change made while nothing ran is not seen")
async def test_a_file_that_was_changed_while_nothing_ran_is_seen_at_the_start(room):
    """Whoever starts with another file ends the signature for good, and people hear of it."""
    await room.restart(ONE.replace("most = 3", "most = 4"))
    assert any("until signed again" in text for text in room.told("alarm"))
    await room.restart(ONE)
    await room.reads(1.2)
    assert room.sent == []


@pytest.mark.catches("a change that could not be stored is forgotten when it is undone")
async def test_a_change_that_the_ledger_could_not_take_still_counts(room):
    """Changed and changed back while the ledger is down: not in force once it is up."""
    room.house.ledger.down = True
    for text in (ONE.replace("value = 300", "value = 310"), ONE):
        with pytest.raises(StoreDown):
            await room.local.reload(text, "local.toml")
    room.house.ledger.down = False
    await room.local.refresh()
    await room.reads(1.2)
    assert room.sent == []
    assert room.house.kinds("local/low-air")[-1] == "local_rule_lapsed"


async def test_a_file_that_cannot_be_used_changes_nothing(room):
    """The last good rules stay in force and people hear of it."""
    assert not await room.local.reload("schema = 1\nrules = 3", "local.toml")
    assert not await room.local.reload(BadInput("gone"), "local.toml")
    assert len([t for t in room.told("alarm") if "the last good ones stay" in t]) == 2
    await room.reads(1.2)
    assert room.sent == [(SPEED, 300.0)]


@pytest.mark.catches("a revoked rule that still acts")
async def test_a_revoked_rule_is_over_at_once(room):
    """Anybody who works there ends it; between the gate and the wire too."""
    with pytest.raises(NotAllowed):
        await room.local.revoke("low-air", PEOPLE["vera"], "no")

    def revoke(stage):
        if stage == "intent":
            room.house.ledger.after = None
            ledger, key = room.house.ledger, "local_rules/site"
            none: dict[str, list[str]] = {"rules": []}
            version = ledger.states[key][1] + 1
            ledger.states[key] = (none, version)
            ledger._link([attestation(key, none, version)])

    room.house.ledger.after = revoke
    await room.reads(1.2)
    assert room.sent == []
    assert (await only_case(room)).stage == "denied"
    room = await Room().open()
    await room.local.revoke("low-air", PEOPLE["olga"], "the sensor is being changed")
    await room.reads(1.2)
    assert room.sent == []
    with pytest.raises(UnknownName):
        await room.local.revoke("low-air", PEOPLE["olga"], "again")


@pytest.mark.catches("a signature that outlives the right to sign")
async def test_the_signature_of_who_may_sign_no_more_counts_no_more(room):
    """An engineer who has become an operator: nothing is done, and people are paged."""
    eve = room.house.people["eve"]
    room.house.people["eve"] = eve.model_copy(update={"roles": ("operator",)})
    await room.reads(1.2)
    assert room.sent == []
    assert any("of Eve" in text and "stands no more" in text for text in room.told("page"))
    ((_, signed, why),) = await room.local.shown()
    assert signed is None
    assert "Eve may sign it no more" in why
    room.house.people.pop("eve")
    assert "he is not known" in (await room.local.shown())[0][2]


async def test_a_rule_ends_by_itself():
    """After its days, counted by ledger time, nothing is covered any more."""
    room = await Room(ONE.replace("days = 30", "days = 1")).open()
    room.house.clock.turn(86_401)
    await room.reads(1.2)
    assert room.sent == []
    assert any("not signed, has ended or was revoked" in text for text in room.told("page"))
    await room.local.refresh()
    assert (await room.local.shown())[0][2] == "its time is over"


@pytest.mark.parametrize(
    ("step", "says"),
    [("act_on_approval", "acts at act_by_standing_rule"), ("observe", "stands at observe")],
)
async def test_an_asset_that_does_not_stand_there_is_not_written_to(step, says):
    """The ladder of trust holds; people are paged with the reason."""
    room = await Room().open(step)
    await room.reads(1.2)
    assert room.sent == []
    assert any(says in text for text in room.told("page"))


async def test_policy_may_forbid_it():
    """A prohibition of the site holds for local rules too; nobody is asked in their place."""
    forbid = (
        f'@id("no") forbid (principal, action == Action::"propose", resource in Asset::"{FILLER}");'
    )
    policy = Policy.parse(SHIPPED_TEXT.replace("rules = '''", f"rules = '''\n{forbid}"), "p")
    room = await Room(policy=policy).open()
    await room.reads(1.2)
    assert room.sent == []
    assert any("no forbids it" in text for text in room.told("page"))


async def test_a_freeze_and_a_lock_hold_for_it(room):
    """Nothing is approved while all is frozen; once lifted it acts if it is due then."""
    await room.house.actuation.freeze(PEOPLE["olga"], "a visit")
    await room.reads(1.2)
    case = await only_case(room)
    assert (room.sent, case.stage, case.rule, case.votes) == ([], "denied", "frozen", ())
    await room.reads(2.0)
    await room.house.actuation.lift(PEOPLE["sam"], "it is over")
    await room.house.pass_time(61)
    assert room.sent == []
    await room.reads(1.2)
    assert room.sent == [(SPEED, 300.0)]


@pytest.mark.catches("a signature that covers other writes than it names")
@pytest.mark.parametrize("through", ["assistant", "local/low-air"])
async def test_nobody_else_can_use_the_signature(room, through):
    """The same writes proposed otherwise, or other writes in its name, are not covered."""
    await room.reads(1.2)
    first = (await only_case(room)).proposal
    draft = first.draft
    if through != "assistant":
        step = draft.action.steps[0].model_copy(update={"value": 320.0})
        draft = draft.model_copy(
            update={"action": draft.action.model_copy(update={"steps": (step,)})}
        )
    room.house.belief.values[SPEED] = 400.0
    proposal = first.model_copy(
        update={
            "id": "p-forged",
            "draft": draft,
            "requester": first.requester.model_copy(update={"through": through}),
        }
    )
    case = await room.house.actuation.driver.open(proposal, await room.house.ledger.now())
    assert case.stage == ("pending" if through == "assistant" else "denied")
    assert not case.votes


@pytest.mark.catches("a write that does not rest on what brought it about")
async def test_the_gate_itself_looks_whether_the_cause_holds(room):
    """A proposal in the rule's name without its cause among its grounds is not covered."""
    await room.reads(1.2)
    first = (await only_case(room)).proposal
    room.house.belief.values[SPEED] = 400.0
    basis = first.draft.basis
    kept = tuple(point for point in basis.points if point.point != PRESSURE)
    draft = first.draft.model_copy(update={"basis": basis.model_copy(update={"points": kept})})
    proposal = first.model_copy(update={"id": "p-forged", "draft": draft})
    case = await room.house.actuation.driver.open(proposal, await room.house.ledger.now())
    assert case.stage == "denied"
    assert "does not rest on" in case.result


async def test_it_acts_no_more_often_than_signed_also_after_a_restart():
    """The count is taken from the ledger: who starts anew does not begin at nought."""
    room = await Room(ONE.replace("most = 3", "most = 1")).open()
    await room.reads(1.2)
    assert len(room.sent) == 1
    room.house.belief.values[SPEED] = 400.0
    await room.restart()
    room.house.clock.turn(61)
    await room.reads(1.1)
    assert len(room.sent) == 1
    assert any("as often as it may" in text for text in room.told("page"))


@pytest.mark.catches("a restart or a change of the file forgets the cool-down")
@pytest.mark.parametrize("how", ["restart", "signed anew"])
async def test_it_cools_down_whatever_happens_in_between(room, how):
    """When it acted is what the ledger's cases say."""
    await room.reads(1.2)
    room.house.belief.values[SPEED] = 400.0
    room.house.clock.turn(30)
    if how == "restart":
        await room.restart()
    else:
        await room.local.reload("schema = 1", "local.toml")
        await room.local.reload(ONE, "local.toml")
        await room.sign()
    await room.reads(1.1)
    assert len(room.sent) == 1
    assert room.told("page") == []
    room.house.clock.turn(30)
    await room.reads(1.1)
    assert len(room.sent) == 2


@pytest.mark.catches("a local rule that acts again before it has cooled down")
async def test_the_gate_itself_looks_whether_it_has_cooled_down(room):
    """What is handed in in its name too early is not covered."""
    await room.reads(1.2)
    first = (await only_case(room)).proposal
    room.house.belief.values[SPEED] = 400.0
    room.house.clock.turn(10)
    later = {"id": "p-forged", "created": first.created + 10 * SECOND}
    driver = room.house.actuation.driver
    case = await driver.open(first.model_copy(update=later), first.created + 10 * SECOND)
    assert case.stage == "denied"
    assert "it acted 10 s before and cools down for 60 s" in case.result


@pytest.mark.catches("a rule wears itself out by doing nothing")
async def test_what_came_to_nothing_was_no_act_and_is_told_once(room):
    """All stands there already: due a hundred times, told once, and it acts when it can."""
    room.house.belief.values[SPEED] = 300.0
    for _ in range(100):
        await room.reads(1.2)
        room.house.clock.turn(10)
    assert len([t for t in room.told("info") if "stands there already" in t]) == 1
    room.house.belief.values[SPEED] = 400.0
    await room.reads(1.2)
    assert room.sent == [(SPEED, 300.0)]


@pytest.mark.catches("a rule that is denied stores a proposal and pages again and again")
async def test_what_is_denied_for_the_same_reason_is_stored_and_told_once(room):
    """Under a lock, then below its step: one proposal and one page each; then it acts."""
    house = room.house
    await house.actuation.standing.locks.hang(FILLER, PEOPLE["olga"], "I am in it")
    for _ in range(20):
        await room.reads(1.2)
        house.clock.turn(20)
    assert [case.rule for case in house.actuation.driver.cases.all()] == ["locked"]
    await house.actuation.standing.locks.open(FILLER, "", PEOPLE["olga"], "I am out")
    await house.actuation.set_trust("site", "advise", PEOPLE["eve"], "tests")
    for _ in range(20):
        await room.reads(1.2)
        house.clock.turn(20)
    assert [case.rule for case in house.actuation.driver.cases.all()] == ["locked", "trust"]
    assert len(room.told("page")) == 2
    await house.actuation.set_trust("site", "act_by_standing_rule", PEOPLE["eve"], "tests")
    await room.reads(1.2)
    assert room.sent == [(SPEED, 300.0)]


@pytest.mark.catches("a denial long after another is told to nobody")
async def test_what_is_denied_anew_is_told_anew():
    """When the rule was not due for longer than it cools down, people are paged again."""
    room = await Room().open("act_on_approval")
    for pages in (1, 2):
        await room.reads(1.2)
        await room.reads(2.0)
        assert len(room.told("page")) == pages
        room.house.clock.turn(600)


async def test_two_rules_on_one_machine_act_in_the_order_of_their_file():
    """The second waits for the first, then goes on if what it rests on still holds."""
    second = ONE.replace("schema = 1", "").replace("low-air", "lower")
    second = second.replace(SPEED, f"{FILLER}/recipe").replace("value = 300", "value = 5")
    second = second.replace('unit = "{bottle}/min"', 'unit = "1"').replace(
        "check = 1", "check = 0.1"
    )
    room = await Room(ONE + second).open()
    await room.reads(1.2)
    await room.house.pass_time(1)
    assert room.sent == [(SPEED, 300.0), (f"{FILLER}/recipe", 5.0)]


async def test_a_write_that_fails_takes_the_trust_with_it(room):
    """A controller that does not take it: told, and nothing is done again before people look."""
    room.house.device.before = lambda _command: room.house.belief.values.update({SPEED: 390.0})
    room.house.device.status = 0x80000000
    await room.reads(1.2)
    case = await only_case(room)
    assert case.stage != "verified"
    await room.house.pass_time(61)
    await room.reads(1.1)
    assert len(room.house.device.executed) == 1


async def test_blindness_is_told(room):
    """A rule whose point is not Good says so once, and once that it sees again."""
    await room.reads(2.0)
    await room.reads(1.0, status=0x808C0000)
    await room.reads(1.0, status=0x808C0000)
    assert [t for t in room.told("alarm") if "is blind" in t] == [
        f"local rule low-air: it is blind: {PRESSURE} is not Good"
    ]
    assert (await room.local.shown())[0][2].startswith("blind")
    assert room.local.state == "1 in force, blind: low-air"
    await room.reads(2.0)
    assert any("sees again" in t for t in room.told("info"))
    assert room.sent == []


async def test_a_ledger_that_cannot_be_written_means_no_write(room):
    """No record, no write; people are paged."""
    room.house.ledger.down = True
    await room.reads(1.2)
    assert room.sent == []
    assert any("did nothing" in text for text in room.told("page"))


async def test_a_bug_in_the_watch_takes_nothing_down(room, monkeypatch):
    """The ingest thread goes on, and people are paged that no rule acts."""
    monkeypatch.setattr(Twin, "provisional", lambda *_: 1 / 0)
    room.local.look(room.twin, NOW + SECOND)
    await room.settled()
    assert any("cannot be watched" in text for text in room.told("page"))


@pytest.mark.catches("an uncertain end forgotten with its window")
async def test_an_uncertain_end_still_locks_when_every_window_is_over(room):
    """Its machine stays locked until a person has looked, however long ago it was."""
    look = room.house.device.look

    async def gone(command):
        room.house.device.down = True
        return await look(command)

    room.house.device.lost.add(SPEED)
    room.house.device.look = gone
    await room.reads(1.2)
    case = await only_case(room)
    assert case.uncertain, case.result
    room.house.clock.turn(40 * 86_400)
    room.house.belief.values[SPEED] = 400.0
    assert "is locked by" in (await room.house.case(await room.house.propose())).result
