"""Routine changes by standing rules, and trust that lowers itself, through desk and driver."""

import pytest

from tests.api.house import House
from tests.twin_core.governance.scene import FILLER, PEOPLE, SPEED, TORQUE, draft, job, step
from twin_core.errors import NotAllowed, OutOfRange, UnknownName
from twin_core.governance.standing_rule import Terms
from twin_core.value import Range


@pytest.fixture
async def house():
    """A house whose site may act by standing rule, with one rule for the filler's speed."""
    built = await House().open()
    await built.actuation.set_trust("site", "act_by_standing_rule", PEOPLE["eve"], "tests")
    yield built
    await built.actuation.close()


def terms(**more):
    """Speed within 450 to 500, once an hour."""
    usual = {
        "id": "small-speed", "bands": {SPEED: Range(low=450, high=500)}, "most": 1,
        "window_s": 3600, "days": 1, "reason": "small corrections",
    }  # fmt: skip
    return Terms(**{**usual, **more})


async def test_a_routine_change_is_carried_out_without_asking_reported_and_counted(house):
    """One write, read back, told; the next is for people, for the rule is used up."""
    await house.actuation.sign_rule(terms(), PEOPLE["eve"])
    name = await house.propose()
    await house.actuation.idle()
    assert await house.stage(name) == "verified"
    assert len(house.device.writes) == 1
    assert "goes on by standing rule small-speed of Eve" in " ".join(house.alarms("info"))
    house.belief.counted_per_min = 480.0
    await house.pass_time(601)
    assert await house.stage(name) == "effect_seen"
    house.belief.values[SPEED] = 400.0
    again = await house.propose()
    assert await house.stage(again) == "pending"
    house.clock.turn(3600)
    assert await house.stage(await house.propose(draft(step(TORQUE, value=2.5, check=0.1)))) == (
        "pending"
    )
    house.whole()


@pytest.mark.catches("a rule approves while everything is frozen")
async def test_f20_in_a_freeze_no_rule_approves(house):
    """What a rule would have approved waits for people, also once the freeze is over."""
    await house.actuation.sign_rule(terms(), PEOPLE["eve"])
    await house.actuation.freeze(PEOPLE["olga"], "smoke")
    name = await house.propose()
    case = await house.case(name)
    assert (case.stage, case.tier, case.votes) == ("pending", "standard", ())
    await house.actuation.lift(PEOPLE["sam"], "a false alarm")
    await house.pass_time(10, 5)
    assert await house.stage(name) == "pending"
    assert house.device.writes == []
    await house.vote(name)
    assert await house.stage(name) == "verified"


@pytest.mark.catches("a rule goes on after it was revoked or has ended")
async def test_a_rule_revoked_or_ended_approves_nothing(house):
    """Anybody who works there revokes it at once; and it ends by itself."""
    await house.actuation.sign_rule(terms(), PEOPLE["eve"])
    with pytest.raises(NotAllowed):
        await house.actuation.revoke_rule("small-speed", PEOPLE["vera"], "not mine")
    await house.actuation.revoke_rule("small-speed", PEOPLE["olga"], "it jams")
    assert await house.stage(await house.propose()) == "pending"
    assert house.kinds("small-speed") == ["standing_rule_signed", "standing_rule_revoked"]
    await house.actuation.sign_rule(terms(id="short", days=0.01), PEOPLE["eve"])
    house.clock.turn(900)
    assert await house.stage(await house.propose()) == "pending"


async def test_only_whom_policy_lets_signs_and_only_what_the_plant_offers(house):
    """A supervisor does not, an engineer not beyond the range; an unknown rule has a name near."""
    with pytest.raises(NotAllowed, match="engineer"):
        await house.actuation.sign_rule(terms(), PEOPLE["sam"])
    with pytest.raises(OutOfRange, match="band of"):
        await house.actuation.sign_rule(terms(bands={SPEED: Range(low=1, high=2)}), PEOPLE["eve"])
    with pytest.raises(UnknownName, match="small-speed"):
        await house.actuation.revoke_rule("small-speed", PEOPLE["eve"], "none there")
    assert "standing_rule_refused" in house.kinds(FILLER)


@pytest.mark.catches("a write that was not read back changes nothing in what is trusted")
async def test_a_failed_verification_lowers_the_trust_by_itself(house):
    """The machine that was written to stands one step lower, on record, until it is raised."""
    house.device.deaf.add(SPEED)
    await house.actuation.sign_rule(terms(most=5), PEOPLE["eve"])
    house.clock.turn(1)
    name = await house.propose()
    await house.actuation.idle()
    assert await house.stage(name) == "failed"
    house.device.deaf.clear()
    other = await house.propose()  # at once, before any tick
    assert await house.stage(other) == "pending"
    await house.pass_time(1)
    assert house.actuation.trust() == {
        "site": "act_by_standing_rule", FILLER: "act_on_approval"
    }  # fmt: skip
    assert house.kinds(FILLER) == ["trust_lowered"]
    (told,) = [text for text in house.alarms("alarm") if "by itself" in text]
    assert f"opstwin trust {FILLER} act_by_standing_rule" in told
    await house.pass_time(1)
    assert house.kinds(FILLER) == ["trust_lowered"]
    await house.actuation.set_trust(FILLER, "act_by_standing_rule", PEOPLE["eve"], "mended")
    await house.pass_time(1)
    assert house.actuation.trust()[FILLER] == "act_by_standing_rule"


async def test_a_missed_forecast_lowers_the_trust_across_a_restart(house):
    """A process that did not answer; who died before it was recorded records it at the start."""
    await house.actuation.set_trust("site", "act_on_approval", PEOPLE["eve"], "tests")
    name = await house.approved()
    house.clock.turn(1900)
    await house.actuation.driver.tick(await house.ledger.now())  # and it dies right after
    await house.actuation.idle()
    assert await house.stage(name) == "no_effect"
    assert FILLER not in house.actuation.trust()
    other = house.another()
    await other.start()
    await other.recover()
    await other.tick()
    assert other.trust()[FILLER] == "advise"
    receipt = await other.submit(draft(action=job(), effect=None), PEOPLE["olga"])
    assert (receipt.state, "trust" in receipt.reason) == ("denied", True)
    await other.close()


async def test_what_was_only_refused_casts_no_doubt(house):
    """A write that never left, and a proposal that expired, say nothing about the machine."""
    await house.actuation.set_trust("site", "act_on_approval", PEOPLE["eve"], "tests")
    house.device.down = True
    name = await house.approved()
    assert await house.stage(name) == "not_applied"
    await house.propose(draft(step(TORQUE, value=2.5, check=0.1)))
    await house.pass_time(1000, 2)
    assert house.actuation.trust() == {"site": "act_on_approval"}


@pytest.mark.catches("a shadow is forgotten by a restart, or judged twice")
async def test_what_was_only_thought_is_looked_at_once_and_kept(house):
    """When its forecast is over: what people did and what came, on record, and after a restart."""
    await house.actuation.set_trust("site", "advise", PEOPLE["eve"], "tests")
    name = await house.propose()
    assert (await house.case(name)).shadow
    await house.pass_time(300)
    assert house.kinds(name) == ["submitted", "policy"]
    await house.pass_time(310, 3)
    assert house.kinds(name) == ["submitted", "policy", "shadow_seen"]
    assert house.actuation.shadows.known[name].taken is False
    other = house.another()
    await other.start()
    await other.tick()
    assert other.shadows.known == house.actuation.shadows.known
    assert house.kinds(name).count("shadow_seen") == 1
    await other.close()
