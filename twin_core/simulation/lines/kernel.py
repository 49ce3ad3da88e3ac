"""Every part's way through a line, compiled: the recursion behind `line.py`.

A cycle begins when its machine is free and its parts are there, and is over when the work is done
and there is room for what it puts; both are known once the cycles before them are, so there is no
calendar of events. Machines take turns, each as far as what is known of its neighbours allows.
How long work takes is told by `work.py`. It must never know why.
"""

from typing import Any

import numpy as np

from twin_core.simulation.lines.again import fed
from twin_core.simulation.lines.begun import begin
from twin_core.simulation.lines.courses import (
    to_tell,
    told_all,
    told_cycles,
    told_puts,
    told_takes,
    weighed_around,
)
from twin_core.simulation.lines.decided import decided, done
from twin_core.simulation.lines.line import ENDLESS, NEVER
from twin_core.simulation.lines.waits import begins, let_go
from twin_core.simulation.lines.work import (
    CYCLE,
    REJECT,
    clock,
    compiled,
    draw,
    uniform,
    worked,
)

_MANY = 1 << 20

MACHINE = np.dtype(
    [
        ("law", "f8"), ("a", "f8"), ("b", "f8"),  # of its cycles
        ("into", "i8"), ("out", "i8"),  # the first of its buffers in `into`, `out`
        ("free", "i8"),  # when the last cycle was over or, while `full`, its work done
        ("full", "i8"),  # whether it holds parts whose work is done, or, 2, waits for people
        ("thrown", "i8"),  # whether these are thrown out, or, 2, sent back
        ("begun", "i8"),  # cycles
        ("over", "i8"),  # whether none more will be over by the horizon
        ("plain", "i8"),  # whether each cycle is as much work, takes one part (or two) and puts one
        ("used", "i8"),  # work done
        ("fails", "i8"),  # the work after which it fails next by a law of work
        ("until", "i8"),  # up to when nothing of the clock keeps it from work or changes its speed
        ("outage", "i8"), ("setting", "i8"),  # the next of each
        ("factor", "f8"), ("rejects", "f8"),  # of the setting that holds
        ("cycles", "i8"), ("rejected", "i8"), ("worked", "i8"), ("down", "i8"),
        ("starved", "i8"), ("blocked", "i8"),  # as in `Outcomes`
        ("moment", "i8"),  # up to which it is computed plainly: the next that it tells
        ("told_takes", "i8"), ("told_puts", "i8"),  # moments told
    ]
)  # fmt: skip
BUFFER = np.dtype(
    [
        ("source", "i8"), ("target", "i8"), ("capacity", "i8"), ("travel", "i8"),
        ("contents", "i8"), ("underway", "i8"),
        ("resized", "i8"), ("resized_to", "i8"), ("shut", "i8"),  # whether it is ever closed
        ("last", "i8"), ("ahead", "i8"),  # where its room is freed; what lay there at the start
        ("put", "i8"), ("took", "i8"),  # parts so far
        ("puts", "i8"), ("takes", "i8"),  # by the next cycle; `put_turn`, `take_turn` which it is
        ("put_turn", "i8"), ("take_turn", "i8"),
        ("mask", "i8"), ("base", "i8"),  # part n is in the rings at base + (n & mask)
        ("back", "i8"),  # the buffer whose room is freed here besides its own, or -1
        ("least", "i8"), ("most", "i8"),  # in it so far, as it was weighed up to these parts
        ("weighed_put", "i8"), ("weighed_took", "i8"),
    ]
)  # fmt: skip


def _one_by_one_(  # noqa: PLR0915 (one loop, and what it needs in one piece)
    m: Any, horizon: Any, machines: Any, rejecting: Any, into: Any, out: Any, buffers: Any,
    put_at: Any, took_at: Any,
) -> Any:  # fmt: skip
    """Cycles of a plain machine that do not fail; how many, and whether it waits for a neighbour.

    Nearly all machines are plain, nearly always: the law of `_turn` without what they do not need.
    It stops before a cycle of which not all is known, or that ends after the moment that it
    tells next, or after the horizon. What a
    machine has not (a second buffer before it, one after it, an end of its room) it reads at the
    last place but one of the rings, and writes at the last: without that the loop would branch.
    """
    me, nothing, nowhere = machines[m], len(put_at) - 2, len(put_at) - 1
    work, now, n, starved, until = np.int64(me.a), me.free, 0, 0, me.until
    horizon = min(horizon, me.moment)
    takes = clock(me, work)
    i = into[me.into] if me.into < machines[m + 1].into else -1
    j = into[me.into + 1] if me.into + 1 < machines[m + 1].into else -1
    o = out[me.out] if me.out < machines[m + 1].out else -1
    next_i, mask_i, read_i, write_i, travel_i, come_i = 0, 0, nothing, nowhere, 0, NEVER
    next_j, mask_j, read_j, write_j, travel_j, come_j = 0, 0, nothing, nowhere, 0, NEVER
    next_o, mask_o, write_o, frees, mask_f, read_f, room = 0, 0, nowhere, 0, 0, nothing, NEVER
    if i >= 0:
        next_i, mask_i, travel_i = buffers[i].took, buffers[i].mask, buffers[i].travel
        read_i = write_i = buffers[i].base
        come_i = buffers[i].put - next_i
    if j >= 0:
        next_j, mask_j, travel_j = buffers[j].took, buffers[j].mask, buffers[j].travel
        read_j = write_j = buffers[j].base
        come_j = buffers[j].put - next_j
    last = buffers[o].last if o >= 0 else 0
    if o >= 0:
        next_o, mask_o, write_o = buffers[o].put, buffers[o].mask, buffers[o].base
        room = mask_o + buffers[o].took - next_o
        if buffers[o].capacity < ENDLESS:
            frees = next_o + buffers[o].ahead - buffers[o].capacity
            mask_f, read_f = buffers[last].mask, buffers[last].base
            room = min(room, buffers[last].took - frees)
        elif last != o:
            room = min(room, mask_o + buffers[last].took - buffers[o].ahead - next_o)
    can, share, begun, put = min(come_i, come_j), me.rejects, me.begun, 0
    alike = j < 0 and share == 0.0
    can = min(can, room) if alike else can
    left = me.fails - me.used
    if can >= _MANY or work >= _MANY * _MANY or left < can * work:
        can = min(can, left // work)  # else without a division, which is dear
    while alike and n < can:
        start = max(now, put_at[read_i + ((next_i + n) & mask_i)] + travel_i)
        end = start + takes
        gone = max(end, took_at[read_f + ((frees + n) & mask_f)])
        if end > until or gone > horizon:
            break
        starved += start - now
        now = gone
        took_at[write_i + ((next_i + n) & mask_i)] = start
        put_at[write_o + ((next_o + n) & mask_o)] = gone
        n += 1
    put = n
    while not alike and n < can and put < room:
        start = max(now, put_at[read_i + ((next_i + n) & mask_i)] + travel_i)
        start = max(start, put_at[read_j + ((next_j + n) & mask_j)] + travel_j)
        end = start + takes
        thrown = share > 0.0 and uniform(rejecting, begun + n) < share
        gone = end if thrown else max(end, took_at[read_f + ((frees + put) & mask_f)])
        if end > until or gone > horizon:
            break
        starved += start - now
        now = gone
        took_at[write_i + ((next_i + n) & mask_i)] = start
        took_at[write_j + ((next_j + n) & mask_j)] = start
        put_at[nowhere if thrown else write_o + ((next_o + put) & mask_o)] = gone
        put += 0 if thrown else 1
        n += 1
    if i >= 0:
        buffers[i].took += n
    if j >= 0:
        buffers[j].took += n
    if o >= 0:
        buffers[o].put += put
    me.starved += starved
    me.blocked += now - me.free - starved - n * takes
    me.worked += n * takes
    me.used += n * work
    me.begun += n
    me.cycles += n
    me.rejected += n - put
    me.free = now
    if n == come_i and not machines[buffers[i].source].over:
        return n, True
    if n == come_j and not machines[buffers[j].source].over:
        return n, True
    return n, put == room and not machines[buffers[last].target].over


_one_by_one = compiled(_one_by_one_)


def _taken_(
    m: Any, start: Any, horizon: Any, machines: Any, laws: Any, fates: Any, into: Any, buffers: Any,
    takes: Any, took_at: Any, course: Any, sender: Any,
) -> None:  # fmt: skip
    """Machine m takes what its cycle takes, or what came back, and works; then it is `full`."""
    me, keys = machines[m], fates[0]
    if len(course[0]) > 0:
        told_takes(m, start, machines, into, buffers, course)
    if sender >= 0:
        fates[7][sender].taken += 1
    for w in range(me.into, machines[m + 1].into if sender < 0 else me.into):
        i = buffers[into[w]]
        for _ in range(i.takes):
            took_at[i.base + (i.took & i.mask)] = start
            i.took += 1
        i.take_turn += 1
        if takes[into[w], i.take_turn] < 0:
            i.take_turn = 0
        i.takes = takes[into[w], i.take_turn]
    work = draw(me.law, me.a, me.b, keys[m, CYCLE], me.begun)
    end = start + clock(me, work)
    if end <= me.until and me.used + work <= me.fails:
        busy = min(end, horizon) - start
        me.used += work
    else:
        goal = me.used + work
        end, busy = worked(start, np.int64(0), goal, horizon, m, machines, laws, fates)
    done(m, start, end, busy, horizon, machines, fates)


_taken = compiled(_taken_)


def _given_(
    m: Any, at: Any, machines: Any, out: Any, buffers: Any, puts: Any, put_at: Any, course: Any,
    fates: Any,
) -> None:  # fmt: skip
    """Machine m puts what its cycle puts, unless that is thrown out, and is free."""
    me = machines[m]
    if len(course[0]) > 0:
        told_puts(m, at, machines, out, buffers, course)
    for w in range(me.out, machines[m + 1].out):
        o = buffers[out[w]]
        for _ in range(0 if me.thrown else o.puts):
            put_at[o.base + (o.put & o.mask)] = at
            o.put += 1
        o.put_turn += 1
        if puts[out[w], o.put_turn] < 0:
            o.put_turn = 0
        o.puts = puts[out[w], o.put_turn]
    me.free, me.full = at, 0
    if me.thrown == 2:
        back = fates[7][m]
        fates[8][back.base + (back.sent & back.mask)] = at
        back.sent += 1
        return
    me.cycles += 1
    me.rejected += me.thrown


_given = compiled(_given_)


def _turn_(
    m: Any, horizon: Any, machines: Any, laws: Any, fates: Any, into: Any, out: Any, buffers: Any,
    puts: Any, takes: Any, put_at: Any, took_at: Any, closed: Any, course: Any, eager: Any,
) -> Any:  # fmt: skip
    """Cycles of machine m as far as is known; whether anything was done.

    `eager`: whether to begin also a plain cycle of which it is not known when it is over. Nearly
    always that will be known in a moment, and all of it done at once.
    """
    me, done = machines[m], False
    while not me.over:
        if me.plain and not me.full:
            n, waits = _one_by_one(
                m, horizon, machines, fates[0][m, REJECT], into, out, buffers, put_at, took_at
            )
            done = done or n > 0
            if n > 0 and len(course[0]) > 0:
                told_cycles(m, n, machines, into, out, buffers, put_at, took_at, course)
            if waits and not eager:
                break
        if not me.full:
            start, sender = np.int64(-1), -1
            if fates[7][m].fed:
                start, sender = fed(m, machines, into, buffers, put_at, closed, fates[7], fates[8])
            else:
                start = begins(m, machines, into, buffers, put_at, closed)
            if start < 0:
                break
            done = True
            me.starved += min(start, horizon) - me.free
            if start > horizon:
                me.over = 1
                break
            _taken(
                m, start, horizon, machines, laws, fates, into, buffers, takes, took_at, course,
                sender,
            )  # fmt: skip
        if me.full == 2:
            break
        at = let_go(m, machines, out, buffers, took_at, closed, fates[7][m])
        if at < 0:
            break
        done = True
        me.blocked += min(at, horizon) - min(me.free, horizon)
        if at > horizon:
            me.over = 1
            break
        _given(m, at, machines, out, buffers, puts, put_at, course, fates)
        if len(course[0]) > 0:
            weighed_around(m, machines, into, out, buffers, put_at, took_at)
    if len(course[0]) > 0:
        weighed_around(m, machines, into, out, buffers, put_at, took_at)
    return done


_turn = compiled(_turn_)


def _simulate_(
    horizon: Any, all_machines: Any, laws: Any, all_closed: Any, all_buffers: Any, puts: Any,
    takes: Any, into: Any, out: Any, put_at: Any, took_at: Any, fates: Any, seed: Any, first: Any,
    told: Any, contents: Any, all_moments: Any, good: Any, levels: Any, extremes: Any,
) -> None:  # fmt: skip
    """Fill `told` and `contents`, by replication, with what comes of a line for each, or of one.

    With moments, [line, k], `good`, `levels` and `extremes` too, as in `Outcomes`. The rest is as
    in `Coded`.
    """
    all_settings, all_outages, all_lives, all_repairs, all_calendar = laws
    n, keys = all_machines.shape[1] - 1, fates[0]
    for r in range(len(contents)):
        k = r if len(horizon) > 1 else 0
        machines, buffers, until, closed = (
            all_machines[k],
            all_buffers[k],
            horizon[k],
            all_closed[k],
        )
        mine = all_settings[k], all_outages[k], all_lives[k], all_repairs[k], all_calendar[k]
        begin(
            seed, first + r, machines, mine, fates, buffers, puts, takes, into, out, put_at, took_at
        )
        course = all_moments[k], good[r], levels[r]
        telling = len(all_moments[k]) > 0
        if telling:
            to_tell(machines, buffers, takes, course)
        moving, eager = True, False
        while moving or not eager:
            eager, moving = not moving, False
            for m in range(n):
                me = machines[m]
                if me.over:
                    continue
                if me.plain and not me.full:  # here too, for `_turn` is dear to call
                    done, waits = _one_by_one(
                        m, until, machines, keys[m, REJECT], into, out, buffers, put_at, took_at
                    )
                    moving = moving or done > 0
                    if telling and done > 0:
                        told_cycles(m, done, machines, into, out, buffers, put_at, took_at, course)
                    if waits and not eager:
                        if telling:
                            weighed_around(m, machines, into, out, buffers, put_at, took_at)
                        continue
                moving = _turn(
                    m, until, machines, mine, fates, into, out, buffers, puts, takes, put_at,
                    took_at, closed, course, eager,
                ) or moving  # fmt: skip
            if eager and not moving:
                moving = decided(until, machines, mine, fates)
        for m in range(n):
            me = machines[m]
            if not me.over and me.full:  # each waits for another, for ever
                me.blocked += max(0, until - me.free)
            elif not me.over:
                me.starved += max(0, until - me.free)
            told[0, r, m], told[1, r, m], told[2, r, m] = me.cycles, me.rejected, me.worked
            told[3, r, m], told[4, r, m], told[5, r, m] = me.down, me.starved, me.blocked
            told[6, r, m] = fates[7][m].sent
        for b in range(len(buffers)):
            contents[r, b] = buffers[b].put - buffers[b].took
        if telling:
            told_all(machines, into, out, buffers, put_at, took_at, course, extremes[r])


simulate = compiled(_simulate_)
