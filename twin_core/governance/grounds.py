"""Whether a proposal's basis still holds: each point Good, fresh, inside its band.

Belief comes in as `Seen`; nothing here asks for it. The twin's revision is never compared.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from twin_core.governance.action import Basis
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant


@dataclass(frozen=True, slots=True)
class Seen:
    """A point as believed at the moment of a check.

    Attributes:
        value: in the point's unit; None when nothing is believed.
        state: of `Believed`.
        age_s: plant seconds since its last reading; None when there was none.
        why: what is wrong with it, one clause.
    """

    value: float | None
    state: str
    age_s: float | None
    why: str = ""


def seen(snapshot: Snapshot, points: Iterable[str], plant_now: Instant) -> dict[str, Seen]:
    """What the snapshot believes of the points, aged to `plant_now`.

    A point the plant has not is left out. A snapshot that is itself old makes every age grow.
    """
    found = {}
    for path in points:
        if path not in snapshot.plant.index:
            continue
        b = snapshot.latest(path)
        age = None if b.time is None else max(0.0, (plant_now - b.time) / SECOND)
        found[path] = Seen(value=b.value, state=b.state, age_s=age, why=b.why)
    return found


def broken(
    basis: Basis, now: Mapping[str, Seen], ours: Collection[str] = (), *, only: str | None = None
) -> str:
    """Why the basis no longer holds, one sentence; empty if it holds.

    Args:
        basis: what the proposal rests on.
        now: belief about its points.
        ours: points this plan has written already: their band is not compared.
        only: check this point alone (between two steps of a plan, whose first steps move the
            process).
    """
    for point in basis.points:
        if only is not None and point.point != only:
            continue
        here = now.get(point.point)
        if here is None or here.value is None or here.age_s is None:
            why = here.why if here is not None and here.why else "no data"
            return f"{point.point} cannot be seen: {why}"
        if here.state != "good":
            return f"{point.point} is {here.state}" + (f": {here.why}" if here.why else "")
        if here.age_s > point.stale_after_s:
            return (
                f"{point.point} was last heard {here.age_s:.0f} s ago; "
                f"allowed: {point.stale_after_s:g} s"
            )
        if point.point not in ours and not point.band.holds(here.value):
            return (
                f"{point.point} is at {here.value:g}; the proposal stands for "
                f"{point.band.low:g} to {point.band.high:g}"
            )
    return ""
