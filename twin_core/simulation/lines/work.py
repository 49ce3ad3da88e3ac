"""How long a machine's work takes, compiled: what is drawn, and what keeps it from its work.

Part of `kernel.py`. Times are whole microseconds. It must never draw a number by anything but
seed, replication, machine, purpose and how often that was drawn before.
"""

import hashlib
import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from twin_core.simulation.lines.line import NEVER
from twin_core.simulation.numbers import GOLDEN, mixed

CYCLE, REJECT, LIFE, REPAIR = 0, 1, 2, 3
"""Purposes of a machine's numbers; of its law f `LIFE + 2 f` and `REPAIR + 2 f`."""
CALL = np.dtype(
    [
        ("crew", "i8"), ("rank", "i8"),  # who mends a machine, or -1, and after how many others
        ("since", "i8"), ("repair", "i8"),  # when it called them, and what takes so long
        ("start", "i8"), ("busy", "i8"), ("goal", "i8"),  # the cycle that waits, as in `worked`
    ]
)  # fmt: skip
BACK = np.dtype(
    [
        ("target", "i8"), ("share", "f8"),  # where what a machine throws out goes again, or -1
        ("fed", "i8"),  # whether parts come back to it
        ("mask", "i8"), ("base", "i8"),  # the n-th that it sent is in the ring at base + (n & mask)
        ("sent", "i8"), ("taken", "i8"),  # parts so far
        ("asks", "i8"), ("may", "i8"),  # when it would go on, or -1; up to when it may
    ]
)  # fmt: skip
_BY_11 = np.uint64(11)
_SO_FAR = hashlib.sha256()


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compiled and cached, and never read from the cache of other code.

    numba knows cached code by the age and length of its own file alone, so a function of another
    file, or a new version as long as the old, would be missed. Its name here holds a digest of all
    that was compiled before it, and with that of all that it calls. It counts no references
    (`_nrt`): nothing is made here, and to count them would cost more than the work.
    """
    code = function.__code__
    numbers = [(name, repr(function.__globals__.get(name))) for name in code.co_names]
    plain = [one for one in numbers if " at 0x" not in one[1]]
    _SO_FAR.update(code.co_code + repr((code.co_consts, plain)).encode())
    function.__qualname__ = f"{function.__name__}{_SO_FAR.hexdigest()[:16]}"
    made: Callable[..., Any] = numba.njit(  # type: ignore[call-overload]
        cache=True, nogil=True, _nrt=False
    )(function)
    return made


_mix = compiled(mixed)


def _key_(seed: Any, replication: Any, machine: Any, purpose: Any) -> Any:
    """Of one purpose's numbers."""
    found = _mix(np.uint64(seed) + GOLDEN)
    found = _mix(found + np.uint64(replication) + GOLDEN)
    return _mix(found + np.uint64(machine * 64 + purpose) + GOLDEN)


key = compiled(_key_)


def _uniform_(key: Any, index: Any) -> Any:
    """Inside (0, 1): SplitMix64's number `index` after `key`."""
    z = _mix(key + (np.uint64(index) + np.uint64(1)) * GOLDEN)
    return (np.float64(z >> _BY_11) + 0.5) * 1.1102230246251565e-16


uniform = compiled(_uniform_)


def _draw_(kind: Any, a: Any, b: Any, key: Any, index: Any) -> Any:
    """Whole microseconds, one to 1e15, by inversion; lognormal by Box and Muller (1958)."""
    if kind == 0.0:
        x = a
    elif kind == 1.0:
        x = -math.log(uniform(key, index)) * a
    elif kind == 2.0:
        x = a * (-math.log(uniform(key, index))) ** b
    else:
        radius = math.sqrt(-2.0 * math.log(uniform(key, 2 * index)))
        angle = 2.0 * math.pi * uniform(key, 2 * index + 1)
        x = math.exp(a + b * radius * math.cos(angle))
    return max(1, int(round(min(x, 1e15))))  # noqa: RUF046 (numba rounds to a float)


draw = compiled(_draw_)


def _drawn_(laws: Any, m: Any, f: Any, key: Any, index: Any) -> Any:
    return draw(laws[m, f, 0], laws[m, f, 1], laws[m, f, 2], key, index)


drawn = compiled(_drawn_)


# Of a line `laws` are settings (from, speed, rejects, haste by law) [m, j, 3 + f] and outages
# (start, end) [m, j, 2], both ended by NEVER; lives and repairs [m, f, 3] as `coded`, a first
# number < 0 for none; calendar [m, f]. `fates` are keys [m, purpose] of the numbers; fallen [m, f],
# how often a law was drawn; falls and rises [m, f]: of a law of the calendar its next failure and
# its end, of a law of work `falls` is the work after which the machine fails, and left [m, f] the
# life it has left while nothing uses it up; calls [m], records `CALL`; people [crew, 1 + person],
# how many they are, and when each is done with what was begun; backs [m], records `BACK`, and when
# each part came back, a ring a machine. They are plain tuples: numba's cache does not survive that
# a class gets another name.


def _ahead_(life: Any, haste: Any) -> Any:
    """Work that uses up so much life."""
    if haste == 1.0:
        return life
    if haste * float(NEVER) <= life:
        return NEVER
    return max(1, np.int64(math.ceil(life / haste)))


_ahead = compiled(_ahead_)


def _lives_on_(m: Any, f: Any, life: Any, machines: Any, laws: Any, fates: Any) -> None:
    """Law f of machine m has so much life left, in the setting that holds."""
    me, haste = machines[m], 1.0
    if me.setting > 0:
        haste = laws[0][m, me.setting - 1, 3 + f]
    fates[4][m, f] = life
    fates[2][m, f] = NEVER if haste == 0.0 else me.used + _ahead(life, haste)


_lives_on = compiled(_lives_on_)


def _fails_next_(m: Any, machines: Any, laws: Any, fates: Any) -> None:
    me, falls, calendar = machines[m], fates[2], laws[4]
    me.fails = NEVER
    for f in range(calendar.shape[1]):
        if not calendar[m, f]:
            me.fails = min(me.fails, falls[m, f])


_fails_next = compiled(_fails_next_)


def _set_(m: Any, machines: Any, laws: Any, fates: Any) -> None:
    """The next setting of machine m holds: what life its laws have left is used up otherwise."""
    settings, _, lives, _, calendar = laws
    falls, left = fates[2], fates[4]
    me = machines[m]
    was, now = me.setting - 1, me.setting
    me.setting += 1
    me.factor, me.rejects = settings[m, now, 1], settings[m, now, 2]
    for f in range(calendar.shape[1]):
        old = settings[m, was, 3 + f] if was >= 0 else 1.0
        if calendar[m, f] or lives[m, f, 0] < 0.0 or old == settings[m, now, 3 + f]:
            continue
        life = left[m, f]
        if old == 1.0:
            life = falls[m, f] - me.used
        elif old > 0.0:
            life = max(1, np.int64(min((falls[m, f] - me.used) * old, 1e15)))
        _lives_on(m, f, life, machines, laws, fates)
    _fails_next(m, machines, laws, fates)


_set = compiled(_set_)


def _standing_(t: Any, horizon: Any, m: Any, machines: Any, laws: Any, fates: Any) -> Any:
    """The first moment from `t` on at which nothing keeps machine m from work, and until when.

    Beyond the horizon it looks no further.
    """
    settings, outages, lives, repairs, calendar = laws
    keys, fallen, falls, rises = fates[0], fates[1], fates[2], fates[3]
    me, moved = machines[m], True
    while moved:
        moved = False
        for f in range(calendar.shape[1]):
            if t > horizon:
                return t, t
            if not calendar[m, f]:
                continue
            while t >= rises[m, f]:
                n = fallen[m, f]
                life = drawn(lives, m, f, keys[m, LIFE + 2 * f], n)
                repair = drawn(repairs, m, f, keys[m, REPAIR + 2 * f], n)
                falls[m, f] = rises[m, f] + life
                rises[m, f] = falls[m, f] + repair
                fallen[m, f] = n + 1
            if t >= falls[m, f]:
                t, moved = rises[m, f], True
        while t >= outages[m, me.outage, 1]:
            me.outage += 1
        if t >= outages[m, me.outage, 0]:
            t, moved = outages[m, me.outage, 1], True
        while t >= settings[m, me.setting, 0]:
            _set(m, machines, laws, fates)
        if me.factor == 0.0 and not moved:
            t, moved = np.int64(settings[m, me.setting, 0]), True
    until = min(outages[m, me.outage, 0], np.int64(settings[m, me.setting, 0]))
    for f in range(calendar.shape[1]):
        if calendar[m, f]:
            until = min(until, falls[m, f])
    return t, until


_standing = compiled(_standing_)


def _clock_(me: Any, work: Any) -> Any:
    """Clock time of so much work at its speed."""
    if me.factor == 1.0:
        return work
    return np.int64(math.ceil(work / me.factor))


clock = compiled(_clock_)


def _worked_(
    t: Any, busy: Any, goal: Any, horizon: Any, m: Any, machines: Any, laws: Any, fates: Any
) -> Any:
    """When work is done up to `goal`, and how long of it was work before the horizon.

    At `t` it goes on, and `busy` was worked so far. -1 if people have to come first.
    """
    _, _, lives, repairs, calendar = laws
    keys, fallen, falls, calls = fates[0], fates[1], fates[2], fates[5]
    me = machines[m]
    while True:
        if t >= me.until:
            t, me.until = _standing(t, horizon, m, machines, laws, fates)
        if t > horizon:
            return t, busy
        step = min(goal, me.fails) - me.used
        takes, done = clock(me, step), step
        if t + takes > me.until:
            takes = me.until - t
            done = takes
            if me.factor != 1.0:
                done = min(step, np.int64(takes * me.factor))
        busy += min(t + takes, horizon) - min(t, horizon)
        t += takes
        me.used += done
        if done < step:
            continue
        if me.fails >= goal:
            return t, busy
        repair = np.int64(0)
        for f in range(calendar.shape[1]):
            if not calendar[m, f] and falls[m, f] == me.used:
                n = fallen[m, f] + 1
                repair = drawn(repairs, m, f, keys[m, REPAIR + 2 * f], n - 1)
                life = drawn(lives, m, f, keys[m, LIFE + 2 * f], n)
                _lives_on(m, f, life, machines, laws, fates)
                fallen[m, f] = n
                break
        _fails_next(m, machines, laws, fates)
        call = calls[m]
        if call.crew >= 0 and t <= horizon:
            call.since, call.repair, call.busy, call.goal = t, repair, busy, goal
            return np.int64(-1), busy
        t += repair


worked = compiled(_worked_)
