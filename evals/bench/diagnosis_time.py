"""What a diagnosis costs on a large plant with a long past (`bench diagnosis`).

One plant is played, a fault at its end, and copied side by side, so that every copy shows what a
plant shows. It must never be used for what a diagnosis says.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
from numpy.typing import NDArray

from api.plant_file import read_plant
from evals.bench.big_plant import enlarged
from evals.bench.row import Bar, Row
from evals.emulator.faults import Fault, Size
from evals.exam.sitting import Sitting, moment
from evals.exam.telling import Telling
from twin_core.diagnosis.diagnose import diagnose
from twin_core.plant.assets import Plant
from twin_core.recent import Recent
from twin_core.twin import Snapshot

LIMIT_S = Bar(high=5.0)
_SEED = 7_340_000
_AFTER_S = 420
_REMEMBERED_H = 1
_SHARE = 0.6
"""Of its speed that the drive of the first machine gives, at the end."""


@dataclass(frozen=True, slots=True)
class Large:
    """Points, hours of past, and how often it is asked."""

    points: int
    hours: int
    times: int


FULL, QUICK = Large(10_000, 8, 5), Large(2_000, 2, 2)


def rows(plant_file: Path, size: Large) -> Iterator[Row]:
    """Wall seconds of a diagnosis, the first left out: it loads what it needs."""
    plant = read_plant(plant_file)
    line = next(x.id for x in plant.lines if x.kind == "production")
    machine = next(m.id for m in plant.machines(plant.line(line)))
    snapshot, past = lived(plant, machine, size.hours)
    big = enlarged(plant, size.points)
    whole = beside_itself(snapshot, past, big)
    for hours, bar in ((size.hours, LIMIT_S if size.points >= 10_000 else None), (1, None)):
        shown = whole if hours == size.hours else replace(whole, recent=_last(whole.recent, 1))
        yield timed(shown, machine, hours, size.times, bar)


def timed(shown: Snapshot, machine: str, hours: int, times: int, bar: Bar | None) -> Row:
    """Wall and CPU seconds of diagnoses of the machine's line, all of which must name it.

    What finds nothing weighs no suspects and plays nothing: its time says nothing.
    """
    line, took, used, missed = shown.plant.line(machine).id, [], [], 0
    for _ in range(times + 1):
        began, busy = perf_counter(), process_time()
        found = diagnose(shown, line, hours * 3600.0, _SEED)
        took.append(perf_counter() - began)
        used.append(process_time() - busy)
        missed += not found.causes or found.causes[0].asset != machine
    what = f"a drive at {_SHARE:.0%} of its speed"
    load = f"{len(shown.plant.points):,} points, {hours} h window, {what}"
    if hours > _REMEMBERED_H:
        load += f"; handed over: a twin remembers {_REMEMBERED_H} h"
    load += f"; longest {max(took[1:]):.2g} s, wall; CPU {np.median(used[1:]):.2g} s"
    return Row(
        name=f"diagnosis.time.{hours}h", value=None if missed else float(np.median(took[1:])),
        unit="s (median)", load=load, n=times, bar=bar,
        why=f"{missed} of {times + 1} times another cause was named, or none" if missed else None,
    )  # fmt: skip


def lived(plant: Plant, machine: str, hours: int) -> tuple[Snapshot, Recent]:
    """Belief after so many hours, the last minutes of them with a fault, and all of its rows.

    The fault strikes a line that runs: where a stop is planned around it, it waits.
    """
    sitting = Sitting(plant, _SEED, moment(_SEED), [Telling("as it is", plant)])
    parts: list[Recent] = []
    for hour in range(hours):
        last = hour == hours - 1
        sitting.turn(3600 - _AFTER_S if last else 3600)
        if last:
            sitting.wait(plant.line(machine).id, _AFTER_S)
            sitting.world.standin.inject(
                Fault(
                    id="drive", component=machine, parameter="drive", shape="step",
                    size=Size(factor=_SHARE),
                )
            )  # fmt: skip
            sitting.turn(_AFTER_S)
        recent = sitting.snapshot().recent
        since = parts[-1].time[-1] if parts else -1
        parts.append(_rows(recent, recent.time > since))
    return sitting.snapshot(), Recent(
        time=np.concatenate([p.time for p in parts]),
        mean=np.concatenate([p.mean for p in parts]),
        low=np.concatenate([p.low for p in parts]),
        high=np.concatenate([p.high for p in parts]),
    )


def beside_itself(snapshot: Snapshot, past: Recent, big: Plant) -> Snapshot:
    """What would be believed of `big`, every copy of the plant showing what the plant shows."""
    at = np.array([snapshot.plant.index[_original(p.id, snapshot.plant)] for p in big.points])
    own = {s.id for s in snapshot.plant.sources}
    of = {s.id: s.id if s.id in own else s.id.rsplit("_", 1)[0] for s in big.sources}
    sources = {copy: snapshot.sources[one] for copy, one in of.items() if one in snapshot.sources}
    columns: dict[str, NDArray[np.generic]] = {
        name: getattr(snapshot, name)[at]
        for name in (
            "value", "time", "status", "settled_value", "settled_time", "settled_status",
        )
    }  # fmt: skip
    recent = Recent(past.time, past.mean[:, at], past.low[:, at], past.high[:, at])
    changed = {**columns, "plant": big, "sources": sources, "recent": recent}
    return replace(snapshot, **changed)  # type: ignore[arg-type]


def _rows(recent: Recent, which: NDArray[np.bool_]) -> Recent:
    return Recent(recent.time[which], recent.mean[which], recent.low[which], recent.high[which])


def _last(recent: Recent, hours: int) -> Recent:
    return _rows(recent, recent.time > recent.time[-1] - hours * 3_600_000_000)


def _original(path: str, plant: Plant) -> str:
    """The point of the one plant of which this is a copy: its area bears the copy's number."""
    plain = re.sub(r"^([^/]+/[^/]+)_\d+/", r"\1/", path)
    return path if path in plant.index else plain
