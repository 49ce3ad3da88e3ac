"""Laws of the gate that need no driver: order of stages, records, what is said to people."""

import re
from pathlib import Path

import pytest

from tests.twin_core.governance.scene import (
    CAPPER,
    FILLER,
    NOW,
    PLANT,
    SPEED,
    TORQUE,
    Belief,
    basis,
    draft,
    job,
    proposal,
    step,
    without,
    world,
)
from twin_core.canonical import digest
from twin_core.governance.action import Outcome
from twin_core.governance.case import Case
from twin_core.governance.events import (
    Cancel,
    Execute,
    ExecuteResult,
    Look,
    LookResult,
    Notify,
    Proceed,
    Recover,
    Resolve,
    RollBack,
    Save,
    Submit,
    Tell,
    Tick,
    Vote,
)
from twin_core.governance.gate import decide
from twin_core.governance.register import concerned, holders, locks, spent
from twin_core.governance.ruling import barred
from twin_core.value import SECOND

LATER = NOW + 100 * SECOND


def at(stage, given=None, **more):
    """A case of a draft that has come to a stage by the straight line, and the last effects."""
    given = given or draft()
    here = world(given, **more)
    case, effects = decide(None, Submit(proposal(given), here), NOW)
    for event in (Vote("sam", "approved", "ok", "web", here), Proceed(here), Proceed(here)):
        if case.stage == stage:
            break
        case, effects = decide(case, event, NOW + SECOND)
    assert case.stage == stage
    return case, effects


def command_of(effects):
    """The command that the effects ask to be sent."""
    (found,) = [e.command for e in effects if isinstance(e, Execute)]
    return found


def entries(effects):
    """The audit entries of the one Save among the effects."""
    (found,) = [e.entries for e in effects if isinstance(e, Save)]
    return found


def reply(command, **found):
    """A connector's answer to a command, as it should be."""
    value = getattr(command.step, "value", None)
    given = {
        "result": "verified",
        "sent": True,
        "acknowledged": True,
        "status": 0,
        "read_back": value,
        **found,
    }
    return Outcome(key=command.key, **given)


def test_intent_and_dispatched_are_two_saves():
    """APPROVED → INTENT → DISPATCHED takes two stored steps, and only the second sends."""
    case, effects = at("approved")
    case, effects = decide(case, Proceed(world()), NOW)
    assert case.stage == "intent"
    assert not any(isinstance(e, Execute) for e in effects)
    case, effects = decide(case, Proceed(world()), NOW)
    assert case.stage == "dispatched"
    assert isinstance(effects[0], Save)
    assert isinstance(effects[-1], Execute)


def test_the_submission_records_proposal_and_policy():
    """The first audit entries hold the whole proposal, its digest, and why policy decided so."""
    case, effects = decide(None, Submit(proposal(), world()), NOW)
    submitted, policy = entries(effects)
    assert submitted[0] == "submitted"
    assert submitted[3]["digest"] == case.digest == digest(proposal())
    assert submitted[3]["proposal"]["draft"]["action"]["steps"][0]["value"] == 480.0
    assert policy[3]["rule"] == "operators-propose"


@pytest.mark.catches("a proposal whose grounds are rotten is put before people")
def test_a_basis_that_does_not_hold_at_submission_is_denied():
    """A draft whose basis is already broken never waits for people."""
    belief = Belief()
    belief.values[SPEED] = 420.0
    case, _ = decide(None, Submit(proposal(), world(belief=belief)), NOW)
    assert (case.stage, case.rule) == ("denied", "basis")


@pytest.mark.catches("a reply is taken for the step under way, whichever it answers")
def test_a_reply_to_another_step_is_late():
    """An answer that carries another command's key changes nothing but the record."""
    given = draft(step(), step(TORQUE, value=2.5, check=0.1))
    case, effects = at("dispatched", given)
    first = command_of(effects)
    here = world(given)
    case, _ = decide(case, ExecuteResult(reply(first), here), NOW)
    case, effects = decide(case, Proceed(here), NOW)
    second = command_of(effects)
    after, effects = decide(case, ExecuteResult(reply(first), here), NOW)
    assert after.stage == "dispatched"
    assert after.step == case.step
    assert entries(effects)[0][0] == "late_reply"
    done, _ = decide(after, ExecuteResult(reply(second), here), NOW)
    assert done.stage == "verified"


@pytest.mark.catches("whoever waits for equipment forgets the handshake he was waiting for")
def test_waiting_for_equipment_forgets_no_handshake():
    """A plan that waits for its machine between two steps still waits for the handshake."""
    given = draft(
        step(TORQUE, value=2.5, check=0.1, handshake=(f"{CAPPER}/ready", 1.0)), step(SPEED)
    )
    case, effects = at("dispatched", given)
    case, _ = decide(case, ExecuteResult(reply(command_of(effects)), world(given)), NOW)
    case, _ = decide(case, Proceed(world(given, busy={CAPPER: "p-other"})), NOW)
    assert case.wait is not None
    assert (case.result, case.wait.what) == ("waits for p-other", "handshake")
    case, effects = decide(case, Proceed(world(given)), NOW)
    assert (case.stage, effects) == ("intent", ())


@pytest.mark.catches("a point that left the plant file makes every case undecidable")
def test_a_case_outlives_its_point_in_the_plant_file():
    """What was written to a point that the plant file has dropped is still told and closed."""
    less = without(SPEED)
    case, effects = at("dispatched")
    assert holders(less, [case]) == {FILLER: case.id}
    case, effects = decide(case, Tick(world(plant=less)), LATER)
    (wish,) = [e for e in effects if isinstance(e, Look)]
    assert wish.endpoint == ""
    unseen = Outcome(key=wish.command.key, result="unknown", sent=False, acknowledged=False)
    case, _ = decide(case, LookResult(unseen, world(plant=less)), LATER)
    assert (case.stage, list(locks(less, [case]))) == ("unknown", [FILLER])
    case, _ = decide(case, Resolve("eve", "it was taken out", world(plant=less)), LATER)
    assert locks(less, [case]) == {}
    case, _ = at("approved")
    case, _ = decide(case, Proceed(world(plant=less)), NOW)
    assert (case.stage, SPEED in case.result) == ("denied", True)


@pytest.mark.catches("a machine that left the plant file makes its way back undecidable")
def test_nothing_is_undone_on_a_machine_that_left_the_plant_file():
    """A machine that the plant file names no more has no mode that could be seen: it is barred."""
    assert barred(world(), (CAPPER,)) is None
    bar = barred(world(), (f"{CAPPER}_2",))
    why = f"{CAPPER}_2 is not in the plant file, so its mode cannot be seen"
    assert bar == ("interlock", why)


def test_a_second_vote_of_a_major_change_is_needed():
    """A major change with one approval of two stays pending and says how many are missing."""
    given = draft(effect=None)
    case, _ = decide(None, Submit(proposal(given), world(given)), NOW)
    case, effects = decide(case, Vote("sam", "approved", "", "web", world(given)), NOW)
    assert case.stage == "pending"
    assert Tell("1 of 2 have approved") in effects
    case, _ = decide(case, Vote("sue", "approved", "", "web", world(given)), NOW)
    assert case.stage == "approved"


def test_a_signature_shows_name_time_and_meaning():
    """An approval holds printed name, time, meaning, reason, roles, channel and the digest."""
    case, _ = at("approved")
    (vote,) = case.votes
    assert (vote.name, vote.meaning, vote.reason, vote.at) == (
        "Sam",
        "approved",
        "ok",
        NOW + SECOND,
    )
    assert (vote.roles, vote.channel, vote.digest) == (("supervisor",), "web", case.digest)


def test_every_stage_survives_the_ledger():
    """A case at any stage is the same after it went through JSON."""
    for stage in ("pending", "approved", "intent", "dispatched"):
        case, _ = at(stage)
        assert Case.model_validate(case.model_dump(mode="json")) == case


@pytest.mark.catches("a dispatched command is looked at before it can have landed")
def test_recovery_waits_until_a_command_must_have_landed():
    """After DISPATCHED a new driver looks only when the lease of the old one is over."""
    case, _ = at("dispatched")
    case, effects = decide(case, Recover(world()), NOW + 2 * SECOND)
    assert not any(isinstance(e, Look | Execute) for e in effects)
    case, effects = decide(case, Tick(world()), NOW + 12 * SECOND)
    assert [type(e) for e in effects] == [Look]


def test_a_fenced_gate_takes_no_step_towards_a_write():
    """With a newer epoch in force nothing is approved, intended or dispatched here."""
    for stage in ("pending", "approved", "intent"):
        case, _ = at(stage)
        for event in (
            Vote("sue", "approved", "", "web", world(fenced=True)),
            Proceed(world(fenced=True)),
        ):
            after, effects = decide(case, event, NOW)
            assert after == case
            assert not any(isinstance(e, Save | Execute) for e in effects)


@pytest.mark.catches("a way back is sent under a stale epoch")
def test_a_fenced_gate_undoes_nothing():
    """With a newer epoch in force a compensation is not sent from here either."""
    case, effects = at("dispatched")
    command = command_of(effects)
    case, _ = decide(case, ExecuteResult(reply(command), world()), NOW)
    case, effects = decide(case, RollBack("sam", "", world()), NOW)
    (look,) = [e.command for e in effects if isinstance(e, Look)]
    ours = reply(look, sent=False, acknowledged=False)
    after, effects = decide(case, LookResult(ours, world(fenced=True)), NOW)
    assert after == case
    assert not any(isinstance(e, Save | Execute) for e in effects)
    after, effects = decide(case, LookResult(ours, world()), NOW)
    assert command_of(effects).step.value == 400.0
    assert command_of(effects).purpose == "compensate"


@pytest.mark.catches("what was approved before a freeze is sent in it")
def test_f20_in_a_freeze_nothing_is_sent_and_all_of_it_once_it_is_lifted():
    """An approved write waits, with a reason and one record, and goes on afterwards."""
    for stage in ("approved", "intent"):
        case, _ = at(stage)
        frozen = world(frozen="by Olga: smoke")
        held, effects = decide(case, Proceed(frozen), NOW)
        assert held.stage == stage
        assert held.result == "waits, everything is frozen: by Olga: smoke"
        assert decide(held, Proceed(frozen), NOW) == (held, ())
        assert not any(isinstance(e, Execute) for e in effects)
        case, _ = decide(held, Proceed(world()), NOW)
        assert case.stage == {"approved": "intent", "intent": "dispatched"}[stage]


@pytest.mark.catches("a way back is sent in a freeze")
def test_f20_in_a_freeze_nothing_is_undone():
    """A way back that has begun is compared, and waits."""
    case, effects = at("dispatched")
    case, _ = decide(case, ExecuteResult(reply(command_of(effects)), world()), NOW)
    frozen = world(frozen="by Olga: smoke")
    after, effects = decide(case, RollBack("sam", "", frozen), NOW)
    assert (after.stage, after.back) == ("verified", False)
    assert isinstance(effects[-1], Tell)
    case, effects = decide(case, RollBack("sam", "", world()), NOW)
    (look,) = [e.command for e in effects if isinstance(e, Look)]
    ours = reply(look, sent=False, acknowledged=False)
    held, effects = decide(case, LookResult(ours, frozen), NOW)
    assert (held.stage, held.back) == ("intent", True)
    assert not any(isinstance(e, Execute) for e in effects)
    _, effects = decide(held, Tick(world()), NOW)
    assert isinstance(effects[-1], Look)
    _, effects = decide(held, LookResult(ours, world()), NOW)
    assert command_of(effects).purpose == "compensate"


def test_f20_in_a_freeze_people_may_still_say_no():
    """A rejection, a taking back: whatever is safe is not held up."""
    case, _ = at("pending")
    frozen = world(frozen="by Olga: smoke")
    assert decide(case, Vote("sam", "approved", "", "web", frozen), NOW)[0].stage == "pending"
    assert decide(case, Vote("sam", "rejected", "no", "web", frozen), NOW)[0].stage == "rejected"
    assert decide(case, Cancel("olga", "", frozen), NOW)[0].stage == "cancelled"


def test_a_job_holds_the_crew_not_the_machine():
    """A work order under way keeps other jobs off the asset, and no write."""
    case, effects = at("dispatched", draft(action=job()))
    outcome = reply(command_of(effects), reference="WO-1", read_back=None)
    case, _ = decide(case, ExecuteResult(outcome, world(draft(action=job()))), NOW)
    assert case.stage == "verified"
    assert holders(PLANT, [case]) == {f"{FILLER} (crew)": case.id}
    assert locks(PLANT, [case]) == {}


def test_an_order_without_a_number_is_not_verified():
    """A maintenance system that says yes and gives no number has not taken the order."""
    case, effects = at("dispatched", draft(action=job()))
    outcome = reply(command_of(effects), read_back=None)
    case, effects = decide(case, ExecuteResult(outcome, world(draft(action=job()))), NOW)
    assert case.stage == "unknown"
    assert isinstance(effects[-1], Look)


def test_what_was_written_is_spent_until_the_window_has_passed():
    """A dispatched write counts against its point's window, one found not applied does not."""
    case, effects = at("dispatched")
    assert spent([case], NOW) == {SPEED: 80.0}
    assert spent([case], NOW + 2 * SECOND) == {}
    here = world()
    case, effects = decide(case, Tick(here), LATER)
    (look,) = [e.command for e in effects if isinstance(e, Look)]
    outcome = Outcome(
        key=look.key, result="not_applied", sent=False, acknowledged=False, read_back=400.0
    )
    case, effects = decide(case, LookResult(outcome, here), LATER)
    assert case.stage == "not_applied"
    assert any(isinstance(e, Notify) and e.level == "page" for e in effects)
    assert spent([case], NOW) == {}


def test_what_must_be_seen_for_a_plan():
    """Basis points, handshakes and the modes of every machine written to are looked at."""
    given = draft(
        step(),
        step(TORQUE, value=2.5, check=0.1, handshake=(f"{CAPPER}/ready", 1.0)),
        grounds=basis(SPEED, TORQUE, f"{FILLER}/speed"),
    )
    assert set(concerned(PLANT, given)) == {
        SPEED,
        TORQUE,
        f"{FILLER}/speed",
        f"{CAPPER}/ready",
        f"{FILLER}/mode",
    }


def test_events_out_of_order_are_programming_errors():
    """A second Submit, or an event about nothing, is no state of a proposal."""
    case, _ = at("pending")
    with pytest.raises(ValueError, match="handed in already"):
        decide(case, Submit(proposal(), world()), NOW)
    with pytest.raises(ValueError, match="no proposal"):
        decide(None, Tick(world()), NOW)


def test_nothing_but_the_gate_makes_commands():
    """The words that make a Command stand in one module of the product."""
    root = Path(__file__).parents[3]
    rooms = ("twin_core", "connectors", "knowledge", "tools", "agents", "api")
    makers = [
        path.relative_to(root).as_posix()
        for room in rooms
        for path in sorted((root / room).rglob("*.py"))
        if re.search(
            r"(?<!class )\bCommand(\.model_construct|\.model_validate)?\(", path.read_text()
        )
    ]
    assert makers == ["twin_core/governance/gate.py"]
