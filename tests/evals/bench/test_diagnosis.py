"""The figures of the exam of diagnosis, from answers made by hand."""

from evals.bench import diagnosis_riverside
from tests.evals.exam.answers import answered, cause, fault


def test_the_figures_of_the_catalogue_have_the_bars():
    """Places, onset, instruments; groups are told and not judged."""
    found = {r.name: r for r in diagnosis_riverside.rows([answered([fault()], [cause()])])}
    assert found["diagnosis.riverside.ac1"].met is True
    assert found["diagnosis.riverside.ac3"].bar == diagnosis_riverside.AC3
    assert found["diagnosis.riverside.ac1.machines"].bar is None
