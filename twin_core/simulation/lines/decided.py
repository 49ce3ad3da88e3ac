"""What follows from nothing that is known, decided in the order of time, compiled.

Part of `kernel.py`. Machines go on as far as what is known allows. Where people mend several, or
parts come back, that may be nowhere: then all that is not known yet follows from a machine that
waits to be decided here, so it comes later than the first of these (the argument of Chandy and
Misra, *IEEE Trans. Software Engineering* 5, 1979). It must never be asked while any can go on.
"""

from typing import Any

from twin_core.simulation.lines.again import next_asked
from twin_core.simulation.lines.people import called
from twin_core.simulation.lines.work import REJECT, compiled, uniform, worked


def _done_(
    m: Any, start: Any, end: Any, busy: Any, horizon: Any, machines: Any, fates: Any
) -> None:
    """The work of machine m that began at `start` is done at `end`, or, -1, waits for people."""
    me, keys = machines[m], fates[0]
    if end < 0:
        fates[5][m].start, me.full = start, 2
        return
    me.thrown, back = 0, fates[7][m]
    if me.rejects > 0.0:
        luck = uniform(keys[m, REJECT], me.begun)
        me.thrown = luck < me.rejects
        if back.target >= 0 and luck < me.rejects * back.share:
            me.thrown = 2
    me.begun += 1
    me.worked += busy
    me.down += min(end, horizon) - start - busy
    me.free, me.full = end, 1


done = compiled(_done_)


def _decided_(horizon: Any, machines: Any, laws: Any, fates: Any) -> Any:
    """What no machine can go on without; whether there is any.

    The next that waits for people is mended, and works on, or the next that asks may begin, or look
    whether there is room for what it holds.
    """
    calls, people, backs = fates[5], fates[6], fates[7]
    m, person, at = called(machines, calls, people)
    asking, begins_at = next_asked(machines, backs)
    if asking >= 0 and (m < 0 or begins_at <= at):
        backs[asking].may = begins_at
        return True
    if m < 0:
        return False
    call = calls[m]
    people[call.crew, person] = at + call.repair
    t = at + call.repair
    end, busy = worked(t, call.busy, call.goal, horizon, m, machines, laws, fates)
    done(m, call.start, end, busy, horizon, machines, fates)
    return True


decided = compiled(_decided_)
