"""How proposals stand. It must never decide one."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from tools.arguments import Arguments
from tools.result import ToolResult, failed
from tools.scene import Scene
from tools.span import Span, read_span
from tools.view import ProposalStatus
from tools.wording import called, period
from twin_core.evidence import Evidence
from twin_core.governance.admission import touched
from twin_core.plant.assets import Plant
from twin_core.twin import Snapshot
from twin_core.value import Instant, Path

_MOST = 10
WAITING = frozenset({"pending", "proposed", "policy"})
"""States in which people must decide."""
_REFUSED = frozenset({"rejected", "denied", "expired", "stale", "cancelled", "unsafe"})
Which = Literal["", "waiting", "approved", "refused"]
_TOLD = {
    "waiting": ("waits for a decision", "wait for a decision"),
    "approved": ("was approved", "were approved"),
    "refused": ("was refused or lapsed", "were refused or lapsed"),
}
"""What is said of one, and of several."""


class ProposalsStatus(Arguments):
    """How proposals stand: who asked, who must approve, votes, result; newest first.

    Use it for "what is waiting for approval?", "what became of p-…?", "who approved the change on
    …?", "what was rejected today?".
    """

    doing: ClassVar[tuple[str, str]] = ("Reading proposals", "for")

    proposal: str = Field(default="", description="a proposal's id (p-…); empty = the newest")
    asset: str = Field(
        default="",
        description="line, machine or utility that they act on or help; empty = whole plant",
    )
    which: Which = Field(default="", description="those that stand so; empty = all")
    span: str = Field(
        default="",
        description="e.g. “today”, “last shift”: in which they were asked for, voted on or ended",
    )


async def proposals_status(
    scene: Scene, proposal: str = "", asset: str = "", which: Which = "", span: str = ""
) -> ToolResult:
    """One proposal; or the newest that concern an asset and that something became of in a span.

    Where none of an asset's stands as was asked, all of it are told.
    """
    snapshot = scene.look()
    plant, now = snapshot.plant, snapshot.now
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
    path = scene.asset(asset) if asset.strip() else plant.site
    over = read_span(span, snapshot.watermark, plant) if span.strip() else None
    meant = [p for p in everything if _concerns(p, path, plant) and _within(p, over)]
    asked = [p for p in meant if not which or _stands(p) == which]
    if not asked and path != plant.site:
        asked = meant
    found = sorted(asked, key=lambda p: p.state not in WAITING)[:_MOST]
    summary = _summary(meant, which, path, over, snapshot)
    evidence = (summary, *(proposal_evidence(p, now) for p in found))
    return ToolResult(status="ok", text=summary.statement, evidence=evidence)


def _concerns(status: ProposalStatus, path: Path, plant: Plant) -> bool:
    """Whether it acts on something at or below an asset, or is to help a line there."""
    concerned = [*touched(plant, status.action), *filter(None, [status.helps])]
    return any(f"{one}/".startswith(f"{path}/") for one in concerned)


def _within(status: ProposalStatus, over: Span | None) -> bool:
    """Whether something became of it in a span, or it waits at its end."""
    if over is None:
        return True
    waits = status.state in WAITING and min(status.moments, default=status.at) <= over.end
    return waits or any(over.start <= at <= over.end for at in (*status.moments, status.at))


def _stands(status: ProposalStatus) -> str:
    if status.state in WAITING:
        return "waiting"
    return "refused" if status.state in _REFUSED else "approved"


def _summary(
    meant: Sequence[ProposalStatus],
    which: Which,
    path: Path,
    over: Span | None,
    snapshot: Snapshot,
) -> Evidence:
    """How many there are and how they stand, as was asked first.

    The figures do not depend on what was asked, so that nothing is hidden by a word.
    """
    plant = snapshot.plant
    where = "" if path == plant.site else f" of {called(path, plant)}"
    span = {} if over is None else {"start": over.start, "end": over.end}
    when = "" if over is None else f" {period(over.start, over.end, plant, snapshot.now)}"
    counts = {one: sum(_stands(p) == one for p in meant) for one in _TOLD}
    first = which or "waiting"
    rest = [f"{n} {_TOLD[one][n != 1]}" for one, n in counts.items() if n and one != first]
    n, told = counts[first], _TOLD[first]
    if not meant:
        said = f"There is no proposal{where}{when}{f', so none {told[0]}' if which else ''}."
    elif not n:
        said = f"No proposal{where} {told[0]}{when}: {', '.join(rest)}."
    else:
        head = f"{n} proposal{'' if n == 1 else 's'}{where} {told[n != 1]}{when}"
        said = f"{', '.join([head, *rest])}."
    return Evidence(
        kind="proposal",
        subject="proposals" if path == plant.site else path,
        statement=said,
        data={"all": len(meant), **counts, **({"which": which} if which else {}), **span},
        time=snapshot.now,
    )


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
