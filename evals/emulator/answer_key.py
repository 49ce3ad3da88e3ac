"""How a case ended, judged by the plant's own counters and by nobody's account.

The same seed without the fault is the healthy plant; the same seed with the fault and without any
treatment tells what a treatment gained. Minor stops come at the same plant times in all three, so
that the comparison is fair. It must never read what the twin believes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evals.emulator.faults import Case, Fault
from evals.emulator.standin import StandIn
from twin_core.plant.assets import Plant
from twin_core.value import SECOND, Instant

HEALTHY_SHARE = 0.97
REALISED_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Treated:
    """A write by a client: not by the fault, not by the crew."""

    time: Instant
    point: str
    value: float


@dataclass(frozen=True, slots=True)
class Ordered:
    """A job of the crew."""

    asset: str
    failure_mode: str | None
    kind: str
    status: str
    found_fault: bool | None
    mended: tuple[str, ...]
    created: Instant
    closed: Instant | None


@dataclass(frozen=True, slots=True)
class Happened:
    """What happened on the real stand-in.

    Attributes:
        now: plant time of its state.
        injected: when the case was put in.
        produced: line, since, until → true output in the line's unit of flow.
    """

    now: Instant
    injected: Instant
    writes: Sequence[Treated]
    jobs: Sequence[Ordered]
    produced: Callable[[str, Instant, Instant], float]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the right end is reached, and why, in one sentence.

    Attributes:
        rate, healthy, untreated: per minute, over the window that was judged.
    """

    reached: bool
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
        self._unit = (plant.line(self.line).unit_of_flow or "").strip("{}")
        self._injected = injected
        self._healthy = StandIn(plant, seed, start)
        self._untreated = StandIn(plant, seed, start)
        self._start = start // SECOND * SECOND
        self._is_in = False

    def judge(self, happened: Happened, window_s: float, forecast: float | None = None) -> Verdict:
        """The verdict over the last `window_s` plant seconds.

        Args:
            happened: the real stand-in's account.
            window_s: how long the end must hold.
            forecast: gain forecast for the write, per minute; a `mitigated` end needs it.
        """
        until = happened.now
        since = until - round(window_s * SECOND)
        self._advance(until)
        minutes = window_s / 60.0
        rate = happened.produced(self.line, since, until) / minutes
        healthy = self._healthy_rate(since, until)
        untreated = self._untreated.produced(self.line, since, until) / minutes
        reasons = [
            self._missing(f, happened, since, (rate, healthy, untreated), forecast)
            for f in self.case.faults
        ]
        missing = [r for r in reasons if r]
        unit = f"{self._unit}s a minute"
        ends = " and ".join(str(f.right_end) for f in self.case.faults)
        sentence = (
            f"over {window_s:.0f} plant seconds {rate:.0f} {unit}, healthy {healthy:.0f}, "
            f"untreated {untreated:.0f}; right end: {ends}"
        )
        sentence += f"; not reached: {'; '.join(missing)}" if missing else "; reached"
        return Verdict(not missing, sentence, rate, healthy, untreated)

    def settled(self, happened: Happened) -> bool:
        """Whether something has been done about every fault of the case, and had time to act."""
        return all(self._treated_at(f, happened) is not None for f in self.case.faults)

    def _healthy_rate(self, since: Instant, until: Instant) -> float:
        """Per minute, in the window; but no more than the mean of the whole run.

        A healthy line that empties a full conveyor is for a while faster than it can stay: a line
        without that stock is not ill.
        """
        window = self._healthy.produced(self.line, since, until) / (until - since)
        whole = self._healthy.produced(self.line, self._start, until) / (until - self._start)
        return min(window, whole) * 60 * SECOND

    def _advance(self, until: Instant) -> None:
        while self._healthy.now < until:
            self._healthy.step()
            if not self._is_in and self._untreated.now >= self._injected:
                self._is_in = True
                for fault in self.case.faults:
                    self._untreated.inject(fault)
            self._untreated.step()

    def _full(self, asset: str) -> str:
        return asset if asset.startswith(f"{self._site}/") else f"{self._site}/{asset}"

    def _writes(self, happened: Happened) -> list[Treated]:
        return [w for w in happened.writes if w.time >= happened.injected]

    def _orders(self, fault: Fault, happened: Happened) -> list[Ordered]:
        return [
            j
            for j in happened.jobs
            if j.asset == self._full(fault.at)
            and (j.failure_mode is None or j.failure_mode in fault.failure_modes)
        ]

    def _treated_at(self, fault: Fault, happened: Happened) -> Instant | None:
        """When the last treatment of that fault's right end took place."""
        if fault.right_end in {"corrected", "mitigated"}:
            times = [w.time for w in self._writes(happened)]
        elif fault.right_end == "repaired":
            times = [j.closed for j in happened.jobs if fault.id in j.mended and j.closed]
        else:
            times = [j.created for j in self._orders(fault, happened)]
        return max(times) if times else None

    def _missing(
        self,
        fault: Fault,
        happened: Happened,
        since: Instant,
        rates: tuple[float, float, float],
        forecast: float | None,
    ) -> str:
        """Why the right end of `fault` is not reached; empty if it is."""
        rate, healthy, untreated = rates
        end = fault.right_end
        treated = self._treated_at(fault, happened)
        mended = any(fault.id in j.mended for j in happened.jobs)
        if treated is None:
            wanted = {"repaired": "no crew has found and mended it", "no_loss": "no job is ordered"}
            return wanted.get(str(end), "no set-point was written")
        if end in {"corrected", "mitigated"} and mended:
            return "the crew mended it"
        if end == "no_loss":
            at = self._full(fault.at)
            if any(w.point.startswith(f"{at}/") for w in self._writes(happened)):
                return f"somebody wrote to {at}"
            if len(self.case.faults) == 1 and self._writes(happened):
                return "a set-point was written though the process is fine"
            if len(self.case.faults) > 1:
                return ""
        elif since < treated:
            return f"{(since - treated) / SECOND + (happened.now - since) / SECOND:.0f} s so far"
        if end == "mitigated":
            gain = rate - untreated
            if forecast is None:
                return "nobody said what gain was forecast"
            if gain <= 0.0 or gain < REALISED_SHARE * forecast:
                return f"gained {gain:.0f} of {forecast:.0f} forecast"
            return ""
        if rate < HEALTHY_SHARE * healthy:
            return f"{100 * rate / max(healthy, 1e-9):.0f} % of healthy"
        return ""
