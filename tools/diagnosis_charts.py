"""A diagnosis as something to draw: where the line loses; what showed the cause, where and when.

It must never decide how it looks, nor reason.
"""

from tools.wording import called, sentence
from twin_core.chart import Gantt, Span, Step, Waterfall
from twin_core.diagnosis.cause import Cause, Diagnosis
from twin_core.diagnosis.wording import SHOWS
from twin_core.evidence import Evidence
from twin_core.plant.assets import Plant
from twin_core.value import SECOND

_MOST_SIGNS = 12


def diagnosis_charts(found: Diagnosis, plant: Plant) -> tuple[Waterfall | Gantt, ...]:
    """The losses from usual to now, and the signs of the first cause over its path."""
    charts: list[Waterfall | Gantt] = []
    if found.losses and found.usual is not None:
        charts.append(_losses(found, found.usual, plant))
    if found.verdict == "cause" and found.causes:
        course = _course(found, found.causes[0], plant)
        charts += [course] if course is not None else []
    return tuple(charts)


def _losses(found: Diagnosis, usual: float, plant: Plant) -> Waterfall:
    return Waterfall(
        title=f"Where {called(found.subject, plant)} loses",
        first="usual",
        value=usual,
        steps=tuple(
            Step(label=sentence(called(x.asset, plant)), value=-x.rate) for x in found.losses
        ),
        last="now",
        unit=found.unit,
    )


def _course(found: Diagnosis, cause: Cause, plant: Plant) -> Gantt | None:
    """What showed the cause, a row each, along its path from where it sits, in order of time."""
    known = {evidence.id: evidence for evidence in found.evidence}
    signs = [known[i] for i in cause.supports if i in known and known[i].kind == "symptom"]
    if not signs:
        return None
    way = {asset: place for place, asset in enumerate(cause.path)}

    def place(sign: Evidence) -> tuple[int, int]:
        return way.get(plant.point(sign.subject).unit_id, len(way)), sign.time

    signs = sorted(signs, key=place)[:_MOST_SIGNS]
    start = min(cause.onset, *(sign.time for sign in signs))
    rows: dict[str, list[Evidence]] = {}
    for sign in signs:
        rows.setdefault(_row(sign, plant), []).append(sign)
    ends = called(cause.asset, plant), called(found.subject, plant)
    return Gantt(
        title=f"What showed it, from {ends[0]} to {ends[1]}",
        rows=tuple(rows),
        spans=tuple(
            Span(
                row=row,
                label=" and ".join(_label(sign) for sign in some),
                start=(some[0].time - start) / SECOND,
                end=(max(some[0].time, found.end) - start) / SECOND,
            )
            for row, some in rows.items()
        ),
        start=start,
    )


def _row(sign: Evidence, plant: Plant) -> str:
    point = plant.point(sign.subject)
    return f"{sentence(called(point.unit_id, plant))}: {point.spec.name}"


def _label(sign: Evidence) -> str:
    shows = str(sign.data.get("shows"))
    return SHOWS.get(shows, shows)
