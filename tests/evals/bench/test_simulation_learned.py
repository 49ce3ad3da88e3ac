"""The bench of learned models: its readers, its scores, and rows without data."""

import gzip

import numpy as np
import pytest

from evals.bench.learned_life import _cuts, _score, life_rows
from evals.bench.learned_planted import planted
from evals.bench.learned_risk import _f1, _right, _spiegelhalter, risk_rows
from evals.datasets import ai4i, cmapss


def fleet(folder, lengths=(40, 50), left="12 \n99 \n"):
    rows = [
        [unit, cycle, *np.arange(24) + unit]
        for unit, length in enumerate(lengths, 1)
        for cycle in range(1, length + 1)
    ]
    text = "\n".join(" ".join(map(str, row)) + "  " for row in rows)
    (folder / "cmapss").mkdir()
    for name, said in (("train_FD001", text), ("test_FD001", text), ("RUL_FD001", left)):
        with gzip.open(folder / "cmapss" / f"{name}.txt.gz", "wt") as out:
            out.write(said)


def test_engines_are_read_one_after_the_other(tmp_path):
    """A training engine has nothing left at its end, a test engine what its file says."""
    assert cmapss.learned(tmp_path, "FD001") is None
    fleet(tmp_path)
    train, test = cmapss.learned(tmp_path, "FD001"), cmapss.judged(tmp_path, "FD001")
    assert cmapss.judged(tmp_path, "FD003") is None
    assert train is not None
    assert test is not None
    np.testing.assert_array_equal(train.last(), [39, 89])
    np.testing.assert_array_equal(train.left, [0, 0])
    np.testing.assert_array_equal(test.left, [12, 99])
    second = test.of(np.array([2]))
    assert (second.value[0, 0], second.cycle[-1], second.left.tolist()) == (2, 50, [99])
    assert len(cmapss.SIGNALS) == second.value.shape[1]


def test_a_cut_leaves_some_life_and_some_past(tmp_path):
    """At least seven cycles left and thirty lived."""
    fleet(tmp_path, (60, 200))
    train = cmapss.learned(tmp_path, "FD001")
    assert train is not None
    cuts = _cuts(train)
    ends = train.last()[np.repeat([0, 1], 5)]
    assert ((ends - cuts) >= 7).all()
    assert ((ends - cuts) <= 145).all()
    assert (train.cycle[cuts] >= 30).all()


def test_late_costs_more_than_early():
    """The score of PHM 2008: 13 cycles early and 10 late cost e − 1 each, and nothing is free."""
    assert _score(np.array([-13.0])) == pytest.approx(np.e - 1)
    assert _score(np.array([10.0])) == pytest.approx(np.e - 1)
    assert _score(np.array([0.0])) == 0


def test_parts_are_read_without_what_gives_the_answer_away(tmp_path):
    """Six columns; the modes are none of them."""
    assert ai4i.parts(tmp_path) is None
    (tmp_path / "ai4i").mkdir()
    head = (
        "UID,Product ID,Type,Air temperature [K],Process temperature [K],"
        "Rotational speed [rpm],Torque [Nm],Tool wear [min],Machine failure,TWF,HDF,PWF,OSF,RNF"
    )
    rows = "1,M14860,M,298.1,308.6,1551,42.8,0,0,0,0,0,0,0\n2,L4,L,1,2,3,4,5,1,1,0,0,0,0\n"
    (tmp_path / "ai4i" / "ai4i2020.csv").write_text(f"\ufeff{head}\n{rows}", encoding="utf-8")
    parts = ai4i.parts(tmp_path)
    assert parts is not None
    np.testing.assert_array_equal(parts.value[1], [0, 1, 2, 3, 4, 5])
    np.testing.assert_array_equal(parts.failed, [0, 1])
    assert parts.value.shape[1] == len(ai4i.SIGNALS)


def test_f1_is_of_precision_and_recall():
    """Two of three alarms right, two of four failures found: 4/7."""
    alarm = np.array([True, True, True, False, False])
    failed = np.array([1.0, 1.0, 0.0, 1.0, 1.0])
    assert _right(alarm, failed) == (2 / 3, 0.5)
    assert _f1(alarm, failed) == pytest.approx(4 / 7)
    assert _f1(np.zeros(5, bool), failed) == 0


@pytest.mark.parametrize("folder", [None, "empty"])
def test_without_data_each_row_says_so(folder, tmp_path):
    """No figure, a name each, and why."""
    where = None if folder is None else tmp_path
    rows = [*life_rows(where, quick=True), *risk_rows(where, quick=True)]
    assert len({row.name for row in rows}) == len(rows) == 23
    assert all(row.value is None and "OPSTWIN_DATASETS" in (row.why or "") for row in rows)


def test_what_is_planted_is_there_and_is_the_same_again():
    """The engine misses the foam and the dirt, or, where it does not, the noise alone."""
    lived, again = planted(500, 1), planted(500, 1)
    np.testing.assert_array_equal(lived.seen, again.seen)
    missed = lived.seen - lived.forecast
    assert np.abs(missed).mean() > 1.5 * np.abs(lived.noise).mean()
    right = planted(500, 1, misses=False)
    np.testing.assert_allclose(right.seen - right.forecast, right.noise)


def test_what_came_true_as_often_as_it_was_told_is_calibrated():
    """Drawn from what was told it passes; told half as likely it does not."""
    random = np.random.default_rng(1)
    told = random.uniform(0.02, 0.6, 5000)
    came = (random.uniform(size=5000) < told).astype(float)
    assert abs(_spiegelhalter(told, came)) < 1.96
    assert abs(_spiegelhalter(told / 2, came)) > 5
    assert _spiegelhalter(np.zeros(3), np.zeros(3)) == 0
