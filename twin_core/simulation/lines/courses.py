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

_MANY, _FEW = 1 << 40, 8
"""Parts looked at together, if they may be: all at first, some after one was looked at alone."""


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
    if me.out == machines[m + 1].out:
        me.moment = moments[me.told_puts] if me.told_puts < len(moments) else np.int64(NEVER)


told_puts = compiled(_told_puts_)


def _by_(moment: Any, first: Any, end: Any, base: Any, mask: Any, times: Any) -> Any:
    """How many parts there were by a moment, of which all before `first` were, and `end` are."""
    while first < end:
        middle = (first + end) // 2
        if times[base + (middle & mask)] > moment:
            end = middle
        else:
            first = middle + 1
    return end


_by = compiled(_by_)


def _told_cycles_(
    m: Any, n: Any, machines: Any, into: Any, out: Any, buffers: Any, put_at: Any, took_at: Any,
    course: Any,
) -> None:  # fmt: skip
    """Plain machine m has done n cycles more: the moments passed in them, of its buffers' times.

    One that puts nothing anywhere stops at each moment, and tells it by its next cycle.
    """
    moments, good, levels = course
    me = machines[m]
    if me.into < machines[m + 1].into:
        i = buffers[into[me.into]]
        newest = took_at[i.base + ((i.took - 1) & i.mask)]
        while me.told_takes < len(moments) and newest > moments[me.told_takes]:
            moment = moments[me.told_takes]
            later = i.took - _by(moment, i.took - n, i.took, i.base, i.mask, took_at)
            for w in range(me.into, machines[m + 1].into):
                one = buffers[into[w]]
                if one.last == into[w]:
                    levels[into[w], me.told_takes] -= one.took - later
                if one.back >= 0:
                    levels[one.back, me.told_takes] -= one.took - later
            me.told_takes += 1
    if me.out < machines[m + 1].out:
        o = buffers[out[me.out]]
        newest = put_at[o.base + ((o.put - 1) & o.mask)]
        while me.told_puts < len(moments) and newest > moments[me.told_puts]:
            moment = moments[me.told_puts]
            # of n cycles some may have put nothing: then older ones are looked at in vain
            first = max(0, o.put - min(n, o.mask))
            put = _by(moment, first, o.put, o.base, o.mask, put_at)
            good[m, me.told_puts] = me.cycles - me.rejected - (o.put - put)
            levels[out[me.out], me.told_puts] += put + o.ahead
            me.told_puts += 1


told_cycles = compiled(_told_cycles_)


def _weighed_(b: Any, machines: Any, buffers: Any, put_at: Any, took_at: Any) -> None:
    """How full and how empty buffer b was, as far as both sides are known.

    It was fuller than n when a part was put if the n-th before it was not taken yet; emptier than n
    when one was taken if the n-th after it was not put yet. Parts are counted from the first that
    lay there. As times only grow, what holds of the first and the last of some holds of all.
    """
    one = buffers[b]
    last, ahead = buffers[one.last], one.ahead
    took_all, put_all = machines[last.target].over, machines[one.source].over
    p, most, share = one.weighed_put, one.most, _MANY
    holds = one.capacity if one.resized == NEVER else max(one.capacity, one.resized_to)
    while p < one.put and most < holds:
        q = p + ahead - most
        if q >= last.took and not took_all:
            break
        at = max(put_at[one.base + (p & one.mask)], 0)
        far = min(p + share, one.put) - 1
        if far > p:
            q = far + ahead - most
            if q < 0 or (q < last.took and took_at[last.base + (q & last.mask)] <= at):
                p = far + 1
            else:
                share = (far + 1 - p) // 2
            continue
        share = _FEW
        if q >= 0 and (q >= last.took or took_at[last.base + (q & last.mask)] > at):
            most += 1
        else:
            p += 1
    one.weighed_put, one.most = p if most < holds else one.put, most
    q, least, share = one.weighed_took, one.least, _MANY
    while q < last.took and least > 0:
        p = q + least - ahead
        if p >= one.put and not put_all:
            break
        at = took_at[last.base + (q & last.mask)]
        far = min(q + share, last.took) - 1
        if far > q:
            p = far + least - ahead
            if p < 0 or (p < one.put and put_at[one.base + (p & one.mask)] <= at):
                q = far + 1
            else:
                share = (far + 1 - q) // 2
            continue
        share = _FEW
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
        if machines[m].out == machines[m + 1].out:
            machines[m].moment = moments[0]
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
