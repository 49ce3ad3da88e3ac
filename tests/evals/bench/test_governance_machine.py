"""The gate's stateful test finds nothing in the gate, and something in each mutant of it."""

import sys
from multiprocessing import get_context
from typing import Any

import pytest

from evals.bench import governance_scene as scene
from evals.bench.governance_drive import PLANT, Drive
from evals.bench.governance_judge import Violation
from evals.bench.governance_machine import Machine
from evals.bench.governance_machines import LEAST, _hunted, run
from evals.bench.governance_mutants import MUTANTS
from twin_core.governance.events import Resolve, RollBack
from twin_core.governance.register import locks
from twin_core.governance.standing_rule import StandingRule
from twin_core.value import SECOND, Range


def hunted(name, machines):
    """How a mutant was found within so many machines; empty if it was not."""
    context = get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_hunted, args=(theirs, name, machines, 1))
    process.start()
    _, why = ours.recv()
    process.join()
    return why


@pytest.mark.slow
def test_no_write_without_a_valid_approval():
    """Judged by a book of its own, beside the gate's, on a few dozen machines."""
    Machine.ran.clear()
    Machine.writes = 0
    assert run(60, 5) == ""
    assert sum(steps >= LEAST for steps in Machine.ran) >= 50
    assert Machine.writes > 20


@pytest.mark.slow
@pytest.mark.parametrize("name", ["the digest is not compared", "sent again after a crash"])
def test_a_planted_mutant_is_found(name):
    """And this process keeps the gate as it is."""
    assert hunted(name, 500)
    assert MUTANTS[name] is not None
    assert run(3, 1) == ""


@pytest.mark.parametrize("name", MUTANTS)
def test_every_mutant_can_be_planted(name):
    """What it replaces is where it is looked for, and is another thing afterwards."""
    context = get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=planted, args=(theirs, name))
    process.start()
    theirs.close()
    changed = ours.recv()
    process.join()
    assert changed


def planted(pipe, name):
    """Plant a mutant here; tell what is another thing then."""
    before = things()
    MUTANTS[name]()
    after = things()
    pipe.send(sorted(key for key in before if before[key] != after.get(key)))


def things():
    """Every thing in every loaded module of the gate, and in its classes."""
    rooms: list[Any] = [
        m for n, m in tuple(sys.modules.items()) if n.startswith("twin_core.governance.")
    ]
    rooms += [thing for room in rooms for thing in vars(room).values() if isinstance(thing, type)]
    return {
        (room.__name__, name): len(thing) if isinstance(thing, dict) else id(thing)
        for room in rooms
        for name, thing in vars(room).items()
        if not name.startswith("__")
    }


@pytest.fixture
def drive():
    """A proposal to raise the speed, with a forecast."""
    drive = Drive()
    drive.hand_in("speed", "olga", forecast=True)
    return drive


def test_what_should_happen_is_no_violation(drive):
    """Approved, written, verified, seen in the process; the next is proposed and written."""
    drive.go(-1, 8)
    assert drive.lives[0].case.stage == "effect_seen"
    assert len(drive.lives) > 1
    assert drive.judge.writes >= 1


def test_what_a_rule_covers_no_more_needs_whom_policy_asks_for_then(drive):
    """It was handed in under another policy, which asked nobody: a rule had signed in advance."""
    around = drive.around
    bands = {scene.PRESSURE: Range(low=1, high=3)}
    around.step, around.policy = "act_by_standing_rule", scene.STRICT
    around.rules["r"] = StandingRule(
        id="r", bands=bands, most=1, window_s=3600, days=1, reason="small", user="eve", name="Eve",
        at=around.now,
    )  # fmt: skip
    drive.hand_in("pressure", "olga", forecast=True)
    around.step, around.policy = "act_on_approval", scene.NARROW
    life = drive.lives[-1]
    assert life.case.stage == "approved"
    assert drive.go_to_wire(life)
    assert [vote.user for vote in life.case.votes] == ["both"]


def test_what_was_closed_once_can_be_uncertain_anew(drive):
    """Closed while a look was owed, verified by it, undone without an answer: locked again."""
    life = drive.lives[0]
    assert drive.go_to_wire(life)
    drive.answer(life, "lost")
    drive.ask(life, "sam", Resolve)
    assert life.case.resolved
    drive.look(life, readable=True)
    assert life.case.stage == "verified"
    drive.observe(life, 500.0)
    drive.ask(life, "eve", RollBack)
    drive.look(life, readable=True)
    drive.answer(life, "lost")
    drive.look(life, readable=False)
    assert life.case.stage == "unsafe"
    assert life.case.uncertain
    assert scene.FILLER in locks(PLANT, [life.case])


def command(drive):
    """The command of an approved proposal, taken back from the judge."""
    life = drive.lives[0]
    while not life.replies:
        drive.advance(life)
    plan = drive.judge.plans[life.case.id]
    plan.sent.clear()
    return life.replies[0], plan


WRONGS = {
    "frozen": lambda drive, plan: setattr(drive.around, "frozen", "by Olga"),
    "newer actuator": lambda drive, plan: setattr(drive.around, "owner", 2),
    "expired": lambda drive, plan: setattr(drive.around, "now", plan.proposal.expires),
    "alone": lambda drive, plan: plan.signed.clear(),
    "no policy": lambda drive, plan: setattr(drive.around, "policy", None),
    "trusted": lambda drive, plan: setattr(drive.around, "step", "advise"),
    "locked": lambda drive, plan: drive.around.locks.update({scene.LINE: "by Olga"}),
    "taken back": lambda drive, plan: setattr(plan, "dead", "taken back"),
    "not good": lambda drive, plan: drive.around.uncertain.add(scene.SPEED),
    "too old": lambda drive, plan: drive.around.heard.update({
        scene.SPEED: drive.around.now - 31 * SECOND
    }),
    "left its band": lambda drive, plan: drive.around.believed.update({scene.SPEED: 433.0}),
    "may be at": lambda drive, plan: drive.around.believed.update({scene.FILLER_MODE: 2.0}),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONGS)
def test_the_judge_says_no(drive, what):
    """To the same command, with one thing that is not as it must be."""
    sent, plan = command(drive)
    WRONGS[what](drive, plan)
    with pytest.raises(Violation, match=what):
        drive.judge.sends(sent, None)


def test_the_judge_says_no_to_a_command_that_was_sent_before(drive):
    """By its key."""
    sent, _ = command(drive)
    drive.judge.sends(sent, None)
    with pytest.raises(Violation, match="sent before"):
        drive.judge.sends(sent, None)


def test_the_judge_says_no_to_what_nobody_asked_to_undo(drive):
    """A way back needs somebody who asked, and our own value."""
    life = drive.lives[0]
    while life.case.stage != "effect_seen":
        drive.advance(life)
    drive.ask(life, "eve", RollBack)
    drive.look(life, readable=True)
    back, plan = life.replies[0], drive.judge.plans[life.case.id]
    del plan.sent[-1]
    plan.undo_asked = False
    with pytest.raises(Violation, match="nobody asked"):
        drive.judge.sends(back, None)


def test_the_judge_says_no_to_a_verified_that_was_not_read_back(drive):
    """Nothing read, or another value."""
    sent, plan = command(drive)
    with pytest.raises(Violation, match="was read back"):
        drive.judge.verified(plan.proposal.id, None, sent.step)
