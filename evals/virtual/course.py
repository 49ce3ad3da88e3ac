"""What the twin's models say a line will do from the start on, with what has been changed by now.

A pure function of its arguments, so that a forecast and the virtual plant of its rehearsal agree.
It must never hold a physics of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.simulation.model import Model
from twin_core.simulation.scenario import Change
from twin_core.twin import Snapshot

ENDS_S = (300.0, 900.0, 1800.0)
"""Seconds after the start at which one interval of a course ends and the next begins."""
REPLICATIONS = 24


@dataclass(frozen=True, eq=False)
class Course:
    """Expected values over the horizon, means over the replications.

    Attributes:
        made, rejected: machine path → its own `unit_out` per second, one number an interval.
        t: seconds after the start; `potentials` by header path along it, in the point's unit.
    """

    made: Mapping[str, tuple[float, ...]]
    rejected: Mapping[str, tuple[float, ...]]
    t: NDArray[np.float64]
    potentials: Mapping[str, NDArray[np.float64]]

    def moved(self, header: str, since_s: float) -> float:
        """How far a header's potential has moved from where it began."""
        path = self.potentials[header]
        return float(np.interp(since_s, self.t, path) - path[0])


def interval(since_s: float) -> int:
    """The interval of a moment; the last one goes on."""
    return min(int(np.searchsorted(ENDS_S, since_s)), len(ENDS_S) - 1)


def foreseen(
    snapshot: Snapshot, lines: Sequence[str], changes: Sequence[Change], seed: int
) -> Course:
    """The course of some production lines and of the media that reach them.

    What is made in an interval is what is made by its end less what was by its beginning, with the
    same random numbers.

    Args:
        snapshot: the start.
        lines: paths of production lines with machines.
        changes: from the start on.
        seed: of the forecast that is to be compared with.

    Raises:
        ImpossibleScenario: a line whose machines do not feed each other in a row.
    """
    made: dict[str, tuple[float, ...]] = {}
    rejected: dict[str, tuple[float, ...]] = {}
    potentials: dict[str, NDArray[np.float64]] = {}
    t = np.array([0.0, ENDS_S[-1]])
    newest = int(snapshot.recent.time[-1]) if len(snapshot.recent.time) else 0
    at = max(snapshot.watermark, newest) or snapshot.now
    spans = np.diff(ENDS_S, prepend=0.0)
    for line in lines:
        model = Model(snapshot, line, at)
        ran = [model.simulate(changes, 0.0, end, seed, REPLICATIONS) for end in ENDS_S]
        for i, machine in enumerate(model.start.machines):
            for kept, columns in (
                (made, [result.made[:, i].mean() for result in ran]),
                (rejected, [result.rejected[:, i].mean() for result in ran]),
            ):
                rates = np.diff(columns, prepend=0.0) / spans / machine.worth
                kept[machine.unit.id] = tuple(float(rate) for rate in np.maximum(rates, 0.0))
        t = ran[-1].frame.t
        for header, held in ran[-1].potentials.items():
            potentials.setdefault(header, held.mean(axis=0))
    return Course(made, rejected, t, potentials)
