"""When a machine may begin, and when it may let go of what it holds, compiled.

Part of `kernel.py`, whose records it reads. It must never change one.
"""

from typing import Any

import numpy as np

from twin_core.simulation.lines.line import NEVER
from twin_core.simulation.lines.work import compiled


def _open_(b: Any, t: Any, closed: Any) -> Any:
    """The first moment from `t` on at which buffer b is not closed."""
    for k in range(closed.shape[1]):
        if t < closed[b, k, 0]:
            break
        t = max(t, min(closed[b, k, 1], NEVER))
    return t


_open = compiled(_open_)


def _begins_(m: Any, machines: Any, into: Any, buffers: Any, put_at: Any, closed: Any) -> Any:
    """When the next cycle of machine m begins; NEVER if it will not, -1 if it is not known yet."""
    start, shut = machines[m].free, False
    for w in range(machines[m].into, machines[m + 1].into):
        i = buffers[into[w]]
        last = i.took + i.takes - 1
        if i.takes == 0:
            continue
        shut = shut or i.shut > 0
        if last < i.put:
            start = max(start, put_at[i.base + (last & i.mask)] + i.travel)
        elif machines[i.source].over:
            start = NEVER
        else:
            return -1
    moved = shut
    while moved:
        moved = False
        for w in range(machines[m].into, machines[m + 1].into):
            if buffers[into[w]].takes > 0:
                opens = _open(into[w], start, closed)
                moved, start = moved or opens > start, opens
    return start


begins = compiled(_begins_)


def _has_room_(o: Any, t: Any, may: Any, machines: Any, buffers: Any, took_at: Any) -> Any:
    """The first moment from `t` on with room for a cycle's parts; NEVER or -1 as `let_go`.

    It looks ahead no further than to when the buffer is resized: that is to be asked again. Nothing
    that is not known comes before `may`.
    """
    last = buffers[o.last]
    capacity = o.resized_to if t >= o.resized else o.capacity
    frees = o.put + o.puts + o.ahead - capacity - 1  # the part whose place is needed
    if frees < 0:
        return t
    at = np.int64(NEVER)
    if frees < last.took:
        at = max(t, took_at[last.base + (frees & last.mask)])
    elif not machines[last.target].over:
        return np.int64(o.resized) if t < o.resized <= may else np.int64(-1)
    return min(at, o.resized) if t < o.resized else at


_has_room = compiled(_has_room_)


def _let_go_(
    m: Any, machines: Any, out: Any, buffers: Any, took_at: Any, closed: Any, mine: Any
) -> Any:
    """When there is room for what machine m holds; NEVER if there will be none, -1 if unknown.

    Where a buffer is to be resized that is when it asks to be looked at again (`decided`).
    """
    mine.asks = -1
    gone_at, moved = machines[m].free, not machines[m].thrown
    while moved:
        moved = False
        for w in range(machines[m].out, machines[m + 1].out):
            o = buffers[out[w]]
            if o.puts == 0:
                continue
            at = _has_room(o, gone_at, mine.may, machines, buffers, took_at)
            last = buffers[o.last]
            if at < 0:
                mine.asks = o.resized if gone_at < o.resized < NEVER else -1
                return -1
            if o.put + o.puts - o.took > o.mask and not machines[o.target].over:
                return -1  # this is no law of the line: the ring would be written over
            if o.put + o.puts + o.ahead - last.took > o.mask and not machines[last.target].over:
                return -1  # nor is this
            at = _open(out[w], at, closed) if o.shut else at
            moved, gone_at = moved or (at > gone_at and at < NEVER), at
    return gone_at


let_go = compiled(_let_go_)
