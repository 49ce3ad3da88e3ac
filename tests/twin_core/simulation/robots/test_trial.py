"""A sequence tried in its cell."""

import pytest

from tests.twin_core.simulation.robots.cells import BULLET, sample
from tests.twin_core.simulation.sawmill import sawmill
from twin_core.errors import ImpossibleScenario, UnknownName
from twin_core.simulation.robots.trial import Trial, cell_of, planned, trial

PNG = b"\x89PNG\r\n\x1a\n"


@BULLET
def test_a_trial_judges_and_shows():
    """Two cases at full speed are fine; a picture of 640 by 480 shows the nearest moment."""
    found = trial(sample(), planned(sample(), 2))
    assert found.report.fine
    assert found.sentence.startswith(f"{sample().name}: safe by simulation, 2 cases in ")
    assert found.png is not None
    assert found.png.startswith(PNG)
    wide, high = (int.from_bytes(found.png[at : at + 4], "big") for at in (16, 20))
    assert (wide, high) == (640, 480)
    assert Trial.model_validate_json(found.model_dump_json(exclude_computed_fields=True)) == found


@BULLET
def test_one_that_is_too_fast_is_not_safe():
    """Half as fast again is more than the joints are allowed."""
    found = trial(sample(), planned(sample(), 1, 1.5))
    assert not found.report.fine
    assert "not safe" in found.sentence


def test_a_cell_is_found_by_its_id_or_alone():
    """Unknown ones are said; a plant without one says what would be needed."""
    plant = sawmill()
    with pytest.raises(ImpossibleScenario, match="under `cells`"):
        cell_of(plant, "")
    one = plant.model_copy(update={"cells": (sample(),)})
    assert cell_of(one, "") is one.cells[0]
    assert cell_of(one, sample().id) is one.cells[0]
    with pytest.raises(UnknownName, match=sample().id):
        cell_of(one, "other")


@pytest.mark.parametrize(("cases", "speed"), [(0, 1.0), (-1, 1.0), (1, 0.0), (1, 9.0), (999, 1.0)])
def test_a_plan_that_cannot_be_is_refused(cases, speed):
    """No case, too many, standing still or flying."""
    with pytest.raises(ImpossibleScenario):
        planned(sample(), cases, speed)
