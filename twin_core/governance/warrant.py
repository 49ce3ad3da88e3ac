"""What a stored case may claim: no more, and no less, than the audit chain's records of it say.

Pure. A vote counts only with its record, a stage only as the last record that moved the case left
it. What claims anything else is withdrawn: denied, or unknown and locked once it was to be sent.
It must never restore what a case claimed.
"""

from collections.abc import Mapping, Sequence

from twin_core.canonical import digest
from twin_core.governance.action import Proposal
from twin_core.governance.case import BEFORE_DISPATCH, STANDS, UNDER_WAY, Case, Stage, StepRecord
from twin_core.governance.events import Save
from twin_core.governance.ports import AuditRecord
from twin_core.value import JSON, Instant

_LEAVES: dict[str, tuple[Stage, ...]] = {
    "approved": ("pending", "approved"),  # by one person of several, or by the last
    "vote_void": ("pending",),
    "undo_intent": ("intent",),
    "stopped": ("failed",),
    "settling": ("acked",),
    "presumed_sent": ("dispatched",),
    "handed_over": ("acked",),
    "job_done": ("verified",),
    "effect_unseen": ("verified",),
    "conflict": ("failed", "not_applied", "verified", "effect_seen", "no_effect"),
}
"""Stages in which a record leaves its case, where that is not the stage of the record's name."""


_BEGUN = frozenset({"intent", "undo_intent", "presumed_sent"})
"""Records after which something of the step they name may have left."""
_SINCE: Mapping[str, JSON] = {"rule": "", "terms": "", "behalf": ""}
"""What a signature did not say before it could be given by a rule, or in another's right."""


def unfounded(case: Case, records: Sequence[AuditRecord]) -> str:
    """What a case claims that the records about its proposal do not say; empty if nothing.

    `records` are all of the chain about the proposal, in order.
    """
    stages: tuple[Stage, ...] = ()
    signed: list[tuple[str, JSON]] = []
    content: JSON = None
    place: tuple[JSON, bool] = (0, False)
    resolved = False
    rehearsed: list[JSON] = []
    for record in records:
        body = record.body
        match record.kind:
            case "submitted":
                content = body.get("digest")
            case "policy":
                stages = ("pending",) if body.get("allowed") is True else ("denied",)
            case "reported":
                stages = ("verified",) if body.get("became") == "done" else ("failed",)
            case "unfounded":
                content, signed, resolved = body.get("digest"), [], False
                stages = tuple(stage for stage in STANDS if stage == body.get("stage"))
            case "resolved":
                resolved = True
            case kind:
                stages = _LEAVES.get(kind) or tuple(s for s in STANDS if s == kind) or stages
        if record.kind in {"intent", "undo_intent"}:
            place = body.get("step"), record.kind == "undo_intent"
        if record.kind == "rehearsed":
            rehearsed.append(body.get("evidence"))
        if record.kind in {"approved", "rejected"}:
            signed.append((record.actor, {**_SINCE, **body.get("signature", {})}))
    if content is None:
        return "no record says that it was handed in"
    if not content == case.digest == digest(case.proposal):
        return "its content is not what the records say was handed in"
    for vote in case.votes:
        if (vote.user, vote.model_dump(mode="json")) not in signed:
            return f"no record holds the vote of {vote.name}"
    for found in case.rehearsals:
        if found.id not in rehearsed:
            return f"no record holds the rehearsal {found.id}"
    if case.stage not in stages:
        told = " or ".join(stages) or "nowhere"
        return f"it is stored as {case.stage}, and the records leave it {told}"
    if case.stage in BEFORE_DISPATCH | UNDER_WAY and (case.at, case.back) != place:
        return "it is stored at another step than the records leave it"
    if case.resolved and not resolved:
        return "no record says that a person closed it"
    return ""


def withdrawn(
    name: str, case: Case, records: Sequence[AuditRecord], why: str, now: Instant
) -> Save:
    """The safe end of the case of proposal `name` that claims what is unfounded.

    It has the content that the records say was handed in, if they say one, and no votes.
    """
    handed = [r.body["proposal"] for r in records if r.kind == "submitted"]
    proposal = Proposal.model_validate(handed[0]) if handed else case.proposal
    proposal = proposal.model_copy(update={"id": name})
    begun = {r.body.get("step"): r.at for r in records if r.kind in _BEGUN}
    action = proposal.draft.action
    count = len(getattr(action, "steps", (action,)))
    result = f"the audit chain does not bear out what was stored of it: {why}"
    if begun:
        result += (
            "; what was written is not known, and its equipment is locked until a person has "
            f"looked: opstwin resolve {name} --reason …"
        )
    end = Case(
        proposal=proposal,
        digest=digest(proposal),
        stage="unknown" if begun else "denied",
        tier=case.tier,
        needed=case.needed,
        needs=case.needs,
        rule="unfounded",
        why=why,
        steps=tuple(
            StepRecord(state="lost", at=begun[at], detail=why) if at in begun else StepRecord()
            for at in range(count)
        ),
        epoch=case.epoch,
        changed=now,
        result=result,
    )
    body = {"why": why, "stage": end.stage, "digest": end.digest, "stored": case.stage}
    return Save(end, (("unfounded", "opstwin", name, body),))
