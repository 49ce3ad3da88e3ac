"""Every option simulated from the live state, against doing nothing, with common random numbers.

First roughly, all of them; then the best value of each set-point and every job, well: a job at
several moments, as nobody knows how long it takes. Where no write wins half back alone, those that
gain are tried together. Where the cause sits at something shared, what an option does to the other
lines counts as much. It must never choose.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from twin_core.advice.draw import Option, mended, mode_of, write
from twin_core.advice.outcome import moments, outcome
from twin_core.diagnosis.cause import Cause
from twin_core.diagnosis.graph import supplies
from twin_core.plant.assets import Line, Plant
from twin_core.simulation.forecaster import compare
from twin_core.simulation.model import Held
from twin_core.simulation.scenario import Comparison, Estimate, Live, Scenario
from twin_core.twin import Snapshot
from twin_core.value import Instant

HORIZON_S = 1800.0
"""Plant seconds over which gains are compared."""
_SEARCH, _FINAL, _OTHERS = 6, 24, 4
"""Replications while searching, for what is said, and for the other lines."""
_FINALISTS = 3
WORTH = 0.5
"""Share of what could be won back that makes a write the first answer."""


@dataclass(frozen=True, slots=True)
class Tried:
    """An option and what the model says of it.

    Attributes:
        found: on the line asked about; None where there is nothing to simulate.
        elsewhere: other line → gain there, its unit of flow per minute, where the cause or the
            option touches something shared.
    """

    option: Option
    found: Comparison | None
    elsewhere: dict[str, float] = field(default_factory=dict)

    @property
    def gain(self) -> float:
        """On the line asked about and on the others together."""
        here = self.found.gain.mean if self.found is not None else 0.0
        return here + sum(self.elsewhere.values())


@dataclass(frozen=True, slots=True)
class Trials:
    """What was tried; `full` is what a repair at once would win back, on all lines."""

    tried: tuple[Tried, ...]
    full: float


def try_out(
    snapshot: Snapshot, line: Line | None, cause: Cause, options: Sequence[Option], seed: int
) -> Trials:
    """Simulate every option; without a line, or for an instrument, there is nothing to simulate."""
    if line is None or cause.sensor:
        return Trials(tuple(Tried(o, None) for o in options), 0.0)
    trial = _Trial(snapshot, line, cause, seed)
    repair = Option("mended at once", "work_order", mended(snapshot, cause), 0.0, cures=True)
    rough = trial.compare(line, [*options, repair], _SEARCH)
    finalists = [*_finalists(rough[:-1]), rough[-1]]
    others = _sharing(snapshot.plant, line, cause, finalists)
    *tried, mend = trial.everywhere(others, [t.option for t in finalists])
    full = max(0.0, mend.gain)
    both = _joint(snapshot, cause, tried, full)
    if both is not None:
        tried += trial.everywhere(others, [both])
    return Trials(tuple(tried), full)


@dataclass(frozen=True, slots=True)
class _Trial:
    """Options against one cause, played; what headers do meanwhile is found once."""

    snapshot: Snapshot
    line: Line
    cause: Cause
    seed: int
    held: Held = field(default_factory=lambda: Held(_FINAL))

    def everywhere(self, others: Sequence[Line], options: Sequence[Option]) -> list[Tried]:
        """Every option well on the line asked about, and roughly on the lines that share."""
        tried = self.well(options)
        for other in others:
            moved = self.compare(other, options, _OTHERS)
            for one, there in zip(tried, moved, strict=True):
                one.elsewhere[other.id] = there.gain
        return tried

    def well(self, options: Sequence[Option]) -> list[Tried]:
        """Every option as it may go: a job whenever it is done, and the model as wrong as it is."""
        ways = [
            [min(after_s, HORIZON_S) for after_s in moments(option.after_s)]
            if _takes(option)
            else [option.after_s]
            for option in options
        ]
        # what helps after the horizon is the same whenever it does: played once
        asked = list(dict.fromkeys((k, at_s) for k, times in enumerate(ways) for at_s in times))
        played = [replace(options[k], after_s=after_s) for k, after_s in asked]
        tried = self.compare(self.line, played, _FINAL)
        one = {way: t.found for way, t in zip(asked, tried, strict=True)}
        found = []
        for k, (option, times) in enumerate(zip(options, ways, strict=True)):
            gone = [one[k, after_s] for after_s in times]
            found.append(Tried(option, together([x for x in gone if x is not None])))
        return found

    def compare(self, line: Line, options: Sequence[Option], n: int) -> list[Tried]:
        """Every option on a line, `n` replications of each."""
        live = Live(began=_began(self.snapshot.plant, line, self.cause))
        nothing = Scenario(name="do nothing", line=line.id, horizon_s=HORIZON_S, start=live)
        scenarios = [
            Scenario(
                name=o.title, line=line.id, horizon_s=HORIZON_S, changes=o.changes, start=live,
                after_s=min(o.after_s, HORIZON_S) if o.changes else 0.0,
            )
            for o in options
        ]  # fmt: skip
        found = compare(self.snapshot, nothing, scenarios, self.seed, n, held=self.held)
        return [Tried(o, c) for o, c in zip(options, found, strict=True)]


def _joint(snapshot: Snapshot, cause: Cause, tried: Sequence[Tried], full: float) -> Option | None:
    """The writes that gain, as one; None where one alone removes the cause or wins enough."""
    writes = [t for t in tried if t.option.moves]
    if any(t.option.cures or t.gain >= WORTH * full for t in writes):
        return None
    moves = {one.point.id: (one, v) for t in writes if t.gain > 0 for one, v in t.option.moves}
    return write(snapshot, cause, tuple(moves.values())) if len(moves) > 1 else None


def _takes(option: Option) -> bool:
    """Whether how long it takes is not known: work, and not what is only looked at."""
    return bool(option.changes) and not option.moves and option.after_s > 0


def together(ways: Sequence[Comparison]) -> Comparison:
    """Equally likely ways as one comparison."""
    middle = ways[len(ways) // 2]
    gain = outcome([w.gain for w in ways])
    rates = [w.candidate.rate for w in ways]
    rate = Estimate(
        mean=middle.baseline.rate.mean + gain.mean, low=min(r.low for r in rates),
        high=max(r.high for r in rates), unit=gain.unit,
    )  # fmt: skip
    return middle.model_copy(
        update={
            "candidate": middle.candidate.model_copy(update={"rate": rate}),
            "gain": gain,
            "distinguishable": gain.low > 0 or gain.high < 0,
        }
    )


def _began(plant: Plant, line: Line, cause: Cause) -> tuple[tuple[str, Instant], ...]:
    """The cause's machine, where its mode stops it whatever else it does: since the onset."""
    mode = mode_of(plant, cause)
    stops = mode is not None and any(a.on == "stops" and a.size.low > 0 for a in mode.acts)
    machines = {m.id for m in plant.machines(line)}
    return ((cause.asset, cause.onset),) if stops and cause.asset in machines else ()


def _finalists(rough: Sequence[Tried]) -> list[Tried]:
    """The best value of each set-point, the best few of those, and every job."""
    best: dict[tuple[str, ...], Tried] = {}
    for one in rough:
        if not one.option.moves:
            continue
        key = tuple(lever.point.id for lever, _ in one.option.moves)
        if key not in best or one.gain > best[key].gain + 1e-9:
            best[key] = one
    writes = sorted(best.values(), key=lambda t: (not t.option.cures, -t.gain))
    return [*writes[:_FINALISTS], *(t for t in rough if not t.option.moves)]


def _sharing(plant: Plant, line: Line, cause: Cause, tried: Sequence[Tried]) -> list[Line]:
    """The other production lines, if cause or options sit at what supplies them too."""
    assets = {cause.asset}
    assets |= {lever.point.unit_id for t in tried for lever, _ in t.option.moves}
    outside = {a for a in assets if plant.line(a).id != line.id}
    if not outside:
        return []
    others = [x for x in plant.lines if x.kind == "production" and x.id != line.id]
    return [x for x in others if plant.machines(x) and outside & set(supplies(plant, x))]
