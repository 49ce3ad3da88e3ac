"""What a proposal rests on: the advice's basis, with the points this very remedy would write.

Every value is believed and Good, or there is no basis and so no proposal. It must never invent one.
"""

from tools.remedies import Counsel
from twin_core.advice.remedy import Remedy
from twin_core.errors import NoData
from twin_core.governance.action import Basis, BasisPoint, WritePlan
from twin_core.twin import Snapshot
from twin_core.value import Range


def basis_for(remedy: Remedy, counsel: Counsel, snapshot: Snapshot) -> Basis:
    """The basis of a remedy.

    Raises:
        NoData: a point that would be written is not believed and Good now.
    """
    given = counsel.advice.basis
    points = {p.point: p for p in (given.points if given is not None else ())}
    if isinstance(remedy.action, WritePlan):
        for step in remedy.action.steps:
            if step.point not in points:
                points[step.point] = _believed(step.point, snapshot)
    revision = given.revision if given is not None else snapshot.revision
    return Basis(points=tuple(points.values()), revision=revision)


def _believed(path: str, snapshot: Snapshot) -> BasisPoint:
    seen = snapshot.latest(path)
    if seen.value is None or seen.time is None or seen.state != "good":
        raise NoData(path, f"the last look: {seen.state}")
    band = snapshot.plant.point(path).spec.band
    return BasisPoint(
        point=path,
        value=seen.value,
        time=seen.time,
        status=seen.status,
        band=Range(low=seen.value - band, high=seen.value + band),
        stale_after_s=snapshot.stale_after_s(path),
    )
