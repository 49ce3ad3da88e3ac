"""Whatever a backup holds and whatever happened since: restored, it sends nothing a second time."""

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from tests.twin_core.governance.scene import NOW, TORQUE, draft, proposal, step, world
from tests.twin_core.governance.test_gate_machine import DRAFTS, STOP, Life
from twin_core.governance.action import Outcome
from twin_core.governance.case import Case
from twin_core.governance.events import (
    Check,
    Event,
    Execute,
    ExecuteResult,
    Look,
    LookResult,
    Notify,
    Proceed,
    Recover,
    RollBack,
    Save,
    Submit,
    Tick,
    Vote,
)
from twin_core.governance.gate import decide
from twin_core.value import SECOND

PLAN = draft(step(), step(TORQUE, value=2.5, check=0.1))


def at(stage, given=None):
    """A case that has come so far."""
    given = given or draft()
    case, _ = decide(None, Submit(proposal(given), world(given)), NOW)
    events: dict[str, Event] = {
        "approved": Vote("sam", "approved", "", "web", world(given)),
        "intent": Proceed(world(given)),
        "dispatched": Proceed(world(given)),
    }
    for name, event in events.items():
        if case.stage == stage:
            break
        case, effects = decide(case, event, NOW)
        assert case.stage == name
        assert any(isinstance(wish, Execute) for wish in effects) is (name == "dispatched")
    assert case.stage == stage
    return case


def restored(case, now=NOW + 60 * SECOND):
    """What a restored ledger makes of it."""
    return decide(case, Recover(world(case.proposal.draft), restored=True), now)


def test_what_waited_for_people_ends():
    """A pending proposal may have been approved and sent since: it is stale, and has no votes."""
    case, effects = restored(at("pending", draft(effect=None)))
    assert case.stage == "stale"
    assert "propose again" in case.result
    assert not any(isinstance(wish, Execute | Check) for wish in effects)


@pytest.mark.parametrize("stage", ["approved", "intent"])
@pytest.mark.parametrize(
    ("found", "ends"), [(480.0, "verified"), (400.0, "not_applied"), (433.0, "unknown")]
)
def test_what_was_not_sent_yet_is_read_back(stage, found, ends):
    """An approved write is taken for sent: after its lease a look tells, and nothing is sent."""
    case, effects = restored(at(stage))
    assert case.stage == "dispatched"
    assert [type(wish) for wish in effects] == [Save]  # not before what may be on its way is over
    case, effects = decide(case, Tick(world()), NOW + 200 * SECOND)
    (look,) = effects
    assert isinstance(look, Look)
    outcome = Outcome(
        key=look.command.key, result="unknown", sent=False, acknowledged=False, read_back=found
    )
    case, effects = decide(case, LookResult(outcome, world()), NOW + 200 * SECOND)
    assert case.stage == ends
    assert not any(isinstance(wish, Execute | Check) for wish in effects)


@pytest.mark.parametrize("stage", ["approved", "intent"])
def test_of_a_job_for_people_they_may_have_been_told(stage):
    """Nobody is told twice of what may be done already: it ends unknown, and somebody must look."""
    case, effects = restored(at(stage, draft(action=STOP)))
    assert (case.stage, case.moving) == ("unknown", False)
    assert case.uncertain
    assert [wish.level for wish in effects if isinstance(wish, Notify)] == ["page"]


@pytest.mark.parametrize("stage", ["approved", "intent", "dispatched"])
def test_how_far_a_plan_went_no_look_tells(stage):
    """A plan of several steps ends unknown, its equipment is locked, and somebody is paged."""
    case, effects = restored(at(stage, PLAN))
    assert case.stage == "unknown"
    assert case.uncertain
    assert not case.moving
    assert [wish.level for wish in effects if isinstance(wish, Notify)] == ["page"]


def test_a_way_back_under_way_is_for_a_person_to_see_to():
    """What was being undone may be undone, and written again: nothing is touched, all are woken."""
    case = at("dispatched")
    outcome = Outcome(
        key=f"{case.id}/0/1-execute",
        result="verified",
        sent=True,
        acknowledged=True,
        status=0,
        read_back=480.0,
    )
    case, _ = decide(case, ExecuteResult(outcome, world()), NOW)
    case, _ = decide(case, RollBack("eve", "", world()), NOW)
    assert (case.stage, case.back) == ("intent", True)
    case, effects = restored(case)
    assert case.stage == "unsafe"
    assert not any(isinstance(wish, Look | Execute) for wish in effects)
    assert [wish.level for wish in effects if isinstance(wish, Notify)] == ["highest"]


class Restored(Life):
    """A life of which backups are taken, and put back."""

    @initialize(given=st.sampled_from(DRAFTS), requester=st.sampled_from(("olga", "both", "sam")))
    def hand_in(self, given, requester):
        self.kept: Any = None
        self.asked_before = 0
        super().hand_in(given, requester)
        self.back_up()

    @rule()
    def back_up(self):
        self.kept = copy.deepcopy((self.stored, self.records, self.head))

    def asked(self):
        return [record.kind for record in self.records].count("roll_back")

    @rule(applied=st.booleans())
    def restore(self, applied):
        """The process dies; an older store comes back, all is frozen until somebody lifts it."""
        for command in self.replies:
            if applied:
                self.device[command.step.point] = command.step.value
        self.believe()
        self.replies, self.looks, self.checks = [], [], 0
        self.stored, self.records, self.head = copy.deepcopy(self.kept)
        self.asked_before, self.done = self.asked(), False
        self.epoch, self.fenced, self.frozen = self.epoch + 1, False, "restored"
        self.case = Case.model_validate(self.stored)
        self.take(Recover(self.world(), restored=True))

    def send(self, command, saves, event):
        """Who asks for a way back after the restore may get it anew, compared as ever; no other."""
        again = [c for c in self.writes if c.key == command.key and c.purpose == "compensate"]
        self.writes = [c for c in self.writes if c not in again]
        super().send(command, saves, event)
        assert not again or self.asked() > self.asked_before
        self.writes += again

    @invariant()
    def laws(self):
        if getattr(self, "case", None) is None:
            return
        executed = [c.key for c in self.writes if c.purpose == "execute"]
        assert len(executed) == len(set(executed))
        assert len(executed) <= len(self.case.steps)


Restored.TestCase.settings = settings(
    max_examples=200,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestRestored = Restored.TestCase
