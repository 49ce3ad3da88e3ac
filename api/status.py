"""How a proposal stands, as people and tools are told it. It decides nothing."""

from typing import Literal

from tools.view import ProposalStatus
from tools.wording import moment
from twin_core.governance.case import Case
from twin_core.governance.desk import Receipt
from twin_core.plant.assets import Plant
from twin_core.ports import Clock


def status(case: Case, plant: Plant, clock: Clock) -> ProposalStatus:
    """Title, stage, votes and what was found of a case, at plant times."""
    now, created = clock.plant(), case.proposal.created
    votes = tuple(
        f"{v.name} ({', '.join(v.roles)}) {v.meaning}"
        + (f" on behalf of {v.behalf}" if v.behalf else "")
        + f" at {moment(clock.plant_at(v.at), plant, now)}"
        + (f": {v.reason}" if v.reason else "")
        for v in case.votes
    )
    return ProposalStatus(
        proposal=case.id,
        title=case.proposal.draft.title,
        action=case.proposal.draft.action,
        state=case.stage,
        needs=case.needs if case.stage == "pending" else "",
        votes=votes,
        result=case.result,
        by=case.proposal.requester.user,
        at=clock.plant_at(case.changed),
        moments=tuple(clock.plant_at(at) for at in (created, *(v.at for v in case.votes))),
        helps=effect.line if (effect := case.proposal.draft.effect) is not None else None,
        rehearsals=tuple(f"{one.statement} ({one.id}, by {one.origin})" for one in case.rehearsals),
    )


def receipt(case: Case) -> Receipt:
    """What became of a proposal that was just handed in."""
    state: Literal["pending", "approved", "denied"]
    state = case.stage if case.stage in {"pending", "approved"} else "denied"
    return Receipt(
        proposal=case.id,
        state=state,
        needs=case.needs,
        reason=case.result if state == "denied" else "",
    )
