"""The gate's stateful test: people, clock, plant, policy and crashes in any order hypothesis likes.

It must never hold a law: those are the judge's.
"""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from evals.bench import governance_scene as scene
from evals.bench.governance_drive import MOST, PLANS, Drive
from twin_core.governance.events import Cancel, Resolve, RollBack
from twin_core.governance.policy import Policy
from twin_core.governance.standing_rule import StandingRule
from twin_core.value import SECOND, Range

EMPTY = Policy(name="empty")
_NAMES = st.sampled_from(tuple(PLANS))
_ASKERS = st.sampled_from(("olga", "olga", "both", "sam", "lea"))
_EDITORS = st.sampled_from(("both", "sam", "lea"))
_WHO = st.sampled_from(("sam", "sue", "both", "olga", "eve", "bot", "vera", "far", "nobody"))
_WHICH = st.sampled_from((-1, -1, -1, -2, 0))
_TIMES = st.sampled_from((1, 1, 2, 3, 6))
_THEN = st.sampled_from((0, 1, 1, 3))
_TROUBLES = (
    "rights", "viewer", "panel", "status", "age", "mode", "capper", "strict", "empty", "none",
    "ladder", "split", "freeze", "forged", "rule", "rule", "revoked", "engineer",
    "lock",
)  # fmt: skip


class Machine(RuleBasedStateMachine):
    """Up to six proposals, nine people and a stranger, two machines, a store that survives.

    Attributes:
        steps: of this machine; `ran` the steps of every machine that came to its end.
        writes: all that was sent, over every machine.
    """

    ran: list[int] = []  # noqa: RUF012 the count over all machines
    writes = 0

    def __init__(self) -> None:
        super().__init__()
        self.drive = Drive()
        self.steps = -1  # the invariant is looked at before the first

    def teardown(self) -> None:
        """Look at what is stored, and count the machine."""
        if self.drive.settled:
            for life in self.drive.lives:
                self.drive.look_at_store(life)
        Machine.ran.append(self.steps)
        Machine.writes += self.drive.judge.writes

    @invariant()
    def looked_at(self) -> None:
        """Count the step, and look at where everything stands."""
        self.steps += 1
        self.drive.look_at_stages()

    @initialize(name=_NAMES, user=_ASKERS, forecast=st.booleans())
    def begin(self, name: str, user: str, *, forecast: bool) -> None:
        """The first proposal."""
        self.drive.hand_in(name, user, forecast=forecast)

    @rule(name=_NAMES, user=_ASKERS, forecast=st.booleans(), then=st.sampled_from((0, 2, 8)))
    def propose(self, name: str, user: str, then: int, *, forecast: bool) -> None:
        """One proposal more, while there are few, and what should happen to it."""
        if len(self.drive.lives) < MOST:
            self.drive.hand_in(name, user, forecast=forecast)
            self.drive.go(-1, then)

    def go(self, which: int, times: int) -> None:
        """What should happen, happens, so many times."""
        self.drive.go(which, times)

    on = rule(which=_WHICH, times=_TIMES)(go)
    further = rule(which=_WHICH, times=_TIMES)(go)
    forward = rule(which=_WHICH, times=_TIMES)(go)

    @rule(which=_WHICH, user=_WHO, meaning=st.sampled_from((*["approved"] * 4, "rejected")))
    def sign(self, which: int, user: str, meaning: Any) -> None:
        """Somebody signs."""
        self.drive.sign(self.drive.one(which), user, meaning)

    @rule(which=_WHICH, user=_EDITORS, then=_THEN)
    def edit(self, which: int, user: str, then: int) -> None:
        """Somebody puts another in its place, while there are few."""
        if len(self.drive.lives) < MOST:
            self.drive.edit(self.drive.one(which), user)
            self.drive.go(-1, then)

    @rule(which=_WHICH, user=_WHO, what=st.sampled_from((RollBack, Resolve, Cancel)))
    def ask(self, which: int, user: str, what: Any) -> None:
        """Somebody asks for the way back, closes an uncertain end, or takes it back."""
        self.drive.ask(self.drive.one(which), user, what)

    @rule(
        what=st.sampled_from(_TROUBLES),
        value=st.sampled_from((402.0, 480.0, 433.0)),
        alone=st.booleans(),
        then=_THEN,
    )
    def trouble(self, what: str, value: float, then: int, *, alone: bool) -> None:
        """Something is no longer as it was, and what should happen goes on."""
        if alone:
            self.calm()
        self.spoil(what, value)
        self.drive.go(-1, then)

    @rule(which=_WHICH, what=st.sampled_from(_TROUBLES), back=st.booleans(), then=_THEN)
    def amid(self, which: int, what: str, then: int, *, back: bool) -> None:
        """Something goes wrong between what a person asks for and what follows from it."""
        life = self.drive.one(which)
        if back:
            self.drive.ask(life, "eve", RollBack)
        else:
            self.drive.sign(life, "both", "approved")
        self.spoil(what, 433.0)
        self.drive.go(which, then)

    def spoil(self, what: str, value: float) -> None:
        """One thing is no longer as it was."""
        around = self.drive.around
        match what:
            case "rights":
                around.people.pop("sam", None)
            case "viewer":
                around.people["sue"] = _with_role("sue", "viewer")
            case "engineer":
                around.people["eve"] = _with_role("eve", "operator")
            case "panel":
                around.device[scene.SPEED] = value
                self.drive.believe()
            case "status":
                around.uncertain.add(scene.SPEED)
            case "age":
                around.heard[scene.SPEED] = around.now - 31 * SECOND
            case "mode":
                around.believed[scene.FILLER_MODE] = 2.0
            case "capper":
                around.uncertain.add(scene.CAPPER_MODE)
            case "strict":
                around.policy = scene.STRICT
            case "empty":
                around.policy = EMPTY
            case "none":
                around.policy = None
            case "ladder":
                around.step, around.since = "advise", around.now
            case "rule":
                self.sign_in_advance()
            case "revoked":
                around.rules = {}
            case "split":
                around.owner += 1
            case "lock":
                around.locks = {scene.LINE: "by Olga: my hand is in it"}
            case "freeze":
                around.frozen = "by Olga: smoke"
            case _:
                self.drive.forge(self.drive.one(-1))

    def sign_in_advance(self) -> None:
        """An engineer signs a rule for small moves of two points, once an hour."""
        around = self.drive.around
        around.step, around.since = "act_by_standing_rule", around.now
        bands = {scene.SPEED: Range(low=300, high=600), scene.PRESSURE: Range(low=1, high=3)}
        signed = StandingRule(
            id="r", bands=bands, most=1, window_s=3600, days=1, reason="small moves",
            user="eve", name="Eve", at=around.now,
        )  # fmt: skip
        around.rules = {signed.id: signed}

    @rule(name=_NAMES, user=_ASKERS, then=_THEN)
    def propose_in_a_freeze(self, name: str, user: str, then: int) -> None:
        """One proposal more that a rule covers, while all is frozen; then it is lifted."""
        if len(self.drive.lives) < MOST:
            self.sign_in_advance()
            self.drive.around.frozen = "by Olga: smoke"
            self.drive.hand_in(name, user, forecast=True)
            self.drive.around.frozen = ""
            self.drive.go(-1, then)

    @rule()
    def calm(self) -> None:
        """Everything is as it should be again."""
        around = self.drive.around
        around.people, around.policy = dict(scene.PEOPLE), scene.NARROW
        if around.step == "advise":
            around.step = "act_on_approval"
        around.since = around.now
        around.frozen, around.locks, around.uncertain, around.heard = "", {}, set(), {}
        around.owner = around.epoch
        around.believed |= {scene.FILLER_MODE: 1.0, scene.CAPPER_MODE: 1.0}

    @rule(seconds=st.sampled_from((1, 1, 1, 10, 10, 60, 1000)))
    def pass_time(self, seconds: int) -> None:
        """Time goes on."""
        self.drive.tick(seconds)

    @rule(which=_WHICH)
    def proceed(self, which: int) -> None:
        """It is looked at again before a write, asked for or not."""
        self.drive.proceed(self.drive.one(which))

    @rule(which=_WHICH, how=st.sampled_from(("deaf", "lost", "odd", "none", "unsent")))
    def answer_badly(self, which: int, how: Any) -> None:
        """A write is ignored, its answer lost, its value another, or it was never sent."""
        life = self.drive.one(which)
        if self.drive.go_to_wire(life):
            self.drive.answer(life, how)

    @rule(which=_WHICH)
    def see_nothing(self, which: int) -> None:
        """The device cannot be read, also after a write whose answer is lost."""
        life = self.drive.one(which)
        if life.replies:
            self.drive.answer(life, "lost")
        if life.looks:
            self.drive.look(life, readable=False)

    @rule(which=_WHICH, rate=st.sampled_from((None, 400.0, 500.0)))
    def observe(self, which: int, rate: float | None) -> None:
        """The process is watched."""
        self.drive.observe(self.drive.one(which), rate)

    @rule(applied=st.booleans(), then=_THEN)
    def crash(self, then: int, *, applied: bool) -> None:
        """The process dies, and another starts."""
        self.drive.crash(applied=applied)
        self.drive.go(-1, then)


def _with_role(user: str, role: str) -> Any:
    return scene.PEOPLE[user].model_copy(update={"roles": (role,)})
