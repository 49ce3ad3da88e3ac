"""GET /lineage, /lots and /lots/{lot}: the digital thread of a value and of what was made."""

import asyncio
from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.routes import AskerOf, SystemOf
from api.system import System
from twin_core import lineage as thread
from twin_core import lots as made
from twin_core.governance.action import WriteStep
from twin_core.governance.case import Case
from twin_core.lineage import Doubt
from twin_core.lot_folds import Written
from twin_core.lot_lineage import lot_lineage
from twin_core.plant.production import Lot
from twin_core.value import SECOND, Instant, Slug

router = APIRouter()

_LATEST = 2**53 - 1


@router.get("/lineage")
async def lineage(
    system: SystemOf,
    _asker: AskerOf,
    point: str,
    at: Annotated[Instant | None, Query(ge=0, le=_LATEST)] = None,
) -> dict[str, Any]:
    """What a point was at a plant time (microseconds; absent = now), down to raw readings."""
    snapshot = system.pump.snapshot()
    readings = await thread.newest(snapshot, system.historian, point, at)
    # Elsewhere, for the digest of a large plant file takes a second, once.
    found = await asyncio.to_thread(thread.lineage, snapshot, readings, point, at)
    return {**found.model_dump(mode="json"), "timezone": snapshot.plant.timezone}


@router.get("/lots")
async def lots(
    system: SystemOf,
    _asker: AskerOf,
    hours: Annotated[float, Query(gt=0, le=24 * made.LONGEST_DAYS)] = 24,
    while_quarantined: str = "",
) -> dict[str, Any]:
    """Lots that were being made in the last plant hours, or while a point could not be believed."""
    snapshot = system.pump.snapshot()
    if while_quarantined:
        found = await made.doubted(snapshot, system.historian, while_quarantined)
    else:
        start = snapshot.now - int(hours * 3600 * SECOND)
        found = tuple(
            (lot, ()) for lot in await made.lots(snapshot, system.historian, max(0, start))
        )
    return {
        "time": snapshot.now,
        "timezone": snapshot.plant.timezone,
        "lots": [
            {**_told(lot), "doubts": [
                {"point": s.point, **Doubt.of(s).model_dump(mode="json")} for s in spells
            ]}
            for lot, spells in found
        ],
    }  # fmt: skip


@router.get("/lots/{lot}")
async def lot(system: SystemOf, _asker: AskerOf, lot: Slug) -> dict[str, Any]:
    """On which machines a lot was made, under which settings, with which readings."""
    snapshot = system.pump.snapshot()
    found = await made.lot(snapshot, system.historian, lot)
    written = _written(system, await system.actuation.cases())
    await asyncio.to_thread(lambda: snapshot.plant.version)
    told = await lot_lineage(snapshot, system.historian, found, written)
    return {**told.model_dump(mode="json"), "timezone": snapshot.plant.timezone}


def _told(lot: Lot) -> dict[str, Any]:
    return lot.model_dump(mode="json")


def _written(system: System, cases: Iterable[Case]) -> list[Written]:
    """Every write that was sent and read back, and its undoing, in plant time."""
    plant_now, ledger_now = system.clock.plant(), system.clock.ledger()

    def plant_time(at: Instant) -> Instant:
        return plant_now - int((ledger_now - at) * system.settings.time_factor)

    found = []
    for case in cases:
        action = case.proposal.draft.action
        if action.kind != "write_plan":
            continue
        names = tuple(v.name for v in case.votes if v.meaning == "approved")
        for step, record in zip(action.steps, case.steps, strict=True):
            assert isinstance(step, WriteStep)
            if record.at is None:
                continue
            found.append(
                Written(point=step.point, value=step.value, at=plant_time(record.at),
                        proposal=case.id, approved_by=names)
            )  # fmt: skip
            if record.state == "undone" and step.compensation is not None:
                found.append(
                    Written(point=step.compensation.point, value=step.compensation.value,
                            at=plant_time(case.changed), proposal=case.id, approved_by=names)
                )  # fmt: skip
    return found
