"""Faults and attacks by number: what is seen when they happen, through the desk and the driver.

Each test names the planted mutant it must catch.
"""

import asyncio
import contextlib
import itertools

import pytest

from tests.api.house import House
from tests.twin_core.governance.scene import (
    FILLER,
    MODE,
    PEOPLE,
    PRESSURE,
    SPEED,
    TORQUE,
    draft,
    effect,
    person,
    step,
)
from twin_core.answer import Grant
from twin_core.errors import Conflict, NotAllowed, StoreDown
from twin_core.governance.action import Outcome
from twin_core.governance.case import Case
from twin_core.governance.policy import SHIPPED, Policy
from twin_core.reading import (
    BAD,
    GOOD_CLAMPED,
    GOOD_COMPLETES_ASYNCHRONOUSLY,
    GOOD_LOCAL_OVERRIDE,
)

MAJOR = draft(effect=None)  # what cannot say its effect needs two people


@pytest.fixture
async def house():
    """A house that has opened, and closes."""
    built = await House().open()
    yield built
    await built.actuation.close()


# ── approvals ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.catches("the state is not compared before a vote is stored")
async def test_f01_two_approve_together(house):
    """Two operators approve at once: one decision; the loser is told who and when."""
    name = await house.propose()
    done = await asyncio.gather(
        house.actuation.vote(name, PEOPLE["sam"], "approved", channel="slack"),
        house.actuation.vote(name, PEOPLE["sue"], "approved", channel="web"),
        return_exceptions=True,
    )
    await house.actuation.idle()
    lost = [answer for answer in done if isinstance(answer, Conflict)]
    assert len(lost) == 1
    assert "approved by Sam at " in str(lost[0]) or "approved by Sue at " in str(lost[0])
    assert len(house.device.writes) == 1
    assert house.kinds(name).count("approved") == 1


@pytest.mark.catches("a second process decides on a state it read before")
async def test_f01_two_processes_approve_together(house):
    """Two processes on one ledger: one decision, by the one that owns the plant."""
    name = await house.propose()
    other = house.another()
    await other.start()
    done = await asyncio.gather(
        house.actuation.vote(name, PEOPLE["sam"], "approved"),
        other.vote(name, PEOPLE["sue"], "approved"),
        return_exceptions=True,
    )
    await asyncio.gather(house.actuation.idle(), other.idle())
    assert sum(isinstance(answer, Conflict) for answer in done) == 1
    assert house.kinds(name).count("approved") == 1
    assert len(house.device.writes) == 1
    await other.close()


@pytest.mark.catches("a late vote overwrites the decision")
@pytest.mark.parametrize("first", ["approved", "rejected"])
async def test_f02_approve_and_reject_together(house, first):
    """Approve and reject at once: the first commit wins, the other is recorded as late."""
    second = "rejected" if first == "approved" else "approved"
    name = await house.propose()
    done = await asyncio.gather(
        house.actuation.vote(name, PEOPLE["sam"], first),
        house.actuation.vote(name, PEOPLE["sue"], second),
        return_exceptions=True,
    )
    await house.actuation.idle()
    assert [isinstance(answer, Conflict) for answer in done] == [False, True]
    assert len(house.device.writes) == (1 if first == "approved" else 0)
    case = await house.case(name)
    assert [(v.user, v.meaning) for v in case.late] == [("sue", second)]
    assert "vote_late" in house.kinds(name)


@pytest.mark.catches("votes are counted instead of people")
async def test_f03_one_human_counts_once(house):
    """The same person by Slack and by web counts once."""
    name = await house.propose(MAJOR)
    await house.vote(name, "sam", channel="slack")
    with pytest.raises(Conflict, match="counts once"):
        await house.vote(name, "sam", channel="web")
    assert await house.stage(name) == "pending"
    assert house.device.writes == []
    await house.vote(name, "sue")
    assert len(house.device.writes) == 1


@pytest.mark.catches("the requester's own approval is counted")
async def test_f04_the_requester_never_approves(house):
    """Whoever asked, by himself or through an agent, cannot approve: four eyes."""
    name = await house.propose(user="both")
    with pytest.raises(NotAllowed, match="requester never approves"):
        await house.vote(name, "both")
    assert "vote_refused" in house.kinds(name)
    assert await house.stage(name) == "pending"
    assert house.device.writes == []


@pytest.mark.catches("a service account with a supervisor's role may approve")
async def test_f05_a_service_never_approves(house):
    """A service account is refused whatever other role it has, and an alarm is raised."""
    name = await house.propose()
    with pytest.raises(NotAllowed):
        await house.vote(name, "bot")
    assert len(house.alarms("alarm")) == 1
    assert house.device.writes == []


@pytest.mark.catches("a click after expiry is answered before EXPIRED is stored")
async def test_f06_a_click_after_expiry(house):
    """A click after expiry: EXPIRED is stored first, then told; nothing is written."""
    name = await house.propose()
    house.clock.turn(901)
    with pytest.raises(Conflict, match="expired"):
        await house.vote(name)
    assert await house.stored(name) == "expired"
    assert house.kinds(name)[-1] == "expired"
    assert house.device.writes == []


@pytest.mark.catches("expiry is not checked again before the write")
@pytest.mark.parametrize("stage", ["approved", "intent"])
async def test_f07_expiry_between_click_and_dispatch(house, stage):
    """Expired between click and dispatch: checked again, nothing is written."""
    name = await house.propose()

    def jump(stored):
        if stored == stage:
            house.clock.set_ledger(house.clock.ledger() + 901_000_000)

    house.ledger.after = jump
    await house.vote(name)
    assert await house.stored(name) == "expired"
    assert house.device.writes == []


@pytest.mark.catches("expiry is judged by the host's clock instead of ledger time")
async def test_f08_the_clock_jumps(house):
    """A jump forward expires; a jump back revives nothing and raises an alarm."""
    name = await house.propose()
    await house.pass_time(1)
    start = house.clock.ledger()
    house.clock.set_ledger(start + 3600_000_000)
    await house.actuation.tick()
    assert await house.stored(name) == "expired"
    assert house.alarms("alarm") == [
        "the host's clock jumped ahead by 3600 s: what waited may have expired"
    ]
    house.clock.set_ledger(start)
    with pytest.raises(Conflict, match="expired"):
        await house.vote(name)
    later = await house.propose()
    assert (await house.case(later)).proposal.created >= start + 3600_000_000
    records = [r.at for r, _ in house.ledger.chain]
    assert records == sorted(records)


@pytest.mark.catches("a clock that was set back goes unnoticed")
async def test_f08_a_clock_set_back_is_an_alarm(house):
    """It is said by how much; meanwhile what waits expires all the same."""
    name = await house.propose()
    await house.pass_time(1)
    house.clock.set_ledger(house.clock.ledger() - 3600_000_000)
    await house.pass_time(90, ticks=9)
    (alarm,) = house.alarms("alarm")
    assert alarm.startswith("the host's clock jumped back by 3600 s")
    await house.pass_time(950, ticks=10)
    assert await house.stored(name) == "expired"


def _leave_band(belief):
    belief.values[SPEED] = 420.0


def _turn_uncertain(belief):
    belief.statuses[SPEED] = 0x40900000


def _fall_silent(belief):
    belief.heard[SPEED] = belief.now() - 31_000_000


def _lose_source(belief):
    belief.down.add("plc")


BROKEN = [_leave_band, _turn_uncertain, _fall_silent, _lose_source]


@pytest.mark.catches("the basis is not compared at the decision")
@pytest.mark.parametrize("breaks", BROKEN)
async def test_f09_the_basis_no_longer_holds_at_the_decision(house, breaks):
    """A basis point out of its band, not Good or too old: STALE, and it must be proposed again."""
    name = await house.propose()
    breaks(house.belief)
    with pytest.raises(Conflict, match="propose again"):
        await house.vote(name)
    assert await house.stored(name) == "stale"
    assert house.device.writes == []


@pytest.mark.catches("the basis is not compared again before the write")
@pytest.mark.parametrize("stage", ["approved", "intent"])
@pytest.mark.parametrize("breaks", BROKEN)
async def test_f09_the_basis_breaks_before_the_write(house, breaks, stage):
    """A basis that breaks after the approval stops the write."""
    name = await house.propose()
    house.ledger.after = lambda stored: breaks(house.belief) if stored == stage else None
    await house.vote(name)
    assert await house.stored(name) == "stale"
    assert house.device.writes == []


@pytest.mark.catches("votes given before the basis broke still count")
@pytest.mark.parametrize("breaks", [_turn_uncertain, _fall_silent, _lose_source])
async def test_f10_quality_falls_while_people_decide(house, breaks):
    """Bad quality or an old twin disables approving and says why; votes given are void."""
    name = await house.propose(MAJOR)
    await house.vote(name, "sam")
    assert house.actuation.disabled(name) == ""
    breaks(house.belief)
    assert SPEED in house.actuation.disabled(name)
    with pytest.raises(Conflict):
        await house.vote(name, "sue")
    case = await house.case(name)
    assert (case.stage, case.votes) == ("stale", ())
    assert [v.user for v in case.late] == ["sam"]
    assert house.device.writes == []


def with_rule(rule):
    """The shipped policy with one rule more."""
    return SHIPPED.replace("rules = '''", f"rules = '''{rule}")


TWO_STEPS = Policy.parse(SHIPPED + "[limits]\nwindow_steps = 2\n", "two-steps.toml")
TIGHTER = {
    "forbidden": with_rule(
        '@id("freeze") forbid (principal, action == Action::"propose", resource) '
        'when { context.kind == Kind::"write_plan" };'
    ),
    "two people": SHIPPED + "[limits.major]\nshare = 0.01\n",
    "smaller window": SHIPPED + "[limits]\nwindow_steps = 0.1\n",
    "nobody approves": SHIPPED.replace('action == Action::"approve"', 'action == Action::"cancel"'),
}


@pytest.mark.catches("policy is evaluated once, at submission")
@pytest.mark.parametrize("tighter", TIGHTER)
async def test_f11_policy_tightened_after_approval(house, tighter):
    """Policy is evaluated again before the write: what it no longer allows is not written."""
    name = await house.propose()
    policy = Policy.parse(TIGHTER[tighter], "tighter.toml")

    def tighten(stored):
        if stored == "approved":
            house.actuation.standing.policy = policy

    house.ledger.after = tighten
    await house.vote(name)
    assert await house.stored(name) in {"denied", "pending"}
    assert (await house.stored(name) == "denied") is (tighter != "nobody approves")
    assert house.device.writes == []


@pytest.mark.catches("an approver's rights are not looked at again before the write")
@pytest.mark.parametrize(
    "now", [None, person("sam", "operator"), person("sam", "supervisor", sites=())]
)
async def test_f12_the_approver_loses_his_role(house, now):
    """A vote whose giver has lost role or site, or is gone, does not count at dispatch."""
    name = await house.propose()

    def lose(stored):
        if stored == "approved" and house.people.pop("sam", None) and now is not None:
            house.people["sam"] = now

    house.ledger.after = lose
    await house.vote(name)
    case = await house.case(name)
    assert (case.stage, case.votes) == ("pending", ())
    assert house.device.writes == []
    await house.vote(name, "sue")
    assert len(house.device.writes) == 1


@pytest.mark.catches("votes move to the edited proposal")
async def test_f13_an_edit_makes_a_new_digest(house):
    """An edited magnitude is another proposal with another digest and no votes."""
    name = await house.propose(MAJOR)
    await house.vote(name, "sam")
    receipt = await house.actuation.amend(
        name, draft(step(value=490.0), effect=None), PEOPLE["olga"]
    )
    old, new = await house.case(name), await house.case(receipt.proposal)
    assert old.stage == "cancelled"
    assert (new.stage, new.votes) == ("pending", ())
    assert new.digest != old.digest
    await house.vote(receipt.proposal, "sue")
    assert await house.stage(receipt.proposal) == "pending"
    assert house.device.writes == []


@pytest.mark.catches("an edit that is denied takes the place of what people voted on")
async def test_f13_an_edit_that_cannot_be_leaves_what_stood(house):
    """An edit beyond the limits is refused, on record, and the old proposal still waits."""
    name = await house.propose(MAJOR)
    await house.vote(name, "sam")
    receipt = await house.actuation.amend(name, draft(step(value=900.0)), PEOPLE["olga"])
    assert (receipt.state, await house.stage(receipt.proposal)) == ("denied", "denied")
    assert len((await house.case(name)).votes) == 1
    house.people["otto"] = person("otto", "operator")
    with pytest.raises(NotAllowed):
        await house.actuation.amend(name, draft(step(value=450.0)), house.people["otto"])
    await house.vote(name, "sue")
    assert await house.stage(name) == "verified"


@pytest.mark.catches("an edit by a deputy makes its author a second pair of eyes")
async def test_f04_who_is_behind_what_was_edited_never_approves_the_edit(house):
    """A supervisor's proposal, edited by a viewer in that supervisor's right or by a colleague."""
    lent = Grant(role="supervisor", at="site", lent_by="sam")
    house.people["vera"] = PEOPLE["vera"].model_copy(update={"grants": (lent,)})
    for editor in ("vera", "both"):
        name = await house.propose(user="sam")
        edited = draft(step(value=470.0))
        receipt = await house.actuation.amend(name, edited, house.people[editor])
        assert (receipt.state, await house.stage(name)) == ("pending", "cancelled")
        for user in {"sam", editor}:
            with pytest.raises(NotAllowed):
                await house.vote(receipt.proposal, user)
        assert await house.stage(receipt.proposal) == "pending"
        await house.vote(receipt.proposal, "sue", "rejected")
    assert house.device.writes == []


@pytest.mark.catches("who may propose nothing fills the list of proposals by editing")
async def test_f13_an_edit_by_who_may_not_propose_is_refused_and_stored_nowhere(house):
    """A viewer, a service, a stranger: on record as refused, and no proposal."""
    name = await house.propose()
    house.people["rob"] = person("rob", "service")
    house.people["nina"] = person("nina", "viewer")
    for user in ("vera", "rob", "nina"):
        with pytest.raises(NotAllowed):
            await house.actuation.amend(name, draft(step(value=450.0)), house.people[user])
    assert [case.id for case in await house.actuation.cases()] == [name]
    refused = [r for r, _ in house.ledger.chain if r.kind == "edit_refused"]
    assert [(r.actor, r.subject) for r in refused] == [
        (user, name) for user in ("vera", "rob", "nina")
    ]
    await house.vote(name)
    assert await house.stage(name) == "verified"


@pytest.mark.catches("the digest is not compared before the write")
async def test_f13_content_changed_in_the_store(house):
    """A magnitude edited behind our back, in the stored state, is not written."""
    name = await house.propose(MAJOR)
    await house.vote(name, "sam")
    state, version = house.ledger.states[f"proposal/{name}"]
    state = Case.model_validate(state).model_dump(mode="json")
    state["proposal"]["draft"]["action"]["steps"][0]["value"] = 500.0
    house.ledger.states[f"proposal/{name}"] = (state, version)
    house.actuation = house.another()
    await house.actuation.recover()
    assert await house.stored(name) == "denied"
    with pytest.raises(Conflict, match="its content is not what"):
        await house.vote(name, "sue")
    assert house.device.writes == []


@pytest.mark.catches("only the single step is bounded, not the sum in the window")
async def test_f14_a_large_step_cut_into_small_ones(house):
    """Small steps one after the other trip the cumulative limit of the window."""
    house.actuation.standing.policy = TWO_STEPS
    value, moved = 400.0, 0.0
    for _ in range(20):
        house.belief.values[SPEED] = value
        given = draft(step(old=value, value=value + 40.0))
        given = given.model_copy(update={"basis": _around(SPEED, value)})
        receipt = await house.actuation.submit(given, PEOPLE["olga"])
        if receipt.state == "denied":
            assert "was moved by" in receipt.reason
            break
        await house.vote(receipt.proposal)
        assert await house.stage(receipt.proposal) == "verified"
        house.belief.counted_per_min = 500.0
        await house.pass_time(130, ticks=2)
        value, moved = value + 40.0, moved + 40.0
    assert moved == 240.0  # twice the largest single step of 120
    house.clock.turn(3600)
    assert (await house.actuation.submit(given, PEOPLE["olga"])).state == "pending"


@pytest.mark.catches("a plan's own steps are not summed")
async def test_f14_small_steps_inside_one_plan(house):
    """Steps of one plan on one point count together."""
    house.actuation.standing.policy = TWO_STEPS
    steps = [step(old=400.0 + 100 * i, value=500.0 + 100 * i) for i in range(3)]
    receipt = await house.actuation.submit(draft(*steps), PEOPLE["olga"])
    assert receipt.state == "denied"
    assert "more would pass 240" in receipt.reason


@pytest.mark.catches("equipment is not locked while a write is under way")
async def test_f15_two_proposals_on_one_tag(house):
    """Two proposals for one tag: the second waits, and goes stale when the first has written."""
    first, second = await house.propose(), await house.propose(draft(step(value=470.0)))
    await asyncio.gather(
        house.actuation.vote(first, PEOPLE["sam"], "approved"),
        house.actuation.vote(second, PEOPLE["sam"], "approved"),
    )
    await house.actuation.idle()
    assert house.device.writes == [(SPEED, 480.0)]
    case = await house.case(second)
    assert case.stage == "stale" or case.result == f"waits for {first}"
    house.belief.counted_per_min = 500.0
    await house.pass_time(200, ticks=10)
    assert await house.stage(first) == "effect_seen"
    assert await house.stage(second) == "stale"
    assert house.device.writes == [(SPEED, 480.0)]


@pytest.mark.catches("another point of the same machine is not locked")
async def test_f15_the_lock_is_the_equipments(house):
    """A write to another point of the same machine waits until the first effect was judged."""
    first = await house.approved()
    second = await house.approved(draft(step(PRESSURE, value=2.5, check=0.1)))
    assert (await house.case(second)).result == f"waits for {first}"
    other = await house.approved(draft(step(TORQUE, value=2.5, check=0.1)))
    assert await house.stage(other) == "verified"
    house.belief.counted_per_min = 500.0
    await house.pass_time(200, ticks=10)
    assert await house.stage(first) == "effect_seen"
    assert (PRESSURE, 2.5) in house.device.writes


@pytest.mark.catches("a way back takes a machine that another plan is just taking")
async def test_f15_a_way_back_and_a_write_do_not_meet(house):
    """A rollback asked for while another plan enters the machine: one of them, not both."""
    first = await house.approved()
    house.belief.counted_per_min = 500.0
    await house.pass_time(200, ticks=10)
    assert await house.stage(first) == "effect_seen"
    second = await house.propose(draft(step(PRESSURE, value=2.5, check=0.1)))
    world, held = house.actuation.standing.world, []

    async def slowly(*given):
        found = await world(*given)
        await asyncio.sleep(0.02)
        return found

    def count(_stage):
        states = [s for key, (s, _) in house.ledger.states.items() if key.startswith("proposal/")]
        held.append(sum(Case.model_validate(state).holds for state in states))

    house.actuation.standing.world, house.ledger.after = slowly, count
    await house.actuation.vote(second, PEOPLE["sam"], "approved")
    await asyncio.gather(
        house.actuation.roll_back(first, PEOPLE["sam"], "not wanted"), return_exceptions=True
    )
    await house.actuation.idle()
    assert max(held) == 1


@pytest.mark.catches("the machine's mode is not looked at before the write")
@pytest.mark.parametrize("mode", [2.0, 3.0, None])
@pytest.mark.parametrize("stage", ["pending", "approved", "intent"])
async def test_f16_maintenance_locked(house, mode, stage):
    """A machine in maintenance or manual mode, or whose mode is unseen, is denied despite votes."""

    def lock(stored):
        if stored == stage:
            house.belief.values[MODE] = mode
            if mode is None:
                del house.belief.values[MODE]

    house.ledger.after = lock
    name = await house.propose()
    if stage == "pending":
        with pytest.raises(Conflict):
            await house.vote(name)
    else:
        await house.vote(name)
    assert await house.stored(name) == "denied"
    assert house.device.writes == []


@pytest.mark.catches("a way back is written on a machine that somebody works at")
async def test_f16_no_way_back_on_a_machine_in_maintenance(house):
    """A rollback asked for while the machine is in maintenance is refused, and can come later."""
    name = await house.approved()
    house.belief.values[MODE] = 2.0
    with pytest.raises(Conflict, match="maintenance mode"):
        await house.actuation.roll_back(name, PEOPLE["sam"])
    assert house.kinds(name)[-1] == "roll_back_refused"
    assert house.device.writes == [(SPEED, 480.0)]
    house.belief.values[MODE] = 1.0
    await house.actuation.roll_back(name, PEOPLE["sam"])
    await house.actuation.idle()
    assert await house.stage(name) == "rolled_back"


@pytest.mark.catches("a cancelled proposal is still sent")
async def test_f17_revoked_while_queued(house):
    """Taken back while it waits for the equipment: cancelled, never written."""
    first = await house.approved()
    queued = await house.approved(draft(step(PRESSURE, value=2.5, check=0.1)))
    assert await house.stage(queued) == "approved"
    await house.actuation.cancel(queued, PEOPLE["olga"], "changed my mind")
    house.belief.counted_per_min = 500.0
    await house.pass_time(200, ticks=10)
    assert await house.stage(first) == "effect_seen"
    assert await house.stage(queued) == "cancelled"
    assert house.device.writes == [(SPEED, 480.0)]


@pytest.mark.catches("a cancel after dispatch says it was cancelled")
async def test_f17_revoked_too_late(house):
    """Once dispatched, taking back is too late; the rollback is offered."""
    name = await house.approved()
    with pytest.raises(Conflict, match=r"too late.*rolled back"):
        await house.actuation.cancel(name, PEOPLE["olga"])
    assert await house.stage(name) == "verified"


@pytest.mark.catches("a freeze lives in the memory of one process")
async def test_f20_all_that_is_pending_is_frozen(house):
    """Anybody on the floor freezes; it holds after a restart; only who may lifts it."""
    name = await house.propose()
    told = await house.actuation.freeze(PEOPLE["olga"], "smoke at the filler")
    assert "smoke at the filler" in told
    assert house.alarms("page")
    assert await house.actuation.freeze(PEOPLE["olga"], "smoke!") == told
    assert len(house.alarms("page")) == 1
    both = await house.actuation.freeze(PEOPLE["sam"], "a man in the machine")
    assert both.startswith(told)
    assert both.endswith(": a man in the machine")
    with pytest.raises(Conflict, match="everything is frozen: by Olga"):
        await house.vote(name)
    await house.actuation.close()
    house.actuation = house.another()
    await house.actuation.start()
    await house.actuation.recover()
    with pytest.raises(Conflict, match="smoke at the filler"):
        await house.vote(name)
    for user in ("olga", "vera", "far"):
        with pytest.raises(NotAllowed):
            await house.actuation.lift(PEOPLE[user], "enough")
    assert house.device.writes == []
    await house.actuation.lift(PEOPLE["sam"], "false alarm")
    with pytest.raises(Conflict, match="nothing is frozen"):
        await house.actuation.lift(PEOPLE["sam"], "false alarm")
    await house.vote(name)
    assert house.device.writes == [(SPEED, 480.0)]
    kinds = ["freeze_refused", "frozen", "frozen_again", "lifted"]
    assert [k for k in dict.fromkeys(sorted(house.kinds("site"))) if k in kinds] == kinds


@pytest.mark.catches("who may not act may stop everything")
async def test_f20_who_only_looks_freezes_nothing(house):
    """A viewer, somebody of another site, nobody known."""
    for user in ("vera", "far"):
        with pytest.raises(NotAllowed, match="freeze everything"):
            await house.actuation.freeze(PEOPLE[user], "for fun")
    assert await house.actuation.standing.frozen() == ""


def storm(**writes):
    """The shipped policy with a limit on how many writes are sent."""
    more = "".join(f"{name} = {most}\n" for name, most in writes.items())
    return Policy.parse(f"{SHIPPED}[limits]\nwindow_steps = 100\n[limits.writes]\n{more}", "s.toml")


@pytest.mark.catches("nothing counts how often is written")
@pytest.mark.parametrize("what", ["point", "area"])
async def test_f48_a_storm_of_writes_to_one_place(house, what):
    """The third write within the window is denied by its point's or its area's limit."""
    house.actuation.standing.policy = storm(**{what: 2})
    value, states = 400.0, []
    for _ in range(3):
        house.belief.values[SPEED] = value
        given = draft(step(old=value, value=value + 20.0))
        given = given.model_copy(update={"basis": _around(SPEED, value)})
        receipt = await house.actuation.submit(given, PEOPLE["olga"])
        states.append(receipt.state)
        if receipt.state == "denied":
            break
        await house.vote(receipt.proposal)
        house.belief.counted_per_min = 500.0
        await house.pass_time(130, ticks=2)
        value += 20.0
    assert states == ["pending", "pending", "denied"]
    place = SPEED if what == "point" else "site/area"
    assert f"2 writes went to {place} within" in receipt.reason
    house.clock.turn(3600)
    assert (await house.actuation.submit(given, PEOPLE["olga"])).state == "pending"


@pytest.mark.catches("one tired person approves without end")
async def test_f48_a_storm_of_approvals_by_one_person(house):
    """Past his limit another must look; the limit is not the plant's."""
    house.actuation.standing.policy = storm(approver=1)
    await house.approved()
    house.belief.counted_per_min = 500.0
    await house.pass_time(200, ticks=10)
    name = await house.propose(draft(step(PRESSURE, value=2.5, check=0.1)))
    with pytest.raises(NotAllowed, match="approved 1 write within"):
        await house.vote(name)
    await house.vote(name, "sue")
    assert len(house.device.writes) == 2
    other = await house.propose(draft(step(TORQUE, value=2.5, check=0.1)))
    await house.vote(other, meaning="rejected")
    assert await house.stage(other) == "rejected", "to say no is never one too many"


@pytest.mark.catches("writes of others undo a plan that is under way")
async def test_f48_a_plan_that_has_begun_is_carried_through(house):
    """Its steps count for others from its first write on, and not against itself."""
    house.actuation.standing.policy = storm(area=2)
    plan = draft(
        step(handshake=(TORQUE, 2.5)),
        step(TORQUE, old=2.0, value=2.2, check=0.1),
    )
    await house.approved(plan)
    assert house.device.writes == [(SPEED, 480.0)]
    receipt = await house.actuation.submit(
        draft(step(PRESSURE, value=2.5, check=0.1)), PEOPLE["olga"]
    )
    assert receipt.state == "denied"
    assert "2 writes went to site/area within" in receipt.reason


@pytest.mark.catches("a write leaves after everybody was told that all is frozen")
async def test_f20_a_freeze_between_the_gate_and_the_wire(house):
    """It is looked at once more before the socket is touched."""
    name = await house.propose()
    seen = house.actuation.standing.world

    async def late(*arguments):
        found = await seen(*arguments)
        if (await house.case(name)).stage == "intent":
            await house.actuation.freeze(PEOPLE["olga"], "smoke")
        return found

    house.actuation.standing.world = late
    await house.vote(name)
    assert house.device.writes == []
    assert await house.stage(name) == "not_applied"


@pytest.mark.catches("a way back that a freeze held up at the wire ends as unsafe")
async def test_f20_a_freeze_between_the_gate_and_the_wire_of_a_way_back(house):
    """It waits, and goes on once the freeze is lifted: nothing had left."""
    name = await house.approved(draft(effect=effect(settle_s=1)))
    barred = house.actuation.standing.barred
    house.actuation.driver._dispatcher._barred = lambda step: _frozen_then(house, barred, step)
    await house.actuation.roll_back(name, PEOPLE["sam"], "too fast")
    await house.actuation.idle()
    await house.pass_time(1)
    assert (await house.stage(name), house.alarms("highest")) == ("intent", [])
    house.actuation.driver._dispatcher._barred = barred
    await house.actuation.lift(PEOPLE["eve"], "false alarm")
    await house.pass_time(1)
    assert await house.stage(name) == "rolled_back"
    assert house.device.writes == [(SPEED, 480.0), (SPEED, 400.0)]


async def _frozen_then(house, barred, step):
    """Somebody freezes just before the wire is asked."""
    if not await house.actuation.standing.frozen():
        await house.actuation.freeze(PEOPLE["olga"], "smoke")
    return await barred(step)


# ── actuation ───────────────────────────────────────────────────────────────────────────────


CRASHES = {
    "pending": ("pending", 0),
    "approved": ("verified", 1),
    "intent": ("verified", 1),
    "dispatched": ("not_applied", 0),
    "verified": ("verified", 1),
}


@pytest.mark.catches("after DISPATCHED the command is sent again")
@pytest.mark.parametrize("stage", CRASHES)
async def test_f32_killed_after_each_stored_state(house, stage):
    """Killed right after a state was stored: the next driver ends it, with at most one write."""
    ends, writes = CRASHES[stage]

    class Killed(Exception):
        pass

    def kill(stored):
        if stored == stage:
            house.ledger.after = None
            raise Killed

    house.ledger.after = kill
    try:
        name = await house.propose()
        await house.vote(name)
    except Killed:
        name = "p-00000001"
    await asyncio.gather(*house.actuation.driver._running.values(), return_exceptions=True)
    assert await house.stored(name) == stage
    house.actuation = house.another()
    await house.actuation.recover()
    await house.actuation.idle()
    await house.pass_time(11, ticks=2)
    assert await house.stage(name) == ends
    assert len(house.device.writes) == writes


@pytest.mark.catches("a plan that was cut off begins again, or its way back is sent twice")
@pytest.mark.parametrize("save", range(1, 13))
async def test_f32_killed_anywhere_in_a_plan_and_its_way_back(house, save):
    """Cut off after any save of a plan that fails: nothing is sent twice, and it ends and is told.

    A way back that was cut off before it left is not sent again either: that end is unsafe.
    """

    class Killed(Exception):
        pass

    saves = itertools.count(1)

    def kill(_stage):
        if next(saves) == save:
            raise Killed

    house.device.deaf.add(PRESSURE)
    name = await house.propose(PLAN)
    house.ledger.after = kill
    with contextlib.suppress(Killed):
        await house.vote(name)
    await asyncio.gather(*house.actuation.driver._running.values(), return_exceptions=True)
    assert next(saves) == save + 1
    house.ledger.after = None
    told = [notice.level for notice in house.actuation.notices]
    house.actuation = house.another()
    await house.actuation.recover()
    await house.pass_time(44, ticks=4)
    sent = [command.key for command in house.device.executed]
    assert len(sent) == len(set(sent))
    case = await house.case(name)
    if case.stage == "unsafe":
        told += [notice.level for notice in house.actuation.notices]
        assert "highest" in told
    else:
        assert case.stage in {"rolled_back", "not_applied"}
        assert (house.belief.values[SPEED], house.belief.values[TORQUE]) == (400.0, 2.0)
    assert house.whole() == len(house.ledger.chain)


@pytest.mark.catches("after DISPATCHED the outcome is guessed instead of read back")
@pytest.mark.parametrize(
    ("found", "ends"), [(480.0, "verified"), (400.0, "not_applied"), (433.0, "unknown")]
)
async def test_f32_killed_between_write_and_reply(house, found, ends):
    """After DISPATCHED: target seen is VERIFIED (recovered), old is NOT_APPLIED, else UNKNOWN."""
    name = await _killed_in_flight(house)
    house.belief.values[SPEED] = found
    house.actuation = house.another()
    await house.actuation.recover()
    await house.pass_time(11, ticks=2)
    case = await house.case(name)
    assert case.stage == ends
    assert case.step.recovered is (ends == "verified")
    assert len(house.device.writes) == 1
    if ends == "verified":
        assert "no proof" in case.result
    else:
        assert len(house.alarms("page")) == 1
    assert house.whole() == len(house.ledger.chain)


@pytest.mark.catches("a lost reply is answered by sending again")
async def test_f33_write_applied_reply_lost(house):
    """The write was applied and the reply lost: UNKNOWN, read back, VERIFIED; sent once."""
    house.device.lost.add(SPEED)
    name = await house.approved()
    assert await house.stage(name) == "verified"
    kinds = house.kinds(name)
    assert kinds.index("dispatched") < kinds.index("unknown") < kinds.index("verified")
    assert house.device.writes == [(SPEED, 480.0)]
    assert len(house.device.executed) == 1


@pytest.mark.catches("an unreadable value counts as written")
async def test_f33_reply_lost_and_device_gone(house):
    """Nothing can be read back: UNKNOWN, somebody is paged, the equipment is locked."""
    house.device.lost.add(SPEED)
    house.device.before = lambda _: None
    name = await house.propose()
    look = house.device.look

    async def gone(command):
        house.device.down = True
        return await look(command)

    house.device.look = gone
    await house.vote(name)
    assert await house.stage(name) == "unknown"
    assert len(house.alarms("page")) == 1
    house.device.down = False
    receipt = await house.actuation.submit(
        draft(step(PRESSURE, value=2.5, check=0.1)), PEOPLE["olga"]
    )
    assert receipt.state == "denied"
    assert "locked" in receipt.reason
    await house.actuation.resolve(name, PEOPLE["eve"], "read at the panel: 480")
    receipt = await house.actuation.submit(
        draft(step(PRESSURE, value=2.5, check=0.1)), PEOPLE["olga"]
    )
    assert receipt.state == "pending"


@pytest.mark.catches("a late reply overwrites what was read back")
async def test_f34_reply_after_the_deadline(house):
    """A reply after the deadline is discarded and recorded; what was read back stands."""
    house.actuation.standing.policy = Policy.parse(
        SHIPPED + "[limits]\ndeadline_s = 0.02\n", "fast.toml"
    )
    house.device.silent = True
    name = await house.approved()
    assert await house.stage(name) == "verified"
    before = await house.case(name)
    assert before.step.recovered
    house.device.answer.set()
    await house.until(lambda: "late_reply" in house.kinds(name))
    assert (await house.case(name)).stage == before.stage
    assert house.kinds(name).count("verified") == 1
    assert len(house.device.writes) == 1


FAST = Policy.parse(SHIPPED + "[limits]\ndeadline_s = 0.02\n", "fast.toml")


@pytest.mark.catches("nobody hears that what was called not applied was applied")
async def test_f34_a_late_answer_that_says_otherwise_is_a_page(house):
    """A write found not applied whose answer comes after all: it stands, and somebody is paged."""
    house.actuation.standing.policy = FAST
    execute = house.device.execute

    async def slow(command):
        await house.device.answer.wait()
        return await execute(command)

    house.device.execute = slow
    name = await house.approved()
    assert await house.stage(name) == "not_applied"
    house.device.answer.set()
    await house.until(lambda: len(house.alarms("page")) == 2)
    assert house.kinds(name)[-1] == "late_reply"
    assert await house.stage(name) == "not_applied"
    assert "sent after all" in house.alarms("page")[-1]


@pytest.mark.catches("what follows from a late answer is dropped")
async def test_f34_a_late_answer_that_is_still_awaited_is_followed(house):
    """If its lateness could not be stored a late answer is the answer, with all that follows."""
    house.actuation.standing.policy = FAST
    house.device.deaf.add(SPEED)
    house.device.status = 0
    house.device.silent = True
    house.device.before = lambda _: setattr(house.ledger, "down", True)
    name = await house.approved()
    assert await house.stored(name) == "dispatched"
    house.ledger.down = False
    house.device.answer.set()
    await house.until(lambda: house.alarms("page"))
    assert await house.stored(name) == "failed"


@pytest.mark.catches("a Good answer is success")
async def test_f35_good_but_unchanged(house):
    """The server says Good and the value did not change: verification failed, somebody is paged."""
    house.device.deaf.add(SPEED)
    house.device.status = 0
    name = await house.approved()
    assert await house.stage(name) == "failed"
    assert len(house.alarms("page")) == 1
    assert "400" in (await house.case(name)).result


@pytest.mark.catches("a Bad answer proves that nothing was written")
async def test_f35_bad_but_applied(house):
    """The device answers Bad and our value stands: it is read back, and can be rolled back."""
    house.device.status = BAD
    name = await house.approved()
    case = await house.case(name)
    assert (case.stage, case.step.recovered) == ("verified", True)
    assert [len(house.device.executed), len(house.device.looked)] == [1, 1]
    house.device.status = None
    await house.actuation.roll_back(name, PEOPLE["sam"])
    await house.actuation.idle()
    assert await house.stage(name) == "rolled_back"
    assert house.belief.values[SPEED] == 400.0


async def test_f35_bad_and_unreadable(house):
    """The device answers Bad and cannot be read: UNKNOWN, a page, and locked until resolved."""
    house.device.status = BAD
    house.device.down = True
    house.device.execute = _unread(house.device)
    name = await house.approved()
    assert await house.stage(name) == "unknown"
    assert len(house.alarms("page")) == 1
    await house.actuation.resolve(name, PEOPLE["sam"], "looked")
    assert not (await house.case(name)).uncertain


def _unread(device):
    async def execute(command):
        device.executed.append(command)
        return Outcome(key=command.key, result="failed", sent=True, acknowledged=True, status=BAD)

    return execute


@pytest.mark.catches("a value that nobody asked for is left standing unguarded")
@pytest.mark.parametrize("status", [GOOD_CLAMPED, GOOD_LOCAL_OVERRIDE, BAD, 0])
async def test_f36_what_stands_is_not_ours(house, status):
    """What a failed write left is neither ours nor the old value: locked until it is resolved."""
    house.device.clamp[SPEED] = (0.0, 450.0)
    house.device.status = status
    name = await house.approved()
    case = await house.case(name)
    assert (case.stage, case.step.state) == ("failed", "astray")
    assert f"opstwin resolve {name}" in case.result
    with pytest.raises(Conflict, match="nothing of ours"):
        await house.actuation.roll_back(name, PEOPLE["sam"])
    given = draft(step(PRESSURE, value=2.5, check=0.1))
    assert "locked" in (await house.actuation.submit(given, PEOPLE["olga"])).reason
    await house.actuation.resolve(name, PEOPLE["sam"], "450 is as it should be")
    assert (await house.actuation.submit(given, PEOPLE["olga"])).reason == ""


async def test_f36_a_plan_with_a_clamped_step_is_not_said_to_be_undone(house):
    """A plan whose last step was clamped: the others are undone, the clamped value is told."""
    house.device.clamp[PRESSURE] = (0.0, 2.3)
    name = await house.approved(PLAN)
    case = await house.case(name)
    assert case.stage == "failed"
    assert [s.state for s in case.steps] == ["undone", "undone", "astray"]
    assert f"opstwin resolve {name}" in case.result
    assert case.uncertain


@pytest.mark.catches("GoodClamped is taken for success")
@pytest.mark.parametrize("to", [450.0, 480.0])
async def test_f36_clamped(house, to):
    """GoodClamped is a mismatch, whatever the connector concluded: FAILED."""
    house.device.clamp[SPEED] = (0.0, to)
    house.device.status = GOOD_CLAMPED
    name = await house.approved()
    assert await house.stage(name) == "failed"
    assert "clamped" in (await house.case(name)).result


@pytest.mark.catches("a value owned at the panel is taken for ours")
async def test_f36_local_override(house):
    """GoodLocalOverride: the person at the panel owns the value; ours failed."""
    house.device.status = GOOD_LOCAL_OVERRIDE
    name = await house.approved()
    assert await house.stage(name) == "failed"
    assert "panel" in (await house.case(name)).result


@pytest.mark.catches("GoodCompletesAsynchronously is final at once")
@pytest.mark.parametrize("completes", [True, False])
async def test_f37_completed_later(house, completes):
    """GoodCompletesAsynchronously: wait until the settle deadline, reading back."""
    house.device.deaf.add(TORQUE)
    house.device.status = GOOD_COMPLETES_ASYNCHRONOUSLY
    name = await house.approved(draft(step(TORQUE, value=2.5, check=0.1)))
    assert await house.stage(name) == "acked"
    await house.pass_time(20, ticks=4)
    assert await house.stage(name) == "acked"
    if completes:
        house.belief.values[TORQUE] = 2.5
    await house.pass_time(11, ticks=2)
    assert await house.stage(name) == ("verified" if completes else "failed")
    assert len(house.device.executed) == 1


@pytest.mark.catches("what cannot be read when its time is over counts as failed")
async def test_f37_unreadable_at_the_settle_deadline(house):
    """A write to be completed later that cannot be read when it should be done: UNKNOWN, a page."""
    house.device.deaf.add(TORQUE)
    house.device.status = GOOD_COMPLETES_ASYNCHRONOUSLY
    name = await house.approved(draft(step(TORQUE, value=2.5, check=0.1)))
    house.device.down = True
    await house.pass_time(31, ticks=2)
    assert await house.stage(name) == "unknown"
    assert len(house.alarms("page")) == 1
    locked = await house.actuation.submit(draft(step(TORQUE, value=2.6, check=0.1)), PEOPLE["olga"])
    assert "locked" in locked.reason


@pytest.mark.catches("a value that was read back is an effect")
async def test_f38_the_process_does_not_respond(house):
    """The value is right and the process does not follow: a "no process effect" alarm."""
    name = await house.approved(draft(effect=effect(f"{FILLER}/speed", 480.0)))
    await house.pass_time(70, ticks=7)
    case = await house.case(name)
    assert case.stage == "no_effect"
    assert "no process effect" in house.alarms("alarm")[0]
    assert "rolled back" in case.result


@pytest.mark.catches("an unseen rate counts as an answer")
async def test_f38_the_line_does_not_answer(house):
    """The point follows and the line gains nothing until the horizon ends: no process effect."""
    house.belief.values[f"{FILLER}/speed"] = 480.0
    name = await house.approved(draft(effect=effect(f"{FILLER}/speed", 480.0)))
    await house.pass_time(500, ticks=10)
    assert await house.stage(name) == "verified"
    await house.pass_time(110, ticks=4)
    assert await house.stage(name) == "no_effect"


@pytest.mark.catches("what cannot be seen counts as no effect")
async def test_f38_a_restart_outlasts_the_settle_time(house):
    """After a restart the effect is awaited anew from when it is seen: no false alarm."""
    name = await house.approved(draft(effect=effect(f"{FILLER}/speed", 480.0)))
    await house.actuation.close()
    house.clock.turn(700)
    del house.belief.values[f"{FILLER}/speed"]
    house.actuation = house.another()
    await house.actuation.start()
    await house.actuation.recover()
    await house.pass_time(200, ticks=4)
    assert await house.stage(name) == "verified"
    house.belief.values[f"{FILLER}/speed"] = 440.0
    await house.pass_time(50, ticks=5)
    assert await house.stage(name) == "verified"
    house.belief.values[f"{FILLER}/speed"] = 480.0
    house.belief.counted_per_min = 480.0
    await house.pass_time(130, ticks=2)
    assert await house.stage(name) == "effect_seen"
    assert not house.alarms("alarm")
    kinds = house.kinds(name)
    assert kinds.count("effect_hidden") == kinds.count("effect_in_sight") == 1


async def test_f38_what_stays_hidden_is_not_claimed(house):
    """An effect that can never be seen ends as verified and says so, without an alarm."""
    name = await house.approved(draft(effect=effect(f"{FILLER}/speed", 480.0)))
    del house.belief.values[f"{FILLER}/speed"]
    await house.pass_time(1700, ticks=10)
    assert (await house.case(name)).wait is not None
    await house.pass_time(200, ticks=2)
    case = await house.case(name)
    assert (case.stage, case.wait) == ("verified", None)
    assert f"could not be seen: {FILLER}/speed cannot be seen" in case.result
    assert not house.alarms("alarm")


async def test_f38_seen_again_and_still_without_effect(house):
    """A process that is in sight again for the settle time and does not follow gets the alarm."""
    name = await house.approved(draft(effect=effect(f"{FILLER}/speed", 480.0)))
    del house.belief.values[f"{FILLER}/speed"]
    await house.pass_time(100, ticks=2)
    house.belief.values[f"{FILLER}/speed"] = 400.0
    await house.pass_time(50, ticks=5)
    assert await house.stage(name) == "verified"
    await house.pass_time(30, ticks=3)
    assert await house.stage(name) == "no_effect"
    assert "no process effect" in house.alarms("alarm")[0]


@pytest.mark.catches("a reading from before the write is evidence about its effect")
async def test_f38_a_source_that_stops_at_the_write_is_no_missing_answer(house):
    """A source that stops just after the write: what it said before says nothing, then or later."""
    speed = f"{FILLER}/speed"
    name = await house.approved(draft(effect=effect(speed, 480.0, settle_s=15.0)))
    house.belief.heard[speed] = house.clock.plant()
    await house.pass_time(18, ticks=6)
    assert await house.stage(name) == "verified"
    house.belief.down.add("plc")
    await house.pass_time(20, ticks=4)
    house.belief.down.clear()
    house.belief.heard[speed] = house.clock.plant() - 6_000_000
    await house.pass_time(3)
    assert await house.stage(name) == "verified"
    del house.belief.heard[speed]
    house.belief.values[speed], house.belief.counted_per_min = 480.0, 480.0
    await house.pass_time(150, ticks=3)
    assert await house.stage(name) == "effect_seen"
    assert not house.alarms("alarm")


@pytest.mark.catches("a rollback writes without comparing")
async def test_f39_the_panel_changed_it_meanwhile(house):
    """The local panel changed the value: a conflict, and no rollback over it."""
    name = await house.approved()
    house.belief.values[SPEED] = 455.0
    await house.actuation.roll_back(name, PEOPLE["sam"])
    await house.actuation.idle()
    case = await house.case(name)
    assert case.stage == "verified"
    assert "another's value" in case.result
    assert house.belief.values[SPEED] == 455.0
    assert house.device.writes == [(SPEED, 480.0)]
    assert "conflict" in house.kinds(name)


@pytest.mark.catches("a failed rollback is only logged")
async def test_f40_the_rollback_fails(house):
    """A rollback that fails is UNSAFE, the highest page goes out, the equipment is locked."""
    name = await house.approved()
    house.device.deaf.add(SPEED)
    await house.actuation.roll_back(name, PEOPLE["sam"])
    await house.actuation.idle()
    assert await house.stage(name) == "unsafe"
    assert len(house.alarms("highest")) == 1
    for given in (draft(step(old=480.0, value=500.0)), draft(step(PRESSURE, value=2.5, check=0.1))):
        receipt = await house.actuation.submit(given, PEOPLE["olga"])
        assert receipt.state == "denied"
        assert "locked" in receipt.reason
    other = await house.actuation.submit(draft(step(TORQUE, value=2.5, check=0.1)), PEOPLE["olga"])
    assert other.state == "pending"
    with pytest.raises(NotAllowed):
        await house.actuation.resolve(name, PEOPLE["olga"], "it is fine")


PLAN = draft(
    step(),
    step(TORQUE, value=2.5, check=0.1),
    step(PRESSURE, value=2.5, check=0.1),
)


@pytest.mark.catches("what was stored and told nobody stays untold")
@pytest.mark.parametrize(("ends", "level"), [("unsafe", "highest"), ("unknown", "page")])
async def test_f32_killed_between_storing_an_uncertain_end_and_telling_it(house, ends, level):
    """An uncertain end that nobody has closed is told again at each start, once."""
    if ends == "unsafe":
        name = await house.approved()
        house.device.deaf.add(SPEED)
        await house.actuation.roll_back(name, PEOPLE["sam"])
        await house.actuation.idle()
    else:
        house.device.lost.add(SPEED)
        look = house.device.look

        async def silent(command):
            house.device.down = True
            return await look(command)

        house.device.look = silent
        name = await house.approved()
    assert await house.stage(name) == ends
    for _ in range(2):
        house.actuation = house.another()
        await house.actuation.start()
        await house.actuation.recover()
        await house.pass_time(10, ticks=2)
        (text,) = house.alarms(level)
        assert text.startswith(f"{name} “Raise the speed” is still {ends}: ")
    await house.actuation.resolve(name, PEOPLE["sam"], "looked at it")
    house.actuation = house.another()
    await house.actuation.recover()
    assert not house.alarms(level)


@pytest.mark.catches("compensation runs forwards, or not at all")
async def test_f41_a_plan_fails_at_its_third_step(house):
    """A plan that fails at step k is undone in reverse, each compensation read back."""
    house.device.deaf.add(PRESSURE)
    name = await house.approved(PLAN)
    case = await house.case(name)
    assert case.stage == "rolled_back"
    assert [w for w in house.device.writes if w[0] != PRESSURE] == [
        (SPEED, 480.0),
        (TORQUE, 2.5),
        (TORQUE, 2.0),
        (SPEED, 400.0),
    ]
    assert [s.state for s in case.steps] == ["undone", "undone", "failed"]
    assert house.kinds(name).count("undone") == 2
    assert len(house.alarms("page")) == 1


@pytest.mark.catches("one value that is no longer ours stops the compensation of the rest")
async def test_f41_what_is_no_longer_ours_is_left(house):
    """While undoing, a step whose value somebody changed is left; the others are undone."""
    house.device.deaf.add(PRESSURE)

    def panel(command):
        if command.key.startswith("p-") and command.step.point == PRESSURE:
            house.belief.values[TORQUE] = 2.7

    house.device.before = panel
    name = await house.approved(PLAN)
    case = await house.case(name)
    assert case.stage == "failed"
    assert [s.state for s in case.steps] == ["undone", "left", "failed"]
    assert house.belief.values[TORQUE] == 2.7
    assert house.belief.values[SPEED] == 400.0


@pytest.mark.catches("an automatic way back is written on a machine that somebody works at")
@pytest.mark.parametrize(
    ("mode", "why"),
    [(2.0, "is in maintenance mode"), (3.0, "is in manual mode"), (None, "cannot be seen")],
)
async def test_f16_no_automatic_way_back_on_a_machine_that_a_person_owns(house, mode, why):
    """What a stopped plan wrote to a machine that is now a person's stays, and everybody is told.

    The step on the other, free machine is undone; the end is UNSAFE and says what still stands.
    """

    def lock(command):
        if command.step.point == TORQUE:
            house.belief.values[MODE] = mode
            if mode is None:
                del house.belief.values[MODE]

    house.device.before = lock
    name = await house.approved(PLAN)
    case = await house.case(name)
    assert case.stage == "unsafe"
    assert [s.state for s in case.steps] == ["barred", "undone", "waiting"]
    assert house.device.writes == [(SPEED, 480.0), (TORQUE, 2.5), (TORQUE, 2.0)]
    assert why in case.result
    assert "still standing as far as is known: step 1;" in case.result
    assert f"a person has looked and decided: opstwin resolve {name} --reason" in case.result
    assert [case.result in text for text in house.alarms("highest")] == [True]
    house.belief.values[MODE] = 1.0
    given = draft(step(PRESSURE, value=2.5, check=0.1))
    assert "is locked" in (await house.actuation.submit(given, PEOPLE["olga"])).reason
    await house.actuation.resolve(name, PEOPLE["sam"], "set back at the panel")
    assert (await house.actuation.submit(given, PEOPLE["olga"])).state == "pending"


@pytest.mark.catches("a way back is written on a machine that another case has locked")
async def test_f16_no_way_back_on_a_machine_that_is_locked(house):
    """A machine locked by another case's uncertain end is not written to, back neither."""
    lost = await house.propose(draft(step(f"{FILLER}/recipe", value=4.0, check=0.1)))

    def lock(command):
        if command.step.point == TORQUE:
            case, version = house.actuation.driver.cases.held(lost)
            stored = case.model_copy(update={"stage": "unknown", "result": "nobody knows"})
            house.actuation.driver.cases._held[lost] = (stored, version)

    house.device.before = lock
    name = await house.approved(PLAN)
    case = await house.case(name)
    assert case.stage == "unsafe"
    assert f"{FILLER} is locked by {lost}, which is unknown" in case.result
    assert (SPEED, 400.0) not in house.device.writes


@pytest.mark.catches("a machine that is off keeps what was written to others from being undone")
async def test_f16_a_machine_that_cannot_be_read_either_holds_up_no_other(house):
    """A machine in maintenance whose controller is silent stands; the free one is undone."""
    plan = draft(step(TORQUE, value=2.5, check=0.1), step(), step(PRESSURE, value=2.5, check=0.1))
    look = house.device.look

    async def silent(command):
        house.device.down = command.step.point == SPEED
        return await look(command)

    def lock(command):
        if command.step.point == SPEED:
            house.belief.values[MODE] = 2.0

    house.device.look, house.device.before = silent, lock
    name = await house.approved(plan)
    case = await house.case(name)
    assert (case.stage, [s.state for s in case.steps]) == (
        "unsafe",
        ["undone", "barred", "waiting"],
    )
    assert house.belief.values[TORQUE] == 2.0


@pytest.mark.catches("an interlock of the step that was not written keeps the others standing")
async def test_f41_a_lock_in_the_middle_undoes_the_plan(house):
    """A machine locked before its step stops the plan; what was written to others is undone."""

    def lock(command):
        if command.step.point == TORQUE:
            house.belief.values[MODE] = 2.0

    house.device.before = lock
    name = await house.approved(draft(step(TORQUE, value=2.5, check=0.1), step()))
    assert await house.stage(name) == "rolled_back"
    assert house.device.writes == [(TORQUE, 2.5), (TORQUE, 2.0)]


@pytest.mark.catches("a mode that nobody has heard yet after a restart makes the end unsafe")
async def test_f41_a_way_back_waits_until_the_mode_is_heard_again(house):
    """A way back found at start is not barred because its machine's mode is not heard yet."""
    house.device.deaf.add(PRESSURE)
    house.ledger.after = lambda _stage: setattr(
        house.ledger, "down", "undo_intent" in house.kinds()
    )
    name = await house.approved(PLAN)
    house.ledger.after, house.ledger.down = None, False
    mode = house.belief.values.pop(MODE)
    house.actuation = house.another()
    await house.actuation.recover()
    await house.actuation.idle()
    case = await house.case(name)
    assert (case.stage, case.back) == ("intent", True)
    house.belief.values[MODE] = mode
    await house.pass_time(1)
    assert await house.stage(name) == "rolled_back"


@pytest.mark.catches("the epoch is not compared")
@pytest.mark.parametrize("stage", ["pending", "approved", "intent", "dispatched"])
async def test_f42_split_brain(house, stage):
    """A second actuator claims the plant: the first one's epoch is stale, and it sends nothing."""
    others = []

    async def split():
        other = house.another()
        await other.start()
        others.append(other)

    name = await house.propose()
    saved = house.ledger.save

    async def save(key, state, expected, records):
        version = await saved(key, state, expected, records)
        if key.startswith("proposal/") and state["stage"] == stage:
            await split()
        return version

    house.ledger.save = save
    if stage == "pending":
        await split()
        with pytest.raises(Conflict, match="newer actuator"):
            await house.vote(name)
    else:
        await house.vote(name)
    assert house.device.writes == []
    assert others[0].standing.epoch == house.actuation.standing.epoch + 1
    await others[0].close()


@pytest.mark.catches("what is handed in where nobody can decide waits for ever")
async def test_f42_a_superseded_actuator_takes_no_proposal(house):
    """What is handed in at an actuator that was superseded is denied, with the reason."""
    other = house.another()
    await other.start()
    receipt = await house.actuation.submit(draft(), PEOPLE["olga"])
    assert receipt.state == "denied"
    assert "newer actuator" in receipt.reason
    assert (await other.submit(draft(), PEOPLE["olga"])).state == "pending"
    await other.close()


@pytest.mark.catches("trust is moved where the plant's actuator does not hear of it")
async def test_f42_a_superseded_actuator_moves_no_trust(house):
    """An engineer who lowers trust at an actuator that was superseded is told where to go."""
    other = house.another()
    await other.start()
    with pytest.raises(Conflict, match="newer actuator"):
        await house.actuation.set_trust(FILLER, "observe", PEOPLE["eve"])
    await other.set_trust(FILLER, "observe", PEOPLE["eve"])
    assert other.trust()[FILLER] == "observe"
    await other.close()


@pytest.mark.catches("a command has no lease")
async def test_f43_stopped_for_a_minute_before_the_write(house):
    """Stopped for 60 s between the decision and the write: the lease expired, no write."""
    house.ledger.after = lambda stored: house.clock.turn(60) if stored == "dispatched" else None
    name = await house.approved()
    assert house.device.executed == []
    assert await house.stage(name) == "not_applied"
    assert "lease" in (await house.case(name)).result


@pytest.mark.catches("a NaN reaches policy")
async def test_f44_nan_at_the_desk(house):
    """A draft that holds what is no number is refused at the desk and recorded, never raised."""
    bad = step().model_copy(update={"value": float("nan")})
    good = draft()
    action = good.action.model_copy(update={"steps": (bad,)})
    receipt = await house.actuation.submit(
        good.model_copy(update={"action": action}), PEOPLE["olga"]
    )
    assert receipt.state == "denied"
    assert "policy" not in house.kinds(receipt.proposal)
    assert house.kinds()[-1] == "malformed"
    wrong = draft(step(unit="bar"))
    assert (await house.actuation.submit(wrong, PEOPLE["olga"])).state == "denied"


# ── audit and platform ──────────────────────────────────────────────────────────────────────


@pytest.mark.catches("a store that cannot be written does not stop the write")
@pytest.mark.parametrize("stage", ["pending", "approved", "intent"])
async def test_f69_no_record_no_write(house, stage):
    """The ledger cannot be written: nothing is decided, and nothing reaches the plant."""
    name = await house.propose()

    def fail(stored):
        house.ledger.down = stored == stage

    house.ledger.after = fail
    if stage == "pending":
        house.ledger.down = True
        with pytest.raises(StoreDown):
            await house.vote(name)
    else:
        await house.vote(name)
    assert house.device.executed == []
    assert await house.stored(name) == stage
    house.ledger.after, house.ledger.down = None, False
    if stage == "pending":
        await house.vote(name)
    await house.pass_time(1)
    assert await house.stage(name) == "verified"
    assert len(house.device.writes) == 1


@pytest.mark.catches("an answer that could not be stored is written again")
async def test_f69_the_answer_cannot_be_stored(house):
    """The ledger fails after the write: it is looked up later, never written again."""
    name = await house.propose()
    house.device.before = lambda _: setattr(house.ledger, "down", True)
    await house.vote(name)
    assert await house.stored(name) == "dispatched"
    house.ledger.down = False
    await house.pass_time(5)
    assert await house.stage(name) == "dispatched"
    await house.pass_time(6)
    assert await house.stage(name) == "verified"
    assert len(house.device.writes) == 1


@pytest.mark.catches("a page is lost because the ledger cannot be asked for the time")
async def test_f69_a_page_needs_no_ledger(house):
    """The ledger fails right after a failure was stored: the page goes out all the same."""
    house.device.deaf.add(SPEED)
    house.device.status = 0
    house.ledger.after = lambda stored: setattr(house.ledger, "down", stored == "failed")
    name = await house.approved()
    assert await house.stored(name) == "failed"
    assert len(house.alarms("page")) == 1


@pytest.mark.catches("a broken policy file is taken as empty or as everything")
async def test_f72_a_broken_policy_file_on_reload(house):
    """A broken policy keeps the last good one and raises an alarm; a good one takes its place."""
    nowhere = with_rule('@id("r") forbid (principal, action, resource in Asset::"site/none");')
    for text in ("schema = 2\nnonsense", nowhere):
        assert not await house.actuation.reload_policy(text, "policy.toml")
    assert len(house.alarms("alarm")) == 2
    assert house.kinds("policy.toml") == ["policy_broken", "policy_broken"]
    name = await house.propose()
    assert await house.stage(name) == "pending"
    assert await house.actuation.reload_policy('schema = 2\nname = "empty"', "policy.toml")
    with pytest.raises(NotAllowed):
        await house.vote(name)


@pytest.mark.catches("no policy means everything is allowed")
async def test_f72_no_policy_at_all():
    """Without a policy every draft is denied, and nobody may configure anything."""
    house = House(policy=None)
    await house.actuation.start()
    with pytest.raises(NotAllowed):
        await house.actuation.set_trust("site", "act_on_approval", PEOPLE["eve"])
    receipt = await house.actuation.submit(draft(), PEOPLE["olga"])
    assert receipt.state == "denied"
    assert "no policy" in receipt.reason


@pytest.mark.catches("an exception in the policy engine lets the write through")
async def test_f71_the_engine_fails_before_the_write(house):
    """A policy that fails on the question before the write denies it."""
    name = await house.propose()

    class Failing:
        version = "x"
        limits = house.policy.limits

        def evaluate(self, _request):
            raise KeyError("owner")

        def approvers(self, _request):
            return ("supervisor",)

    def swap(stored):
        if stored == "approved":
            house.actuation.standing.policy = Failing()

    house.ledger.after = swap
    await house.vote(name)
    assert await house.stored(name) == "denied"
    assert house.device.writes == []


async def _killed_in_flight(house):
    """A proposal whose driver died after the write, before the reply; returns its id."""
    house.device.silent = True
    name = await house.propose()
    await house.actuation.vote(name, PEOPLE["sam"], "approved")
    await house.until(lambda: house.device.writes)
    await house.actuation.close()
    house.device.silent = False
    return name


def _around(point, value):
    from tests.twin_core.governance.scene import basis

    found = basis(point).points[0]
    band = found.band.model_copy(update={"low": value - 5, "high": value + 5})
    return basis(point).model_copy(
        update={"points": (found.model_copy(update={"value": value, "band": band}),)}
    )
