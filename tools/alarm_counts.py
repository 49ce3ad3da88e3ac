"""The alarms of a span by the metrics of ISA-18.2, beside the standard's targets."""

from tools.span import Span
from tools.wording import called, moment, percent, period, sentence
from twin_core.evidence import Evidence
from twin_core.operations.alarm_metrics import (
    ACCEPTABLE_PER_HOUR,
    MOST_PER_HOUR,
    AlarmMetrics,
    flood,
    measured,
)
from twin_core.twin import Snapshot
from twin_core.units import number_text
from twin_core.value import SECOND

_WORST = 5


def counted(snapshot: Snapshot, path: str, span: Span) -> tuple[Evidence, ...]:
    """How many alarms an asset had in a span, floods, the worst points; or that none is known."""
    plant = snapshot.plant
    found = measured(plant, snapshot.past.alarms, snapshot.alarms, span.start, span.end, under=path)
    if found.per_hour is None:
        return (_unremembered(snapshot, path),)
    parts = [f"{found.alarms} alarm{'' if found.alarms == 1 else 's'}"]
    parts.append(
        f"{number_text(found.per_hour)} an hour ({ACCEPTABLE_PER_HOUR} are acceptable, "
        f"{MOST_PER_HOUR} the most)"
    )
    if found.flood_share:
        parts.append(f"{percent(found.flood_share)} of the time in flood")
    parts += [f"{name} priority {percent(share)}" for name, share in found.priorities.items()]
    short = found.start - span.start > SECOND
    tail = " Earlier ones are not remembered." if short else ""
    statement = (
        f"{sentence(called(path, plant))} {period(found.start, found.end, plant)}: "
        f"{', '.join(parts)}.{tail}"
    )
    summary = Evidence(
        kind="alarm",
        subject=path,
        statement=statement,
        data=found.model_dump(mode="json", exclude={"worst", "floods"}),
        time=found.end,
    )
    return (summary, *_worst(found, snapshot), *_odd(found, snapshot))


def flooding(snapshot: Snapshot) -> tuple[Evidence, ...]:
    """That a flood of alarms goes on now, if it does."""
    found = flood(snapshot.past.alarms, snapshot.watermark)
    if found is None:
        return ()
    since = moment(found.start, snapshot.plant, snapshot.now)
    return (
        Evidence(
            kind="alarm",
            subject=snapshot.plant.site,
            statement=f"A flood of alarms has been going on since {since}.",
            data={"start": found.start},
            time=found.start,
        ),
    )


def _unremembered(snapshot: Snapshot, path: str) -> Evidence:
    name = called(path, snapshot.plant)
    return Evidence(
        kind="alarm",
        subject=path,
        statement=f"How many alarms {name} had in that span is not remembered.",
        data={"alarms": None},
        time=snapshot.watermark,
        quality="bad",
    )


def _worst(found: AlarmMetrics, snapshot: Snapshot) -> list[Evidence]:
    return [
        Evidence(
            kind="alarm",
            subject=tag.point,
            statement=(
                f"{sentence(called(tag.point, snapshot.plant))}: {tag.count} of them, "
                f"{percent(tag.share)}."
            ),
            data={"count": tag.count, "share": tag.share},
            time=found.end,
        )
        for tag in found.worst[:_WORST]
    ]


def _odd(found: AlarmMetrics, snapshot: Snapshot) -> list[Evidence]:
    told = [
        (point, "its alarm chatters: three times and more in a minute")
        for point in found.chattering
    ]
    told += [(point, "its alarm is stale: it stands for more than a day") for point in found.stale]
    return [
        Evidence(
            kind="alarm",
            subject=point,
            statement=f"{sentence(called(point, snapshot.plant))}: {what}.",
            data={"what": what},
            time=found.end,
        )
        for point, what in told
    ]
