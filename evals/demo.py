"""The story OpsTwin exists for, told in the terminal on a plant started for it.

The automatic supervisor lives here: it uses the public API with a supervisor's token made in the
story's own data directory, and knows no other plant than the emulator the story started. Whether
the story ended well is judged from the emulator's own counters, never from what the twin says.
"""

import signal
import time
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

from rich.prompt import Prompt

from api.client import ServerRefusal
from api.views import answer_lines
from evals.emulator.answer_key import Verdict
from evals.emulator.faults import Case
from evals.screen import Screen
from evals.stage import Stage
from twin_core.errors import OpsTwinError
from twin_core.units import number_text, unit_text
from twin_core.value import SECOND

DEFAULT = "warm-product-on-four"
"""The story that is told when none is named."""
HEALTHY_S = 300.0
"""Plant seconds of undisturbed running before the fault."""
NOTICED_S = 360.0
"""Plant seconds within which an operator complains, whether or not the twin opened an incident."""
SEEN_S = 100.0
"""Plant seconds an operator watches before he asks."""
AGAIN_S = 150.0
"""Plant seconds after which he asks again while something is still untreated."""
JUDGED_S = 300.0
"""Plant seconds over which the end is judged (the catalogue's five minutes)."""
WHOLE_S = 112.0
"""Seconds after which a story that has not ended well ends badly; stopping takes the rest of the
two minutes. Those that a person thinks about an approval do not count."""

_APPROVED, _STALE = "approved", "stale"
_NOT_WRITTEN = {"rejected", "denied", "expired", _STALE, "cancelled", "not_applied"}
_FINAL = _NOT_WRITTEN | {"failed", "unsafe"}
_DONE = {"effect_seen", "no_effect", "rolled_back"} | _FINAL


@dataclass
class Story:
    """One telling.

    Args:
        stage: a running plant and server.
        case: what goes wrong.
        automatic: an automatic supervisor approves; else the prompt asks.
        screen: where it is shown.
    """

    stage: Stage
    case: Case
    automatic: bool
    screen: Screen
    struck: bool = False
    asked: int = 0
    thought_s: float = 0.0
    forecast: float | None = None

    @property
    def line(self) -> str:
        """Path of the line the case is about."""
        return f"{self.stage.plant.site}/{self.case.line}"

    def tell(self) -> Verdict:
        """The whole story, and how it ended."""
        self._trust()
        self._run_healthy()
        self._strike()
        question = f"{self.case.complaint} Propose the best remedy."
        verdict = None
        # what is asked later than this could not be judged any more
        while self._left() > JUDGED_S / self.stage.factor:
            proposal = self._ask(question)
            if proposal is None:
                self.screen.say("No proposal was made; the operator waits and asks again.")
                self._pass(60.0, "waiting")
                continue
            decided = self._decide(proposal)
            if decided == _APPROVED:
                decided = self._follow(proposal)
            elif decided != _STALE:
                break
            if decided == _STALE:
                self.screen.say("What it rested on had changed; the operator asks again.")
                continue
            verdict = self._judge()
            if verdict.reached:
                break
        self._audit()
        verdict = verdict or self._verdict()
        self.screen.end(self.case.id, verdict)
        return verdict

    def _trust(self) -> None:
        plant = self.stage.plant
        self.screen.title("The plant runs; its engineer lets the assistant act on approval")
        self.stage.as_user("erik").post(
            "/trust", {"asset": plant.site, "step": "act_on_approval", "reason": "commissioned"}
        )
        self.screen.say(f"{plant.name}: {len(plant.points)} points, {len(plant.sources)} sources.")

    def _run_healthy(self) -> None:
        name = self._name()
        self.screen.title(f"{name} runs at its rate")
        self._pass(HEALTHY_S, f"{name} runs")
        self.screen.say(f"{name}: {self._rate()}, as the twin counts them.")

    def _strike(self) -> None:
        self.screen.title("A fault strikes (the twin is not told)")
        onset = self.stage.control.inject(self.case.id)
        self.struck = True
        seen = None
        with self.screen.progress("the line goes on") as show:
            while self._plant_s() < onset / SECOND + NOTICED_S:
                show(lambda: f"{self._name()}: {self._rate()}")
                incident = None if seen is not None else self._incident(onset)
                if incident is not None:
                    seen = self._plant_s()
                    self.screen.say(f"Incident {incident['id']}: {incident['statement']}")
                if seen is not None and self._plant_s() > seen + SEEN_S:
                    break
                self._wait()
        if seen is None:
            self.screen.say("The twin has opened no incident; the operator complains all the same.")

    def _ask(self, question: str) -> str | None:
        """The proposal that came of the question; None if none did, or no answer in time."""
        self.screen.title("Olga, operator, asks")
        self.screen.say(f"“{question}”")
        self.asked += 1
        made: list[str] = []
        for event, body in self.stage.as_user("olga").ask(question, f"story-{self.asked}"):
            if event == "progress":
                self.screen.say(f"· {body['text']}", style="dim")
            elif event == "answer":
                made = body["proposals"]
                self.screen.show(answer_lines(body))
            if self._left() < 0:
                self.screen.say("The answer took too long.")
                return None
        return made[-1] if made else None

    def _decide(self, proposal: str) -> str:
        """`approved` or `rejected` now; else the state in which it cannot be decided."""
        status = self._status(proposal)
        self.screen.title("The proposal, and who must approve it")
        self.screen.say(f"{proposal}: {status['title'].rstrip('.')}.")
        self.screen.say(f"Policy: {status['needs']}. State: {status['state']}.")
        self.screen.effect(self._draft(proposal)["effect"])
        if status["state"] in _FINAL:
            self.screen.say(status["result"])
            return str(status["state"])
        meaning = _APPROVED if self._agreed(proposal) else "rejected"
        reason = "forecast and evidence are sound" if meaning == _APPROVED else "not now"
        try:
            self.stage.as_user("sam").post(
                f"/proposals/{proposal}/decisions", {"meaning": meaning, "reason": reason}
            )
        except ServerRefusal as refusal:
            self.screen.say(str(refusal))
            return str(self._status(proposal)["state"])
        who = "The automatic supervisor" if self.automatic else "Sam Reyes"
        self.screen.say(f"{who} has {meaning} it (with Sam's token, over the API).")
        return meaning

    def _agreed(self, proposal: str) -> bool:
        if self.automatic:
            return True
        began = time.monotonic()
        answer = Prompt.ask(
            f"  Sam, supervisor: approve {proposal}?", choices=["y", "n"], default="y"
        )
        self.thought_s += time.monotonic() - began
        return answer == "y"

    def _follow(self, proposal: str) -> str:
        """Watch it being carried out, to its end or to the time at which it must be judged.

        For a job that is the crew's report; a write that was read back is not watched for longer
        than the operator would look on.
        """
        self.screen.title("It is carried out, read back, and the process answers")
        is_write = self._draft(proposal)["action"]["kind"] == "write_plan"
        state, read_back = "", None
        with self.screen.progress("carrying out") as show:
            while self._left() > JUDGED_S / self.stage.factor:
                status = self._status(proposal)
                if status["state"] != state:
                    state = str(status["state"])
                    told = f": {status['result']}" if status["result"] else ""
                    self.screen.say(f"{state.replace('_', ' ')}{told}")
                show(lambda: f"{self._name()}: {self._rate()}")
                if state == "verified" and read_back is None:
                    read_back = self._plant_s()
                if state in _DONE:
                    break
                if is_write and read_back is not None and self._plant_s() > read_back + AGAIN_S:
                    self.screen.say("Whether the process answers is still being watched.")
                    break
                self._wait()
        self._count_on(proposal, state)
        return state

    def _count_on(self, proposal: str, state: str) -> None:
        """The gain that is to be realised: the sum of what the writes that were made promised."""
        draft = self._draft(proposal)
        written = draft["action"]["kind"] == "write_plan" and state not in _NOT_WRITTEN
        if written and draft["effect"] is not None:
            self.forecast = (self.forecast or 0.0) + draft["effect"]["gain"]["mean"]

    def _judge(self) -> Verdict:
        """Ask the emulator until the right end is reached, or it is time for something else."""
        since = self._plant_s()
        with self.screen.progress("judging the end") as show:
            while True:
                verdict = self._verdict()
                show(partial(_rates, verdict))
                longest = 2 * JUDGED_S if verdict.treated else AGAIN_S
                late = self._left() < 0 or self._plant_s() > since + longest
                if verdict.reached or late:
                    return verdict
                self._wait()

    def _verdict(self) -> Verdict:
        return self.stage.control.judge(self.case.id, JUDGED_S, self.forecast)

    def _audit(self) -> None:
        found = self.stage.as_user("erik").get("/audit/verification")
        self.screen.title("The audit chain, and the end")
        self.screen.say(f"{found['records']} records, unbroken; head {found['head'][:16]}….")
        self.screen.say(f"{self._name()}: {self._rate()}, as the twin counts them.")

    def _incident(self, since: int) -> dict[str, Any] | None:
        """The newest open incident that concerns the line and was opened after `since`."""
        found = self.stage.as_user("olga").get("/incidents")["incidents"]
        ours = [
            i
            for i in found
            if i["closed"] is None and i["opened"] >= since and i["line"] in {self.line, None}
        ]
        return ours[-1] if ours else None

    def _status(self, proposal: str) -> dict[str, Any]:
        rows = self.stage.as_user("olga").get("/proposals")
        found: dict[str, Any] = next(row for row in rows if row["proposal"] == proposal)
        return found

    def _draft(self, proposal: str) -> dict[str, Any]:
        whole = self.stage.as_user("olga").get(f"/proposals/{proposal}")
        draft: dict[str, Any] = whole["proposal"]["draft"]
        return draft

    def _name(self) -> str:
        return self.stage.plant.line(self.line).name

    def _rate(self) -> str:
        lines = self.stage.as_user("olga").get("/indicators")["lines"]
        rate = next((row["rate"] for row in lines if row["line"] == self.line), None)
        unit = unit_text(self.stage.plant.line(self.line).unit_of_flow or "1")
        return f"no rate of {unit} yet" if rate is None else f"{number_text(rate)} {unit} a minute"

    def _plant_s(self) -> float:
        return self.stage.clock.plant() / SECOND

    def _left(self) -> float:
        return WHOLE_S - (self.screen.elapsed - self.thought_s)

    def _wait(self) -> None:
        if self.struck:
            self.stage.control.keep_up(self.case.id)
        self.stage.pause(0.4)

    def _pass(self, plant_seconds: float, what: str) -> None:
        end = self._plant_s() + plant_seconds
        with self.screen.progress(what) as show:
            while self._plant_s() < end:
                show(lambda: f"{what}: {end - self._plant_s():.0f} plant seconds to go")
                self._wait()


def _rates(verdict: Verdict) -> str:
    return (
        f"judging: {number_text(verdict.rate)} a minute, healthy {number_text(verdict.healthy)}, "
        f"left alone {number_text(verdict.untreated)}"
    )


def run(stage: Stage, case: Case, *, automatic: bool, began: float, keep: bool) -> int:
    """Tell one story on a stage; exit code 0 if its right end is reached.

    With `keep`, the system stays up until interrupted, and how to use it is printed.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)  # nothing started here outlives us
    screen = Screen(began)
    screen.title("A stand-in plant and the server start, as two processes")
    with ExitStack() as up:
        with screen.progress("waiting until every controller is heard"):
            up.enter_context(stage)
        try:
            reached = Story(stage, case, automatic, screen).tell().reached
        except OpsTwinError as problem:
            screen.say(f"The story broke off: {problem}", style="red")
            reached = False
        if keep:
            screen.tell(stage.how_to_use())
            stage.stay()
    return 0 if reached else 1
