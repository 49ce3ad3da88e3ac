"""How a case ended, judged by the plant's own counters and by nobody's account.

The same seed without the fault is the healthy plant; the same seed with the fault and without any
treatment tells what a treatment gained. Minor stops come at the same plant times in all three, so
that the comparison is fair. It must never read what the twin believes.
"""

from collections.abc import Callable
from dataclasses import dataclass

from evals.emulator.account import Account, Ordered
from evals.emulator.faults import Case, Fault, full_path
from evals.emulator.standin import StandIn
from twin_core.plant.assets import Plant
from twin_core.units import number_text, unit_text
from twin_core.value import SECOND, Instant

HEALTHY_SHARE = 0.97
REALISED_SHARE = 0.5

Produced = Callable[[str, Instant, Instant], float]
"""Line, since, until → true output of the real stand-in, in the line's unit of flow."""

_NOTHING_DONE = {
    "corrected": "no set-point was written",
    "mitigated": "no set-point was written",
    "repaired": "no crew has found and mended it",
    "no_loss": "no job is ordered",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the right end is reached, and why, in one sentence.

    Attributes:
        treated: whether the treatment that its right end asks for was given to every fault.
        rate, healthy, untreated: per minute, over the window that was judged.
    """

    reached: bool
    treated: bool
    sentence: str
    rate: float
    healthy: float
    untreated: float


class AnswerKey:
    """Judges one case on one plant.

    Args:
        plant, seed, start: of the stand-in that is judged.
        case: what was put in.
        injected: when, plant microseconds.
    """

    def __init__(
        self, plant: Plant, seed: int, start: Instant, case: Case, injected: Instant
    ) -> None:
        self.case = case
        self.line = f"{plant.site}/{case.line}"
        self._site = plant.site
        self._unit = unit_text(plant.line(self.line).unit_of_flow or "1")
        self._injected = injected
        self._healthy = StandIn(plant, seed, start)
        self._untreated = StandIn(plant, seed, start)
        self._start = start // SECOND * SECOND
        self._is_in = False

    def judge(
        self, account: Account, produced: Produced, window_s: float, forecast: float | None = None
    ) -> Verdict:
        """The verdict over the last `window_s` plant seconds.

        Args:
            account: what was done on the real stand-in.
            produced: its own counters.
            window_s: how long the end must hold.
            forecast: gain forecast for the writes, per minute; a `mitigated` end needs it.
        """
        until = account.now
        since = until - round(window_s * SECOND)
        self.advance(until)
        minutes = window_s / 60.0
        rate = produced(self.line, since, until) / minutes
        healthy = self._healthy_rate(since, until)
        untreated = self._untreated.produced(self.line, since, until) / minutes
        reasons = [
            self._missing(f, account, since, (rate, healthy, untreated), forecast)
            for f in self.case.faults
        ]
        missing = [r for r in reasons if r]
        unit = f"{self._unit} a minute"
        ends = " and ".join(str(f.right_end).replace("_", " ") for f in self.case.faults)
        sentence = (
            f"over {window_s:.0f} plant seconds {number_text(rate)} {unit}, "
            f"healthy {number_text(healthy)}, untreated {number_text(untreated)}; "
            f"right end: {ends}"
        )
        sentence += f"; not reached: {'; '.join(missing)}" if missing else "; reached"
        treated = all(self._treated_at(f, account) is not None for f in self.case.faults)
        return Verdict(not missing, treated, sentence, rate, healthy, untreated)

    def advance(self, until: Instant) -> None:
        """Run the replicas to that plant time, so that a verdict then is quick."""
        while self._healthy.now < until:
            self._healthy.step()
            if not self._is_in and self._untreated.now >= self._injected:
                self._is_in = True
                for fault in self.case.faults:
                    self._untreated.inject(fault)
            self._untreated.step()

    def _healthy_rate(self, since: Instant, until: Instant) -> float:
        """Per minute, in the window; but no more than the mean of the whole run.

        A healthy line that empties a full conveyor is for a while faster than it can stay: a line
        without that stock is not ill.
        """
        window = self._healthy.produced(self.line, since, until) / (until - since)
        whole = self._healthy.produced(self.line, self._start, until) / (until - self._start)
        return min(window, whole) * 60 * SECOND

    def _writes(self, account: Account) -> list[Instant]:
        return [w.time for w in account.writes if w.time >= self._injected]

    def _treated_at(self, fault: Fault, account: Account) -> Instant | None:
        """When the last treatment of that fault's right end took place."""
        if fault.right_end in {"corrected", "mitigated"}:
            times = self._writes(account)
        elif fault.right_end == "repaired":
            times = [j.closed for j in account.jobs if _mends(j, fault) and j.closed]
        else:
            times = [j.created for j in account.jobs if self._attends(j, fault)]
        return max(times, default=None)

    def _attends(self, job: Ordered, fault: Fault) -> bool:
        """Whether the job is that fault's maintenance: names it, or set out and found it."""
        here = job.asset == full_path(fault.at, self._site)
        return here and (job.failure_mode in fault.failure_modes or _mends(job, fault))

    def _missing(
        self,
        fault: Fault,
        account: Account,
        since: Instant,
        rates: tuple[float, float, float],
        forecast: float | None,
    ) -> str:
        """Why the right end of `fault` is not reached; empty if it is."""
        rate, healthy, untreated = rates
        end = str(fault.right_end)
        treated = self._treated_at(fault, account)
        if treated is None:
            return _NOTHING_DONE[end]
        if end == "no_loss":
            return self._spoilt(fault, account) or self._alone(_short(rate, healthy))
        if end != "repaired" and any(fault.id in j.mended for j in account.jobs):
            return "the crew mended it"
        if since < treated:
            return f"{(account.now - treated) / SECOND:.0f} s so far"
        if end != "repaired" and untreated >= HEALTHY_SHARE * healthy:
            return "left alone, the line would be as well"
        if end == "mitigated":
            return _not_gained(rate - untreated, forecast)
        return _short(rate, healthy)

    def _spoilt(self, fault: Fault, account: Account) -> str:
        """What was written although this is only a sensor; empty if nothing was."""
        at = full_path(fault.at, self._site)
        written = [w.point for w in account.writes if w.time >= self._injected]
        if any(point.startswith(f"{at}/") for point in written):
            return f"somebody wrote to {at}"
        return self._alone("a set-point was written though the process is fine" if written else "")

    def _alone(self, reason: str) -> str:
        """`reason`, where no other fault of the case can be to blame."""
        return reason if len(self.case.faults) == 1 else ""


def _mends(job: Ordered, fault: Fault) -> bool:
    """Whether the crew reports that it found the fault, and the fault is gone by it."""
    return bool(job.found_fault) and fault.id in job.mended


def _short(rate: float, healthy: float) -> str:
    if rate < HEALTHY_SHARE * healthy:
        return f"{100 * rate / max(healthy, 1e-9):.1f} % of healthy"
    return ""


def _not_gained(gain: float, forecast: float | None) -> str:
    if forecast is None:
        return "nobody said what gain was forecast"
    if forecast <= 0.0:
        return "no gain was forecast"
    if gain <= 0.0 or gain < REALISED_SHARE * forecast:
        return f"gained {number_text(gain)} of {number_text(forecast)} forecast"
    return ""
