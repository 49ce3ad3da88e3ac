"""What a promoted set changes in simulation, and what a plant file is as a set."""

from dataclasses import replace

import pytest

from tests.twin_core.simulation.sawmill import LINE, SAW, Mill, sawmill
from twin_core.calibrated import Calibrated
from twin_core.simulation.calibrating.estimated import Estimated
from twin_core.simulation.calibrating.foretelling import foretold
from twin_core.simulation.calibrating.law_fit import Fit
from twin_core.simulation.calibrating.lifetimes import Law
from twin_core.simulation.calibrating.parameters import MachineParameters, StopParameters
from twin_core.simulation.calibrating.promoted import calibrated, nameplate, of_machine
from twin_core.simulation.forecaster import forecast
from twin_core.simulation.scenario import Scenario

GO_ON = Scenario(name="go on", line=LINE)


def fit(mean_s):
    mean = Estimated(value=mean_s, low=None, high=None, unit="s", n=9, by="a test")
    return Fit(law=Law(family="exponential", mean_s=mean_s), mean=mean, shape=None, events=9,
               censored=0, watched_s=9 * mean_s, aicc={})  # fmt: skip


def stopping(*kinds):
    """The saw's parameters with stops of (kind, seconds between, seconds long)."""
    stops = tuple(
        StopParameters(kind=kind, between=fit(between), length=fit(length))
        for kind, between, length in kinds
    )
    return MachineParameters(unit=SAW, rates={}, rejects=None, stops=stops)


def test_stops_of_two_kinds_are_one_stream():
    """Rates add, lengths weigh by rate."""
    found = of_machine(stopping(("minor_stop", 600.0, 30.0), ("failure", 6000.0, 1130.0)))
    assert found["mtbf_s"] == pytest.approx(1 / (1 / 600 + 1 / 6000))
    assert found["mttr_s"] == pytest.approx((30 * 10 + 1130) / 11)


def test_what_was_not_learnt_stays_the_plant_files():
    """No stop seen, no rejects counted: nothing is said."""
    nothing = MachineParameters(unit=SAW, rates={}, rejects=None, stops=())
    bare = nameplate(sawmill(), LINE).model_copy(update={"machines": (nothing,)})
    assert calibrated([bare]).units == {}
    assert calibrated([bare]).version(LINE) == bare.version
    assert calibrated([]).version(LINE) == ""


def test_a_promoted_set_changes_the_forecast_and_is_named_in_it():
    """A saw that stops often makes the line slower; what is believed is what it was."""
    snapshot = Mill().snapshot()
    often = Calibrated(versions={LINE: "pa-x"}, units={SAW: {"mtbf_s": 200.0, "mttr_s": 120.0}})
    given = replace(snapshot, calibrated=often)
    plain, slow = (forecast(s, GO_ON, 7, 200) for s in (snapshot, given))
    assert slow.rate.mean < plain.rate.mean
    assert slow.model_version == f"{plain.model_version} pa-x"
    assert slow.state_digest == plain.state_digest


def test_a_plant_file_is_a_set_that_has_learnt_nothing():
    """Every machine, by what the file says of it; it has no history."""
    plant = sawmill()
    found = nameplate(plant, LINE)
    assert [m.unit for m in found.machines] == [m.id for m in plant.machines(plant.line(LINE))]
    assert found.end == 0
    saw = found.machine(SAW)
    assert saw is not None
    assert saw.rates[-1].value == plant.unit(SAW).parameters["rated_speed"]


def test_more_stops_are_foretold_to_make_less():
    """The same fates, another law; the same seed, the same draws."""
    plant = sawmill()
    file = nameplate(plant, LINE)
    worse = file.model_copy(
        update={
            "machines": tuple(
                stopping(("failure", 300.0, 120.0)).model_copy(update={"rates": m.rates})
                if m.unit == SAW
                else m
                for m in file.machines
            )
        }
    )
    good, bad = (foretold(plant, one, {}, 1800.0, 3, 40) for one in (file, worse))
    assert bad.mean() < good.mean()
    assert (foretold(plant, file, {}, 1800.0, 3, 40) == good).all()
    slow = foretold(plant, file, {SAW: 10.0}, 1800.0, 3, 40)
    # what lay in the buffers behind the saw goes out too: half of 80 and of 40 boards in 30 min
    assert slow.max() <= 10.0 + (40 + 20) / 30
