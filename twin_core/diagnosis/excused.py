"""A machine that stood because people made it: their word explains the stand, where it was one.

It is then a machine that waited, and the line's loss while it did is planned, as by the plant file;
what else stopped at that time or at another, there or elsewhere, is left to explain. Where two
agreeing measurements show a failure besides the standing, that is told instead. It must never
excuse a machine that was not seen to stand, nor a stop that nobody spoke of.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from twin_core.diagnosis.cause import Diagnosis
from twin_core.diagnosis.ranking import Suspect
from twin_core.diagnosis.testimony import AGREEING, last_words, shown
from twin_core.diagnosis.window import FILLS_S, Window, began, planned
from twin_core.diagnosis.witness import CARRIED, of_testimony
from twin_core.diagnosis.wording import asset_text, clock, local
from twin_core.evidence import Evidence
from twin_core.operations.counting import EXECUTE
from twin_core.plant.assets import Line, Plant, Unit
from twin_core.plant.classes import Role
from twin_core.plant.production import Shift, Stop
from twin_core.testimony.testimony import Testimony
from twin_core.twin import GRID_S, Snapshot
from twin_core.value import SECOND, Instant

_EARLIER_US, _LATER_US = 900 * SECOND, 120 * SECOND
"""How far from the moment said a stop may lie that is meant, where no span was said."""
_LEAST_US = (60 + 2 * GRID_S) * SECOND
"""A minute, and what its first and last bucket reach beyond it: shorter stops are minor."""
_SUSPENDED = 5
"""PackML state of a machine that waits for others (ISA-TR88.00.02)."""
_STANDING = {
    Role.STATE, Role.MODE, Role.STOP_REASON, Role.STARVED, Role.BLOCKED, Role.SPEED, Role.PRODUCED,
    Role.DEFECTIVE, Role.LEVEL, Role.FLOW, Role.OUTPUT,
}  # fmt: skip
"""Roles of points that move whenever a machine stands, for whatever reason."""

Stand = tuple[Testimony, Instant, Instant]
"""A report of a planned act and the stand it explains."""


def stands(window: Window, testimony: Sequence[Testimony]) -> tuple[list[Stand], list[Testimony]]:
    """The stands that planned acts explain, of each person his last word, and all who speak of one.

    A moment means the stand that goes on then, or the nearest; a span those within it, no longer
    than it lasts.
    """
    plant = window.plant
    found: dict[tuple[str, str, Instant], Stand] = {}
    used: list[Testimony] = []
    for one in sorted(testimony, key=lambda t: t.order):
        unit = _machine(plant, one.asset or "")
        if one.kind != "planned" or unit is None:
            continue
        known = planned(plant, plant.line(unit.id).id, window.time)
        moment = one.start == one.end
        begin = one.start - (_EARLIER_US if moment else _LATER_US)
        runs = [
            (began(window, first), int(window.time[last]))
            for first, last in _runs(window.stopped(unit) & ~known)
        ]
        meant = [
            (first, last)
            for first, last in runs
            if last - first >= _LEAST_US and first < one.end + _LATER_US and last > begin
        ]
        if moment:
            meant = sorted(meant, key=lambda run: (_apart(one.start, *run), -run[0]))[:1]
        elif not one.stop:
            meant = [(max(a, begin), min(b, one.end + _LATER_US)) for a, b in meant]
        for first, last in meant:
            found[one.who, unit.id, first] = one, first, last
        used += [one] if meant else []
    return list(found.values()), used


def excused(window: Window, found: Sequence[Stand]) -> Snapshot:
    """The snapshot in which these machines waited, and their lines stood by plan meanwhile.

    Not so while another machine of the line stops by itself: that is its own.
    """
    snapshot, plant, recent = window.snapshot, window.plant, window.snapshot.recent
    columns = recent.mean.copy(), recent.low.copy(), recent.high.copy()
    shifts = list(plant.shifts)
    for one, start, end in found:
        unit = _machine(plant, one.asset or "")
        state = unit.with_role(Role.STATE) if unit is not None else None
        if unit is None or state is None:
            continue
        at, rows = plant.index[state.id], window.rows(start, end)
        others = [m for m in plant.machines(plant.line(unit.id)) if m.id != unit.id]
        theirs = [stop for other in others for stop in _stops_of(window, other)]
        for column in columns:
            kept = np.isnan(column[rows, at]) | (column[rows, at] == EXECUTE)
            column[rows, at] = np.where(kept, column[rows, at], _SUSPENDED)
        for first, last in _without(start, end, theirs):
            shifts.append(_planned(plant, len(shifts), one, first, last))
    return replace(
        snapshot,
        plant=plant.model_copy(update={"shifts": tuple(shifts)}),
        recent=replace(recent, mean=columns[0], low=columns[1], high=columns[2]),
    )


def besides(window: Window, line: Line, found: Sequence[Stand], since: Instant) -> bool:
    """Whether another machine of the line stopped by itself since a moment."""
    told = [_machine(window.plant, one.asset or "") for one, _, _ in found]
    others = [unit for unit in window.plant.machines(line) if unit not in told]
    return any(last > since for unit in others for _, last in _stops_of(window, unit))


def overruled(suspects: Sequence[Suspect], plant: Plant) -> bool:
    """Whether two agreeing measurements, apart from standing, show a failure besides."""
    if not suspects:
        return False
    telling = [p for p in shown(suspects[0].match) if plant.point(p).spec.role not in _STANDING]
    return len(telling) >= AGREEING


def standing(
    diagnosis: Diagnosis, found: Sequence[Stand], used: Sequence[Testimony], plant: Plant
) -> Diagnosis:
    """The diagnosis of what these stands do not explain, with each of them told."""
    told = [_of_stand(stand, plant) for stand in found]
    said = [of_testimony(one, plant) for one in last_words(used)[-CARRIED:]]
    known = {e.id: e for e in (*diagnosis.evidence, *told, *said)}
    return diagnosis.model_copy(
        update={
            "evidence": tuple(known.values()),
            "summary": " ".join([*(one.statement for one in told), diagnosis.summary]),
        }
    )


def _of_stand(stand: Stand, plant: Plant) -> Evidence:
    one, since, until = stand
    begin, end = clock(plant, since), clock(plant, until)
    name = asset_text(plant, str(one.asset))
    return Evidence(
        kind="state",
        subject=str(one.asset),
        statement=f"{name} stood from {begin} to {end}: {one.act}, as {one.who} says.",
        data={"start": since, "end": until, "from": begin, "to": end, "act": one.act},
        time=since,
    )


def _machine(plant: Plant, asset: str) -> Unit | None:
    if asset in plant.units:
        return plant.units[asset]
    line = next((line for line in plant.lines if line.id == asset), None)
    return plant.counter(line) if line is not None else None


def _apart(moment: Instant, first: Instant, last: Instant) -> int:
    """How far a moment lies outside a span; 0 within it."""
    return max(first - moment, moment - last, 0)


def _stops_of(window: Window, unit: Unit) -> list[tuple[Instant, Instant]]:
    """The machine's own stops that are neither minor nor planned."""
    known = planned(window.plant, window.plant.line(unit.id).id, window.time)
    runs = [
        (began(window, first), int(window.time[last]))
        for first, last in _runs(window.stopped(unit) & ~known)
    ]
    return [(first, last) for first, last in runs if last - first >= _LEAST_US]


def _without(
    start: Instant, end: Instant, others: Sequence[tuple[Instant, Instant]]
) -> list[tuple[Instant, Instant]]:
    """The parts of a span outside others, each followed by the time in which a line fills again."""
    parts = [(start, end)]
    for first, last in others:
        full = first - FILLS_S * SECOND
        cut = [((a, min(b, full)), (max(a, last), b)) for a, b in parts]
        parts = [part for some in cut for part in some if part[0] < part[1]]
    return parts


def _runs(stopped: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last row of each stretch."""
    edges = np.flatnonzero(np.diff(np.r_[False, stopped, False].astype(np.int8)))
    return [(int(a), int(b) - 1) for a, b in edges.reshape(-1, 2)]


def _planned(plant: Plant, at: int, one: Testimony, start: Instant, end: Instant) -> Shift:
    begin = local(plant, start)
    midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    after = start / SECOND - midnight.timestamp()
    stop = Stop(
        line=plant.line(str(one.asset)).id, reason="maintenance", after_min=after / 60.0,
        duration_min=(end - start) / SECOND / 60.0,
    )  # fmt: skip
    return Shift(
        id=f"told-{at}", name=one.act or "planned", start="00:00", duration_min=1440.0,
        days=(begin.weekday(),), stops=(stop,),
    )  # fmt: skip
