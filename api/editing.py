"""POST /proposals/ID/edits: another size for what is proposed; simulated, handed in, approved anew.

The old one is taken back and its votes with it: nobody approved this one. It must never carry a
vote, or a forecast of another size, over.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.routes import AskerOf, Reason, SystemOf, handed_in
from api.system import System
from twin_core.advice.edit import forecast_anew, resized, scenarios
from twin_core.answer import Asker
from twin_core.errors import Conflict, ImpossibleScenario
from twin_core.governance.action import Draft
from twin_core.governance.desk import Receipt
from twin_core.value import Path, Slug

router = APIRouter()


class Edit(BaseModel):
    """Points of the plan and the values that shall be written instead, in their units.

    `ramps`: how fast a point may be moved, unit per plant second.
    """

    model_config = ConfigDict(extra="forbid")

    values: Annotated[
        dict[Path, Annotated[float, Field(allow_inf_nan=False)]], Field(max_length=20)
    ] = {}
    ramps: Annotated[
        dict[Path, Annotated[float, Field(gt=0, allow_inf_nan=False)]], Field(max_length=20)
    ] = {}
    reason: Reason


@router.post("/proposals/{proposal}/edits")
async def edit(system: SystemOf, asker: AskerOf, proposal: Slug, body: Edit) -> dict[str, Any]:
    """Put another size in a proposal's place; without a forecast of it, it is a major change."""
    receipt = await edited(system, proposal, asker, body.values, body.ramps, body.reason)
    return {**handed_in(receipt), "replaces": proposal}


async def edited(
    system: System,
    proposal: str,
    asker: Asker,
    values: Mapping[Path, float],
    ramps: Mapping[Path, float],
    reason: str,
) -> Receipt:
    """Another size in a proposal's place, forecast and handed in, as every channel does it.

    Raises:
        UnknownName: no such proposal, or a point that it does not write.
        BadInput: it is no plan of writes, or nothing would be changed.
        NotAllowed, Conflict, StoreDown: as `Actuation.amend`.
    """
    case = await system.actuation.proposal(proposal)
    if case.stage != "pending":
        raise Conflict(proposal, f"it is {case.stage}; only what waits for approval is edited")
    old = case.proposal.draft
    new = resized(system.plant, old, values, asker.name, ramps)
    new = new.model_copy(update={"reason": f"{new.reason} Edited: {reason}"})
    new = await _simulated(system, old, new, values)
    return await system.actuation.amend(proposal, new, asker)


async def _simulated(system: System, old: Draft, new: Draft, values: Mapping[Path, float]) -> Draft:
    asked = scenarios(old, values)
    if asked is None or old.effect is None:
        return new
    snapshot = system.pump.snapshot()
    try:
        (found,) = await system.forecaster.compare(snapshot, asked[0], [asked[1]])
    except ImpossibleScenario:  # what the model cannot play has no forecast, and so is major
        return new
    return forecast_anew(snapshot, new, old.effect, found)
