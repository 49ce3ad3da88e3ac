"""What a ledger restored from a backup may have forgotten of a case: that it went further since.

What the backup holds as not sent yet is taken for sent, and read back; where one look cannot tell,
a person must; what waited for people ends. It must never let anything send that was decided before.
"""

from twin_core.governance.admission import PEOPLE, endpoint
from twin_core.governance.case import UNDER_WAY
from twin_core.governance.hurdles import step_of
from twin_core.governance.turn import Turn
from twin_core.governance.undoing import unsafe

_WHY = "the ledger was restored from a backup, and what was decided and done since is lost"


def forgotten(turn: Turn) -> None:
    """Take the worst for granted of a case that the backup shows on its way."""
    case = turn.case
    state = case.step.state
    owed = case.stage in UNDER_WAY | {"approved"} or state == "unknown"
    unseen = len(case.steps) > 1 or endpoint(turn.world.plant, step_of(case)) == PEOPLE
    if case.stage == "pending":
        turn.note("stale", why=_WHY)
        turn.to("stale", f"{_WHY}; look at the plant and propose again", votes=())
        turn.notify("info", turn.case.result)
    elif case.back:
        unsafe(turn, _WHY)
    elif owed and unseen and state != "told":  # of what they were told of, people report as ever
        turn.note("unknown", step=case.at, why=_WHY)
        turn.case = case.with_step(state="lost", at=turn.now, detail=_WHY)
        turn.to("unknown", f"{_WHY}: how far it went is not known; a person must look")
        turn.notify("page", turn.case.result)
    elif case.stage in {"approved", "intent"}:
        turn.note("presumed_sent", step=case.at, why=_WHY)
        turn.case = case.with_step(state="dispatched", at=turn.now)
        turn.case = turn.case.model_copy(update={"changed": turn.now})  # its lease begins now
        turn.to("dispatched", f"{_WHY}: it may have been sent; it is read back, not sent")
