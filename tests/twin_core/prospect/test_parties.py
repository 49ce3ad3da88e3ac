"""What crew and planner have against a window, by shifts and orders of a sawmill."""

import pytest

from tests.twin_core.simulation.sawmill import LINE, SAW, sawmill
from twin_core.plant.production import Order, Product
from twin_core.prospect.parties import Crew, Planner
from twin_core.prospect.window import Busy, Job
from twin_core.simulation.scenario import ProductChange, StopMoved
from twin_core.value import SECOND

NINE = 1_749_970_800 * SECOND  # 09:00 in Oslo; the day shift is from 06:00 to 14:00
HOUR = 3600 * SECOND


def mill(*shifts, **given):
    """The sawmill with these shifts, its own where none is given."""
    plant = sawmill(shifts=True)
    (day,) = plant.shifts
    made = tuple(day.model_copy(update=shift) for shift in shifts) or plant.shifts
    return plant.model_copy(update={"shifts": made, **given})


def refusal(party, *asked):
    """What it has against that."""
    found = party.objection(*asked)
    assert found is not None
    return found


def job(**given):
    return Job(**{"asset": SAW, "duration_s": 1800.0, **given})


def test_the_crew_works_in_shifts():
    """Nobody is there after two; what begins before must be done by then."""
    crew = Crew(mill(), job())
    assert crew.objection(NINE) is None
    assert crew.objection(NINE + 5 * HOUR - 1800 * SECOND) is None
    late = refusal(crew, NINE + 5 * HOUR - 1799 * SECOND)
    assert "no shift" in late.reason


def test_a_shift_with_too_few_people_is_objected_to_until_it_ends():
    """One of two; the next shift has them."""
    plant = mill({"people": 1}, {"id": "noon", "name": "Noon", "start": "14:00", "people": 2})
    crew = Crew(plant, job(people=2))
    no = refusal(crew, NINE)
    assert no.reason == "the day has only 1 of the 2 who are needed"
    assert no.until == NINE + 5 * HOUR
    assert crew.objection(no.until) is None
    assert crew.objection(no.until - SECOND) is not None


def test_a_skill_must_be_in_the_shift_where_skills_are_given():
    """Given and missing is an objection; not given is said and is none."""
    no = refusal(Crew(mill({"skills": ("milling",)}), job(skill="welding")), NINE)
    assert no.reason == "nobody in the day knows welding"
    assert Crew(mill({"skills": ("welding",)}), job(skill="welding")).objection(NINE) is None
    crew = Crew(mill(), job(skill="welding"))
    assert crew.objection(NINE) is None
    assert any("knows welding is not given" in said for said in crew.unsaid)


def test_people_at_another_job_are_not_free():
    """Two of three are taken until ten."""
    busy = (Busy(start=NINE, end=NINE + HOUR, people=2),)
    crew = Crew(mill({"people": 3}), job(people=2, busy=busy))
    assert refusal(crew, NINE).until == NINE + HOUR
    assert crew.objection(NINE + HOUR) is None
    assert Crew(mill({"people": 4}), job(people=2, busy=busy)).objection(NINE) is None


def test_without_shifts_people_count_as_there():
    """And that is said."""
    plant = sawmill()
    crew = Crew(plant, job())
    assert crew.objection(NINE) is None
    assert list(crew.unsaid) == ["no shifts are given: people count as there at all times"]


def ordered(*due_h, quantity=3600.0):
    """Orders of an hour each at 60 boards a minute, due so many hours after nine; None = never."""
    products = (
        Product(id="plank", name="Plank", number=1, rates={LINE: 60.0}),
        Product(id="beam", name="Beam", number=2, rates={LINE: 60.0}),
    )
    orders = tuple(
        Order(
            id=f"o-{k}", product=("plank", "beam")[k % 2], line=LINE, quantity=quantity,
            unit="{board}", due=None if h is None else NINE + int(h * HOUR),
        )
        for k, h in enumerate(due_h)
    )  # fmt: skip
    changeovers = {LINE: {"plank": {"beam": 10}, "beam": {"plank": 10}}}
    return mill(products=products, orders=orders, changeovers=changeovers)


def planner(plant, **given):
    return Planner(plant, plant.line(LINE), NINE, job(**given), {LINE: "plank"})


def test_the_planner_objects_to_what_makes_an_order_late():
    """Done at ten, due a quarter of an hour after the break: ten minutes are not too long."""
    tight = planner(ordered(1.75))
    assert tight.objection(NINE, 600.0) is None
    no = refusal(tight, NINE, 1800.0)
    assert no.reason == "order o-0 would be 15 min late, and is in time without"
    assert tight.objection(NINE + 2 * HOUR, 1800.0) is None


def test_an_order_that_is_late_anyway_speaks_against_no_window():
    """Nor does one that is never due."""
    assert planner(ordered(0.5)).objection(NINE, 1800.0) is None
    assert planner(ordered(None)).objection(NINE, 1800.0) is None


def test_in_a_planned_break_the_line_loses_no_time():
    """From ten to half past ten it stands anyway: what is lost is open time."""
    tight = planner(ordered(2.0, quantity=5400.0))  # done at eleven with the break, due then
    assert tight.late_s(NINE + HOUR, 600.0) == 600.0
    assert tight.late_s(NINE + 4 * HOUR, 600.0) == 0.0


def test_without_orders_it_says_so():
    """And objects to nothing."""
    none = planner(mill())
    assert none.objection(NINE, 1800.0) is None
    assert any("no orders" in said for said in none.unsaid)


@pytest.mark.parametrize(("made", "expected"), [(None, 0), ({"o-0": 0.0}, 1)])
def test_changeovers_of_orders_are_known_where_it_is_known_how_much_is_made(made, expected):
    """Then they are to come when the planned order ends."""
    found = planner(ordered(None, None, quantity=1800.0), made=made).changes
    assert len(found) == expected
    assert all(isinstance(one, ProductChange | StopMoved) for one in found)
    if found:
        assert found[0].product == "beam"
        assert found[0].after_s == 1800.0
        assert found[0].changeover_s == 600.0
