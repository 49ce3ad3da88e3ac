"""A healthy plant that is asked about."""

from evals.exam import healthy
from tests.evals.exam.answers import answered, cause


def stretch(answers):
    return healthy.Stretch(1, healthy.STRETCH_H, 1, 2, 30, tuple(answers))


def test_a_cause_named_of_a_healthy_plant_counts_once_a_stretch():
    """Said twice of one asset it is one false cause; what is not named is none."""
    twice = [answered([], [cause()]), answered([], [cause()])]
    other = answered([], [cause(mode="jammed")])
    silent = answered([], [], "normal")
    assert stretch([*twice, silent, other]).false == (twice[0], other)


def test_as_many_plants_are_asked_as_it_takes():
    """A hundred hours are at least a hundred."""
    full = healthy.seeds(100.0, quick=False)
    assert len(full) * healthy.STRETCH_H >= 100.0
    assert len(healthy.seeds(1.0, quick=False)) == 1
    assert not set(full) & set(healthy.seeds(100.0, quick=True))
