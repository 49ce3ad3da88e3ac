"""Faults drawn by lot."""

from functools import cache

import pytest

from evals.exam import lottery
from evals.exam.drawing import drawn, pair
from evals.exam.lot import COSTS, Lot, table
from tests.evals.emulator.riverside import plant


@cache
def lot():
    return Lot(plant(), 9_000_101)


def test_every_line_of_the_table_is_a_number_of_its_class_and_a_mode_of_it():
    """A number that no component has cannot be put wrong; a mode that no class has is no truth."""
    by_class: dict[str, object] = {}
    for path, component in lot().course.standin.assembly.components.items():
        if path in plant().units:
            by_class.setdefault(plant().units[path].class_id, component)
    assert set(table()) <= set(by_class)
    for class_id, some in table().items():
        modes = {m.id for m in plant().classes[class_id].failure_modes}
        for wrong in some:
            assert isinstance(getattr(by_class[class_id], wrong.parameter), int | float)
            assert set(wrong.modes) <= modes, (class_id, wrong.parameter)
            assert [wrong.factor, wrong.offset, wrong.value].count(None) == 2


def test_a_draw_is_the_same_for_the_same_seed_and_names_what_exists():
    """Component, mode, line; a cost that somebody would ask about."""
    question = drawn(plant(), 9_000_102, unlisted=False)
    assert question == drawn(plant(), 9_000_102, unlisted=False)
    fault = question.faults[0]
    kind = plant().class_of(fault.component)
    assert fault.failure_modes
    assert {m.id for m in kind.failure_modes} >= set(fault.failure_modes)
    assert plant().line(question.line).kind == "production"
    assert question.kind in {"process", "setting", "instrument"}


def test_an_unlisted_fault_has_no_mode_and_the_twin_is_told_of_none():
    """The right answer is then the asset, its mode unknown."""
    question = drawn(plant(), 9_000_102, unlisted=True)
    listed = drawn(plant(), 9_000_102, unlisted=False)
    assert question.kind == "unlisted"
    assert question.faults[0].failure_modes == ()
    assert {mode for _, mode in question.withheld} == set(listed.faults[0].failure_modes)


def test_what_nobody_would_notice_is_not_asked_about():
    """A fault of the process costs the asked line its share, by true counters."""
    draws = [lot().fault(lot().sort()) for _ in range(40)]
    assert {d.sort for d in draws} == {"process", "setting", "instrument"}
    dear = next(d for d in draws if d.sort == "process" and lot().asked(d))
    line = lot().asked(dear)
    cost = lot().course.cost((dear.fault,), lot().after_s, dear.settled_s)
    assert cost[line] == max(cost.values()) >= COSTS
    nothing = dear.fault.model_copy(update={"onset": 10_000.0})
    again = lot().course.cost((nothing,), lot().after_s, dear.settled_s)
    assert again[line] == pytest.approx(0.0, abs=1e-12)


def test_sealed_seeds_are_none_that_are_practised_on():
    """At least two hundred, a fifth of them unlisted."""
    sealed, practice = lottery.seeds(quick=False), lottery.seeds(quick=True)
    assert len(sealed) >= 200
    assert not set(sealed) & set(practice)
    assert sum(s % lottery.UNLISTED_EVERY == 0 for s in sealed) >= 0.2 * len(sealed)


def test_of_a_pair_each_costs_its_share_beside_the_other():
    """Two faults on one line, neither of which hides the other; at most one an instrument's."""
    question = pair(plant(), 9_010_101)
    assert question == pair(plant(), 9_010_101)
    first, second = question.faults
    assert first.id != second.id
    assert first.failure_modes
    assert second.failure_modes
    assert not first.parameter.startswith("sensor:")
