"""The story OpsTwin exists for, told in the terminal on a plant started for it.

The automatic supervisor lives here: it uses the public API with a supervisor's token made in the
story's own data directory, and knows no other plant than the emulator the story started. Whether
the story ended well is judged from the emulator's own counters, never from what the twin says.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.prompt import Prompt
from rich.table import Table
from rich.text import Text

from api.views import answer_lines
from evals.emulator.faults import Case, load_catalogue
from evals.stage import FAULTS, Stage
from twin_core.errors import OpsTwinError, UnknownName
from twin_core.units import unit_text
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
"""Seconds after which a story that has not ended well ends badly."""

_FINAL = {"rejected", "denied", "expired", "stale", "cancelled", "failed", "not_applied", "unsafe"}
_DONE = {"effect_seen", "no_effect", "rolled_back"} | _FINAL


@dataclass
class Story:
    """One telling.

    Args:
        stage: a running plant and server.
        case: what goes wrong.
        automatic: an automatic supervisor approves; else the prompt asks.
        began: monotonic second at which the process started.
    """

    stage: Stage
    case: Case
    automatic: bool
    began: float
    screen: Console = field(default_factory=Console)
    proposals: list[str] = field(default_factory=list)
    forecast: float | None = None

    @property
    def line(self) -> str:
        """Path of the line the case is about."""
        return f"{self.stage.plant.site}/{self.case.line}"

    def tell(self) -> bool:
        """The whole story; whether it reached its right end."""
        self._trust()
        usual = self._run_healthy()
        self._strike()
        question = f"{self.case.complaint} Propose the best remedy."
        reached = False
        while not reached and self._left() > 0:
            proposal = self._ask(question, f"story-{len(self.proposals)}")
            if proposal is None:
                self._say("No proposal was made; the operator waits a minute and asks again.")
                self._pass(60)
                continue
            if not self._decide(proposal):
                break
            if self._follow(proposal) == "stale":
                self._say("What it rested on had changed; the operator asks again.")
                continue
            reached = self._judge()
        self._audit()
        self._end(reached=reached, usual=usual)
        return reached

    def _trust(self) -> None:
        site = self.stage.plant.site
        self._title("The plant runs; its engineer lets the assistant act on approval")
        self.stage.as_user("erik").post(
            "/trust", {"asset": site, "step": "act_on_approval", "reason": "commissioned"}
        )
        plant = self.stage.plant
        self._say(f"{plant.name}: {len(plant.points)} points, {len(plant.sources)} sources.")

    def _run_healthy(self) -> float:
        name = self.stage.plant.line(self.line).name
        self._title(f"{name} runs at its rate")
        self._pass(HEALTHY_S, f"{name} running")
        rate = self._rate()
        self._say(f"{name} makes {rate:.0f} {self._unit()} a minute, as the twin counts it.")
        return rate

    def _strike(self) -> None:
        self._title("A fault strikes (the twin is not told)")
        self.stage.control.inject(self.case.id)
        onset = self._plant_s()
        name = self.stage.plant.line(self.line).name
        seen = None
        with self._progress(f"{name} running") as show:
            while self._plant_s() < onset + NOTICED_S:
                show(f"{name}: {self._rate():.0f} {self._unit()} a minute")
                incident = self._incident()
                if incident is not None and seen is None:
                    seen = self._plant_s()
                    self._say(f"Incident {incident['id']}: {incident['statement']}")
                if seen is not None and self._plant_s() > seen + SEEN_S:
                    break
                self._wait()
        if seen is None:
            self._say("The twin has opened no incident; the operator complains all the same.")

    def _ask(self, question: str, thread: str) -> str | None:
        self._title(f"Olga, operator, asks: {question}")
        made: list[str] = []
        for event, body in self.stage.as_user("olga").ask(question, thread):
            if event == "progress":
                self._say(body["text"], style="dim")
            else:
                made = body["proposals"]
                for line in answer_lines(body):
                    self.screen.print(line, markup=False)
        return made[-1] if made else None

    def _decide(self, proposal: str) -> bool:
        whole = self.stage.as_user("olga").get(f"/proposals/{proposal}")
        status = self._status(proposal)
        self._title("The proposal, and who must approve it")
        self._say(f"{proposal}: {status['title']}")
        self._say(f"Policy: {status['needs']}. State: {status['state']}.")
        for line in _effect_lines(whole):
            self._say(line)
        if status["state"] in _FINAL:
            self._say(status["result"])
            return False
        yes = self.automatic or Prompt.ask(
            f"Sam, supervisor: approve {proposal}?", choices=["y", "n"], default="y"
        ) == "y"  # fmt: skip
        who = "The automatic supervisor" if self.automatic else "Sam Reyes"
        meaning = "approved" if yes else "rejected"
        self.stage.as_user("sam").post(
            f"/proposals/{proposal}/decisions",
            {"meaning": meaning, "reason": "forecast and evidence are sound" if yes else "not now"},
        )
        self._say(f"{who} has {meaning} it (with Sam's token, over the API).")
        if yes:
            self.proposals.append(proposal)
            effect = whole["proposal"]["draft"]["effect"]
            if effect is not None and whole["proposal"]["draft"]["action"]["kind"] == "write_plan":
                self.forecast = (self.forecast or 0.0) + effect["gain"]["mean"]
        return yes

    def _follow(self, proposal: str) -> str:
        """Watch it being carried out, to its end or to the time at which it must be judged."""
        self._title("It is carried out, read back, and the process answers")
        seen = ""
        with self._progress("carrying out") as show:
            while self._left() > JUDGED_S / self.stage.factor:
                status = self._status(proposal)
                if status["state"] != seen:
                    seen = status["state"]
                    self._say(f"{seen}: {status['result']}" if status["result"] else seen)
                show(f"{seen}; {self._rate():.0f} {self._unit()} a minute")
                if seen in _DONE:
                    break
                self._wait()
        return seen

    def _judge(self) -> bool:
        """Ask the emulator until the right end is reached, or it is time for something else."""
        since = self._plant_s()
        with self._progress("watching the process") as show:
            while True:
                verdict = self.stage.control.judge(self.case.id, JUDGED_S, self.forecast)
                show(verdict.sentence)
                if verdict.reached:
                    return True
                treated = self.stage.control.settled(self.case.id)
                longest = 2 * JUDGED_S if treated else AGAIN_S
                if self._left() < 0 or self._plant_s() > since + longest:
                    return False
                self._wait()

    def _audit(self) -> None:
        found = self.stage.as_user("erik").get("/audit/verification")
        self._title("The audit chain")
        self._say(f"{found['records']} records, unbroken; head {found['head'][:16]}…")

    def _end(self, *, reached: bool, usual: float) -> None:
        verdict = self.stage.control.judge(self.case.id, JUDGED_S, self.forecast)
        self._say(
            f"The twin counts {self._rate():.0f} {self._unit()} a minute; before the fault "
            f"{usual:.0f}."
        )
        mark = "The right end is reached" if reached else "The right end is NOT reached"
        self.screen.print(
            Panel(
                Text(f"{mark}, by the plant's own counters: {verdict.sentence}"),
                title=f"{self.case.id}: {time.monotonic() - self.began:.0f} s",
                border_style="green" if reached else "red",
            )
        )

    def _incident(self) -> dict[str, Any] | None:
        found = self.stage.as_user("olga").get("/incidents")["incidents"]
        ours = [i for i in found if i["closed"] is None and (i["line"] or "") in {self.line, ""}]
        return ours[-1] if ours else None

    def _status(self, proposal: str) -> dict[str, Any]:
        rows = self.stage.as_user("olga").get("/proposals")
        found: dict[str, Any] = next(row for row in rows if row["proposal"] == proposal)
        return found

    def _rate(self) -> float:
        lines = self.stage.as_user("olga").get("/indicators")["lines"]
        rate = next((row["rate"] for row in lines if row["line"] == self.line), None)
        return float(rate) if rate is not None else float("nan")

    def _unit(self) -> str:
        return unit_text(self.stage.plant.line(self.line).unit_of_flow or "1")

    def _plant_s(self) -> float:
        return self.stage.clock.plant() / SECOND

    def _left(self) -> float:
        return WHOLE_S - (time.monotonic() - self.began)

    def _wait(self) -> None:
        self.stage.pause(0.3)

    def _pass(self, plant_seconds: float, what: str = "time passes") -> None:
        end = self._plant_s() + plant_seconds
        with self._progress(what) as show:
            while self._plant_s() < end:
                show(f"{what}: {end - self._plant_s():.0f} plant seconds to go")
                self._wait()

    def _title(self, text: str) -> None:
        elapsed = time.monotonic() - self.began
        self.screen.print()
        self.screen.print(Text(f"[{elapsed:5.1f} s] {text}", style="bold"))

    def _say(self, text: str, style: str = "") -> None:
        self.screen.print(Text(f"  {text}", style=style))

    @contextmanager
    def _progress(self, what: str) -> Iterator[Callable[[str], None]]:
        """A moving line on a terminal, silence elsewhere."""
        if not self.screen.is_terminal:
            yield lambda _text: None
            return
        with self.screen.status(what) as status:
            yield lambda text: status.update(Text(text))


def _effect_lines(whole: dict[str, Any]) -> Iterator[str]:
    effect = whole["proposal"]["draft"]["effect"]
    if effect is None:
        yield "Forecast: no change of the rate is expected; the instrument is mended."
        return
    gain = effect["gain"]
    unit = unit_text(gain["unit"])
    yield (
        f"Forecast: {effect['forecast']['rate']['mean']:.0f} instead of "
        f"{effect['baseline']['rate']['mean']:.0f} {unit}; gain {gain['mean']:.0f}, "
        f"90 % interval {gain['low']:.0f} to {gain['high']:.0f} {unit}."
    )


def choose(name: str | None, *, listed: bool) -> Case | None:
    """The case of that name, or DEFAULT; None after naming them all.

    Raises:
        UnknownName: the catalogue has no such case.
    """
    catalogue = load_catalogue(FAULTS.read_text(encoding="utf-8")).cases
    if listed:
        table = Table("fault", "line", "right end", "complaint", show_edge=False)
        for case in catalogue:
            ends = " + ".join(str(fault.right_end) for fault in case.faults)
            table.add_row(case.id, case.line, ends, case.complaint)
        Console().print(table)
        return None
    wanted = name or DEFAULT
    for case in catalogue:
        if case.id == wanted:
            return case
    nearest = get_close_matches(wanted, [case.id for case in catalogue])
    raise UnknownName("fault", wanted, nearest or [case.id for case in catalogue])


def run(stage: Stage, case: Case, *, automatic: bool, began: float, keep: bool) -> int:
    """Tell one story on a stage; exit code 0 if its right end is reached.

    With `keep`, the system stays up until interrupted, and how to use it is printed.
    """
    story = Story(stage, case, automatic=automatic, began=began)
    with stage:
        try:
            reached = story.tell()
        except OpsTwinError as problem:
            story.screen.print(Text(f"The story broke off: {problem}", style="red"))
            reached = False
        if keep:
            story.screen.print(stage.how_to_use(), markup=False)
            sys.stdout.flush()
            stage.stay()
    return 0 if reached else 1
