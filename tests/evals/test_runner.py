"""A case played without wires, from the fault to the verdict of the answer key."""

import pytest

from evals.emulator.nameplate import read_faults
from evals.runner import play
from tests.evals.emulator.riverside import plant


@pytest.mark.slow
def test_a_case_is_played_to_the_verdict_of_the_answer_key():
    """Fault, diagnosis, advice, the best remedy carried out, its end judged by counters."""
    played = play(plant(), read_faults().case("slow-filler-on-three"), seed=7)
    assert played.ranks == played.assets == (1,)
    assert played.kind == "write"
    assert played.fitting
    assert played.verdict is not None
    assert played.verdict.reached, played.verdict.sentence


@pytest.mark.slow
def test_one_remedy_is_not_the_end_of_a_pair_that_needs_two():
    """A write leaves jams as they were, a repair a set-point: the other fault still stands."""
    played = play(plant(), read_faults().case("loose-caps-and-jams-on-four"), seed=7)
    assert played.verdict is not None
    assert not played.verdict.reached
