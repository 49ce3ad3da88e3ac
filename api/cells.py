"""GET /cells, POST /cells/{cell}/…: sequences of robot cells, tried before they are proposed."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.routes import AskerOf, Reason, SystemOf, handed_in
from api.system import System
from twin_core.errors import Conflict
from twin_core.evidence import Evidence
from twin_core.governance.action import Basis, Draft, WorkOrder
from twin_core.plant.cell import Cell
from twin_core.simulation.robots.task import Sequence
from twin_core.simulation.robots.trial import Trial, cell_of, planned, trial
from twin_core.value import Slug

router = APIRouter()


class Asked(BaseModel):
    """A sequence; or the plain one for so many cases at a share of full speed.

    Attributes:
        at_s: when the camera looks; None = at the nearest that two things come.
    """

    model_config = ConfigDict(extra="forbid")
    sequence: Sequence | None = None
    cases: Annotated[int | None, Field(ge=1, le=200)] = None
    speed: Annotated[float, Field(gt=0, le=5)] = 1.0
    at_s: Annotated[float | None, Field(ge=0, le=3600)] = None


class Wanted(Asked):
    """A sequence that shall run in the cell, and why."""

    reason: Reason


@router.get("/cells")
async def cells(system: SystemOf, _asker: AskerOf) -> dict[str, Any]:
    """The robot cells that the plant file draws."""
    return {
        "cells": [
            {"id": c.id, "name": c.name, "unit": c.unit, "robots": [r.id for r in c.robots],
             "slots": c.pallet.slots, "cameras": [camera.id for camera in c.cameras]}
            for c in system.plant.cells
        ]
    }  # fmt: skip


@router.post("/cells/{cell}/trials")
async def tried(system: SystemOf, _asker: AskerOf, cell: Slug, body: Asked) -> dict[str, Any]:
    """Whether a sequence is possible and safe, how long it takes, and what a camera sees."""
    return _told(await _trial(system, cell, body))


@router.post("/cells/{cell}/proposals")
async def proposed(system: SystemOf, asker: AskerOf, cell: Slug, body: Wanted) -> dict[str, Any]:
    """Propose a sequence to whoever programs the robots, once nothing speaks against it."""
    found = await _trial(system, cell, body)
    if not found.report.fine or not found.asset:
        why = found.sentence if not found.report.fine else f"{found.name} is no asset of the plant"
        raise Conflict(f"the sequence for {cell} is not proposed", why.rstrip("."))
    snapshot = system.pump.snapshot()
    told = Evidence(
        kind="forecast",
        subject=found.asset,
        statement=found.sentence,
        data={"sequence": found.sequence.model_dump(mode="json"),
              "cycle_s": found.report.cycle_s, "cases": found.report.cases},
        time=snapshot.now,
        quality="simulated",
        origin=f"cell {cell}",
    )  # fmt: skip
    task = f"Load the sequence for {found.report.cases} cases in {found.report.cycle_s:.1f} s"
    draft = Draft(
        action=WorkOrder(asset=found.asset, task=task),
        title=f"{task}: {found.name}",
        reason=f"{body.reason.rstrip('.')}. {found.sentence}",
        evidence=(told,),
        basis=Basis(points=(), revision=snapshot.revision),
    )
    receipt = await system.actuation.submit(draft, asker)
    return {**_told(found), "receipt": handed_in(receipt)}


async def _trial(system: System, name: str, body: Asked) -> Trial:
    cell = cell_of(system.plant, name)
    sequence = body.sequence or planned(cell, body.cases, body.speed)
    (found,) = await system.compute.map(_tried, [(cell, sequence, body.at_s)])
    return found


def _tried(work: tuple[Cell, Sequence, float | None]) -> Trial:
    return trial(*work)


def _told(found: Trial) -> dict[str, Any]:
    return {
        "trial": found.model_dump(mode="json"),
        "sentence": found.sentence,
        "troubles": [str(one) for one in found.report.troubles],
    }
