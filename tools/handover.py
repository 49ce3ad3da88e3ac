"""What the next shift must know: losses, incidents, what was changed and by whom, what is pending.

And what may fail next. It puts together what other tools tell; it must never leave a part out in
silence: what cannot be had is said.
"""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from tools.alarms import concerns
from tools.arguments import Arguments
from tools.maintenance import work_orders
from tools.performance import ranking
from tools.prognosis import likely_to_fail
from tools.proposals import WAITING, proposal_evidence
from tools.result import ToolResult
from tools.scene import Scene
from tools.shifts import by_custom, shift_meant
from tools.span import Span, read_span, shift_said
from tools.story import incident_evidence
from tools.view import Forecaster, ProposalStatus
from tools.wording import called, local, percent, period, plain
from twin_core.case import Case
from twin_core.errors import Unavailable, WrongKind
from twin_core.evidence import Evidence
from twin_core.operations.incident import Incident
from twin_core.operations.timeline import grouped
from twin_core.ports import WorkRecords
from twin_core.twin import Snapshot
from twin_core.value import SECOND

_JUST_S = 1800.0
"""A shift that began so short ago has little to hand over: the one before is meant."""
_FRESH = "The shift that is on has only just begun, so the one before is told."
_WITHOUT_SHIFTS = "last 8 h"
_NONE_ON = "By the calendar no shift is on now."
_MOST = 8
_AHEAD = 3
_CARRIED_OUT = frozenset({"verified", "effect_seen", "no_effect"})


class ShiftHandover(Arguments):
    """A shift's report for who takes over: losses, incidents, changes, what waits, what may fail.

    Use it for "shift handover", "shift report", "what do I need to know?", "what happened on the
    last shift?".
    """

    doing: ClassVar[tuple[str, str]] = ("Putting the handover together", "for")

    asset: str = Field(default="", description="line or area; empty = whole plant")
    span: str = Field(
        default="",
        description="e.g. “last shift”; empty = this shift, or the last one"
        " where this one has only just begun",
    )


async def shift_handover(
    scene: Scene, forecaster: Forecaster, records: WorkRecords, asset: str = "", span: str = ""
) -> ToolResult:
    """The report, in the order in which it is told."""
    snapshot = scene.look()
    plant = snapshot.plant
    path = scene.asset(asset) if asset.strip() else plant.site
    over, note = _over(span, snapshot)
    lines = ranking(snapshot, path, over.said)
    incidents = _incidents(scene, snapshot, path, over)
    every = await scene.proposals()
    waiting = [one for one in every if one.state in WAITING]
    done = [one for one in every if one.state not in WAITING and over.start <= one.at <= over.end]
    unknown: list[str] = [] if lines.status == "ok" else [lines.text]
    orders, problem = await _orders(scene, records, asset)
    unknown += problem
    ahead, problem = await _ahead(scene, forecaster, records, asset)
    unknown += problem
    told = [_incident(one, case, snapshot) for one, case in incidents[:_MOST]]
    summary = _summary(path, over, note, snapshot, incidents, done, waiting)
    evidence = (
        summary,
        *(e for e in lines.evidence if e.kind == "indicator"),
        *told,
        *(proposal_evidence(one, snapshot.now) for one in (*done[:_MOST], *waiting[:_MOST])),
        *orders,
        *ahead,
    )
    text = " ".join([summary.statement, *unknown])
    return ToolResult(status="ok", text=text, evidence=evidence)


def _over(span: str, snapshot: Snapshot) -> tuple[Span, str]:
    """What is handed over, and what must be said of it."""
    plant, until = snapshot.plant, snapshot.watermark
    if span.strip() and shift_said(span) != "this":
        return read_span(span, until, plant), by_custom(plant) if shift_said(span) else ""
    try:
        began = shift_meant(local(until, plant), plant)[0].timestamp()
    except WrongKind:
        return read_span(_WITHOUT_SHIFTS, until, plant), _NONE_ON
    custom = by_custom(plant)
    if until / SECOND - began < _JUST_S:
        try:
            before = read_span("last shift", until, plant)
        except WrongKind:  # the shift before is none of the calendar's
            pass
        else:
            return before, " ".join(filter(None, (_FRESH, custom)))
    return read_span("this shift", until, plant), custom


def _incidents(
    scene: Scene, snapshot: Snapshot, path: str, over: Span
) -> list[tuple[Incident, Case | None]]:
    """Incidents of the span at or below a path that are part of no other, open ones first."""
    cases = {one.incident.id: one for one in scene.cases()}
    known = {name: one.incident for name, one in cases.items()}
    known |= {one.id: one for one in snapshot.incidents}
    within = [
        one
        for one in known.values()
        if one.opened <= over.end
        and (one.closed is None or one.closed >= over.start)
        and concerns(one, path, snapshot)
    ]
    heads = [group.head for group in grouped(within, snapshot.plant)]
    heads.sort(key=lambda one: (one.closed is not None, -one.severity, -one.opened))
    return [(one, cases.get(one.id)) for one in heads]


def _incident(one: Incident, case: Case | None, snapshot: Snapshot) -> Evidence:
    """An incident, and what it was if that is known."""
    told = incident_evidence(one, snapshot)
    if case is None or case.asset is None:
        return told
    plant = snapshot.plant
    what = plain(case.called(plant) or "an unknown fault")
    sure = "" if case.probability is None else f" ({percent(case.probability)})"
    by = f"confirmed by {case.confirmed_by}" if case.confirmed_by else f"as diagnosed{sure}"
    was = f" It was {what} at {called(case.asset, plant)}, {by}."
    data = {"cause": case.asset, "failure_mode": case.failure_mode, "probability": case.probability}
    return told.model_copy(
        update={"statement": told.statement + was, "data": {**told.data, **data}}
    )


async def _orders(
    scene: Scene, records: WorkRecords, asset: str
) -> tuple[Sequence[Evidence], list[str]]:
    """Open work orders, or why they are not known."""
    try:
        found = await work_orders(scene, records, asset)
    except Unavailable as problem:
        return (), [str(problem)]
    return [e for e in found.evidence if e.data.get("status", "done") != "done"][:_MOST], []


async def _ahead(
    scene: Scene, forecaster: Forecaster, records: WorkRecords, asset: str
) -> tuple[Sequence[Evidence], list[str]]:
    """What may fail next, or why that is not known."""
    try:
        found = await likely_to_fail(scene, forecaster, records, asset)
    except Unavailable as problem:
        return (), [str(problem)]
    return found.evidence[: 1 + _AHEAD], [] if found.status == "ok" else [found.text]


def _summary(
    path: str,
    over: Span,
    note: str,
    snapshot: Snapshot,
    incidents: Sequence[tuple[Incident, Case | None]],
    done: Sequence[ProposalStatus],
    waiting: Sequence[ProposalStatus],
) -> Evidence:
    plant = snapshot.plant
    still = sum(one.closed is None for one, _ in incidents)
    changed = sum(one.state in _CARRIED_OUT for one in done)
    parts = [
        f"{_n(len(incidents), 'incident')}, {still or 'none'} still open",
        f"{_n(changed, 'change')} carried out",
        f"{_n(len(done) - changed, 'proposal')} ended otherwise",
        f"{_n(len(waiting), 'proposal')} {'waits' if len(waiting) == 1 else 'wait'} for a decision",
    ]
    when = period(over.start, over.end, plant, snapshot.now)
    return Evidence(
        kind="record",
        subject=path,
        statement=f"Handover of {called(path, plant)} {when}: {'; '.join(parts)}."
        f"{note and ' '}{note}",
        data={
            "start": over.start, "end": over.end, "incidents": len(incidents), "open": still,
            "changed": changed, "otherwise": len(done) - changed, "waiting": len(waiting),
        },
        time=snapshot.now,
    )  # fmt: skip


def _n(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"
