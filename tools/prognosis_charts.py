"""Readings on their way to a limit as chart data: where they are heading, and when it is reached.

It must never draw, nor compute what it shows.
"""

from collections.abc import Sequence

from tools.wording import called, sentence
from twin_core.chart import Bars
from twin_core.plant.assets import Plant
from twin_core.prospect.prognosis import Heading, Health
from twin_core.prospect.reaching import FURTHEST_H
from twin_core.twin import Snapshot


def heading_charts(found: Sequence[Health], snapshot: Snapshot) -> tuple[Bars, ...]:
    """Hours until limits are reached, the soonest first; nothing where none is on its way."""
    plant = snapshot.plant
    rows = sorted(
        (h for one in found for h in one.heading if h.hours.middle is not None),
        key=lambda h: h.hours.middle or 0.0,
    )
    if not rows:
        return ()
    return (
        Bars(
            title="Hours until a limit is reached, at most thirty days",
            labels=tuple(_label(h, plant) for h in rows),
            values=tuple(h.hours.middle or 0.0 for h in rows),
            low=tuple(h.hours.low or 0.0 for h in rows),
            high=tuple(FURTHEST_H if h.hours.high is None else h.hours.high for h in rows),
            unit="h",
        ),
    )


def _label(heading: Heading, plant: Plant) -> str:
    return sentence(called(heading.point, plant))
