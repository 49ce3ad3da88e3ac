"""A line as it is at time 0, compiled.

Part of `kernel.py`, whose records it fills. It must never run one.
"""

from typing import Any

from twin_core.simulation.lines.line import NEVER
from twin_core.simulation.lines.work import LIFE, compiled, drawn, key


def _begin_(
    seed: Any, replication: Any, machines: Any, laws: Any, fates: Any, buffers: Any, puts: Any,
    takes: Any, into: Any, out: Any, put_at: Any, took_at: Any,
) -> None:  # fmt: skip
    """All as it is at time 0."""
    _, _, lives, _, calendar = laws
    keys, fallen, falls, rises, _, _, people, backs, _ = fates
    took_at[:] = 0
    for b in range(len(buffers)):
        buffer = buffers[b]
        lies, comes = buffer.contents, buffer.underway
        buffer.put, buffer.took, buffer.put_turn, buffer.take_turn = lies + comes, 0, 0, 0
        buffer.puts, buffer.takes = puts[b, 0], takes[b, 0]
        put_at[buffer.base : buffer.base + lies] = -buffer.travel
        for k in range(comes):
            put_at[buffer.base + lies + k] = (k + 1) * buffer.travel // comes - buffer.travel
    fallen[:] = 0
    rises[:] = 0
    for c in range(len(people)):
        people[c, 1 : 1 + people[c, 0]] = 0
    falls[:] = NEVER
    for m in range(len(machines) - 1):
        me = machines[m]
        me.free, me.full, me.thrown, me.begun, me.over, me.used = 0, 0, 0, 0, 0, 0
        me.outage, me.setting, me.factor, me.rejects, me.moment = 0, 0, 1.0, 0.0, NEVER
        me.cycles, me.rejected, me.worked, me.down, me.starved, me.blocked = 0, 0, 0, 0, 0, 0
        for p in range(keys.shape[1]):
            keys[m, p] = key(seed, replication, m, p)
        me.fails, me.until = NEVER, 0
        for f in range(calendar.shape[1]):
            if calendar[m, f]:
                falls[m, f] = 0
            elif lives[m, f, 0] >= 0.0:
                falls[m, f] = drawn(lives, m, f, keys[m, LIFE + 2 * f], 0)
                me.fails = min(me.fails, falls[m, f])
        back = backs[m]
        back.sent, back.taken, back.asks, back.may = 0, 0, -1, -1
        plain = me.law == 0.0 and back.target < 0 and not back.fed
        plain = plain and machines[m + 1].into - me.into <= 2 and machines[m + 1].out - me.out <= 1
        for w in range(me.into, machines[m + 1].into):
            i = into[w]
            plain = plain and takes[i, 0] == 1 and takes[i, 1] < 0 and not buffers[i].shut
        for w in range(me.out, machines[m + 1].out):
            o = out[w]
            plain = plain and puts[o, 0] == 1 and puts[o, 1] < 0 and not buffers[o].shut
            plain = plain and buffers[o].resized == NEVER
        me.plain = plain


begin = compiled(_begin_)
