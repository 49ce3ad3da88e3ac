"""What every Checkpoints does: files and the fake."""

import pytest

from connectors.checkpoints import FileCheckpoints
from tests.fakes import FakeCheckpoints
from tests.twin_core.plant_fixture import T0, Feed, bakery
from twin_core.ingest import Twin
from twin_core.value import SECOND

PLANT = bakery()


@pytest.fixture(params=["files", "fake"])
def checkpoints(request, tmp_path):
    return FileCheckpoints(tmp_path, PLANT) if request.param == "files" else FakeCheckpoints()


def lived(seconds):
    twin, feed = Twin(PLANT), Feed(PLANT)
    for event in feed.up():
        twin.apply(event, T0)
    twin.apply(feed.readings(0, seconds), T0 + seconds * SECOND)
    return twin


def digest(twin):
    return twin.snapshot(T0 + 100 * SECOND).digest


def test_without_one_there_is_none(checkpoints):
    assert checkpoints.newest(1000) is None


def test_the_newest_that_was_kept_comes_back_as_it_was_saved(checkpoints):
    """What the living twin takes after it was saved is not in it."""
    twin = lived(60)
    before = digest(twin)
    old, saved = checkpoints.save(lived(30), 5), checkpoints.save(twin, 7)
    twin.apply(Feed(PLANT).readings(60, 90), T0 + 90 * SECOND)
    checkpoints.keep(old)
    checkpoints.keep(saved)
    found, seq = checkpoints.newest(7)
    assert (digest(found), seq) == (before, 7)
    assert found.plant is PLANT


def test_one_beyond_the_log_is_never_used_again(checkpoints):
    """The log may number other entries the same later."""
    checkpoints.keep(checkpoints.save(lived(30), 5))
    checkpoints.keep(checkpoints.save(lived(60), 9))
    assert checkpoints.newest(8)[1] == 5
    assert checkpoints.newest(20)[1] == 9
    checkpoints.cut(8)
    assert checkpoints.newest(20)[1] == 5


def test_one_may_be_asked_for_that_has_taken_nothing_newer_than_a_moment(checkpoints):
    checkpoints.keep(checkpoints.save(lived(30), 5))
    checkpoints.keep(checkpoints.save(lived(60), 9))
    assert checkpoints.newest(20, T0 + 40 * SECOND)[1] == 5
    assert checkpoints.newest(20, T0 + 70 * SECOND)[1] == 9
    assert checkpoints.newest(20, T0 + 10 * SECOND) is None


def test_what_was_saved_and_not_kept_is_not_found(checkpoints):
    checkpoints.save(lived(30), 5)
    assert checkpoints.newest(10) is None
