"""A machine that stood because people made it: their word explains the stand, where it was one.

A stop they planned is then like one of the plant file, if nothing is left to explain with it. Their
word explains nothing but the standing: where two agreeing measurements show a failure besides,
these are told instead. It must never excuse a machine that was not seen to stand.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from twin_core.diagnosis.cause import Diagnosis
from twin_core.diagnosis.ranking import Suspect
from twin_core.diagnosis.testimony import AGREEING, shown
from twin_core.diagnosis.window import Window, began, planned
from twin_core.diagnosis.wording import asset_text, clock, local
from twin_core.evidence import Evidence
from twin_core.plant.assets import Plant, Unit
from twin_core.plant.classes import Role
from twin_core.plant.production import Shift, Stop
from twin_core.testimony.testimony import Testimony
from twin_core.twin import GRID_S, Snapshot
from twin_core.value import SECOND, Instant

_EARLIER_US, _LATER_US = 900 * SECOND, 120 * SECOND
"""How far from the moment said a stop may lie that is meant, where no span was said."""
_LEAST_US = (60 + 2 * GRID_S) * SECOND
"""A minute, and what its first and last bucket reach beyond it: shorter stops are minor."""
_STANDING = {
    Role.STATE, Role.MODE, Role.STOP_REASON, Role.STARVED, Role.BLOCKED, Role.SPEED, Role.PRODUCED,
    Role.DEFECTIVE, Role.LEVEL, Role.FLOW, Role.OUTPUT,
}  # fmt: skip
"""Roles of points that move whenever a machine stands, for whatever reason."""

Stand = tuple[Testimony, Instant, Instant]
"""A report of a planned act and the stand it explains."""


def stands(window: Window, testimony: Sequence[Testimony]) -> list[Stand]:
    """The stands that planned acts explain, as they were seen; of each person his last word."""
    plant = window.plant
    found: dict[tuple[str, str, Instant], Stand] = {}
    for one in sorted(testimony, key=lambda t: t.said):
        unit = _machine(plant, one.asset or "")
        if one.kind != "planned" or unit is None:
            continue
        known = planned(plant, plant.line(unit.id).id, window.time)
        moment = one.start == one.end
        begin = one.start - (_EARLIER_US if moment else _LATER_US)
        runs = [
            (one, began(window, first), int(window.time[last]))
            for first, last in _runs(window.stopped(unit) & ~known)
        ]
        meant = [
            run
            for run in runs
            if run[2] - run[1] >= _LEAST_US and run[1] < one.end + _LATER_US and run[2] > begin
        ]
        longest = sorted(meant, key=lambda run: run[1] - run[2])
        for run in longest[:1] if moment else meant:
            found[one.who, unit.id, run[1]] = run
    return list(found.values())


def excused(snapshot: Snapshot, found: Sequence[Stand]) -> Snapshot:
    """The snapshot of a plant in whose calendar these stands are planned stops of their lines."""
    plant = snapshot.plant
    shifts = tuple(_planned(plant, at, *stand) for at, stand in enumerate(found))
    return replace(snapshot, plant=plant.model_copy(update={"shifts": (*plant.shifts, *shifts)}))


def overruled(suspects: Sequence[Suspect], plant: Plant) -> bool:
    """Whether two agreeing measurements, apart from standing, show a failure besides."""
    if not suspects:
        return False
    telling = [p for p in shown(suspects[0].match) if plant.point(p).spec.role not in _STANDING]
    return len(telling) >= AGREEING


def standing(diagnosis: Diagnosis, found: Sequence[Stand], plant: Plant) -> Diagnosis:
    """The diagnosis of what these stands do not explain, with each of them told."""
    told = [_of_stand(stand, plant) for stand in found]
    return diagnosis.model_copy(
        update={
            "evidence": (*diagnosis.evidence, *told),
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
