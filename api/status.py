"""How a proposal stands, as people and tools are told it. It decides nothing."""

from typing import Literal

from tools.view import ProposalStatus
from twin_core.governance.case import Case, clock_text
from twin_core.governance.desk import Receipt
from twin_core.value import Instant


def status(case: Case, at: Instant) -> ProposalStatus:
    """Title, stage, votes and what was found of a case; `at`: plant time of its last change."""
    votes = tuple(
        f"{v.name} ({', '.join(v.roles)}) {v.meaning}"
        + (f" on behalf of {v.behalf}" if v.behalf else "")
        + f" at {clock_text(v.at)}"
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
        at=at,
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
