"""How a proposal stands, as people and tools are told it. It decides nothing."""

from tools.view import ProposalStatus
from twin_core.governance.case import Case, clock_text


def status(case: Case) -> ProposalStatus:
    """Title, stage, votes and what was found of a case."""
    votes = tuple(
        f"{v.name} ({', '.join(v.roles)}) {v.meaning} at {clock_text(v.at)}"
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
        rehearsals=tuple(f"{one.statement} ({one.id}, by {one.origin})" for one in case.rehearsals),
    )
