"""A scenario on a model: its replications are the same in whatever shares they are run."""

import pytest

from tests.twin_core.simulation.sawmill import LINE, MAIN, PLANER, SAW, T0, Mill
from twin_core.simulation.model import Experiment, Model
from twin_core.simulation.scenario import (
    BufferSize,
    Demand,
    Failures,
    Outage,
    Rejects,
    Rework,
    Speed,
    Staffing,
    Stops,
)

HORIZON_S = 900.0


def experiment(*changes, model=None, at_once=8):
    return Experiment(
        model or Model(Mill().snapshot(), LINE, T0), changes, 60.0, HORIZON_S, 3, at_once
    )


@pytest.mark.parametrize("at_once", [2, 8, 100])
def test_media_found_for_many_at_a_time_are_those_of_each(at_once):
    """A replication is the same whatever share it is run in, and with whatever others."""
    changes = (Demand(asset=MAIN, factor=1.3), Outage(asset=SAW, duration_s=120))
    whole = experiment(*changes, at_once=20).run(20)
    shares = experiment(*changes, at_once=at_once)
    for first, n in ((0, 3), (3, 9), (12, 8)):
        part = shares.run(n, first)
        assert (part.rates == whole.rates[first : first + n]).all()
        for header, held in part.potentials.items():
            assert (held == whole.potentials[header][first : first + n]).all()


@pytest.mark.parametrize(
    "change",
    [
        Stops(asset=PLANER, per_hour=60, mean_s=60),
        Rejects(asset=PLANER, share=0.2),
        Rework(asset=PLANER, target=SAW, share=0.5),
        Failures(asset=SAW, life=0.2),
        BufferSize(source=SAW, target=PLANER, capacity=3),
        Staffing(people=1),
    ],
    ids=lambda c: c.kind,
)
def test_scenarios_share_what_media_do_only_where_it_is_the_same(change):
    """What is taken over from another scenario is what would have been found."""
    model = Model(Mill(rate=1.3).snapshot(), LINE, T0)
    moved = Demand(asset=MAIN, factor=1.3)
    experiment(moved, model=model).potentials(4, 0)
    taken = experiment(moved, change, model=model).potentials(4, 0)
    assert len(model.held) == 1
    found = experiment(moved, change, at_once=4).potentials(4, 0)
    assert all((taken[header] == found[header]).all() for header in found)
    experiment(moved, Speed(asset=SAW, factor=0.9), model=model).potentials(4, 0)
    assert len(model.held) == 2
