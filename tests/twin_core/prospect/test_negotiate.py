"""Windows for jobs in a sawmill that has its break from ten to half past."""

import pytest

from tests.twin_core.prospect.test_parties import HOUR, NINE, mill, ordered
from tests.twin_core.simulation.sawmill import BELT, DEBARKER, FAN, SAW, Mill
from twin_core.errors import ImpossibleScenario, UnknownName
from twin_core.prospect.negotiate import agree
from twin_core.prospect.stopping import Stopping
from twin_core.prospect.window import Job, Life
from twin_core.value import SECOND

REPLICATIONS = 8


def asked(plant=None, **given):
    job = Job(**{"asset": SAW, "duration_s": 1200.0, "horizon_s": 7200.0, **given})
    return agree(Mill(plant=plant or mill(), end=NINE).snapshot(), job, 1, REPLICATIONS)


@pytest.fixture(scope="module")
def free():
    return asked()


def test_a_job_goes_into_the_break(free):
    """There it costs next to nothing; all three have spoken."""
    window = free.window
    assert window.start >= NINE + HOUR
    assert window.end <= NINE + HOUR + 1800 * SECOND
    assert window.lost.mean < 60
    assert [(t.by, t.says) for t in free.turns] == [
        ("line", "proposes"), ("crew", "agrees"), ("planner", "agrees"),
    ]  # fmt: skip


def test_no_minute_is_better(free):
    """By a scan of all of them with the same luck."""
    stopping = Stopping(Mill(plant=mill(), end=NINE).snapshot(), free.job, 1, (), REPLICATIONS)
    best = min(stopping.cost(60.0 * k).cost.mean for k in range(121))
    assert free.window.cost.mean <= 1.03 * best + 1


def test_the_same_question_has_the_same_answer(free):
    """Word by word."""
    assert asked() == free
    assert free.state_digest == Mill(plant=mill(), end=NINE).snapshot().digest


def test_the_crew_is_never_overruled():
    """Where the break is in a shift without people the job comes before it, or not at all."""
    plant = mill({"duration_min": 210, "people": 2}, {"id": "rest", "start": "09:30", "people": 0})
    found = asked(plant)
    assert found.window.end <= NINE + HOUR // 2
    assert any(t.by == "crew" and t.says == "objects" for t in found.turns)
    nobody = asked(mill({"people": 0}))
    assert nobody.window is None
    assert nobody.turns[-1].says == "gives up"


def test_what_was_objected_to_is_not_proposed_again():
    """Every proposal is another moment, and no objection is spoken twice about one."""
    plant = mill({"duration_min": 210, "people": 2}, {"id": "rest", "start": "09:30", "people": 0})
    proposed = [t.start for t in asked(plant).turns if t.says == "proposes"]
    assert len(set(proposed)) == len(proposed)


def test_the_planner_concedes_what_makes_orders_least_late():
    """It is due just when it is done, and in the time ahead there is no break to go to."""
    found = asked(ordered(0.5, quantity=1800.0), horizon_s=600.0)
    assert found.turns[-1].says == "concedes"
    assert 0 < found.window.late_s <= 1260


def test_what_will_hardly_last_is_mended_sooner():
    """The break is an hour away: with nine in ten it has failed by then."""
    found = asked(life=Life(points=((3600.0, 0.9),)))
    assert found.window.start < NINE + HOUR // 2
    assert found.window.cost.mean < found.unplanned.mean


def test_cost_is_what_it_is_said_to_be():
    """(1 - F) L + F U, interval around it, money only where a margin is given."""
    job = Job(asset=SAW, duration_s=1200.0, horizon_s=3600.0, life=Life(points=((1800.0, 0.5),)))
    stopping = Stopping(Mill(plant=mill(), end=NINE).snapshot(), job, 1, (), REPLICATIONS)
    window = stopping.cost(1800.0)
    assert window.fails_before == pytest.approx(0.5)
    assert window.cost.mean == pytest.approx((window.lost.mean + stopping.unplanned.mean) / 2)
    assert window.money is None


def test_a_buffer_bridges_what_stands_before_it():
    """The debarker is faster than the saw, so that less is lost by it than by the saw itself."""
    saw, debarker = (asked(asset=a, horizon_s=600.0) for a in (SAW, DEBARKER))
    assert debarker.window.lost.mean < saw.window.lost.mean
    assert asked(asset=BELT, horizon_s=600.0).window is not None


def test_what_no_line_stands_for_is_refused():
    """A fan serves several; and what is not there is not there."""
    with pytest.raises(ImpossibleScenario, match="machine or conveyor"):
        asked(asset=FAN)
    with pytest.raises(UnknownName):
        asked(asset="holm/mill/boards/nothing")
