"""The extremes bench sees what a forecast cannot be."""

from api.plant_file import read_plant
from evals.bench.simulation_extremes import _PLANT, _blindly, _impossible
from evals.stress.possible import wrong
from twin_core.simulation.scenario import Estimate, Forecast, Scenario

LINE = "riverside/packaging/line1"


def between(low, mean, high):
    return Estimate(mean=mean, low=low, high=high, unit="1")


def told(rate, **others):
    return Forecast(
        scenario=Scenario(name="x", line=LINE), rate=between(*rate),
        others={name: between(*e) for name, e in others.items()}, replications=2, seed=1,
        model_version="x", state_digest="x", start=0,
    )  # fmt: skip


def test_what_cannot_be_is_named():
    """Below nothing, above what fits or shows, out of order; what can be is not."""
    plant = read_plant(_PLANT)
    fine = told((0, 400, 500), wip=(0, 10, 900), rejected=(0, 1, 100))
    assert wrong(plant, fine) == []
    assert wrong(plant, told((-1, 400, 500))) == ["rate -1 to 500 1"]
    assert wrong(plant, told((0, 400, 1e6)))
    assert wrong(plant, told((0, 4, 5), wip=(0, 10, 1e6)))
    assert wrong(plant, told((0, 4, 5), rejected=(0, 10, 101)))
    assert wrong(plant, told((0, 9, 5))) == ["rate 9 outside its interval"]
    assert wrong(plant, told((0, 4, 5), utilities_air_header_a_pressure=(-1, 4, 5)))


def test_blind_changes_are_often_impossible():
    """Otherwise the peer would show nothing."""
    plant = read_plant(_PLANT)
    assert 10 < _impossible(plant, _blindly(plant, 60)) < 60
