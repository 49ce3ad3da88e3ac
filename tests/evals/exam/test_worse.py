"""What is planted to run worse, and where nothing is."""

import random
from itertools import permutations

import pytest

from evals.emulator.standin import StandIn
from evals.emulator.utilities import Header
from evals.exam import worse
from evals.exam.sitting import moment
from evals.exam.worse import KINDS, Job, Planting, changeovers_min, drawn, listed, plain_plant
from tests.evals.emulator.riverside import plant
from twin_core.value import SECOND

LINE = "riverside/packaging/line2"


def drawing(seed):
    return random.Random(seed)  # noqa: S311 (not for secrets)


def test_there_are_twenty_planted_and_twenty_balanced_plants_and_practice_has_other_seeds():
    """At least; every sort is practised."""
    sealed, practice = worse.jobs(quick=False), worse.jobs(quick=True)
    assert sum(j.kind != "balanced" for j in sealed) >= 20
    assert sum(j.kind == "balanced" for j in sealed) >= 20
    assert {j.kind for j in practice} == {*KINDS, "balanced"}
    assert not {j.seed for j in sealed} & {j.seed for j in practice}


@pytest.mark.parametrize("seed", range(4))
def test_orders_of_a_balanced_plant_cannot_be_put_better_and_planted_ones_can(seed):
    """By all their permutations."""
    stream = drawing(seed)
    good, bad = (listed(plant(), LINE, stream, good=g) for g in (True, False))
    took = [
        changeovers_min(p, LINE, [o.product for o in p.orders if o.line == LINE])
        for p in (good, bad)
    ]
    products = [o.product for o in good.orders if o.line == LINE]
    assert took[0] == min(changeovers_min(good, LINE, some) for some in permutations(products))
    assert took[1] >= took[0] + 40.0


def test_a_machine_that_is_planted_slow_costs_its_line_a_share_and_others_nothing():
    """The share lies between the two that are worth asking for."""
    job = Job("speed", 5)
    stream = drawing(1)
    whole = plain_plant(plant(), job, stream)
    one, worth = drawn(whole, job, stream)
    assert 0.02 <= worth <= 0.2
    assert one is not None
    ((point, value),) = one.writes
    assert point == f"{one.asset}/speed_setpoint"
    unit = whole.units[one.asset]
    assert value < unit.parameters["rated_speed"]


def test_what_is_drawn_in_stops_is_drawn_in_stops_alone():
    """A header gives more while the line stands, and no more while it runs."""
    job = Job("waste", 5)
    whole = plain_plant(plant(), job, drawing(1))
    one = Planting(LINE, LINE, "riverside/utilities/air/header_a", draws=6.0)
    standin = StandIn(whole, 1, moment(5))
    worse.put_in(standin, one)
    header, stands = standin.assembly.components[one.target], set()
    assert isinstance(header, Header)
    for _ in range(4 * 3600):
        standin.step()
        planned = bool(standin.assembly.machines[LINE][0].planned)
        stands.add((planned, round(header.leak)))
    assert stands == {(False, 0), (True, 6)}
    assert standin.now == moment(5) + 4 * 3600 * SECOND


@pytest.mark.parametrize(("rates", "worth"), [((995, 990, 998), 0.01), ((1000, 1000, 1001), None)])
def test_where_no_draw_is_worth_it_that_worth_most_is_planted(monkeypatch, rates, worth):
    """A line may have room enough for every buffer to be short: the case is asked all the same."""
    given = iter(rates)
    monkeypatch.setattr(worse, "_TRIES", 3)
    monkeypatch.setattr(worse, "_lived", lambda _plant, _seed, one: one or "usual")
    monkeypatch.setattr(
        worse, "_made", lambda lived, _line: 1000.0 if lived == "usual" else next(given)
    )
    if worth is None:
        with pytest.raises(ValueError, match="costs its line anything"):
            drawn(plant(), Job("buffer", 1), drawing(1))
    else:
        assert drawn(plant(), Job("buffer", 1), drawing(1))[1] == pytest.approx(worth)
