"""What is likely to fail in a time ahead: ranked, with what speaks for it, or that nothing does.

Readings on their way to a limit, learnt models, the crew's findings. It must never guess: of what
nothing is known it says that it cannot be told.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
from pydantic import Field

from tools.ahead import LONGEST_S, read_ahead
from tools.arguments import Arguments
from tools.prognosis_charts import heading_charts
from tools.result import ToolResult, no_data
from tools.scene import Scene
from tools.view import Forecaster
from tools.wording import called, duration, estimate, moment, percent, sentence
from twin_core.errors import BeyondModel, NotLearnt, NotRelied, Unavailable
from twin_core.evidence import Evidence
from twin_core.models import REMAINING_LIFE
from twin_core.plant.assets import Plant, Unit
from twin_core.ports import WorkOrderRecord, WorkRecords
from twin_core.prospect.health import asked_units, health, ranked
from twin_core.prospect.leading import BACK_S, BUCKETS, Trail, of_recent, wanted
from twin_core.prospect.prognosis import Heading, Health, Known
from twin_core.twin import Snapshot
from twin_core.units import number_text, quantity
from twin_core.value import SECOND

_MOST = 5
_MODES = 2
_ENOUGH = 36
"""Buckets of the history, three hours, from which on the last hour alone is not better."""
_ALL_DAY_S = 24 * 3600.0


class LikelyToFail(Arguments):
    """What is likely to fail in a time ahead, in the plant, an area, a line or a machine: ranked.

    Each with its evidence: a reading on its way to its limit, learnt risk, past failures, wear.
    Use it for "what is likely to fail in the next shift?", "how healthy is …?".
    """

    doing: ClassVar[tuple[str, str]] = ("Looking for what may fail", "in")

    asset: str = Field(default="", description="plant, area, line or machine; empty = the plant")
    horizon: str = Field(
        default="", description="how far ahead: “8 h”, “next shift”; empty = 8 h; at most a day"
    )


async def likely_to_fail(
    scene: Scene,
    forecaster: Forecaster,
    records: WorkRecords,
    asset: str = "",
    horizon: str = "",
) -> ToolResult:
    """The ranked list, and of how many nothing speaks or nothing can be told."""
    snapshot = scene.look()
    plant = snapshot.plant
    path = scene.asset(asset) if asset.strip() else plant.site
    ahead = read_ahead(horizon, snapshot.now, plant) if horizon.strip() else LONGEST_S
    ahead = min(ahead, _ALL_DAY_S)
    found = await healths(scene, forecaster, records, path, ahead)
    if not found:
        return no_data(
            f"{sentence(called(path, plant))} has no failure mode or limit to watch for."
        )
    told = [one for one in found if one.verdict in {"sign", "past"}]
    evidence = [
        _summary(found, told, path, ahead, snapshot),
        *(_told(one, ahead, snapshot) for one in told[:_MOST]),
    ]
    if not told and len(found) == 1:
        evidence.append(_told(found[0], ahead, snapshot))
    return ToolResult(
        status="ok",
        text=evidence[0].statement,
        evidence=tuple(evidence),
        charts=heading_charts(told[:_MOST], snapshot),
    )


async def healths(
    scene: Scene, forecaster: Forecaster, records: WorkRecords, path: str, ahead_s: float
) -> list[Health]:
    """Every asset at or below a path, the likeliest to fail first."""
    snapshot = scene.look()
    plant = snapshot.plant
    units = asked_units(plant, path)
    trails = await _trails(scene, units, snapshot)
    orders = await _orders(records, plant)
    known = [(unit, await _known(forecaster, snapshot, unit, ahead_s)) for unit in units]
    return await asyncio.to_thread(
        lambda: ranked(
            health(plant, unit, ahead_s, snapshot.now, trails, said, orders) for unit, said in known
        )
    )


async def _trails(scene: Scene, units: Sequence[Unit], snapshot: Snapshot) -> Mapping[str, Trail]:
    """The day behind us of what leads, or the settled last hour where the history is shorter."""
    end = snapshot.now
    start = end - int(BACK_S * SECOND)
    found = {}
    for path in wanted(snapshot.plant, units):
        try:
            seen = await scene.history(path, start, end, BUCKETS)
        except Unavailable:
            found[path] = of_recent(snapshot, path)
            continue
        value = np.where(seen["count"] > 0, seen["mean"], np.nan)
        day = Trail.of(seen["time"], value, end)
        enough = int(np.isfinite(value).sum()) >= _ENOUGH
        found[path] = day if enough else of_recent(snapshot, path)
    return found


async def _orders(records: WorkRecords, plant: Plant) -> Sequence[WorkOrderRecord] | None:
    try:
        every = await records.work_orders(None)
    except Unavailable:
        return None
    return [one for one in every if one.asset.split("/")[0] == plant.site]


async def _known(forecaster: Forecaster, snapshot: Snapshot, unit: Unit, ahead_s: float) -> Known:
    """What was learnt of a machine and promoted, and why nothing more was."""
    if snapshot.plant.class_of(unit.id).model != "machine":
        return Known(unlearnt="only machines of a line are learnt from")
    risk, life, why = None, None, ""
    try:
        risk = await forecaster.risk(snapshot, unit.id, ahead_s)
    except (NotLearnt, BeyondModel, NotRelied) as problem:
        why = str(problem)
    try:
        life = (await forecaster.learnt(snapshot, unit.id, REMAINING_LIFE)).prediction
    except (NotLearnt, BeyondModel, NotRelied) as problem:
        why = why or str(problem)
    return Known(risk=risk, life=life, unlearnt=why)


def _summary(
    found: Sequence[Health], told: Sequence[Health], path: str, ahead_s: float, snapshot: Snapshot
) -> Evidence:
    plant = snapshot.plant
    by = {kind: [one for one in found if one.verdict == kind] for kind in
          ("sign", "past", "no_sign", "unknown")}  # fmt: skip
    where, ahead = called(path, plant), duration(ahead_s)
    if by["sign"]:
        head = f"In the next {ahead} {len(by['sign'])} of {len(found)} assets in {where} show signs"
    else:
        head = f"In the next {ahead} none of {len(found)} assets in {where} shows a sign of failing"
    parts = [head]
    if by["past"]:
        parts.append(f"{len(by['past'])} failed before and show none")
    if by["no_sign"]:
        parts.append(f"of {len(by['no_sign'])} what leads their failures heads nowhere")
    if by["unknown"]:
        parts.append(f"of {len(by['unknown'])} it cannot be told")
    return Evidence(
        kind="forecast",
        subject=path,
        statement="; ".join(parts) + ".",
        data={
            "assets": len(found),
            **{kind: [one.asset for one in some] for kind, some in by.items()},
            "counts": {kind: len(some) for kind, some in by.items()},
            "horizon_s": ahead_s,
            "named": [one.asset for one in told[:_MOST]],
        },
        time=snapshot.now,
        quality="simulated",
    )


def _told(one: Health, ahead_s: float, snapshot: Snapshot) -> Evidence:
    plant = snapshot.plant
    parts = [_head(one, ahead_s, plant)]
    parts += [_heading(h, plant) for h in one.heading[:_MODES]]
    if one.wear:
        parts.append(_wear(one))
    if one.risk is not None and one.risk.value is not None:
        by = "by what it shows" if one.risk.by == "learned" else "by how often it has failed"
        parts.append(f"its learnt risk is {percent(one.risk.value)}, {by}")
    if one.life is not None:
        life = one.life
        more = " or more" if life.capped else ""
        parts.append(
            f"by what was learnt it runs {number_text(life.value)} h more "
            f"({number_text(life.low)} to {number_text(life.high)} h{more})"
        )
    parts.append(_past(one, plant, snapshot))
    if one.anomaly is not None and one.anomalous is not None:
        size = one.anomaly
        parts.append(
            f"furthest from usual is {called(one.anomalous, plant)}, by {number_text(size.mean)} "
            f"standard deviations ({number_text(size.low)} to {number_text(size.high)})"
        )
    if one.risk is None and one.life is None:
        parts.append("nothing was learnt of it")
    return Evidence(
        kind="forecast",
        subject=one.asset,
        statement=". ".join(sentence(part) for part in parts if part) + ".",
        data={"horizon_s": ahead_s, "per_cent": _per_cents(one), **one.model_dump(mode="json")},
        time=snapshot.now,
        quality="simulated",
    )


def _per_cents(one: Health) -> list[float]:
    """What is told in per cent, as it is told."""
    chances = [] if one.chance is None else [one.chance.mean, one.chance.low, one.chance.high]
    told = (*chances, *(h.within for h in one.heading), *(w.weight for w in one.wear))
    return [100.0 * p for p in told]


def _head(one: Health, ahead_s: float, plant: Plant) -> str:
    name, ahead = called(one.asset, plant), duration(ahead_s)
    if one.verdict == "unknown":
        why = "nothing that leads its failures is heard"
        return f"{name}: whether it fails in the next {ahead} cannot be told, {why}"
    if one.chance is None:
        heard = f"{one.heard} of {one.leads} leading readings were heard"
        return f"{name}: no sign that it fails in the next {ahead}; {heard}"
    if any(h.passed for h in one.heading):
        return f"{name} has passed a limit already"
    span = ""
    if one.chance.high - one.chance.low > 1e-9:
        span = f" ({percent(one.chance.low)} to {percent(one.chance.high)})"
    return (
        f"{name} fails or passes a limit in the next {ahead} with {percent(one.chance.mean)}{span}"
    )


def _heading(one: Heading, plant: Plant) -> str:
    point = plant.point(one.point)
    name, unit = called(one.point, plant), point.spec.unit
    limit = f"its {'alarm limit' if one.by == 'alarm' else 'limit'} of {quantity(one.limit, unit)}"
    if one.passed:
        return f"{name} is {one.side} {limit}: {quantity(one.now, unit)}"
    way = "rising" if one.slope.mean > 0 else "falling"
    when = "not within thirty days"
    if one.hours.middle is not None:
        ends = [
            "more than 720" if end is None else number_text(end)
            for end in (one.hours.low, one.hours.high)
        ]
        when = f"in {number_text(one.hours.middle)} h (90 % interval {ends[0]} to {ends[1]} h)"
    low, high = sorted(abs(end) for end in (one.slope.low, one.slope.high))
    pace = {"mean": abs(one.slope.mean), "low": low, "high": high, "unit": f"{unit}/h"}
    speed = estimate(one.slope.model_copy(update=pace))
    return (
        f"{name} is {quantity(one.now, unit)} and {way} by {speed} over the last "
        f"{duration(one.over_h * 3600)}: {limit} is reached {when}, within the time asked about "
        f"with {percent(one.within)}"
    )


def _wear(one: Health) -> str:
    """What fits, the weightiest first; of several how they weigh."""
    said = []
    for wear in one.wear[:_MODES]:
        missing = f", not there: {', '.join(wear.unseen)}" if wear.unseen else ""
        weight = f" with a weight of {percent(wear.weight)}" if len(one.wear) > 1 else ""
        said.append(f"it fits “{wear.name}”{weight} ({', '.join(wear.seen)}{missing})")
    return "; ".join(said)


def _past(one: Health, plant: Plant, snapshot: Snapshot) -> str:
    found = one.found
    if found is None:
        return "no work orders tell of its past"
    days = duration(found.over_h * 3600)
    if not found.faults or found.last is None:
        return f"no fault was found in it in {days} of work orders"
    when = moment(found.last, plant, snapshot.now)
    times = "once" if found.faults == 1 else f"{found.faults} times"
    return f"a fault was found in it {times} in {days} of work orders, last at {when}"
