"""Which points are believed otherwise than a moment ago: for whoever tells changes and no more.

One glance at all points, no object per point. It must never leave out a change; what it names may
turn out to be the same.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.twin import Snapshot
from twin_core.value import SECOND


@dataclass(frozen=True, slots=True, eq=False)
class Glance:
    """What of a snapshot a change shows in.

    Attributes:
        patience_us: by point, after so long its reading is too old, float64[P].
        stale: by point: it was at the snapshot's time, bool[P].
    """

    snapshot: Snapshot
    patience_us: NDArray[np.float64]
    stale: NDArray[np.bool_]

    @staticmethod
    def of(snapshot: Snapshot, before: "Glance | None" = None) -> "Glance":
        """A glance at a snapshot; `before`: an earlier one of the same plant, if there is one."""
        if before is None:
            told = [snapshot.stale_after_s(p.id) * SECOND for p in snapshot.plant.points]
            patience_us = np.asarray(told, np.float64)
        else:
            patience_us = before.patience_us
        return Glance(snapshot, patience_us, snapshot.now - snapshot.time > patience_us)

    def differing(self, before: "Glance | None") -> NDArray[np.int64]:
        """Indices of points that may have to be told again, ascending; without `before`, all."""
        now = self.snapshot
        if before is None:
            return np.arange(len(now.plant.points))
        old = before.snapshot
        same = (now.value == old.value) | (np.isnan(now.value) & np.isnan(old.value))
        changed = ~same | (now.status != old.status) | (self.stale != before.stale)
        moved = {s for s in {*now.sources, *old.sources} if _wire(now, s) != _wire(old, s)}
        for at, point in enumerate(now.plant.points) if moved else ():
            changed[at] |= point.source in moved
        doubts = ((now.quarantined, old.quarantined), (now.doubted, old.doubted))
        held = {q for n, o in doubts for q in {*n, *o} if n.get(q) != o.get(q)}
        for name in held:
            changed[now.plant.index[name]] = True
        if moved or held:  # why what is derived is not believed may have changed with them
            changed[len(now.plant.read) :] = True
        return np.flatnonzero(changed)


def _wire(snapshot: Snapshot, source: str) -> tuple[object, ...]:
    found = snapshot.sources.get(source)
    told = () if found is None else (found.up, found.reason)
    return (*told, source in snapshot.skewed)
