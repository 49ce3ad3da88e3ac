"""Whom people mend next, compiled.

Part of `kernel.py`, whose records it reads. It must never change one.
"""

from typing import Any

import numpy as np

from twin_core.simulation.lines.line import NEVER
from twin_core.simulation.lines.work import compiled


def _soonest_(crew: Any, people: Any) -> Any:
    """Place in `people` of who of a crew is done first."""
    found = 1
    for k in range(2, 1 + people[crew, 0]):
        if people[crew, k] < people[crew, found]:
            found = k
    return found


soonest = compiled(_soonest_)


def _called_(machines: Any, calls: Any, people: Any) -> Any:
    """The machine that is mended next, by whom and from when on; -1 if none waits."""
    begins, who, person = np.int64(NEVER), np.int64(-1), 0
    for m in range(len(calls)):
        call = calls[m]
        if machines[m].full == 2:
            k = soonest(call.crew, people)
            at = max(call.since, people[call.crew, k])
            if who < 0 or at < begins:
                begins, who, person = at, call.crew, k
    found = -1
    for m in range(len(calls)):
        call = calls[m]
        if machines[m].full != 2 or call.crew != who or call.since > begins:
            continue
        best = calls[found]
        if found < 0 or (call.rank, call.since) < (best.rank, best.since):
            found = m
    return found, person, begins


called = compiled(_called_)
