"""A question played and asked, without a wire."""

import pickle

from evals.bench.commands import PLANT
from evals.emulator.faults import Fault, Size
from evals.exam.question import Question
from evals.exam.sitting import moment, sit
from evals.exam.telling import (
    Telling,
    at_load,
    discovered,
    withholding,
    without_signatures,
    without_supplies,
)
from tests.evals.emulator.riverside import plant
from twin_core.simulation.calendar import planned_stops
from twin_core.value import SECOND


def slow_filler(modes):
    return Fault(
        id="slow", component="packaging/line2/filler", parameter="speed_setpoint", shape="step",
        size=Size(factor=0.8), failure_modes=modes,
    )  # fmt: skip


def test_what_was_put_in_is_asked_about_and_two_tellings_hear_the_same():
    """The twin that lacks the mode does not name it; the other does."""
    assert PLANT.is_file()
    line = f"{plant().site}/packaging/line2"
    question = Question(
        "slow", "drawn", line, (slow_filler(("speed_set_low",)),), 1, moment(1), 0.9
    )
    told = at_load(plant(), 0.9)
    without = withholding(told, [("rotary_filler", "speed_set_low")])
    whole, less = sit(told, question, [Telling("whole", told), Telling("less", without)])
    assert whole.first
    assert whole.telling == "whole"
    assert all(c.failure_mode != "speed_set_low" for c in less.diagnosis.causes)
    assert whole.diagnosis.evidence == ()
    assert pickle.loads(pickle.dumps(whole)) == whole  # noqa: S301 (what was just made)
    until = whole.struck + int(question.after_s) * SECOND
    assert not planned_stops(told, line, whole.struck - 180 * SECOND, until)


def test_a_lighter_load_is_slower_everywhere_and_changes_nothing_else():
    """Rates of every product, and no point, asset or class."""
    light = at_load(plant(), 0.9)
    for ours, theirs in zip(light.products, plant().products, strict=True):
        assert ours.rates == {k: 0.9 * v for k, v in theirs.rates.items()}
    assert light.points == plant().points
    assert light.classes == plant().classes
    assert withholding(light, ()) is light


def test_a_discovered_plant_has_the_points_and_nothing_that_no_server_tells():
    """The same points in the same order under class ranges; no links, flow, products."""
    draft = discovered(plant())
    assert [p.id for p in draft.read] == [p.id for p in plant().read]
    assert draft.links == ()
    assert draft.products == ()
    assert all(u.flow is None for u in draft.units.values())
    for unit in draft.units.values():
        assert set(unit.parameters) == set(draft.classes[unit.class_id].parameters)
    bare = without_signatures(draft)
    assert all(not k.failure_modes for k in bare.classes.values())
    kinds = {k.kind for k in without_supplies(plant()).links}
    assert "supplies" not in kinds
    assert "feeds" in kinds
