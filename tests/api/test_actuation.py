"""The gate's driver on fakes: what is approved is written once, read back and watched."""

import asyncio

import pytest

from api.attesting import AttestedLedger
from connectors.ledger import SqlLedger
from tests.api.house import House
from tests.fakes import FakeClock
from tests.twin_core.governance.scene import (
    CAPPER,
    FILLER,
    LINE,
    MODE,
    NOW,
    PEOPLE,
    SPEED,
    TORQUE,
    draft,
    effect,
    job,
    person,
    step,
)
from twin_core.errors import Conflict, NotAllowed, StoreDown, UnknownName
from twin_core.governance.action import ModelPromotion, ScheduleChange
from twin_core.governance.events import Notify
from twin_core.value import SECOND


@pytest.fixture
async def house():
    """A house that has opened, and closes."""
    built = await House().open()
    yield built
    await built.actuation.close()


async def test_the_straight_line(house):
    """Proposed, approved, intended, dispatched, read back, answered by the process, audited."""
    house.belief.counted_per_min = 480.0
    receipt = await house.actuation.submit(
        draft(effect=effect(f"{FILLER}/speed", 480.0)), PEOPLE["olga"]
    )
    assert (receipt.state, receipt.needs) == ("pending", "1 supervisor, not the requester")
    status = await house.vote(receipt.proposal)
    assert status.votes[0].startswith("Sam (supervisor) approved at ")
    assert await house.stage(receipt.proposal) == "verified"
    house.belief.values[f"{FILLER}/speed"] = 479.0
    await house.pass_time(130, ticks=13)
    assert await house.stage(receipt.proposal) == "effect_seen"
    assert house.device.writes == [(SPEED, 480.0)]
    assert house.kinds(receipt.proposal) == [
        "submitted",
        "policy",
        "approved",
        "intent",
        "dispatched",
        "acked",
        "verified",
        "effect_seen",
    ]
    assert house.whole() == len(house.ledger.chain)


async def test_what_is_dispatched_is_stored_before_it_is_sent(house):
    """When the command reaches the connector, the ledger already says dispatched."""
    seen = []
    name = await house.propose()
    house.device.before = lambda _command: seen.append(
        house.ledger.states[f"proposal/{name}"][0]["stage"]
    )
    await house.vote(name)
    assert seen == ["dispatched"]


async def test_an_asset_that_only_observes_keeps_a_shadow_record():
    """Where trust stands at observe or advise nothing waits for people; a record is kept."""
    house = House()
    await house.actuation.start()
    receipt = await house.actuation.submit(draft(), PEOPLE["olga"])
    assert receipt.state == "denied"
    assert "observe" in receipt.reason
    case = await house.case(receipt.proposal)
    assert (case.stage, case.shadow) == ("denied", True)
    await house.actuation.set_trust("site", "act_on_approval", PEOPLE["eve"])
    await house.actuation.set_trust(FILLER, "advise", PEOPLE["eve"])
    assert (await house.actuation.submit(draft(), PEOPLE["olga"])).state == "denied"
    other = draft(step(TORQUE, value=2.5, check=0.1))
    assert (await house.actuation.submit(other, PEOPLE["olga"])).state == "pending"


async def test_only_an_engineer_moves_the_ladder(house):
    """Trust is configured by an engineer of the site, for an asset that exists, and recorded."""
    for user in ("olga", "sam", "bot", "vera"):
        with pytest.raises(NotAllowed):
            await house.actuation.set_trust(FILLER, "observe", PEOPLE[user])
    with pytest.raises(UnknownName):
        await house.actuation.set_trust("site/nowhere", "observe", PEOPLE["eve"])
    await house.actuation.set_trust(FILLER, "observe", PEOPLE["eve"], "it drifts")
    record = house.ledger.chain[-1][0]
    assert (record.kind, record.actor, record.subject) == ("trust", "eve", FILLER)
    assert record.body == {"from": "act_on_approval", "to": "observe", "reason": "it drifts"}
    again = house.another()
    await again.start()
    assert again.trust() == {"site": "act_on_approval", FILLER: "observe"}


async def test_a_work_order_is_verified_at_the_far_side_then_by_the_crew_then_by_the_process(house):
    """A job is done when the order stands there, the crew reports, and the line answers."""
    name = await house.approved(draft(action=job(failure_mode="worn_valve")))
    assert await house.stage(name) == "verified"
    assert "WO-1" in (await house.case(name)).result
    await house.pass_time(600, ticks=3)
    assert (await house.case(name)).wait.what == "job"
    house.belief.counted_per_min = 480.0
    house.crew.report(found_fault=True, finding="valve was worn", closed=house.clock.plant())
    await house.pass_time(1)
    assert (await house.case(name)).wait.what == "effect"
    await house.pass_time(200, ticks=4)
    assert await house.stage(name) == "effect_seen"
    assert len(house.crew.executed) == 1


async def test_a_crew_that_finds_nothing_is_no_effect(house):
    """A job done on the wrong cause ends as no effect, with the crew's words."""
    name = await house.approved(draft(action=job(), effect=None))
    house.crew.report(found_fault=False, finding="nothing found")
    await house.pass_time(1)
    case = await house.case(name)
    assert case.stage == "no_effect"
    assert "nothing found" in case.result


async def test_a_job_without_promised_effect_ends_with_the_report(house):
    """A sensor's maintenance promises no output: it is over when the crew says so."""
    name = await house.approved(draft(action=job(), effect=None))
    house.crew.report(found_fault=True, finding="sensor replaced")
    await house.pass_time(1)
    case = await house.case(name)
    assert (case.stage, case.wait) == ("effect_seen", None)
    assert "sensor replaced" in case.result


async def test_a_lost_answer_about_a_job_is_looked_up_by_its_key(house):
    """An order whose answer was lost is found by its business key, not ordered again."""
    house.crew.lost = True
    name = await house.approved(draft(action=job(), effect=None))
    assert await house.stage(name) == "verified"
    assert len(house.crew.executed) == len(house.records.records) == 1


async def test_an_action_nobody_carries_out_is_refused_by_name(house):
    """A kind without executor is denied at the desk, by its name."""
    promotion = ModelPromotion(asset=FILLER, model="wear", version="v2")
    receipt = await house.actuation.submit(draft(action=promotion), PEOPLE["sam"])
    assert receipt.state == "denied"
    assert "model promotion" in receipt.reason


@pytest.mark.catches("a job waits for a system that there is not")
async def test_a_job_that_no_system_takes_ends_with_a_named_persons_report(house):
    """People are told, a restart tells them again, one reports, and the line's answer is seen."""
    stop = ScheduleChange(line=LINE, stop_at=house.clock.plant() + 3600 * SECOND, stop_s=600)
    name = await house.approved(draft(action=stop))
    await house.pass_time(600, ticks=3)
    assert await house.stored(name) == "acked"
    await house.actuation.close()
    house.actuation = house.another()
    await house.actuation.start()
    await house.actuation.recover()
    await house.actuation.idle()
    (again,) = [n.text for n in house.actuation.notices if "still to be done" in n.text]
    assert f"opstwin job {name} done|failed --reason" in again
    with pytest.raises(NotAllowed):
        await house.actuation.reported(name, PEOPLE["vera"], "done", "I saw it")
    status = await house.actuation.reported(name, PEOPLE["olga"], "done", "order 2 runs first")
    assert (status.state, "Olga reports that it is done" in status.result) == ("verified", True)
    house.belief.counted_per_min = 480.0
    await house.pass_time(300, ticks=4)
    assert await house.stage(name) == "effect_seen"
    assert house.device.executed == house.crew.executed == []
    house.whole()


async def test_rejected_ends_it(house):
    """A rejection by someone who may approve ends the proposal, with his reason."""
    name = await house.propose()
    status = await house.vote(name, meaning="rejected")
    assert status.state == "rejected"
    assert "because" in status.result
    assert house.device.writes == []


async def test_rolled_back_where_asked_for(house):
    """A rollback compares, writes the approved compensation, and reads it back."""
    name = await house.approved()
    with pytest.raises(NotAllowed):
        await house.actuation.roll_back(name, PEOPLE["olga"])
    await house.actuation.roll_back(name, PEOPLE["sam"], "not wanted")
    await house.actuation.idle()
    assert await house.stage(name) == "rolled_back"
    assert house.device.writes == [(SPEED, 480.0), (SPEED, 400.0)]
    assert house.belief.values[SPEED] == 400.0


async def test_a_change_without_forecast_is_major(house):
    """What cannot say its effect counts as major: two people."""
    name = await house.propose(draft(effect=None))
    case = await house.case(name)
    assert (case.tier, case.needs) == ("major", "2 supervisors, not the requester")


async def test_proposals_are_listed_newest_first(house):
    """The list tells title, state, needs, votes and result of each."""
    first = await house.propose()
    house.clock.turn(1)
    second = await house.propose(draft(step(TORQUE, value=2.5, check=0.1)))
    listed = await house.actuation.proposals()
    assert [p.proposal for p in listed] == [second, first]
    assert {p.state for p in listed} == {"pending"}


async def test_a_proposal_nobody_knows_is_named(house):
    """An unknown id is one sentence, in every door."""
    for door in (
        house.actuation.proposal("p-x"),
        house.actuation.vote("p-x", PEOPLE["sam"], "approved"),
        house.actuation.cancel("p-x", PEOPLE["sam"]),
    ):
        with pytest.raises(UnknownName):
            await door


async def test_a_connector_that_raises_is_an_unknown_write(house):
    """A connector's own failure is no answer: it is read back, not sent again."""

    def fail(_command):
        raise ZeroDivisionError

    house.device.before = fail
    name = await house.approved()
    assert await house.stage(name) == "not_applied"
    assert len(house.device.executed) == 0
    assert len(house.device.looked) == 1


async def test_fifty_simultaneous_decisions_have_one_winner(house):
    """Of fifty people who click together one decides; the others are told who and when."""
    for i in range(50):
        user = f"sup{i}"
        house.people[user] = PEOPLE["sam"].model_copy(update={"user": user, "name": user})
    name = await house.propose()
    done = await asyncio.gather(
        *(house.actuation.vote(name, house.people[f"sup{i}"], "approved") for i in range(50)),
        return_exceptions=True,
    )
    await house.actuation.idle()
    losers = [answer for answer in done if isinstance(answer, Conflict)]
    assert len(losers) == 49
    assert all("approved by sup" in str(e) and "UTC" in str(e) for e in losers)
    assert len(house.device.writes) == 1
    assert len((await house.case(name)).late) == 49


@pytest.mark.catches("a version that was overtaken is written over")
async def test_a_case_changed_by_another_process_is_read_again(house):
    """An event decided on an overtaken version is decided again on the one that stands."""
    name = await house.propose()
    state, version = house.ledger.states[f"proposal/{name}"]
    state = {**state, "stage": "cancelled", "result": "taken back elsewhere"}
    await house.ledger.save(
        f"proposal/{name}", state, version, [("cancelled", "olga", name, {"reason": ""})]
    )
    with pytest.raises(Conflict, match=r"too late, it was cancelled \(taken back elsewhere"):
        await house.vote(name)
    assert await house.stage(name) == await house.stored(name) == "cancelled"
    assert house.device.writes == []


async def test_two_units_are_written_one_after_the_other(house):
    """A plan over two controllers runs step by step, each verified before the next."""
    plan = draft(step(), step(TORQUE, value=2.5, check=0.1))
    name = await house.approved(plan)
    assert await house.stage(name) == "verified"
    assert house.device.writes == [(SPEED, 480.0), (TORQUE, 2.5)]
    assert house.kinds(name).count("verified") == 2


async def test_the_next_step_waits_for_the_handshake(house):
    """Between two steps the handshake must be read back; without it the plan is undone."""
    first = step(TORQUE, value=2.5, check=0.1, handshake=(f"{CAPPER}/ready", 1.0))
    plan = draft(first, step(SPEED))
    name = await house.approved(plan)
    assert house.device.writes == [(TORQUE, 2.5)]
    assert (await house.case(name)).wait.what == "handshake"
    house.belief.values[f"{CAPPER}/ready"] = 1.0
    await house.pass_time(1)
    assert await house.stage(name) == "verified"
    assert house.device.writes == [(TORQUE, 2.5), (SPEED, 480.0)]


async def test_a_handshake_that_never_comes_undoes_the_plan(house):
    """A missed handshake stops the plan and undoes what was written."""
    first = step(TORQUE, value=2.5, check=0.1, handshake=(f"{CAPPER}/ready", 1.0))
    name = await house.approved(draft(first, step(SPEED)))
    await house.pass_time(61, ticks=2)
    assert await house.stage(name) == "rolled_back"
    assert house.device.writes == [(TORQUE, 2.5), (TORQUE, 2.0)]


async def test_a_restart_waits_until_the_plant_is_heard_again(house):
    """An approved case found at start is not stale because nothing was heard yet."""
    house.ledger.after = lambda stage: house.ledger.__setattr__("down", stage == "intent")
    name = await house.approved()
    assert await house.stored(name) == "intent"
    house.ledger.after, house.ledger.down = None, False
    house.belief.down = {"plc", "plc2"}
    house.actuation = house.another()
    await house.actuation.recover()
    await house.actuation.idle()
    assert await house.stage(name) == "intent"
    house.belief.down = set()
    await house.pass_time(1)
    assert await house.stage(name) == "verified"


@pytest.mark.catches("the time that bringing back the log took is taken for silence of the plant")
async def test_a_restart_that_takes_long_waits_as_well(house):
    """How long the plant is waited for counts from when it can be heard, not from the start."""
    house.ledger.after = lambda stage: house.ledger.__setattr__("down", stage == "intent")
    name = await house.approved()
    house.ledger.after, house.ledger.down = None, False
    house.belief.down = {"plc", "plc2"}
    house.actuation = house.another()
    await house.actuation.start()
    house.clock.turn(60)
    await house.actuation.recover()
    await house.actuation.idle()
    assert await house.stage(name) == "intent"
    await house.pass_time(31)
    assert await house.stage(name) == "stale"


@pytest.mark.catches("a mode that nobody has heard yet is taken for an interlock")
async def test_a_restart_waits_until_the_mode_is_heard_again(house):
    """An approved case found at start is not denied because its machine's mode is not heard yet."""
    house.ledger.after = lambda stage: house.ledger.__setattr__("down", stage == "intent")
    name = await house.approved()
    house.ledger.after, house.ledger.down = None, False
    mode = house.belief.values.pop(MODE)
    house.actuation = house.another()
    await house.actuation.recover()
    await house.actuation.idle()
    assert await house.stage(name) == "intent"
    house.belief.values[MODE] = mode
    await house.pass_time(1)
    assert await house.stage(name) == "verified"


@pytest.mark.catches("what is stored for a caller who left is not known until the next start")
async def test_a_caller_who_leaves_loses_nothing(house):
    """A draft whose asker hangs up while it is stored waits for approval like any other."""
    save, entered, go = house.ledger.save, asyncio.Event(), asyncio.Event()

    async def commit(*given):
        await go.wait()
        return await save(*given)

    async def durable(*given):  # as SQL does: who leaves does not undo what is being committed
        entered.set()
        return await asyncio.shield(commit(*given))

    house.ledger.save = durable
    asking = asyncio.create_task(house.propose())
    await entered.wait()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    go.set()
    await house.until(lambda: "submitted" in house.kinds())
    await house.until(house.actuation.driver.cases.all)
    (status,) = await house.actuation.proposals()
    await house.vote(status.proposal)
    assert await house.stage(status.proposal) == "verified"


@pytest.mark.catches("what waits in turn is cancelled, and what it waits for goes on")
async def test_nothing_goes_on_after_closing(house):
    """A driver that is closed lets go of all that is under way; the next one finds it."""
    house.device.silent = True
    name = await house.propose()
    await house.actuation.vote(name, PEOPLE["sam"], "approved")
    await house.until(lambda: house.device.writes)
    house.actuation.driver.begin(name, (Notify("info", "next in turn"),))
    await asyncio.sleep(0)
    await house.actuation.close()
    house.device.answer.set()
    for _ in range(20):
        await asyncio.sleep(0.001)
    assert await house.stored(name) == "dispatched"


@pytest.mark.catches("a case of another version ends the start with a traceback")
async def test_a_case_of_an_unknown_form_stops_the_start(house):
    """A proposal stored by another version is not passed over: the start ends, and says why."""
    name = await house.propose()
    state, version = house.ledger.states[f"proposal/{name}"]
    house.ledger.states[f"proposal/{name}"] = ({**state, "mood": "good"}, version)
    with pytest.raises(StoreDown, match=f"proposal {name} is stored in a form"):
        await house.another().start()


@pytest.mark.parametrize(
    ("key", "body"),
    [("actuator/site", []), ("actuator/site", {"epoch": "x"}), ("trust/site", {"steps": 5})],
)
async def test_a_standing_of_an_unknown_form_stops_the_start(house, key, body):
    """What is stored about epoch or trust in another form ends the start in one sentence."""
    await AttestedLedger(house.ledger).save(key, body, house.ledger.states[key][1], [])
    with pytest.raises(StoreDown, match=f"{key} is stored in a form"):
        await house.another().start()


async def test_a_restart_on_a_real_store(tmp_path):
    """On SQLite too: decided in one life, killed before the answer, looked up in the next."""
    clock = FakeClock(plant=NOW)
    url = f"sqlite:///{tmp_path}/ledger.sqlite"
    first = House(ledger=SqlLedger(url, clock), clock=clock)
    await first.open()
    first.device.silent = True
    name = await first.propose()
    await first.actuation.vote(name, PEOPLE["sam"], "approved")
    await first.until(lambda: first.device.writes)
    await first.actuation.close()
    await first.ledger.close()
    second = House(ledger=SqlLedger(url, clock), clock=clock)
    second.belief.values.update(first.belief.values)
    await second.actuation.recover()
    await second.pass_time(11, ticks=2)
    case = await second.case(name)
    assert (case.stage, case.step.recovered) == ("verified", True)
    assert second.device.executed == []
    assert second.actuation.trust() == {"site": "act_on_approval"}
    head = await second.ledger.verify()
    assert head.count > 8
    await second.actuation.close()
    await second.ledger.close()


async def test_nothing_is_handed_in_without_a_ledger(house):
    """A desk whose ledger is down takes nothing."""
    house.ledger.down = True
    with pytest.raises(StoreDown):
        await house.actuation.submit(draft(), PEOPLE["olga"])
    assert await house.actuation.proposals() == []


async def test_refusals_are_plain_sentences(house):
    """Who is refused or too late reads one sentence that says how it stands or what is needed."""
    with pytest.raises(NotAllowed) as refused:
        await house.actuation.set_trust("site", "observe", PEOPLE["olga"])
    assert str(refused.value) == "Olga may not set the trust in site; needed: the role engineer."
    name = await house.approved()
    await house.pass_time(700, ticks=7)
    with pytest.raises(Conflict, match="your vote came too late, it was carried out and") as late:
        await house.vote(name, "sue")
    assert "approved by Sam at " in str(late.value)
    assert "already" not in str(late.value)
    with pytest.raises(NotAllowed) as refused:
        await house.actuation.cancel(name, PEOPLE["vera"])
    assert str(refused.value).endswith("; needed: a role that policy names.")


@pytest.mark.catches("an attempt to move trust by somebody unknown leaves no trace")
async def test_an_unknown_person_moves_no_trust_and_is_recorded(house):
    """Who is not known is refused, and that he tried is in the chain."""
    with pytest.raises(NotAllowed, match="a known user"):
        await house.actuation.set_trust("site", "observe", person("ghost", "engineer"))
    record = house.ledger.chain[-1][0]
    assert (record.kind, record.actor, record.subject) == ("trust_refused", "ghost", "site")


RAMP = draft(
    step(TORQUE, value=2.1, check=0.01),
    step(TORQUE, old=2.1, value=2.2, check=0.01, ramp_per_s=0.01),
    step(TORQUE, old=2.2, value=2.3, check=0.01, ramp_per_s=0.01),
)


@pytest.mark.catches("a ramp is written in one leap, or in steps without its pace")
async def test_a_ramp_is_written_step_by_step_at_its_pace(house):
    """Each step after its time of plant time and no earlier, read back before the next."""
    name = await house.approved(RAMP)
    assert house.device.writes == [(TORQUE, 2.1)]
    await house.pass_time(9, ticks=3)
    assert len(house.device.writes) == 1
    await house.pass_time(2)
    assert house.device.writes[-1] == (TORQUE, 2.2)
    await house.pass_time(11)
    assert house.device.writes[-1] == (TORQUE, 2.3)
    assert await house.stage(name) == "verified"


@pytest.mark.catches("a ramp goes on over another's value, or is undone in one leap")
async def test_a_ramp_is_checked_all_the_way_and_undone_at_its_pace(house):
    """Somebody turns the value while it is ramped: stopped; a way back takes as long."""
    name = await house.approved(RAMP)
    await house.pass_time(11)
    house.belief.values[TORQUE] = 2.6
    await house.pass_time(22, ticks=2)
    assert await house.stage(name) == "not_applied"
    assert house.device.writes == [(TORQUE, 2.1), (TORQUE, 2.2)]
    house.belief.values[TORQUE] = 2.0
    house.clock.turn(4000)
    await house.actuation.set_trust("site/area/line/capper", "act_on_approval", PEOPLE["eve"])
    name = await house.approved(RAMP)
    await house.pass_time(11)
    await house.pass_time(11)
    assert await house.stage(name) == "verified"
    house.device.writes.clear()
    await house.actuation.roll_back(name, PEOPLE["eve"], "too much")
    await house.actuation.idle()
    assert house.device.writes == [(TORQUE, 2.2)]
    await house.pass_time(9, ticks=2)
    assert len(house.device.writes) == 1
    await house.pass_time(2)
    assert house.device.writes[-1] == (TORQUE, 2.1)
    await house.pass_time(11)
    assert (house.device.writes[-1], await house.stage(name)) == ((TORQUE, 2.0), "rolled_back")


async def test_a_ramp_longer_than_a_proposal_is_good_for_is_refused(house):
    """What would expire half-way is not begun."""
    slow = draft(
        step(TORQUE, value=2.1, check=0.01),
        *(
            step(TORQUE, old=2.1 + k / 100, value=2.11 + k / 100, check=0.001, ramp_per_s=0.0001)
            for k in range(5)
        ),
    )
    receipt = await house.actuation.submit(slow, PEOPLE["olga"])
    assert receipt.state == "denied"
    assert "ramp" in receipt.reason
