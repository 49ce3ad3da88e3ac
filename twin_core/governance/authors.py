"""Who is behind a proposal: the one law of four eyes, for everybody who asks.

Whoever requested it, who lent him the right in which he did, and all who are behind the proposal in
whose place it was put. None of them approves it, nor does anybody in a right of theirs. Pure. It
must never look at who somebody is, only at what he has to do with the proposal.
"""

from collections.abc import Mapping

from twin_core.governance.action import Proposal


def behind(proposal: Proposal) -> Mapping[str, str]:
    """The users behind a proposal, each with what he has to do with it, a clause."""
    requester = proposal.requester
    found = {requester.user: "requested it"}
    if requester.behalf:
        found.setdefault(requester.behalf, "lent the right in which it was requested")
    for user in proposal.earlier:
        found.setdefault(user, "is behind the proposal in whose place it was put")
    return found
