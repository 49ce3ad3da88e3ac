"""When a machine begins to which parts come back, compiled; and which asks first to go on.

Part of `kernel.py`, whose records it reads; it changes what `BACK` asks alone. What comes back goes
first, also what does so in the very microsecond in which the machine would begin with another part.
"""

from typing import Any

import numpy as np

from twin_core.simulation.lines.line import NEVER
from twin_core.simulation.lines.waits import begins
from twin_core.simulation.lines.work import compiled


def _fed_(
    m: Any, machines: Any, into: Any, buffers: Any, put_at: Any, closed: Any, backs: Any,
    back_at: Any,
) -> Any:  # fmt: skip
    """When the next cycle of machine m begins, as `begins`, and who sent its part back, or -1.

    Where it follows from nothing yet that no part comes back before, it asks (`next_asked`).
    """
    me, mine, back, sender = machines[m], backs[m], np.int64(NEVER), -1
    mine.asks = -1
    for s in range(len(backs)):
        one = backs[s]
        if one.target == m and one.taken < one.sent:
            at = back_at[one.base + (one.taken & one.mask)]
            if at < back:
                back, sender = at, s
    if back <= me.free:
        return me.free, sender
    start = np.int64(begins(m, machines, into, buffers, put_at, closed))
    at = back if start < 0 else min(back, start)
    unsure = start < 0
    for s in range(len(backs)):
        one = backs[s]
        if one.target == m and s != m and one.taken == one.sent and not machines[s].over:
            unsure = unsure or machines[s].free < at
    if unsure and at == NEVER:
        return np.int64(-1), -1
    if unsure and at > mine.may:
        mine.asks = at
        return np.int64(-1), -1
    return (back, sender) if back <= at else (start, -1)


fed = compiled(_fed_)


def _next_asked_(machines: Any, backs: Any) -> Any:
    """The machine that asks for the first moment, and that; -1 and NEVER if none asks."""
    found, at = -1, np.int64(NEVER)
    for m in range(len(backs)):
        one = backs[m]
        if one.asks >= 0 and not machines[m].over and one.asks < at:
            found, at = m, one.asks
    return found, at


next_asked = compiled(_next_asked_)
