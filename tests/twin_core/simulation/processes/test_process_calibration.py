"""Numbers of the process against what is used, on time that neither has learnt from."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from tests.twin_core.simulation.processes.lived_mill import lived_mill
from tests.twin_core.simulation.sawmill import SAW, Mill, sawmill
from twin_core.errors import UnknownName
from twin_core.simulation.processes.history import ProcessHistory, stood
from twin_core.simulation.processes.process_calibration import process_calibration
from twin_core.simulation.processes.process_numbers import process_numbers, usable_for
from twin_core.simulation.scenario import SetPoint
from twin_core.value import SECOND

LINE = "holm/mill/boards"
TARGET = f"{SAW}/blade_heat_target"
DAY = 86_400 * SECOND


@cache
def calibrated():
    return process_calibration(sawmill(), lived_mill(), None, seed=1)


def test_numbers_that_foretell_better_may_be_proposed():
    """Held against the nameplate where both say different things."""
    found = calibrated()
    assert found.contest.verdict == "better"
    assert found.contest.unit == "%"
    assert found.objection == ""
    assert found.champion == ""
    settle = next(
        n for n in found.numbers if (n.asset, n.parameter) == (SAW, "settle:blade_heat_target")
    )
    assert settle.used
    assert settle.file == 90.0
    assert settle.seen.value == pytest.approx(30.0, rel=0.1)
    assert "the plant file" in found.contest.evidence.statement


def test_the_newest_quarter_teaches_nothing():
    """What is held back may be anything: what was learnt of the rest stays."""
    history = lived_mill()
    other = {path: column.copy() for path, column in history.columns.items()}
    for column in other.values():
        column[-2700:] = np.nan
    silent = ProcessHistory(history.step_s, other, history.start)
    cut = process_calibration(sawmill(), silent, None, seed=1)
    assert calibrated().version == cut.version
    assert cut.contest is None
    assert "learn from more days" in cut.objection


def test_its_like_is_no_better_than_a_champion():
    """Once numbers are used, those of the same plant have nothing on them."""
    plant = sawmill()
    earlier, _ = process_numbers(plant, lived_mill(seed=9))
    start = earlier.end
    found = process_calibration(plant, lived_mill(start=start), earlier, seed=1)
    assert found.champion == earlier.version
    assert found.objection


@pytest.mark.parametrize("hours", [0.1, 3])
def test_a_past_that_is_short_or_quiet_teaches_nothing(hours):
    """And says so."""
    found = process_calibration(sawmill(), lived_mill(hours, quiet=True), None, seed=1)
    assert found.contest is None
    assert "told no number better" in found.objection
    assert found.parameters.numbers == ()


def test_a_plant_that_told_nothing_is_told_so():
    """Columns of NaN, and none."""
    for columns in ({}, {TARGET: np.full(4000, np.nan)}):
        found = process_calibration(sawmill(), ProcessHistory(10.0, columns), None, seed=1)
        assert found.objection


def test_a_version_is_its_content():
    """The same past the same version, another past another."""
    plant = sawmill()
    one, same, other = (process_numbers(plant, lived_mill(seed=s))[0].version for s in (1, 1, 2))
    assert one == same != other
    assert one.startswith("pr-")


def test_a_source_that_tells_changes_is_silent_while_a_value_stands():
    """What it said last stands; before it said anything nothing is known."""
    column = np.array([np.nan, 3.0, np.nan, np.nan, 5.0])
    assert stood(column)[1:].tolist() == [3.0, 3.0, 3.0, 5.0]
    assert np.isnan(stood(column)[0])


@pytest.fixture(scope="module")
def numbers():
    return process_numbers(sawmill(), lived_mill())[0]


def belief(numbers, **given):
    return replace(Mill(end=numbers.end).snapshot(), **{"now": numbers.end, **given})


def test_fresh_numbers_inside_their_range_may_be_used(numbers):
    """Nothing speaks against them, nor where no line is asked about."""
    change = SetPoint(point=TARGET, value=44.0)
    assert usable_for(numbers, belief(numbers), (LINE,), [change])
    assert usable_for(numbers, belief(numbers))


@pytest.mark.parametrize(
    ("later", "changes", "why"),
    [
        (15 * DAY, (), "15.0 days ago, 14 are allowed"),
        (-1, (), "has not come yet"),
        (0, (SetPoint(point=TARGET, value=20.0),), f"{TARGET} asks for 20 Cel, 39"),
    ],
)
def test_what_speaks_against_numbers_is_said(numbers, later, changes, why):
    """Too old, of the future, asked beyond what was seen."""
    found = usable_for(numbers, belief(numbers, now=numbers.end + later), (LINE,), changes)
    assert not found
    assert why in found.sentence


def test_numbers_of_another_plant_file_are_not_used(numbers):
    """What has changed in it nobody knows."""
    other = numbers.model_copy(update={"plant": "another"})
    assert "plant file has changed" in usable_for(other, belief(numbers)).sentence


def test_a_line_that_does_not_exist_is_refused_by_name(numbers):
    """What numbers may be used for is asked about real lines."""
    with pytest.raises(UnknownName):
        usable_for(numbers, belief(numbers), ("holm/mill/nowhere",))
