"""Signs of a machine that stops again and again, against its own law of minor stops.

Stops come as a Poisson stream in running time and last exponentially long. The likelihood ratio of
"more or longer stops since t" against the machine's usual law says how sure that is. Planned stops
are nobody's symptom; nor is, of a line of which no plan is known, a stop that most of it shares.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.diagnosis.sign import Sign, logistic
from twin_core.diagnosis.window import Window, began, made_another, planned
from twin_core.plant.assets import Line, Unit
from twin_core.plant.classes import Role
from twin_core.simulation.calendar import has_plan
from twin_core.twin import GRID_S
from twin_core.value import SECOND

_USUAL_BETWEEN_S = 7200.0
_USUAL_LENGTH_S = 60.0
"""The law of a machine whose class gives none."""
STANDS = "it still stands"
"""The note of a sign of one stop that lasts."""
CHANGED = 3.75
"""Log-likelihood ratio at which a law has as likely changed as not: the best of all beginnings, on
one of dozens of machines, is taken."""


@dataclass(frozen=True, slots=True)
class StopLaw:
    """How often a machine stops by itself and for how long, usually and since a row.

    Attributes:
        usual_per_hour, now_per_hour: stops per hour of running time.
        usual_s, now_s: mean length, seconds.
        since: row from which the new law holds; `log_ratio` the log-likelihood ratio for it.
        count: stops since then.
    """

    usual_per_hour: float
    now_per_hour: float
    usual_s: float
    now_s: float
    since: int
    log_ratio: float
    count: int


def shared(window: Window, line: Line) -> NDArray[np.bool_]:
    """Buckets in which the line stands by plan, or made another product, bool[T].

    The latter tell nothing of what this one can be made at. Of a line of which no plan is known,
    most of its machines standing at once is taken for one, with a minute before and two after: a
    line is run empty and filled again. Where one is known, it is a stop like any other.
    """
    excused = planned(window.plant, line.id, window.time)
    if not len(window.time):
        return excused
    counter = window.plant.counter(line)
    if counter is not None:
        excused |= made_another(window.plant, counter, window.mean)
    machines = window.plant.machines(line)
    if len(machines) >= 3 and not has_plan(window.plant, line.id):
        together = np.asarray([window.stopped(m) for m in machines]).mean(axis=0) >= 0.6
        for row in np.flatnonzero(together):
            excused[max(0, row - 6) : row + 13] = True
    return excused


def stands(window: Window, unit: Unit) -> bool:
    """Whether the unit has stood for a reason of its own for as long as is remembered."""
    return bool(len(window.time) and window.stopped(unit).all())


def law(window: Window, unit: Unit, excused: NDArray[np.bool_]) -> StopLaw:
    """The most likely change in the unit's law of stops."""
    down = window.stopped(unit) & ~excused
    starts = np.flatnonzero(down & ~np.concatenate([[False], down[:-1]]))
    between = unit.parameters.get("mtbf_s", _USUAL_BETWEEN_S)
    length = max(unit.parameters.get("mttr_s", _USUAL_LENGTH_S), GRID_S) + GRID_S
    up_s = np.cumsum(~down & ~excused) * float(GRID_S)
    down_s = np.cumsum(down) * float(GRID_S)
    best = StopLaw(3600.0 / between, 3600.0 / between, length, length, len(down), 0.0, 0)
    for k, row in enumerate(starts):
        before, up = float(up_s[row]), float(up_s[-1] - up_s[row])
        count, lost = len(starts) - k, float(down_s[-1] - (down_s[row - 1] if row else 0.0))
        usual = (k + 1.0) / (before + between)
        now = max(count / max(up, count * GRID_S), usual)
        mean = max(lost / count, length)
        # the first stop opens the spell and is not counted: it chose the row
        often = (count - 1) * np.log(now / usual) - max(0.0, (now - usual) * up)
        long = -count * np.log(mean / length) + lost * (1 / length - 1 / mean)
        score = float(often + max(long, 0.0))
        if score > best.log_ratio:
            best = StopLaw(
                3600.0 * usual, 3600.0 * now, length, lost / count, int(row), score, count
            )
    return best


def observe(window: Window, line: Line) -> list[Sign]:
    """A `stopping` sign for every machine of the line whose law of stops has changed."""
    excused = shared(window, line)
    found = []
    for unit in line.units:
        state = unit.with_role(Role.STATE)
        if state is None or not len(window.time):
            continue
        seen = law(window, unit, excused)
        if not seen.count:
            continue
        last = int(np.flatnonzero(window.stopped(unit) & ~excused)[-1])
        quiet = (len(window.time) - 1 - last) * GRID_S
        patience = max(180.0, 2.5 * 3600.0 / max(seen.now_per_hour, 1e-6))
        strength = logistic((seen.log_ratio - CHANGED) / 0.8) * (1.0 if quiet <= patience else 0.3)
        if strength > 0.05:
            forgotten = stands(window, unit)
            apart = 0.5 * 3600.0 / max(seen.now_per_hour, 1.0)
            span = (window.end - began(window, 0)) / SECOND
            found.append(
                Sign(
                    point=state.id, shows="stopping", strength=strength,
                    usual=seen.usual_per_hour if seen.count > 1 else None,
                    now=seen.now_per_hour if seen.count > 2 else None,  # two make no rate
                    unit="/h", onset=began(window, seen.since),
                    onset_s=span if forgotten else max(2.0 * GRID_S, apart),
                    against="normal" if forgotten else "law", note=_told(seen, lasts=not quiet),
                )
            )  # fmt: skip
    return found


def _told(seen: StopLaw, *, lasts: bool) -> str:
    if seen.count > 1:
        return f"{seen.count} stops of {seen.now_s:.0f} s on average"
    return STANDS if lasts else f"one stop of {seen.now_s:.0f} s"
