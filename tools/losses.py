"""Which moment a question about a span of the past means: that of a loss inside it, or its end.

It looks through what was opened as incidents. It must never diagnose.
"""

from dataclasses import dataclass

from tools.scene import Scene
from tools.span import Span
from tools.wording import called, period, sentence
from twin_core.case import shows_best
from twin_core.evidence import Evidence
from twin_core.operations.incident import Incident
from twin_core.value import Instant

_LOSSES = frozenset({"rate_loss", "stopped", "alarm"})


@dataclass(frozen=True, slots=True)
class Meant:
    """A moment of the past, and the incident it lies in, if it lies in one, as evidence."""

    at: Instant
    loss: tuple[Evidence, ...] = ()


def lost_within(scene: Scene, path: str, span: Span) -> Meant | None:
    """The moment that tells most of the longest loss of an asset or its line within a span.

    What stood or made less goes before what only raised an alarm, and what is told of the asset
    itself before what is told of its line. None: nothing was opened there then.
    """
    snapshot = scene.look()
    plant, now = snapshot.plant, snapshot.now
    known = {one.incident.id: one.incident for one in scene.cases()}
    known |= {one.id: one for one in snapshot.incidents}
    line = plant.line(path).id
    there = [
        one
        for one in known.values()
        if one.kind in _LOSSES and line in {one.line, one.subject} and _inside(one, span, now) > 0
    ]
    found = [one for one in there if f"{one.subject}/".startswith(f"{path}/")] or there
    found = [one for one in found if one.kind != "alarm"] or found
    if not found:
        return None
    longest = max(found, key=lambda one: (_inside(one, span, now), one.opened))
    at = min(max(shows_best(longest, now), span.start), span.end)
    rest = f", the longest of {len(found)} such times" if len(found) > 1 else ""
    said = Evidence(
        kind="incident",
        subject=longest.subject,
        statement=(
            f"{sentence(called(longest.subject, plant))} was in trouble "
            f"{period(longest.opened, longest.closed or now, plant, now)} ({longest.id}){rest}: "
            f"that is what is explained of “{span.said}”."
        ),
        data={"incident": longest.id, "times": len(found), "at": at},
        time=longest.opened,
    )
    return Meant(at, (said,))


def _inside(one: Incident, span: Span, now: Instant) -> int:
    """How much of an incident lies within a span, microseconds; below 0 none."""
    return min(one.closed or now, span.end) - max(one.opened, span.start)
