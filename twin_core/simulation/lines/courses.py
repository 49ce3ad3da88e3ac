"""What a line did over time, told as it is simulated, compiled: at moments, and at its extremes.

Part of `kernel.py`, whose records it reads; it changes what they tell of this alone. Machines are
computed out of step, so each tells a moment when it first does something after it, and how full a
buffer was is known once the machines on both sides have come so far. It must never change what
happens.
"""

from typing import Any

import numpy as np

from twin_core.simulation.lines.line import NEVER
from twin_core.simulation.lines.work import compiled


def _told_takes_(m: Any, at: Any, machines: Any, into: Any, buffers: Any, course: Any) -> None:
    """Machine m takes at `at`: what it took before tells the moments up to then."""
    moments, _, levels = course
    me = machines[m]
    while me.told_takes < len(moments) and at > moments[me.told_takes]:
        for w in range(me.into, machines[m + 1].into):
            i = buffers[into[w]]
            if i.last == into[w]:
                levels[into[w], me.told_takes] -= i.took
            if i.back >= 0:
                levels[i.back, me.told_takes] -= i.took
        me.told_takes += 1
    me.moment = moments[me.told_takes] if me.told_takes < len(moments) else np.int64(NEVER)


told_takes = compiled(_told_takes_)


def _told_puts_(m: Any, at: Any, machines: Any, out: Any, buffers: Any, course: Any) -> None:
    """Machine m puts at `at`: what it put before tells the moments up to then."""
    moments, good, levels = course
    me = machines[m]
    while me.told_puts < len(moments) and at > moments[me.told_puts]:
        good[m, me.told_puts] = me.cycles - me.rejected
        for w in range(me.out, machines[m + 1].out):
            o = buffers[out[w]]
            levels[out[w], me.told_puts] += o.put + o.ahead
        me.told_puts += 1


told_puts = compiled(_told_puts_)


def _weighed_(b: Any, machines: Any, buffers: Any, put_at: Any, took_at: Any) -> None:
    """How full and how empty buffer b was, as far as both sides are known.

    It was fuller than n when a part was put if the n-th before it was not taken yet; emptier than n
    when one was taken if the n-th after it was not put yet. Parts are counted from the first that
    lay there.
    """
    one = buffers[b]
    last, ahead = buffers[one.last], one.ahead
    took_all, put_all = machines[last.target].over, machines[one.source].over
    p, most = one.weighed_put, one.most
    while p < one.put:
        q = p + ahead - most
        if q >= last.took and not took_all:
            break
        at = max(put_at[one.base + (p & one.mask)], 0)
        if q >= 0 and (q >= last.took or took_at[last.base + (q & last.mask)] > at):
            most += 1
        else:
            p += 1
    one.weighed_put, one.most = p, most
    q, least = one.weighed_took, one.least
    while q < last.took and least > 0:
        p = q + least - ahead
        if p >= one.put and not put_all:
            break
        at = took_at[last.base + (q & last.mask)]
        if p >= one.put or (p >= 0 and put_at[one.base + (p & one.mask)] > at):
            least -= 1
        else:
            q += 1
    one.weighed_took, one.least = q if least > 0 else last.took, least


weighed = compiled(_weighed_)


def _weighed_around_(
    m: Any, machines: Any, into: Any, out: Any, buffers: Any, put_at: Any, took_at: Any
) -> None:
    """The same of every buffer whose contents machine m changes."""
    for w in range(machines[m].into, machines[m + 1].into):
        if buffers[into[w]].last == into[w]:
            weighed(into[w], machines, buffers, put_at, took_at)
        if buffers[into[w]].back >= 0:
            weighed(buffers[into[w]].back, machines, buffers, put_at, took_at)
    for w in range(machines[m].out, machines[m + 1].out):
        weighed(out[w], machines, buffers, put_at, took_at)


weighed_around = compiled(_weighed_around_)


def _to_tell_(machines: Any, buffers: Any, takes: Any, course: Any) -> None:
    """Nothing is told yet."""
    moments, good, levels = course
    good[:] = 0
    levels[:] = 0
    for m in range(len(machines) - 1):
        machines[m].told_takes, machines[m].told_puts = 0, 0
        machines[m].moment = moments[0] if len(moments) > 0 else np.int64(NEVER)
    for b in range(len(buffers)):
        buffers[b].back = -1
    for b in range(len(buffers)):
        if buffers[b].last != b:
            buffers[buffers[b].last].back = b
    for b in range(len(buffers)):
        one = buffers[b]
        lies = one.put + one.ahead
        one.weighed_put, one.weighed_took = max(0, one.put - 1), 0
        one.least, one.most = lies, max(0, lies - takes[one.last, 0])  # taken at once at the most


to_tell = compiled(_to_tell_)


def _told_all_(
    machines: Any, into: Any, out: Any, buffers: Any, put_at: Any, took_at: Any, course: Any,
    extremes: Any,
) -> None:  # fmt: skip
    """All that is left to tell at the horizon, when no machine does any more."""
    for m in range(len(machines) - 1):
        machines[m].over = 1
        told_takes(m, np.int64(NEVER), machines, into, buffers, course)
        told_puts(m, np.int64(NEVER), machines, out, buffers, course)
    for b in range(len(buffers)):
        weighed(b, machines, buffers, put_at, took_at)
        extremes[b, 0], extremes[b, 1] = buffers[b].least, buffers[b].most


told_all = compiled(_told_all_)
