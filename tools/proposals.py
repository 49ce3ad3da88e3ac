"""How proposals stand. It must never decide one."""

from typing import ClassVar

from pydantic import Field

from tools.arguments import Arguments
from tools.result import ToolResult, failed
from tools.scene import Scene
from tools.view import ProposalStatus
from twin_core.evidence import Evidence
from twin_core.value import Instant

_MOST = 10
WAITING = frozenset({"pending", "proposed", "policy"})
"""States in which people must decide."""


class ProposalsStatus(Arguments):
    """How proposals stand: who asked, who must approve, votes, result; newest first.

    Use it for "what is waiting for approval?", "what became of p-…?".
    """

    doing: ClassVar[tuple[str, str]] = ("Reading proposals", "for")

    proposal: str = Field(default="", description="a proposal's id (p-…); empty = the newest")


async def proposals_status(scene: Scene, proposal: str = "") -> ToolResult:
    """One proposal, or the newest."""
    now = scene.look().now
    everything = list(await scene.proposals())
    wanted = proposal.strip()
    if wanted:
        found = [p for p in everything if p.proposal == wanted]
        if not found:
            return failed(
                f"There is no proposal “{wanted}”.", tuple(p.proposal for p in everything[:3])
            )
        known = tuple(proposal_evidence(p, now) for p in found)
        return ToolResult(status="ok", text=known[0].statement, evidence=known)
    found = sorted(everything, key=lambda p: p.state not in WAITING)[:_MOST]
    waiting = sum(p.state in WAITING for p in everything)
    summary = Evidence(
        kind="proposal",
        subject="proposals",
        statement=(
            f"{waiting or 'No'} proposal{'' if waiting == 1 else 's'} "
            f"{'waits' if waiting == 1 else 'wait'} for a decision, of {len(everything)} in all."
            if everything
            else "There is no proposal."
        ),
        data={"all": len(everything), "waiting": waiting},
        time=now,
    )
    evidence = tuple(proposal_evidence(p, now) for p in found)
    return ToolResult(status="ok", text=summary.statement, evidence=(summary, *evidence))


def proposal_evidence(status: ProposalStatus, now: Instant) -> Evidence:
    """How one stands, who asked for it, who decided."""
    votes = " ".join(status.votes)
    by = f" of {status.by}" if status.by else ""
    parts = [f"Proposal {status.proposal}{by}, “{status.title}”: {status.state.replace('_', ' ')}"]
    if status.state in WAITING and status.needs:
        parts.append(f"needs {status.needs}")
    if status.result:
        parts.append(status.result.rstrip("."))
    return Evidence(
        kind="proposal",
        subject=status.proposal,
        statement="; ".join(parts) + "." + (f" {votes}" if votes else ""),
        data={"proposal": status.proposal, "state": status.state, "title": status.title},
        time=now,
    )
