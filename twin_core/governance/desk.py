"""Where proposals are handed in. All an agent has of governance is this Protocol.

It must never import the gate or its ports, and nothing here approves.
"""

from typing import Literal, Protocol

from twin_core.answer import Asker
from twin_core.governance.action import Draft
from twin_core.value import Value


class Receipt(Value):
    """What became of a draft at the desk.

    Attributes:
        state: `pending` waits for people; `denied` by policy, with the reason.
        needs: who must approve, in words ("1 supervisor, not the requester").
    """

    proposal: str
    state: Literal["pending", "approved", "denied"]
    needs: str
    reason: str = ""

    @property
    def next(self) -> str:
        """What it waits for, or by what it goes on: a sentence."""
        if self.state == "approved":
            return f"Nobody need be asked: it is carried out by {self.needs}."
        return f"It waits for approval by {self.needs}."


class ProposalDesk(Protocol):
    """Takes drafts; gives receipts; nothing else."""

    async def submit(self, draft: Draft, asker: Asker) -> Receipt:
        """Hand in a draft in the name of `asker`. The model never names the requester."""
        ...
