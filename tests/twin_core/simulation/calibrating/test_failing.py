"""How likely a machine fails, by how often it has."""

from math import exp

import pytest

from tests.twin_core.simulation.calibrating.test_promoted import fit, stopping
from tests.twin_core.simulation.sawmill import LINE, SAW, sawmill
from twin_core.errors import NotLearnt
from twin_core.simulation.calibrating.failing import by_law
from twin_core.simulation.calibrating.parameters import StopParameters
from twin_core.simulation.calibrating.promoted import nameplate


def learnt(machine):
    return nameplate(sawmill(), LINE).model_copy(update={"machines": (machine,)})


def test_failures_that_come_without_memory():
    """1 - exp(-t / m), of failures alone, with the interval of their mean."""
    machine = stopping(("minor_stop", 60.0, 5.0), ("failure", 7200.0, 900.0))
    mean = fit(7200.0).mean.model_copy(update={"low": 3600.0, "high": 14400.0})
    failure = machine.stops[1].model_copy(
        update={"between": fit(7200.0).model_copy(update={"mean": mean})}
    )
    machine = machine.model_copy(update={"stops": (machine.stops[0], failure)})
    found = by_law(learnt(machine), SAW, 3600.0)
    assert found.value == pytest.approx(1 - exp(-0.5))
    assert found.low == pytest.approx(1 - exp(-0.25))
    assert found.high == pytest.approx(1 - exp(-1.0))


def test_none_seen_is_no_number_but_an_end():
    """Rarer than the watched time tells; a machine that was not watched has no answer."""
    seldom = stopping().model_copy(
        update={"stops": (StopParameters(kind="failure", at_least_s=36_000.0),)}
    )
    found = by_law(learnt(seldom), SAW, 3600.0)
    assert found.value is None
    assert found.high == pytest.approx(1 - exp(-0.1))
    with pytest.raises(NotLearnt):
        by_law(learnt(stopping()), SAW, 3600.0)
