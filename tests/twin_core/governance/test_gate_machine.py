"""Whatever people, clock, plant and crashes do: no write without a valid approval, never twice."""

import copy
import math
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.twin_core.governance.scene import (
    LINE,
    MODE,
    NOW,
    PEOPLE,
    PLANT,
    SHIPPED,
    SPEED,
    TORQUE,
    TRUSTED,
    VALUES,
    Belief,
    draft,
    proposal,
    step,
    world,
)
from twin_core.canonical import canonical
from twin_core.governance.action import Outcome, ScheduleChange, WritePlan
from twin_core.governance.audit import EMPTY as NO_RECORDS
from twin_core.governance.audit import link, read
from twin_core.governance.case import BEFORE_DISPATCH, Case
from twin_core.governance.events import (
    Cancel,
    Check,
    EffectSeen,
    Execute,
    ExecuteResult,
    Look,
    LookResult,
    Proceed,
    Recover,
    Reported,
    Resolve,
    RollBack,
    Save,
    Submit,
    Tick,
    Vote,
)
from twin_core.governance.gate import decide
from twin_core.governance.policy import Policy
from twin_core.governance.trust import Ladder
from twin_core.governance.verification import Observation
from twin_core.governance.warrant import unfounded
from twin_core.value import SECOND

VOTERS = ("olga", "sam", "sue", "both", "eve", "bot", "vera", "far", "nobody")
STOP = ScheduleChange(line=LINE, stop_at=NOW + 7200 * SECOND, stop_s=600)
DRAFTS = (
    draft(),
    draft(effect=None),
    draft(step(), step(TORQUE, value=2.5, check=0.1)),
    draft(step(value=500.0), effect=None),
    draft(action=STOP),
    draft(action=STOP, effect=None),
)
EMPTY = Policy(name="empty")


class Life(RuleBasedStateMachine):
    """One proposal, three supervisors and more, a device, a clock, a store that survives."""

    @initialize(given=st.sampled_from(DRAFTS), requester=st.sampled_from(("olga", "both", "sam")))
    def hand_in(self, given, requester):
        self.now, self.belief = NOW, Belief()
        self.belief.since = NOW
        self.policy: Any = SHIPPED
        self.ladder, self.people = TRUSTED, dict(PEOPLE)
        self.fenced, self.epoch, self.busy, self.frozen = False, 1, {}, ""
        self.locked, self.told, self.done = {}, 0, False
        self.device = {p: VALUES[p] for p in (SPEED, TORQUE)}
        self.writes, self.replies, self.looks = [], [], []
        self.checks = 0
        self.head, self.records = NO_RECORDS, []
        self.case: Any = None
        self.stored: Any = None
        self.take(Submit(proposal(given, requester=requester), self.world(given)))

    # ── the driver ──────────────────────────────────────────────────────────────────────────

    def world(self, given=None):
        given = given or self.case.proposal.draft
        return world(
            given,
            self.belief,
            policy=self.policy,
            ladder=self.ladder,
            people=self.people,
            busy=self.busy,
            epoch=self.epoch,
            fenced=self.fenced,
            frozen=self.frozen,
            locked=self.locked,
        )

    def take(self, event):
        before = self.case
        after, effects = decide(self.case, event, self.now)
        saves = [e for e in effects if isinstance(e, Save)]
        assert len(saves) <= 1
        assert not saves or effects[0] is saves[0]
        assert saves or after == before, "a change that is not saved"
        if saves:
            assert saves[0].case == after
            canonical([entry[3] for entry in saves[0].entries])
            self.stored = copy.deepcopy(after.model_dump(mode="json"))
            assert Case.model_validate(self.stored) == after
            for kind, actor, subject, body in saves[0].entries:
                _, stored, self.head = link(
                    self.head, at=self.now, kind=kind, actor=actor, subject=subject, body=body
                )
                self.records.append(read(stored))
            assert unfounded(after, self.records) == ""
        self.case = after
        for kind, actor, _, body in saves[0].entries if saves else ():
            if kind == "handed_over":
                self.tell(event)
            if kind == "reported":
                self.report_counts(actor, body)
        if isinstance(event, Vote) and self.locked and self.plan:
            assert len(after.signed) <= len(before.signed)
        for effect in effects:
            match effect:
                case Execute():
                    self.send(effect.command, saves, event)
                case Look():
                    self.looks.append(effect.command)
                case Check():
                    self.checks += 1

    @property
    def plan(self):
        """Whether it is a plan of writes; else a job that people are told of."""
        return isinstance(self.case.proposal.draft.action, WritePlan)

    def tell(self, event):
        """The law of a job: told after it is approved, once, and while it may be."""
        assert isinstance(event, Proceed)
        assert not self.plan
        assert self.approved()
        assert not self.busy
        self.told += 1
        assert self.told == 1

    def report_counts(self, user, body):
        """The law of a report: of a person who works there, about what people were told of."""
        assert self.told
        assert not self.done
        assert {"operator", "supervisor", "engineer"} & set(self.people[user].roles)
        assert user not in {"bot", "far"}
        assert self.policy is SHIPPED
        assert not self.fenced
        self.done = body["became"] == "done"

    def approved(self):
        """Whether enough people who may have signed, and everything that must holds still."""
        case = self.case
        votes = {v.user for v in case.signed if v.digest == case.digest}
        return (
            case.proposal.requester.user not in votes
            and len(votes) >= case.needed
            and all("supervisor" in self.people[user].roles for user in votes)
            and not votes & {"bot", "far"}
            and self.now < case.proposal.expires
            and self.policy is SHIPPED
            and self.ladder == TRUSTED
            and not self.fenced
            and not self.frozen
        )

    def send(self, command, saves, event):
        """The law: saved as dispatched, approved by enough people who may, and only once."""
        assert saves
        assert self.plan
        assert not self.locked
        assert self.stored["stage"] == "dispatched"
        assert any(entry[0] == "dispatched" for entry in saves[0].entries)
        assert command.key not in [c.key for c in self.writes]
        case = self.case
        votes = {v.user for v in case.votes if v.meaning == "approved" and v.digest == case.digest}
        assert case.proposal.requester.user not in votes
        assert len(votes) >= case.needed
        assert not self.fenced
        assert not self.frozen
        assert command.epoch == self.epoch
        if command.purpose == "execute":
            assert self.approved()
            assert self.belief.values[MODE] == 1.0
            assert not self.busy
            assert isinstance(event, Proceed)
            assert command.step in case.proposal.draft.action.steps
            first = not any(c.purpose == "execute" for c in self.writes)
            at = self.belief.values[command.step.point]
            assert abs(at - command.step.old) <= 5.0 or not first
        else:
            assert command.step.point != SPEED or self.belief.values[MODE] == 1.0
            assert isinstance(event, LookResult)
            ours = [c for c in self.writes if c.key == command.key.replace("compensate", "execute")]
            assert len(ours) == 1
            assert event.outcome.read_back is not None
            assert math.isclose(event.outcome.read_back, ours[0].step.value, abs_tol=1.0)
        self.writes.append(command)
        self.replies.append(command)

    # ── what should happen ──────────────────────────────────────────────────────────────────

    def advance(self):
        """The next right thing: a vote of somebody who may, a check, an answer, a look."""
        if self.replies:
            self.reply("done")
        elif self.looks:
            self.look(readable=True)
        elif self.checks:
            self.look_at_the_world()
        elif self.case.stage == "pending":
            voted = {v.user for v in self.case.votes}
            free = sorted({"sam", "sue", "both"} - voted - {self.case.proposal.requester.user})
            self.take(Vote(free[0] if free else "sam", "approved", "", "web", self.world()))
        elif self.case.stage == "verified":
            self.take(RollBack("eve", "", self.world()))
        elif self.case.step.state == "told":
            self.take(Reported("olga", "done", "stopped", self.world()))
        else:
            self.take(Tick(self.world()))

    go = rule()(advance)
    on = rule()(advance)
    forward = rule()(advance)
    further = rule()(advance)

    # ── people ──────────────────────────────────────────────────────────────────────────────

    @rule(user=st.sampled_from(VOTERS), meaning=st.sampled_from(("approved",) * 4 + ("rejected",)))
    def sign(self, user, meaning):
        self.take(Vote(user, meaning, "", "web", self.world()))

    @rule(user=st.sampled_from(VOTERS), what=st.sampled_from((RollBack, Resolve, Cancel)))
    def ask(self, user, what):
        self.take(what(user, "asked", self.world()))

    @rule(user=st.sampled_from(VOTERS), became=st.sampled_from(("done", "failed")))
    def report(self, user, became):
        self.take(Reported(user, became, "so it is", self.world()))

    # ── the plant, policy and time ──────────────────────────────────────────────────────────

    def believe(self):
        self.belief.values.update(self.device)

    @rule(
        trouble=st.sampled_from(
            (
                "rights",
                "panel",
                "status",
                "mode",
                "policy",
                "none",
                "ladder",
                "busy",
                "split",
                "freeze",
                "lock",
            )
        ),
        value=st.sampled_from((402.0, 480.0, 433.0)),
    )
    def trouble(self, trouble, value):
        match trouble:
            case "rights":
                self.people.pop("sam", None)
            case "panel":
                self.device[SPEED] = value
                self.believe()
            case "status":
                self.belief.statuses[SPEED] = 0x40000000
            case "mode":
                self.belief.values[MODE] = 2.0
            case "policy":
                self.policy = EMPTY
            case "none":
                self.policy = None
            case "ladder":
                self.ladder = Ladder()
            case "busy":
                self.busy = dict.fromkeys((f"{LINE}/filler", f"{LINE} (schedule)"), "p-other")
            case "split":
                self.fenced = True
            case "freeze":
                self.frozen = "by Olga: smoke"
            case "lock":
                self.locked = {LINE: "by Olga since 10:00:00 UTC: my hand is in it"}

    @rule()
    def calm(self):
        self.people, self.policy, self.ladder = dict(PEOPLE), SHIPPED, TRUSTED
        self.busy, self.fenced, self.frozen, self.locked = {}, False, "", {}
        self.belief.statuses, self.belief.values[MODE] = {}, 1.0

    @rule(seconds=st.sampled_from((1, 1, 1, 10, 10, 60, 1000)))
    def pass_time(self, seconds):
        self.now += seconds * SECOND
        self.belief.at += seconds * SECOND
        self.take(Tick(self.world()))

    # ── the driver's luck ───────────────────────────────────────────────────────────────────

    def look_at_the_world(self):
        self.checks -= 1
        self.take(Proceed(self.world()))

    @rule()
    def proceed_unasked(self):
        self.take(Proceed(self.world()))

    @precondition(lambda self: self.replies)
    @rule(how=st.sampled_from(("deaf", "lost", "odd", "none")))
    def reply_badly(self, how):
        self.reply(how)

    def reply(self, how):
        command = self.replies.pop()
        point = command.step.point
        if how in {"done", "lost"}:
            self.device[point] = command.step.value
        elif how == "odd":
            self.device[point] = 433.0
        self.believe()
        outcome = Outcome(
            key=command.key,
            result="unknown" if how in {"lost", "none"} else "verified",
            sent=True,
            acknowledged=how not in {"lost", "none"},
            status=None if how in {"lost", "none"} else 0,
            read_back=None if how in {"lost", "none"} else self.device[point],
        )
        self.take(ExecuteResult(outcome, self.world()))
        if how == "lost":
            self.take(ExecuteResult(outcome, self.world()))

    @precondition(lambda self: self.looks)
    @rule()
    def see_nothing(self):
        self.look(readable=False)

    def look(self, *, readable):
        command = self.looks.pop()
        outcome = Outcome(
            key=command.key,
            result="unknown",
            sent=False,
            acknowledged=False,
            read_back=self.device[command.step.point] if readable else None,
        )
        self.take(LookResult(outcome, self.world()))

    @rule(rate=st.sampled_from((None, 400.0, 500.0)))
    def observe(self, rate):
        seen = Observation(at=self.belief.at, value=480.0, rate=rate)
        self.take(EffectSeen(seen, self.world()))

    @rule(applied=st.booleans())
    def crash(self, applied):
        """Everything but store and device is lost; a new driver starts on the stored state."""
        for command in self.replies:
            if applied:
                self.device[command.step.point] = command.step.value
        self.believe()
        self.replies, self.looks, self.checks = [], [], 0
        self.epoch += 1
        self.fenced = False
        self.case = Case.model_validate(self.stored)
        self.take(Recover(self.world()))

    @invariant()
    def laws(self):
        case = getattr(self, "case", None)
        if case is None:
            return
        executed = [c for c in self.writes if c.purpose == "execute"]
        assert len(executed) <= len(case.steps)
        if not self.plan:
            assert not self.writes
            assert not self.looks
            if case.stage in {"acked", "verified", "effect_seen", "no_effect", "failed"}:
                assert self.told
            if case.stage in {"verified", "effect_seen", "no_effect"}:
                assert self.done
        if case.stage in BEFORE_DISPATCH - {"intent"} or case.stage in {"denied", "rejected"}:
            assert not self.writes
        if case.stage == "rolled_back":
            assert all(
                s.state in {"undone", "waiting", "failed", "not_applied"} for s in case.steps
            )
        if self.writes:
            assert case.stage not in {"expired", "stale", "cancelled", "pending"}
        assert PLANT.site == case.proposal.site


Life.TestCase.settings = settings(
    max_examples=200,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestLife = Life.TestCase
