"""The figures of the exam of diagnosis, from answers made by hand."""

from evals.bench import diagnosis_drawn, diagnosis_riverside
from tests.evals.exam.answers import answered, cause, fault

TELLINGS = ("as it is", "renamed")


def test_the_figures_of_the_catalogue_have_the_bars():
    """Places, onset, instruments; groups are told and not judged."""
    found = {r.name: r for r in diagnosis_riverside.rows([answered([fault()], [cause()])])}
    assert found["diagnosis.riverside.ac1"].met is True
    assert found["diagnosis.riverside.ac3"].bar == diagnosis_riverside.AC3
    assert found["diagnosis.riverside.ac1.machines"].bar is None


def test_drawn_faults_are_judged_under_their_own_names_and_under_others():
    """The same bars for both, and how often both said the same."""
    told = [answered([fault()], [cause()], kind="process", telling=t) for t in TELLINGS]
    lost = [answered([fault()], [], "normal", kind="unlisted", telling=t) for t in TELLINGS]
    found = {r.name: r for r in diagnosis_drawn.rows([*told, *lost])}
    assert found["diagnosis.drawn.ac1"].value == 0.5
    assert found["diagnosis.renamed.ac1"].bar == diagnosis_drawn.AC1
    assert found["diagnosis.renamed.same"].value == 1.0
    assert found["diagnosis.drawn.unlisted"].met is True
    assert found["diagnosis.drawn.brier"].n == 1
