"""The story's own turns, on a stage that only pretends: what it asks, counts and gives up on."""

import io
import time
from typing import Any, cast

import pytest
from rich.console import Console
from rich.text import Text

from api.client import ServerRefusal
from evals.demo import JUDGED_S, NOTICED_S, SEEN_S, WHOLE_S, Story
from evals.emulator.answer_key import Verdict
from evals.emulator.nameplate import read_faults
from evals.screen import Screen
from tests.evals.emulator.riverside import LINE4, plant
from tests.fakes import FakeClock
from twin_core.value import SECOND


@pytest.fixture(autouse=True)
def worded(monkeypatch):
    """How an answer looks is another module's affair."""
    monkeypatch.setattr("evals.demo.answer_lines", lambda body: [Text(str(body["proposals"]))])


class Stage:
    """Emulator, server and clients in one.

    `ends` are the states that one proposal after the other comes to, `verdicts` whether the end
    is reached, at one judging after the other; the last ones stay.
    """

    factor = 20.0

    def __init__(self, ends, verdicts=(True,), *, refuses=(), opened_s=None):
        self.plant = plant()
        self.clock = FakeClock()
        self.control = self
        self.ends = ends
        self.verdicts = verdicts
        self.refuses = refuses
        self.opened_s = opened_s
        self.onset = self.asked_at = 0
        self.threads: list[str] = []
        self.decided: list[str] = []
        self.forecasts: list[float | None] = []

    def as_user(self, user):
        return self

    def pause(self, seconds):
        self.clock.turn(seconds * self.factor)

    def keep_up(self, case):
        pass

    def inject(self, case):
        self.onset = self.clock.plant()
        return self.onset

    def judge(self, case, window_s, forecast):
        reached = self.verdicts[min(len(self.forecasts), len(self.verdicts) - 1)]
        self.forecasts.append(forecast)
        self.clock.turn(2 * JUDGED_S)
        return Verdict(
            reached=reached, treated=True, sentence=f"judged {len(self.forecasts)}",
            rate=1.0, healthy=1.0, untreated=0.5,
        )  # fmt: skip

    def ask(self, question, thread):
        self.asked_at = self.clock.plant()
        self.threads.append(thread)
        yield "progress", {"text": "Looking"}
        yield "answer", {"proposals": [f"p-{len(self.threads)}"]}

    def post(self, path, body):
        if path.endswith("decisions"):
            self.decided.append(path.split("/")[-2])
            if self.decided[-1] in self.refuses:
                raise ServerRefusal("It is too late.")

    def get(self, path):
        if path == "/incidents":
            return {"incidents": self.incidents()}
        if path == "/indicators":
            return {"lines": [{"line": LINE4, "rate": None}]}
        if path == "/audit/verification":
            return {"records": 3, "head": "abc"}
        if path == "/proposals":
            return [self.row(n) for n in range(len(self.threads))]
        gain = {"mean": 10.0, "low": 0.0, "high": 20.0, "unit": "{bottle}/min"}
        rate = {"rate": {"mean": 1.0}}
        effect = {"gain": gain, "forecast": rate, "baseline": rate}
        return {"proposal": {"draft": {"effect": effect, "action": {"kind": "write_plan"}}}}

    def incidents(self):
        if self.opened_s is None:
            return []
        opened = self.onset + self.opened_s * SECOND
        return [{"id": "in-1", "closed": None, "opened": opened, "line": LINE4, "statement": "Low"}]

    def row(self, n):
        end = self.ends[min(n, len(self.ends) - 1)]
        decided = f"p-{n + 1}" in self.decided or end == "denied"
        return {
            "proposal": f"p-{n + 1}", "title": "Set it.", "needs": "1 supervisor", "result": "",
            "state": end if decided else "pending",
        }  # fmt: skip


def told(stage, spent_s=0.0):
    file = io.StringIO()
    screen = Screen(time.monotonic() - spent_s, Console(file=file, width=80))
    case = read_faults().case("warm-product-on-four")
    verdict = Story(cast("Any", stage), case, automatic=True, screen=screen).tell()
    return verdict, file.getvalue()


def test_a_proposal_gone_stale_is_asked_for_again_and_promises_nothing():
    """Only writes that were made count towards the gain that must be realised."""
    stage = Stage(["stale", "effect_seen"])
    verdict, text = told(stage)
    assert verdict.reached
    assert stage.forecasts == [10.0]
    assert stage.threads == ["story-1", "story-2"]
    assert "asks again" in text


def test_a_write_whose_effect_is_watched_for_long_is_judged_meanwhile():
    """What the twin has not decided yet does not keep the operator from looking himself."""
    began = time.monotonic()
    verdict, text = told(Stage(["verified"]))
    assert verdict.reached
    assert "still being watched" in text
    assert time.monotonic() - began < 30


def test_two_writes_promise_the_sum():
    """What the first write did not reach, both together must."""
    stage = Stage(["effect_seen"], [False, False, True])
    assert told(stage)[0].reached
    assert stage.forecasts[0] == 10.0
    assert stage.forecasts[-1] == 10.0 * len(stage.threads) > 10.0


def test_a_decision_that_comes_too_late_is_no_end_of_the_story():
    """Stale between looking and signing: the server refuses, the operator asks again."""
    stage = Stage(["stale", "effect_seen"], refuses={"p-1"})
    verdict, text = told(stage)
    assert verdict.reached
    assert "It is too late." in text
    assert stage.decided == ["p-1", "p-2"]
    assert stage.forecasts == [10.0]


def test_a_denied_proposal_ends_the_story_with_the_verdict_that_is_shown():
    """What is printed at the end is what the exit code says."""
    stage = Stage(["denied"], [False])
    verdict, text = told(stage)
    assert not verdict.reached
    assert stage.decided == []
    assert stage.forecasts == [None]
    assert "NOT reached" in text
    assert verdict.sentence in text


@pytest.mark.parametrize(
    ("opened_s", "waits_s"), [(-60, NOTICED_S), (0, SEEN_S), (None, NOTICED_S)]
)
def test_an_incident_of_before_is_not_the_fault_that_is_seen(opened_s, waits_s):
    """The operator asks a while after the fault's own incident, not after an old one."""
    stage = Stage(["effect_seen"], opened_s=opened_s)
    told(stage)
    assert waits_s <= (stage.asked_at - stage.onset) / SECOND < waits_s + 20


def test_nothing_is_asked_that_could_not_be_judged_in_time():
    """With less than the judging minutes left, the story ends as it stands."""
    stage = Stage(["effect_seen"], [False])
    verdict, _ = told(stage, spent_s=WHOLE_S - JUDGED_S / stage.factor + 0.1)
    assert stage.threads == []
    assert not verdict.reached
