"""Minutes of a bakery lived through by a real twin: stops, silences, heat."""

from tests.twin_core.plant_fixture import GAS, OVEN, T0, Feed, bakery
from twin_core.ingest import Twin
from twin_core.value import SECOND

MINUTE = 60 * SECOND
START = T0 // MINUTE * MINUTE + MINUTE  # first whole minute


def living(
    states=(), *, minutes=12, plant=None, rate=100.0, silent=(), starved=(), hot=(), offset=0
):
    """A twin after minutes in which machines left Execute: (unit, from s, to s, state).

    Returned with plant time then, 90 s later. Seconds count from START, a whole minute; `hot`
    bends the oven's temperature in such spans.
    """
    heat = [0.0]
    shift = (START - T0) // SECOND

    def bend(path, s, v):
        t = s - shift - offset
        unit, _, last = path.rpartition("/")
        if any(a <= t < b for a, b in silent) and not path.startswith(GAS):
            return None
        if last == "state":
            return next((float(n) for u, a, b, n in states if u == unit and a <= t < b), v)
        if last == "blocked":
            return float(any(u == unit and a <= t < b for u, a, b in starved))
        if last == "temperature" and unit == OVEN:
            target = 40.0 if any(a <= t < b for a, b in hot) else 0.0
            heat[0] += max(-6.0, min(6.0, target - heat[0]))
            return round(v + heat[0], 1)
        return v

    feed = Feed(plant or bakery(), bend=bend, rate=lambda _: rate)
    twin = Twin(feed.plant)
    for event in feed.up():
        twin.apply(event.model_copy(update={"time": T0 + offset * SECOND}), T0 + offset * SECOND)
    for s in range(offset, offset + minutes * 60 + 90, 30):
        twin.apply(feed.readings(s, s + 30), T0 + (s + 30) * SECOND)
    return twin, T0 + (offset + minutes * 60 + 90) * SECOND


def live(*given, **how):
    """The snapshot of `living`."""
    twin, now = living(*given, **how)
    return twin.snapshot(now)
