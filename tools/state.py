"""What is so now: the plant at a glance, one asset, one value. It must never give an old value.

A value that is stale, quarantined or not to be had is said to be that, in the sentence itself.
"""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from tools.arguments import Arguments
from tools.hearing import units_under
from tools.machine import machine_state
from tools.rate import line_rate
from tools.result import ToolResult, no_data
from tools.scene import Scene
from tools.story import incident_evidence
from tools.wording import called, duration, moment, sentence
from twin_core.evidence import Evidence
from twin_core.plant.assets import Plant, Point, Unit
from twin_core.plant.classes import Role
from twin_core.recent import GRID_S
from twin_core.twin import Snapshot
from twin_core.units import number_text, quantity

_MOST_POINTS = 20
_NEWEST_ROWS, _LEAST_ROWS = 30, 60
"""Of the common grid: what is compared, and what it takes to compare with."""
_QUALITY: dict[str, Literal["good", "uncertain"]] = {"good": "good", "uncertain": "uncertain"}
_NOT_VALUES = frozenset(
    {
        Role.STATE,
        Role.STARVED,
        Role.BLOCKED,
        Role.STOP_REASON,
        Role.MODE,
        Role.PRODUCED,
        Role.DEFECTIVE,
        Role.PRODUCT,
    }
)


class PlantOverview(Arguments):
    """The whole plant at a glance: each line's rate now, and what cannot be heard.

    Use it for "how is the plant doing?" or when no line or machine is named.
    """

    doing: ClassVar[tuple[str, str]] = ("Looking over the plant", "for")


class AssetState(Arguments):
    """How one line, machine or utility is doing now: states, rate, its values.

    Use it for "how is …?", "is … running?", "what is … doing?". For one value use latest_values.
    """

    doing: ClassVar[tuple[str, str]] = ("Looking", "at")

    asset: str = Field(description="line, machine or utility as people call it")


class LatestValues(Arguments):
    """The newest believed value of one measurement, with unit, time and quality.

    Use it for "what is the … of …?", "how fast is …?", "how high is … on …?".
    """

    doing: ClassVar[tuple[str, str]] = ("Reading the value", "of")

    measurement: str = Field(description="what is measured, as people say it")
    asset: str = Field(description="machine, line or utility as people call it")


async def plant_overview(scene: Scene) -> ToolResult:
    """Every production line's rate, and every source that cannot be heard."""
    snapshot = scene.look()
    evidence: list[Evidence] = []
    for line in snapshot.plant.lines:
        silent = scene.silent(line.id)
        if silent is not None:
            evidence.append(silent)
        elif line.kind == "production":
            evidence.append(line_rate(snapshot, line))
    still_open = [i for i in snapshot.incidents if i.closed is None]
    summary = Evidence(
        kind="state",
        subject=snapshot.plant.site,
        statement=(
            f"{snapshot.plant.name} at {moment(snapshot.now, snapshot.plant)}: "
            f"{len(still_open) or 'no'} open incident{'' if len(still_open) == 1 else 's'}."
        ),
        data={"open_incidents": len(still_open), "time": snapshot.now},
        time=snapshot.now,
    )
    evidence += [incident_evidence(i, snapshot) for i in still_open[:10]]
    return ToolResult(status="ok", text=summary.statement, evidence=(summary, *evidence))


async def asset_state(scene: Scene, asset: str) -> ToolResult:
    """States, rate and values of a line or unit."""
    snapshot = scene.look()
    path = scene.asset(asset)
    silent = scene.silent(path)
    if silent is not None:
        return no_data(silent.statement, silent)
    units = units_under(path, snapshot.plant)
    alone = len(units) == 1 and units[0].id == path
    evidence: list[Evidence] = []
    if len(path.split("/")) == 3 and snapshot.plant.line(path).kind == "production":
        evidence.append(line_rate(snapshot, snapshot.plant.line(path)))
    for unit in units:
        state = machine_state(unit, snapshot)
        if state is not None:
            evidence.append(state)
        wanted = (
            _all_values(unit, snapshot.plant)
            if alone
            else _main_value(unit)
            if state is None
            else []
        )
        evidence += [reading(point, snapshot) for point in wanted[:_MOST_POINTS]]
    evidence += [
        incident_evidence(i, snapshot)
        for i in snapshot.incidents
        if i.closed is None and path in {i.line, i.subject}
    ]
    if not evidence:
        return no_data(f"There is nothing measured at {called(path, snapshot.plant)}.")
    when = moment(snapshot.now, snapshot.plant)
    text = sentence(f"{called(path, snapshot.plant)} at {when}.")
    return ToolResult(status="ok", text=text, evidence=tuple(evidence))


async def latest_values(scene: Scene, measurement: str, asset: str) -> ToolResult:
    """One measurement (or, for a line, its rate), newest."""
    snapshot = scene.look()
    path = scene.asset(asset)
    silent = scene.silent(path)
    if silent is not None:
        return no_data(silent.statement, silent)
    line = scene.rate_meant(measurement, path)
    if line is not None:
        found = line_rate(snapshot, line)
        return ToolResult(status="ok", text=found.statement, evidence=(found,))
    point = scene.point(measurement, path)
    seen = reading(point, snapshot, compare=True)
    if seen.data["value"] is None:
        return no_data(seen.statement, seen)
    before = _before(point, seen, snapshot)
    return ToolResult(status="ok", text=seen.statement, evidence=(seen, *before))


def _before(point: Point, seen: Evidence, snapshot: Snapshot) -> list[Evidence]:
    """The same point in the hour before, and whether it stands below, above or within that.

    The range leaves out the extreme hundredths. Nothing where less than ten minutes are remembered.
    """
    rows = snapshot.recent.mean[:-_NEWEST_ROWS, snapshot.plant.index[point.id]]
    rows = rows[np.isfinite(rows)]
    if len(rows) < _LEAST_ROWS or point.spec.role in _NOT_VALUES:
        return []
    low, middle, high = (float(v) for v in np.percentile(rows, (1, 50, 99)))
    value, unit = float(seen.data["value"]), point.spec.unit
    alike = number_text(value) in {number_text(low), number_text(high)}
    where = "within" if alike or low <= value <= high else "below" if value < low else "above"
    told = quantity(middle, unit)
    if number_text(low) != number_text(high):
        told = f"{number_text(low)} to {quantity(high, unit)}, mostly about {told}"
    return [
        Evidence(
            kind="series",
            subject=point.id,
            statement=(
                f"In the {duration(len(rows) * GRID_S)} remembered before it was {told}: "
                f"it is {where} that now."
            ),
            data={"low": low, "middle": middle, "high": high, "unit": unit, "where": where},
            time=seen.time,
            origin=point.source,
        )
    ]


def reading(point: Point, snapshot: Snapshot, *, compare: bool = False) -> Evidence:
    """One point as believed now, in one sentence that says how far it can be trusted.

    With `compare` it says what is normal for the class too, where that is known.
    """
    believed = snapshot.latest(point.id)
    name = called(point.id, snapshot.plant)
    unit = point.spec.unit
    value = believed.value if believed.state in {"good", "uncertain"} else None
    if value is not None:
        when = moment(believed.time or snapshot.now, snapshot.plant, snapshot.now)
        doubt = "" if believed.state == "good" else f" ({believed.state})"
        normal = point.spec.normal if compare else None
        usual = (
            f"; normal is {number_text(normal.low)} to {quantity(normal.high, unit)}"
            if normal is not None
            else ""
        )
        told = f"{sentence(name)}: {quantity(value, unit)} at {when}{doubt}{usual}."
    else:
        since = (
            f" since {moment(believed.since, snapshot.plant, snapshot.now)}"
            if believed.since
            else ""
        )
        why = f": {believed.why}" if believed.why else ""
        told = f"{sentence(name)}: no value, {believed.state.replace('_', ' ')}{since}{why}."
    return Evidence(
        kind="reading",
        subject=point.id,
        statement=told,
        data={"value": value, "unit": unit, "belief": believed.state, "status": believed.status},
        time=believed.time or snapshot.now,
        quality=_QUALITY.get(believed.state, "bad"),
        origin=point.source,
    )


def _all_values(unit: Unit, plant: Plant) -> list[Point]:
    return [p for p in plant.points_of(unit) if p.spec.role not in _NOT_VALUES]


def _main_value(unit: Unit) -> list[Point]:
    """What tells most of a unit without states: its potential, level or output."""
    for role in (Role.POTENTIAL, Role.LEVEL, Role.OUTPUT, Role.FLOW):
        point = unit.with_role(role)
        if point is not None:
            return [point]
    return list(unit.points[:1])
