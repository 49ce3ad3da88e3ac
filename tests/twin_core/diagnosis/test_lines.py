from dataclasses import replace

import numpy as np
import pytest

from tests.twin_core.diagnosis import quay
from twin_core.diagnosis import lines
from twin_core.diagnosis.lines import span, weigh
from twin_core.diagnosis.window import cut
from twin_core.plant.document import load
from twin_core.value import SECOND

NORTH = "quay/hall/north"
ONSET = quay.START + 28 * 60 * SECOND


def weighed(day):
    window = cut(quay.lived(day))
    return weigh(window, window.plant.line(NORTH), span(window, 1200.0))


def test_a_healthy_line_does_not_lose():
    """Minor stops are no loss."""
    assert [weighed(quay.Day(seed=s)).losing for s in range(1, 7)] == [False] * 6


def test_the_walk_goes_downstream_of_the_slow_machine_and_stops_at_it():
    """Upstream while starved: the walk ends at the machine that waits for nobody."""
    loss = weighed(quay.Day(slow={f"{NORTH}/sealer": 0.6}))
    assert loss.losing
    assert loss.walk == (f"{NORTH}/boxer", f"{NORTH}/sealer")
    assert next(iter(loss.shares)) == f"{NORTH}/sealer"
    assert abs(loss.onset - ONSET) <= 90 * SECOND
    assert loss.rate == pytest.approx(129, abs=6)


def test_the_walk_reaches_the_head_of_the_line():
    """A slow first machine starves all that follow."""
    loss = weighed(quay.Day(slow={f"{NORTH}/washer": 0.5}))
    assert loss.walk[-1] == f"{NORTH}/washer"
    assert sum(loss.shares.values()) == pytest.approx(1.0)


def test_what_is_lost_as_rejects_is_charged_to_who_rejects():
    """A machine that throws out a tenth loses it, though it runs at full speed."""
    loss = weighed(quay.Day(shift={f"{NORTH}/sealer/heat": -25.0}))
    assert loss.losing
    assert next(iter(loss.shares)) == f"{NORTH}/sealer"


@pytest.mark.parametrize(("left", "losing"), [(0.3, True), (0.8, False)])
def test_minor_stops_without_end_that_halve_a_line_are_a_loss(left, losing):
    """Where every moment is near to a minor stop, chance is no excuse for so much."""
    values = dict(quay.series(quay.Day(minor_stops=False)))
    struck = len(next(iter(values.values()))) - 420 // quay.STEP_S
    made = values[f"{NORTH}/boxer/made"].copy()
    made[struck:] = made[struck] + left * (made[struck:] - made[struck])
    for number, first in enumerate(range(struck, len(made), 60 // quay.STEP_S)):
        point = f"{NORTH}/{quay.MACHINES[number % 4]}/mode_now"
        values[point] = values[point].copy()
        values[point][first : first + 10 // quay.STEP_S] = 11.0
    values[f"{NORTH}/boxer/made"] = made
    window = cut(quay.snapshot(values))
    assert weigh(window, window.plant.line(NORTH), span(window, 1200.0)).losing is losing


@pytest.mark.parametrize("away_s", [40, 120, 600])
def test_a_gap_in_the_data_is_no_spurt_of_the_line(away_s):
    """What was made while nobody listened is not made in the ten seconds after."""
    day = quay.Day(minor_stops=False)
    heard, values = weighed(day), dict(quay.series(day))
    first = 1000 - away_s // quay.STEP_S
    for point, series in values.items():
        values[point] = series.copy()
        values[point][first:1000] = float("nan")
    window = cut(quay.snapshot(values))
    loss = weigh(window, window.plant.line(NORTH), span(window, 1200.0))
    assert not loss.losing
    assert loss.rate == pytest.approx(heard.rate, rel=0.01)
    assert loss.usual == pytest.approx(heard.usual, rel=0.01)
    for unit, waiting in loss.waiting.items():
        assert waiting.starved == pytest.approx(heard.waiting[unit].starved, abs=0.02)


def test_a_machine_that_stands_by_itself_waits_for_nobody():
    """One minute of the sealer's own: it did not starve, and nothing before it is slow."""
    values = dict(quay.series(quay.Day(minor_stops=False)))
    struck = len(values[f"{NORTH}/sealer/made"]) - 300 // quay.STEP_S
    rows = slice(struck, struck + 60 // quay.STEP_S)
    values[f"{NORTH}/sealer/mode_now"] = values[f"{NORTH}/sealer/mode_now"].copy()
    values[f"{NORTH}/sealer/mode_now"][rows] = 11.0
    made = values[f"{NORTH}/sealer/made"].copy()
    made[struck:] -= np.minimum(made[struck:] - made[struck], 200.0)
    values[f"{NORTH}/sealer/made"] = made
    window = cut(quay.snapshot(values))
    waits = weigh(window, window.plant.line(NORTH), span(window, 300.0)).waiting[f"{NORTH}/sealer"]
    assert waits.starved - waits.starved_before < 0.04


def without_power(shifts):
    """All machines of the north line stand for the last ten minutes."""
    plant = load(quay.text() + shifts, "quay.yaml", lambda _: quay.CLASSES.read_text())
    values = dict(quay.series(quay.Day(minor_stops=False)))
    off = slice(-600 // quay.STEP_S, None)
    for machine in quay.MACHINES:
        for point, value in (("mode_now", 2.0), ("pace", 0.0)):
            path = f"{NORTH}/{machine}/{point}"
            values[path] = values[path].copy()
            values[path][off] = value
        made = values[f"{NORTH}/{machine}/made"].copy()
        made[off] = made[off][0]
        values[f"{NORTH}/{machine}/made"] = made
    window = cut(replace(quay.snapshot(values), plant=plant))
    return weigh(window, plant.line(NORTH), span(window, 1200.0))


SHIFTS = """
shifts:
  - id: early
    name: Early
    start: "06:00"
    duration_min: 480
    days: [0]
    stops: [{line: hall/north, after_min: 300, duration_min: 10, reason: break}]
"""


def test_that_all_machines_stand_is_a_loss_where_the_plan_says_nothing_of_it():
    """A plant without power is no break; of a line without any plan it may be one."""
    assert without_power(SHIFTS).losing
    assert not without_power("").losing


def test_where_no_bucket_is_undisturbed_no_fall_is_found():
    """Minor stops one after the other leave nothing to look at: that is no error."""
    window = cut(quay.lived(quay.Day()))
    line, none = window.plant.line(NORTH), np.zeros(len(window.time), dtype=bool)
    assert lines._fell(window, line, lines.rates(window, line), none) is None
