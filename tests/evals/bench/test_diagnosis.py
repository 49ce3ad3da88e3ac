"""The figures of the exam of diagnosis, from answers made by hand."""

from dataclasses import replace

import numpy as np

from evals.bench import (
    diagnosis_discovered,
    diagnosis_drawn,
    diagnosis_healthy,
    diagnosis_riverside,
    diagnosis_time,
    diagnosis_without,
)
from evals.bench.big_plant import enlarged
from evals.exam.healthy import Stretch
from tests.evals.emulator.riverside import plant
from tests.evals.exam.answers import answered, cause, fault
from tests.twin_core.diagnosis import quay
from twin_core.ingest import Twin
from twin_core.recent import Recent
from twin_core.value import SECOND

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


def test_every_probability_told_is_scored_and_the_first_alone():
    """Of two causes told the second was right: the first is scored by itself too."""
    told = answered([fault()], [cause(asset="plant/hall/line1/saw"), cause()], kind="process")
    assert diagnosis_drawn.stated([told])[1] == [False]
    assert diagnosis_drawn.stated([told], first=False)[1] == [False, True]


def test_a_pair_needs_both_among_the_first_three():
    """One found is told beside it, and not judged."""
    two = [fault(), fault(component="hall/line1/saw", id="g")]
    half = answered(two, [cause()], kind="with process")
    found = {r.name: r for r in diagnosis_drawn.pair_rows([half])}
    assert found["diagnosis.pairs.both"].met is False
    assert found["diagnosis.pairs.one"].value == 1.0
    assert found["diagnosis.pairs.both.with_process"].value == 0.0


def test_a_false_cause_is_named_and_a_few_hours_are_not_judged():
    """The bar is one in a hundred plant-hours."""
    false = Stretch(1, 2.5, 1, 2, 30, (answered([], [cause()]),))
    whole = {r.name: r for r in diagnosis_healthy.rows([false] * 40, 100.0)}
    assert whole["diagnosis.healthy.false"].value == 40.0
    assert whole["diagnosis.healthy.false"].met is False
    assert "hall/line1/mill worn 0.60" in whole["diagnosis.healthy.false"].load
    few = {r.name: r for r in diagnosis_healthy.rows([false], 2.5)}
    assert few["diagnosis.healthy.false"].met is None
    assert few["diagnosis.healthy.said_cause"].value == 1.0


def test_every_copy_of_a_large_plant_shows_what_the_plant_shows():
    """Points of a copy have the values of the original, in the order of the large plant."""
    small = plant()
    big = enlarged(small, 700)
    snapshot = Twin(small).snapshot(SECOND)
    n = len(small.points)
    shown = replace(snapshot, value=np.arange(n, dtype=float))
    past = Recent(np.array([1]), np.ones((1, n)), np.ones((1, n)), np.ones((1, n)))
    seen = diagnosis_time.beside_itself(shown, past, big)
    assert len(seen.value) == len(big.points)
    assert seen.recent.mean.shape == (1, len(big.points))
    first = big.index[small.points[3].id]
    copy = small.points[3].id.replace("/packaging/", "/packaging_1/")
    assert seen.value[first] == seen.value[big.index[copy]] == 3.0
    assert seen.sources == {}, "what the plant has not heard no copy has"


def test_a_diagnosis_that_names_nothing_is_not_timed():
    """It has less to do: the row says why it has no figure, and its bar is not met."""
    sealer, bar = "quay/hall/north/sealer", diagnosis_time.LIMIT_S
    slow = diagnosis_time.timed(quay.lived(quay.Day(slow={sealer: 0.6})), sealer, 1, 1, bar)
    assert slow.met is True
    well = diagnosis_time.timed(quay.lived(quay.Day()), sealer, 1, 1, bar)
    assert well.met is None
    assert well.why == "2 of 2 times another cause was named, or none"


def test_what_a_stage_is_worth_is_told_beside_everything_told():
    """Each telling with less has the whole one as its peer."""
    told = [answered([fault()], [cause()], telling="whole")]
    names = "supplies", "signatures", "counterfactual"
    less = [answered([fault()], [cause(mode=None)], telling=t) for t in names]
    found = {r.name: r for r in diagnosis_without.rows([*told, *less])}
    assert found["diagnosis.without.supplies.asset1"].value == 1.0
    assert found["diagnosis.without.supplies.ac1"].value == 0.0
    assert found["diagnosis.without.supplies.ac1"].peer_value == 1.0
    assert found["diagnosis.without.signatures.claimed"].value == 1.0
    assert found["diagnosis.without.counterfactual.ac1"].value == 0.0


def test_a_drafted_plant_is_judged_by_names_and_a_bare_one_by_silence():
    """Without failure modes nothing is to be claimed."""
    draft = answered([fault()], [cause()], telling="discovered")
    bare = answered([fault()], [cause(mode=None)], telling="nothing listed")
    found = {r.name: r for r in diagnosis_discovered.rows([draft, bare])}
    assert found["diagnosis.discovered.ac1"].met is True
    assert found["diagnosis.discovered.claimed"].met is False
