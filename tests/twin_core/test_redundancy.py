"""Instruments that measure the same thing."""

from dataclasses import replace

import numpy as np
import pytest

from tests.twin_core.plant_fixture import OVEN, T0, Feed, bakery
from twin_core.errors import PlantFileError
from twin_core.ingest import Twin
from twin_core.reading import UNCERTAIN_SENSOR_NOT_ACCURATE
from twin_core.value import SECOND

LINE = "northmill/bread/toast"
DIVIDER, SLICER, SPEED = f"{LINE}/divider/speed", f"{LINE}/slicer/speed", f"{OVEN}/speed"
PAIR = {"speed: {address: s2}": "speed: {address: s2, redundant_with: bread/toast/oven/speed}"}
THREE = {
    **PAIR,
    "speed: {address: d2}": "speed: {address: d2, redundant_with: bread/toast/slicer/speed}",
}


def at(seconds):
    return T0 + int(seconds * SECOND)


def lived(changes, bend, seconds):
    """A bakery whose speeds are one shaft's, bent, and its turns."""
    feed = Feed(bakery(changes), bend=bend)
    twin = Twin(feed.plant)
    for event in feed.up():
        twin.apply(event, T0)
    turns = []
    for s in range(0, seconds, 10):
        turned = twin.apply(feed.readings(s, s + 10), at(s + 10)).turns
        turns += [(feed.plant.points[t.point].id, t.rule, t.held, s + 10) for t in turned]
    return twin.snapshot(at(seconds)), turns


def creeping(begin, end=10**9, size=15):
    def bend(path, s, v):
        grown = min(size, max(0.0, (s - begin) / 10)) if s < end else 0.0
        return v + grown if path == SLICER else v

    return bend


def test_sets_are_what_the_plant_file_says():
    """One says it of another: all that hang together are one set."""
    plant = bakery(THREE)
    assert [{plant.points[i].id for i in s} for s in plant.redundant] == [{DIVIDER, SLICER, SPEED}]
    assert bakery().redundant == ()


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ("bread/toast/oven/temperature", "is in Cel"),
        ("bread/toast/oven/nowhere", "no other point"),
        ("speed", "no other point"),
    ],
)
def test_what_measures_something_else_is_refused_with_its_place(told, problem):
    """The fellow is another point of the same unit of measure."""
    with pytest.raises(PlantFileError, match=problem) as found:
        bakery({"speed: {address: s2}": f"speed: {{address: s2, redundant_with: {told}}}"})
    assert found.value.line > 1


def test_of_three_the_odd_one_out_drifts_and_is_believed_again_when_it_agrees():
    """The one that leaves the other two is quarantined; ten minutes of agreement end that."""
    snapshot, turns = lived(THREE, creeping(200), 600)
    assert [t[:3] for t in turns] == [(SLICER, "drift", True)]
    assert "those beside it read 100" in snapshot.quarantined[SLICER].reason
    assert snapshot.doubted == {}
    _, turns = lived(THREE, creeping(200, end=600), 1400)
    assert [t[:3] for t in turns] == [(SLICER, "drift", True), (SLICER, "drift", False)]
    assert turns[1][3] >= 1200


def test_of_two_that_differ_both_are_uncertain_and_it_is_said():
    """Nobody can say which of two errs; neither value is taken away."""
    snapshot, turns = lived(PAIR, creeping(200), 600)
    assert turns == []
    for path, other in ((SLICER, SPEED), (SPEED, SLICER)):
        believed = snapshot.latest(path)
        assert believed.state == "uncertain"
        assert believed.status == UNCERTAIN_SENSOR_NOT_ACCURATE
        assert believed.value is not None
        assert f"{other}, which measures the same" in believed.why
    assert snapshot.latest(DIVIDER).state == "good"


def test_two_that_agree_again_are_good_again():
    """Doubt ends with the difference."""
    snapshot, _ = lived(PAIR, creeping(200, end=600), 800)
    assert snapshot.doubted == {}
    assert snapshot.latest(SLICER).state == "good"


def test_what_moves_together_is_the_process():
    """All three change by the same: nothing is said."""
    snapshot, turns = lived(
        THREE, lambda p, s, v: v - 30 if p in {DIVIDER, SLICER, SPEED} and s > 200 else v, 500
    )
    assert turns == []
    assert snapshot.doubted == {}


def test_doubt_is_part_of_the_digest():
    """A replay must come to the same doubt: settled values alone do not tell it."""
    snapshot, _ = lived(PAIR, creeping(200), 600)
    assert np.isfinite(snapshot.settled_value[snapshot.plant.index[SLICER]])
    assert replace(snapshot, doubted={}).digest != snapshot.digest
