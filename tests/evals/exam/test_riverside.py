"""The catalogue as an exam."""

from evals.bench.commands import CATALOGUE, PLANT
from evals.emulator.nameplate import read_faults
from evals.exam import riverside


def test_every_case_is_asked_at_every_seed_and_load_on_a_plant_of_its_own():
    """One minor stop of one plant must not count for many."""
    asked = riverside.questions(PLANT, CATALOGUE, quick=False)
    cases = read_faults().cases
    assert len(asked) == len(cases) * riverside.SEEDS * len(riverside.LOADS)
    assert len({q.seed for q in asked}) > 0.9 * len(asked)
    assert {(q.id, q.load) for q in asked} == {(c.id, x) for c in cases for x in riverside.LOADS}
    quick = riverside.questions(PLANT, CATALOGUE, quick=True)
    assert len(quick) < 10
    assert {q.load for q in quick} == set(riverside.LOADS)
