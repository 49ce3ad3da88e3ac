"""How well the alarms of a span could be managed: the metrics of ISA-18.2 (IEC 62682), clause 16.

Targets per console (secondary source): about 6 an hour acceptable, 12 the most that can be
managed; less than 1 % of the time in flood; the ten worst tags less than 5 % of all alarms;
priorities 80/15/5. Without an alarm a share is None, not 0.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin_core.operations.alarm import Alarm
from twin_core.operations.alarm_journal import Journal
from twin_core.operations.alarm_state import ACTIVE
from twin_core.plant.alarming import Priority
from twin_core.plant.assets import Plant
from twin_core.value import SECOND, Instant, Path, Value

TEN_MINUTES = 600 * SECOND
FLOOD_STARTS, FLOOD_ENDS = 10, 5
"""A flood starts at so many alarms in ten minutes and ends below so many."""
CHATTERS = 3
"""Cycles within a minute."""
_LOOK_BACK = 24 * 3600 * SECOND
STALE_US = 24 * 3600 * SECOND
WORST = 10
ACCEPTABLE_PER_HOUR, MOST_PER_HOUR = 6, 12
TARGET: dict[Priority, float] = {"low": 0.80, "medium": 0.15, "high": 0.05}


class TagShare(Value):
    """How many of the alarms one point raised."""

    point: Path
    count: int
    share: float


class Flood(Value):
    """Ten or more alarms within ten minutes, until fewer than five; `end` None = it goes on."""

    start: Instant
    end: Instant | None


class AlarmMetrics(Value):
    """The metrics of one span.

    Attributes:
        start, end: what of the span is remembered; `since` how far memory reaches back.
        alarms: raised in it; `per_hour` and `per_10_min` its means; `most_in_10_min`.
        flood_share: of the time (0..1); None of an empty span.
        worst: the ten tags with most alarms; `worst_share` of all alarms.
        priorities: share of each priority, beside TARGET.
        chattering: points with three cycles of one alarm in a minute.
        stale: points with an alarm that has been standing for more than 24 h at the end.
    """

    start: Instant
    end: Instant
    since: Instant
    alarms: int
    per_hour: float | None
    per_10_min: float | None
    most_in_10_min: int
    flood_share: float | None
    floods: tuple[Flood, ...]
    worst: tuple[TagShare, ...]
    worst_share: float | None
    priorities: dict[Priority, float]
    chattering: tuple[Path, ...]
    stale: tuple[Path, ...]


def measured(
    plant: Plant,
    journal: Journal,
    standing: Sequence[Alarm],
    start: Instant,
    end: Instant,
    under: str = "",
) -> AlarmMetrics:
    """The metrics of `start < t ≤ end`.

    Args:
        plant: whose points the journal counts.
        journal: what was raised.
        standing: alarms at the end, for those that are stale.
        start: of the span, plant time.
        end: of the span, plant time.
        under: only points at or below this path.
    """
    start = max(start, journal.since) if journal.since else end
    start = min(start, end)
    paths = [p.id for p in plant.points]
    ours = np.array([_below(path, under) for path in paths], bool)
    all_times = journal.time[ours[journal.point]]
    inside = (journal.time > start) & (journal.time <= end)
    inside &= ours[journal.point]
    times, points, sides = journal.time[inside], journal.point[inside], journal.side[inside]
    floods = [(max(a, start), b) for a, b in flooded(all_times, end) if (b or end) > start]
    seconds, n = (end - start) / SECOND, len(times)
    counts = Counter(points.tolist())
    worst = sorted(counts.items(), key=lambda item: (-item[1], paths[item[0]]))[:WORST]
    by_priority = Counter(plant.points[i].spec.alarm.priority for i in points.tolist())
    return AlarmMetrics(
        start=start, end=end, since=journal.since, alarms=n,
        per_hour=n * 3600 / seconds if seconds else None,
        per_10_min=n * 600 / seconds if seconds else None,
        most_in_10_min=max(_in_window(times.tolist()), default=0),
        flood_share=sum((b or end) - a for a, b in floods) / SECOND / seconds if seconds else None,
        floods=tuple(Flood(start=a, end=b) for a, b in floods),
        worst=tuple(TagShare(point=paths[i], count=k, share=k / n) for i, k in worst),
        worst_share=sum(k for _, k in worst) / n if n else None,
        priorities={p: by_priority[p] / n for p in TARGET} if n else {},
        chattering=_chattering(times.tolist(), points.tolist(), sides.tolist(), paths),
        stale=tuple(
            a.point for a in standing
            if a.state in ACTIVE and end - a.raised > STALE_US and _below(a.point, under)
        ),
    )  # fmt: skip


def flood(journal: Journal, now: Instant) -> Flood | None:
    """The flood of alarms that goes on now, if there is one."""
    lately = journal.time[journal.time > now - _LOOK_BACK]
    spans = flooded(lately, now)
    if not spans or spans[-1][1] is not None:
        return None
    return Flood(start=spans[-1][0], end=None)


def flooded(
    times: Sequence[Instant] | NDArray[np.int64], now: Instant
) -> list[tuple[Instant, Instant | None]]:
    """When floods began and ended, up to `now`; `times` of alarms.

    An alarm counts for the ten minutes after it.
    """
    raised = np.asarray(times, np.int64)
    step = np.repeat([1, -1], len(raised))
    at = np.concatenate([raised, raised + TEN_MINUTES])
    order = np.lexsort((step, at))
    order = order[at[order] <= now]
    at, count = at[order], np.cumsum(step[order])
    starts, ends = np.flatnonzero(count >= FLOOD_STARTS), np.flatnonzero(count < FLOOD_ENDS)
    found: list[tuple[Instant, Instant | None]] = []
    while len(starts):
        after = ends[np.searchsorted(ends, starts[0]) :]
        found.append((int(at[starts[0]]), int(at[after[0]]) if len(after) else None))
        starts = starts[np.searchsorted(starts, after[0]) :] if len(after) else starts[:0]
    return found


def _in_window(times: Sequence[Instant]) -> list[int]:
    """For each alarm how many there were in the ten minutes up to it."""
    first, counts = 0, []
    for k, at in enumerate(times):
        while at - times[first] >= TEN_MINUTES:
            first += 1
        counts.append(k - first + 1)
    return counts


def _chattering(
    times: Sequence[Instant], points: Sequence[int], sides: Sequence[int], paths: Sequence[str]
) -> tuple[str, ...]:
    last: dict[tuple[int, int], list[Instant]] = {}
    found: set[str] = set()
    for at, point, side in zip(times, points, sides, strict=True):
        lately = [t for t in last.get((point, side), []) if at - t < 60 * SECOND]
        last[point, side] = [*lately, at]
        if len(last[point, side]) >= CHATTERS:
            found.add(paths[point])
    return tuple(sorted(found))


def _below(path: str, root: str) -> bool:
    return not root or path == root or path.startswith(f"{root}/")
