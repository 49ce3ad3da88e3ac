"""Stops of a machine's own, and the reasons people give for them.

A stop is known by its machine and its beginning; a reason is testimony about it. It must never
take a reason for a cause: that is for a diagnosis to weigh.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import exp

import numpy as np

from twin_core.canonical import digest
from twin_core.case import Case
from twin_core.operations.past import Past
from twin_core.operations.spell import DOWN, END, MACHINE, OWN, START, STATE
from twin_core.plant.assets import Plant
from twin_core.plant.classes import FailureMode
from twin_core.simulation.calendar import planned_stops
from twin_core.testimony.acts import ACTS
from twin_core.testimony.testimony import Testimony
from twin_core.value import SECOND, Instant, Path, Slug, Value

LEAST_S = 60.0
"""Shorter stops are minor, and nobody is asked about them."""
MOST_REASONS = 8
_MENDED_US = 300 * SECOND
"""How long after a stop it may be said to have been put right."""
_DIAGNOSED = 10.0
"""What a diagnosis of the stop weighs against reasons given before, each of which weighs 1."""
_ACT = 0.1
"""What an act weighs that was never given as a reason of this machine."""
_STOPPING = frozenset({"stops", "stop_s", "outage"})


class Stop(Value):
    """One stop of a machine's own.

    Attributes:
        id: `st-` and the first 8 hexadecimal digits of the digest of machine and start.
        start, end: plant time; `end` is the last that was heard of it while it `goes_on`.
    """

    id: str
    machine: Path
    start: Instant
    end: Instant
    goes_on: bool = False

    @property
    def seconds(self) -> float:
        """How long it lasted, so far."""
        return (self.end - self.start) / SECOND


class Reason(Value):
    """A reason that a stop may have had.

    Attributes:
        id: opaque; of this stop alone.
        number: from 1; of a machine's class it is always the same reason, whatever its rank.
        mode: failure mode of the machine's class, or None and `act` is what people did.
        text: in words.
    """

    id: str
    number: int
    mode: Slug | None = None
    act: str = ""
    text: str


class Lost(Value):
    """Standing time by reason; `reason` "" where none was given."""

    reason: str
    stops: int
    seconds: float


def stops(plant: Plant, past: Past, start: Instant, end: Instant) -> list[Stop]:
    """Stops of the machines' own that overlap `start`..`end`, newest first.

    Aborting, Aborted, Holding and Held, one after the other, are one stop. What the plant file
    plans is none.
    """
    names = {number: path for path, number in past.machines.items()}
    parts: dict[int, list[tuple[Instant, Instant, bool]]] = defaultdict(list)
    for rows, lasts in ((past.ended, False), (past.going_on, True)):
        for row in rows[(rows[:, OWN] == 1) & np.isin(rows[:, STATE], DOWN)]:
            parts[int(row[MACHINE])].append((int(row[START]), int(row[END]), lasts))
    found = []
    for machine, spells in parts.items():
        path = names[machine]
        for first, last, lasts in _joined(sorted(spells)):
            if last <= start or first >= end:
                continue  # only now: a stop is known by its beginning, wherever one looks from
            if not planned_stops(plant, plant.line(path).id, first, last):
                name = digest({"machine": path, "start": first})[:8]
                found.append(
                    Stop(id=f"st-{name}", machine=path, start=first, end=last, goes_on=lasts)
                )
    return sorted(found, key=lambda stop: (-stop.start, stop.machine))


def _joined(
    spells: Iterable[tuple[Instant, Instant, bool]],
) -> list[tuple[Instant, Instant, bool]]:
    found: list[tuple[Instant, Instant, bool]] = []
    for first, last, lasts in spells:
        if found and first <= found[-1][1]:
            found[-1] = found[-1][0], max(last, found[-1][1]), lasts
        else:
            found.append((first, last, lasts))
    return found


def explained(stop: Stop, testimony: Iterable[Testimony]) -> Testimony | None:
    """The newest report that says why a machine stood: of this stop, or of a time within it.

    Of two of one moment the one that came later; that it was not something says not why. What was
    put right at some time was so until then, and a machine that runs again is seen a little before.
    """
    about = [
        one
        for one in testimony
        if (one.stop == stop.id and one.kind != "denied")
        or (
            not one.stop
            and one.asset == stop.machine
            and one.kind in {"planned", "cause", "cleared"}
            and one.start <= stop.end + (_MENDED_US if one.kind == "cleared" else 0)
            and one.end >= stop.start
        )
    ]
    return max(reversed(about), key=lambda one: (one.stop == stop.id, one.said), default=None)


def explanations(found: Iterable[Stop], testimony: Iterable[Testimony]) -> dict[str, Testimony]:
    """What `explained` says of each stop, by its id; without those of which nobody said why."""
    about: dict[str | None, list[Testimony]] = defaultdict(list)
    for one in testimony:
        about[one.stop or one.asset].append(one)
    told = {
        stop.id: explained(stop, [*about.get(stop.id, ()), *about.get(stop.machine, ())])
        for stop in found
    }
    return {stop: report for stop, report in told.items() if report is not None}


def reasons(
    stop: Stop,
    plant: Plant,
    testimony: Sequence[Testimony],
    cases: Sequence[Case] = (),
    gains: Mapping[tuple[str, str], float] | None = None,
) -> tuple[Reason, ...]:
    """The likeliest reasons of a stop, best first, at most `MOST_REASONS`.

    First what a diagnosis of then says, then what was given of this machine before, then the
    failures of its class that stop it by their priors, and what people do.

    Args:
        stop: which.
        plant: with its machine.
        testimony: all reports.
        cases: earlier incidents with their causes.
        gains: class and mode → what confirmed cases add to the logarithm of a prior.
    """
    kind = plant.class_of(stop.machine)
    modes = {mode.id: mode for mode in kind.failure_modes if _stops(mode)}
    given = [one for one in testimony if one.stop and one.asset == stop.machine]
    acts = Counter(one.act for one in given if one.act)
    named = Counter(mode for one in given for mode in one.modes if len(one.modes) == 1)
    total = sum(mode.prior for mode in modes.values()) or 1.0
    worth: dict[tuple[str | None, str], float] = {(None, act): _ACT + acts[act] for act in ACTS}
    for mode in modes.values():
        gain = (gains or {}).get((kind.id, mode.id), 0.0)
        worth[mode.id, ""] = mode.prior / total * exp(gain) + named[mode.id]
    for case in cases:
        if case.asset != stop.machine:
            continue
        incident = case.incident
        during = incident.opened <= stop.end and (incident.closed or stop.end) >= stop.start
        known = kind.failure_mode(case.failure_mode or "")
        if during and known is not None:
            own = _DIAGNOSED * (case.probability or 1.0)
            worth[known.id, ""] = worth.get((known.id, ""), 0.0) + own
            modes.setdefault(known.id, known)
    best = sorted(worth, key=lambda key: -worth[key])[:MOST_REASONS]
    all_of = [*((mode.id, "") for mode in kind.failure_modes), *((None, act) for act in ACTS)]
    return tuple(
        Reason(
            id=f"re-{digest({'stop': stop.id, 'mode': mode, 'act': act})[:8]}", mode=mode, act=act,
            number=all_of.index((mode, act)) + 1,
            text=modes[mode].name if mode is not None else act,
        )
        for mode, act in best
    )  # fmt: skip


def _stops(mode: FailureMode) -> bool:
    """Whether a mode makes its machine stand."""
    return not mode.sensor and (
        any(act.on in _STOPPING for act in mode.acts)
        or any(symptom.shows == "stopping" for symptom in mode.symptoms)
    )


def reason_text(one: Testimony, plant: Plant) -> str:
    """The reason that a report gives, in words: the act, the failure, or what was said."""
    if one.act:
        return one.act
    if one.asset in plant.units and len(one.modes) == 1:
        mode = plant.class_of(str(one.asset)).failure_mode(one.modes[0])
        if mode is not None:
            return mode.name
    return one.words


def lost_by_reason(
    found: Sequence[Stop],
    testimony: Sequence[Testimony],
    plant: Plant,
    start: Instant,
    end: Instant,
) -> tuple[Lost, ...]:
    """How long machines stood within `start`..`end`, by the reason given, the longest first.

    Stops of a machine's own of any length; those without a reason come last.
    """
    seconds: dict[str, float] = defaultdict(float)
    number: Counter[str] = Counter()
    said = explanations(found, testimony)
    for stop in found:
        report = said.get(stop.id)
        reason = reason_text(report, plant) if report is not None else ""
        seconds[reason] += (min(stop.end, end) - max(stop.start, start)) / SECOND
        number[reason] += 1
    told = [Lost(reason=r, stops=number[r], seconds=s) for r, s in seconds.items()]
    return tuple(sorted(told, key=lambda one: (not one.reason, -one.seconds, one.reason)))
