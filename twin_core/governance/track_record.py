"""What speaks for trusting an asset further, or less: counted from what was said and what came.

Pure. It counts; an engineer judges. It must never leave out what went wrong.
"""

from collections.abc import Iterable, Mapping

from twin_core.case import Case as Incident
from twin_core.governance.admission import touched
from twin_core.governance.case import Case
from twin_core.governance.shadow import Shadow
from twin_core.governance.trust import Ladder, Step
from twin_core.plant.assets import Plant
from twin_core.value import Value


class Count(Value):
    """So many of so many."""

    n: int = 0
    of: int = 0


class TrackRecord(Value):
    """Of an asset and all below it.

    Attributes:
        why: what lowered its step, if not a person set it.
        causes: diagnosed as people confirmed them later, of all they confirmed.
        forecasts: that held, of those of carried out proposals that could be judged.
        proposals: that people approved, of those handed in and decided or lapsed.
        writes: read back as asked, of those sent.
        shadows: proposals only thought; of these `shadows_taken` people did the same by hand, of
            those that could be seen; `shadows_held` as `forecasts`.
        failures: what went wrong, newest first, a sentence each.
    """

    asset: str
    step: Step
    why: str = ""
    causes: Count = Count()
    forecasts: Count = Count()
    proposals: Count = Count()
    writes: Count = Count()
    shadows: int = 0
    shadows_taken: Count = Count()
    shadows_held: Count = Count()
    failures: tuple[str, ...] = ()


_MOST = 10
_TAKEN = frozenset({"approved", "intent", "not_applied"})
_DONE = frozenset({"verified", "undone", "undoing", "left", "barred"})


def track_record(
    plant: Plant,
    asset: str,
    ladder: Ladder,
    cases: Iterable[Case],
    incidents: Iterable[Incident],
    shadows: Mapping[str, Shadow],
) -> TrackRecord:
    """The record of an asset, of all `cases` of the site and what came of the `shadows` among them.

    `incidents` are those with what was diagnosed and what people confirmed.
    """
    here = [c for c in cases if any(_in(a, asset) for a in touched(plant, c.proposal.draft.action))]
    real = [case for case in here if not case.shadow]
    thought = [case for case in here if case.shadow]
    confirmed = [
        one for one in incidents
        if one.confirmed_by and one.diagnosed is not None and _in(str(one.asset), asset)
    ]  # fmt: skip
    sent = [record.state for case in real for _, record in case.written() if record.at is not None]
    known = [shadows[case.id] for case in thought if case.id in shadows]
    wrong = sorted((c for c in real if c.disappointed), key=lambda case: -case.changed)
    return TrackRecord(
        asset=asset,
        step=ladder.step(asset),
        why=ladder.why.get(asset, ""),
        causes=_count(one.as_diagnosed for one in confirmed),
        forecasts=_count(
            case.stage == "effect_seen"
            for case in real
            if case.stage in {"effect_seen", "no_effect"}
        ),
        proposals=_count(
            case.started or case.stage in _TAKEN
            for case in real
            if case.stage not in {"pending", "denied", "stale"}
        ),
        writes=_count(state in _DONE for state in sent),
        shadows=len(thought),
        shadows_taken=_count(bool(one.taken) for one in known if one.taken is not None),
        shadows_held=_count(bool(one.held) for one in known if one.held is not None),
        failures=tuple(f"{case.id}: {case.result}" for case in wrong[:_MOST]),
    )


def _in(path: str, asset: str) -> bool:
    return f"{path}/".startswith(f"{asset}/")


def _count(found: Iterable[bool]) -> Count:
    known = list(found)
    return Count(n=sum(known), of=len(known))
