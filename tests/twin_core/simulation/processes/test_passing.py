"""What valves, pumps and pipes pass."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin_core.simulation.processes.passing import Conductance, Pump, Valve, passing_of

PUMP = {"shutoff_head": 32.0, "rated_head": 24.0, "rated_flow": 90.0}
BAR_M = 10.1972


LAWS = (Conductance(25.0), Valve(50.0), Pump(32.0, 0.001))


def at(law, head, opening=1.0):
    return float(law.flow(np.array([head]), np.array([opening]))[0])


def test_a_valve_passes_its_kv_at_one_bar():
    """Kv is the flow of water in m3/h at 1 bar; at 4 bar it is twice that."""
    assert at(Valve(50.0), BAR_M) == pytest.approx(50.0, rel=1e-4)
    assert at(Valve(50.0), 4 * BAR_M) == pytest.approx(100.0, rel=1e-4)
    assert at(Valve(50.0), BAR_M, 0.5) == pytest.approx(25.0, rel=1e-4)


def test_a_pump_gives_its_rated_flow_against_its_rated_head():
    """The curve goes through the rated point, and through shut-off."""
    law = passing_of(PUMP)
    assert at(law, -24.0) == pytest.approx(90.0)
    assert at(law, -32.0) == 0.0


def test_a_slower_pump_follows_the_affinity_laws():
    """At half speed, a quarter of the head and half the flow."""
    law = passing_of(PUMP)
    assert at(law, -6.0, 0.5) == pytest.approx(45.0)
    assert at(law, -8.0, 0.5) == 0.0


def test_a_pipe_moves_the_point_where_a_pump_runs():
    """Less flows where the pipe takes head too: where pump and system curve cross."""
    law = passing_of({**PUMP, "pipe_loss": 3.0})
    flow = at(law, -24.0)
    assert 32 - 8 * (flow / 90) ** 2 == pytest.approx(24 + 3 * (flow / 90) ** 2)


@given(st.floats(-60, 60), st.floats(-60, 60), st.floats(0, 1))
def test_more_head_never_passes_less(one, two, opening):
    """Every law grows with its head, and a pump lets nothing back."""
    low, high = sorted((one, two))
    for law in LAWS:
        assert at(law, low, opening) <= at(law, high, opening) + 1e-9
    assert at(LAWS[-1], low, opening) >= 0.0


@given(st.floats(-60, 60), st.floats(0, 1), st.floats(1e-3, 1))
def test_no_law_is_steeper_than_it_says(head, opening, step):
    """So that the integration knows how short its steps must be."""
    for law in LAWS:
        rise = at(law, head + step, opening) - at(law, head, opening)
        assert rise <= law.steepest() * step * (1 + 1e-6) + 1e-9


@pytest.mark.parametrize(
    "wrong",
    [{}, {"shutoff_head": 32.0}, {**PUMP, "rated_flow": 0.0}, {**PUMP, "rated_head": 33.0}],
)
def test_a_nameplate_that_gives_no_law_gives_none(wrong):
    """A curve that does not fall, or half a curve, is no pump."""
    assert passing_of(wrong) is None


def test_what_is_worn_passes_less():
    """A factor on a law is a factor on its flow."""
    for law, head in ((Conductance(25.0), 3.0), (Valve(50.0), 3.0), (Pump(32.0, 0.001), -20.0)):
        assert at(law.times(0.5), head) == pytest.approx(0.5 * at(law, head))
