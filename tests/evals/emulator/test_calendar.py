from itertools import pairwise

from evals.emulator.calendar import calm_start, origin_for, windows
from tests.evals.emulator.riverside import LINE1, LINE4, plant
from twin_core.value import SECOND

START = 1_790_000_000 * SECOND


def test_planned_stops_come_in_order_and_in_local_time():
    """Three shifts with three stops each: nine a day, also over the night."""
    stops = windows(plant(), LINE1, START // SECOND, START // SECOND + 86_400)
    assert 9 <= len(stops) <= 10
    assert all(a.end <= b.start for a, b in pairwise(stops))
    assert {s.reason for s in stops} == {"changeover", "break", "cleaning"}


def test_a_calm_start_has_no_planned_stop_for_the_span():
    """From the minute found on, the line has no planned stop for so long, nor had one just now."""
    for earliest in range(START, START + 86_400 * SECOND, 1_300 * SECOND):
        start = calm_start(plant(), LINE4, earliest, 2700)
        first = start // SECOND
        assert start >= earliest
        assert not windows(plant(), LINE4, first - 900, first + 2700)


def test_the_origin_puts_plant_time_where_it_is_wanted():
    """Plant = origin + factor * (host - origin)."""
    host, at = START, START + 5_000 * SECOND
    origin = origin_for(at, host, 20.0)
    assert abs(origin + 20 * (host - origin) - at) <= 20
    assert origin_for(at, host, 1.0) == host
