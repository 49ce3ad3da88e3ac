"""Line, crew and planner come to a window for a job, turn by turn, each with its reason.

The line proposes what costs it least; crew and planner agree, or object and say up to when. What
was objected to is not proposed again, so that it ends. The crew is never overruled; where the
planner would object to all that is left he concedes what makes orders least late. It must never
book anything: a person takes the window, or does not.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil
from typing import Literal

from twin_core.prospect.parties import Crew, Objection, Planner
from twin_core.prospect.stopping import REPLICATIONS, Stopping
from twin_core.prospect.window import Agreement, Job, Saying, Speaker, Turn, Window
from twin_core.simulation.calendar import planned_stops
from twin_core.simulation.forecaster import MODEL_VERSION
from twin_core.simulation.scenario import ProductChange
from twin_core.simulation.scheduling.seen import running
from twin_core.simulation.starting import settled
from twin_core.twin import Snapshot
from twin_core.units import number_text, quantity
from twin_core.value import SECOND, Instant

Party = Literal["crew", "planner"]
PARTIES: tuple[Party, ...] = ("crew", "planner")
_MINUTE = 60
_COARSE_S = 1800
"""Between moments that are looked at everywhere; near stops they are closer."""
_STEPS_S = (300, 120, 60)
"""By which the best are moved to and fro, one after the other."""
_BEST = 3
"""So many of the cheapest are moved."""


def agree(snapshot: Snapshot, job: Job, seed: int, replications: int = REPLICATIONS) -> Agreement:
    """The cheapest window that crew and planner agree to, and how they came to it.

    Starts are whole minutes of the clock. Every cost is of the same luck; see `Stopping.cost`.

    Args:
        snapshot: belief now; settled values are the start.
        job: what is to be done.
        seed: of every random number.
        replications: of each run.

    Raises:
        UnknownName: no such asset.
        ImpossibleScenario: an asset that no production line stands for.
    """
    plant = snapshot.plant
    at, line = settled(snapshot), plant.line(job.asset)
    planner = Planner(plant, line, at, job, running(snapshot))
    stopping = Stopping(snapshot, job, seed, planner.changes, replications)
    crew = Crew(plant, job)
    table = Table(stopping, crew, planner)
    window = table.talk(_moments(snapshot, at, crew, planner))
    return Agreement(
        job=job,
        line=line.id,
        at=at,
        window=window,
        turns=tuple(table.turns),
        tried=stopping.tried,
        unplanned=stopping.unplanned,
        unsaid=tuple(_unsaid(table, job)),
        replications=replications,
        seed=seed,
        model_version=MODEL_VERSION,
        state_digest=snapshot.digest,
    )


@dataclass
class Table:
    """The three parties and what was said so far; moments are whole seconds from now."""

    stopping: Stopping
    crew: Crew
    planner: Planner
    turns: list[Turn] = field(default_factory=list)

    def talk(self, moments: list[int]) -> Window | None:
        """Speak until a window is agreed to; None where there is none for the crew."""
        self._add_better(moments)
        left = sorted(moments, key=self._expected)
        while left:
            at = left[0]
            self._propose(at)
            refused = self._refused(at, sorted(left))
            if not refused:
                return self._window(at)
            left = [one for one in left if one not in refused]
        able = [at for at in moments if self._against("crew", at) is None]
        if not able:
            self._say("line", "gives up", None, "no start suits the crew in the time asked about")
            return None
        return self._window(self._concession(able))

    def _against(self, by: Party, at: int) -> Objection | None:
        if by == "crew":
            return self.crew.objection(self._instant(at))
        return self.planner.objection(self._instant(at), self._delay_s(at))

    def _refused(self, at: int, left: list[int]) -> list[int]:
        """The moments that will not do for the reason for which this one does not; none if it does.

        Those on both sides of it, as far as the same objection holds.
        """
        for by in PARTIES:
            objection = self._against(by, at)
            if objection is None:
                continue
            here = left.index(at)
            same = [at]
            for side in (left[here + 1 :], left[:here][::-1]):
                for one in side:
                    other = self._against(by, one)
                    if other is None or other.about != objection.about:
                        break
                    same.append(one)
            span = self._instant(min(same)), self._instant(max(same))
            self.turns.append(
                Turn(
                    by=by, says="objects", start=self._instant(at), reason=objection.reason,
                    since=span[0], until=span[1],
                )
            )  # fmt: skip
            return same
        self._say("crew", "agrees", at, self.crew.content)
        self._say("planner", "agrees", at, self.planner.content)
        return []

    def _add_better(self, moments: list[int]) -> None:
        """Add moments near the cheapest ones that nobody objects to."""
        job = self.stopping.job
        for step in _STEPS_S:
            by_cost = sorted(moments, key=self._expected)
            suits = [at for at in by_cost if not any(self._against(by, at) for by in PARTIES)]
            for at in (suits or by_cost)[:_BEST]:
                for near in (at - step, at + step):
                    if ceil(job.earliest_s) <= near <= job.horizon_s and near not in moments:
                        moments.append(near)

    def _expected(self, at: int) -> tuple[float, int]:
        return self.stopping.cost(at).cost.mean, at

    def _delay_s(self, at: int) -> float:
        """For how long the line's orders wait: what it loses, at what it makes."""
        return self._waits_s(self.stopping.cost(at).lost.mean)

    def _waits_s(self, lost: float) -> float:
        rate = self.stopping.rate
        return max(0.0, lost / rate) if rate > 0 else 0.0

    def _concession(self, able: list[int]) -> int:
        """All are objected to by the planner: the one by which orders are least late on average."""
        at = min(able, key=lambda one: (self._late_s(one), *self._expected(one)))
        late = ceil(self._late_s(at) / _MINUTE)
        reason = (
            f"no start keeps every order in time; this one delays them least, by {late} min in all"
        )
        self._say("planner", "concedes", at, reason)
        return at

    def _late_s(self, at: int) -> float:
        """How late orders get on average, an unplanned stop counted by its probability."""
        window, start = self.stopping.cost(at), self._instant(at)
        planned = self.planner.late_s(start, self._delay_s(at))
        if window.fails_before <= 0:
            return planned
        failed = self.planner.late_s(start, self._waits_s(self.stopping.unplanned.mean))
        return planned + window.fails_before * (failed - planned)

    def _window(self, at: int) -> Window:
        return self.stopping.cost(at).model_copy(update={"late_s": self._late_s(at)})

    def _propose(self, at: int) -> None:
        window = self.stopping.cost(at)
        reason = f"standing then loses {quantity(window.lost.mean, window.lost.unit)}"
        if window.fails_before > 0:
            fails = number_text(100 * window.fails_before)
            reason += f"; by then it has failed with {fails} %, so that "
            reason += f"{quantity(window.cost.mean, window.cost.unit)} are to be expected"
        self._say("line", "proposes", at, reason)

    def _say(self, by: Speaker, says: Saying, at: int | None, reason: str) -> None:
        start = None if at is None else self._instant(at)
        self.turns.append(Turn(by=by, says=says, start=start, reason=reason))

    def _instant(self, at: int) -> Instant:
        return self.stopping.at + at * SECOND


def _moments(snapshot: Snapshot, at: Instant, crew: Crew, planner: Planner) -> list[int]:
    """Whole minutes that are looked at, seconds from now.

    Evenly, so that the job lies in a planned stop or changeover, and where the crew gets free.
    """
    job = crew.job
    phase = at // SECOND % _MINUTE
    first, last = ceil(job.earliest_s), int(job.horizon_s)
    length = int(job.duration_s)
    line = snapshot.plant.line(job.asset).id
    until = at + (last + length) * SECOND
    stops = planned_stops(snapshot.plant, line, at, until)
    spans = [((one.start - at) // SECOND, (one.end - at) // SECOND) for one in stops]
    spans += [
        (int(one.after_s), int(one.after_s + (one.changeover_s or 0.0)))
        for one in planner.changes
        if isinstance(one, ProductChange)
    ]
    found = {first + _MINUTE - 1, last, *range(first, last + 1, _COARSE_S)}
    for begins, ends in spans:
        found |= {begins, ends - length, (begins + ends - length) // 2}
    for one in sorted(found):
        objection = crew.objection(at + one * SECOND)
        if objection is not None and objection.until is not None:
            found.add(ceil((objection.until - at) / SECOND) + _MINUTE - 1)
    whole = {(one + phase) // _MINUTE * _MINUTE - phase for one in found}
    return sorted(one for one in whole if first <= one <= last) or [first]


def _unsaid(table: Table, job: Job) -> Iterator[str]:
    if job.life is None:
        yield "nothing tells how long it lasts: only the output that is lost is counted"
    if not table.stopping.priced:
        yield "no margin of what is made is given: costs are counted in output"
    yield from table.crew.unsaid
    yield from table.planner.unsaid
