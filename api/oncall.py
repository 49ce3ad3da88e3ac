"""Who is on call, what asks for an answer, and who says that he looks after it. No law here."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.routes import AskerOf, SystemOf
from twin_core.governance.rota import changes, on_call
from twin_core.value import SECOND, Slug

router = APIRouter()

_LATEST = 7_000_000_000 * SECOND  # in the year 2191: dates as far as an on-call file has them


@router.get("/oncall")
async def oncall(
    system: SystemOf, _asker: AskerOf, at: Annotated[int | None, Query(ge=0, le=_LATEST)] = None
) -> dict[str, Any]:
    """Who is called first in each rota at a time, and until when; and what waits for an answer.

    `at` is microseconds UTC; absent = now.
    """
    now = await system.ledger.now()
    when = now if at is None else at
    found = system.escalating.oncall
    return {
        "time": when,
        "rotas": {
            name: {
                "people": list(on_call(rota, found.zone, when)),
                "until": changes(rota, found.zone, when),
            }
            for name, rota in found.rotas.items()
        },
        "waiting": [
            {**state.model_dump(mode="json", exclude={"outbox"}), "next": following}
            for state, following in system.escalating.waiting(now)
        ],
    }


@router.post("/proposals/{proposal}/acknowledgements")
async def acknowledge(system: SystemOf, asker: AskerOf, proposal: Slug) -> dict[str, str]:
    """Say that the token's holder looks after an uncertain end: nobody else is called."""
    return {"acknowledged": await system.escalating.acknowledge(proposal, asker)}
