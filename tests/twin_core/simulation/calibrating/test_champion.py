"""Two sets on time that neither has learnt from."""

import numpy as np
import pytest

from twin_core.errors import WrongKind
from twin_core.simulation.calibrating.champion import Stretch, block_length, contest
from twin_core.simulation.calibrating.estimated import Estimated
from twin_core.simulation.calibrating.parameters import MachineParameters, ParameterSet
from twin_core.value import Range

UNIT = "s/a/l/m"


def parameters(rate, *, line="s/a/l", end=0):
    seen = Estimated(value=rate, low=rate, high=rate, unit="/min", n=1, by="given")
    one = MachineParameters(unit=UNIT, rates={-1: seen}, rejects=None, stops=())
    return ParameterSet(
        line=line, start=-10, end=end, history="", plant="", minor_s=None, seen=1.0,
        machines=(one,), buffers=(), ranges={UNIT: Range(low=rate, high=rate)},
    )  # fmt: skip


def stretches(n, seed, start=0):
    rate = 50 + 2 * np.random.default_rng(seed).standard_normal(n)
    return [
        Stretch(start=start + 10 * k, end=start + 10 * k + 10, rate=x)
        for k, x in enumerate(rate.tolist())
    ]


def foretell(params, stretch):
    z = np.random.default_rng((7, stretch.start)).standard_normal(40)
    return params.machine(UNIT).rates[-1].value + 2 * z


def test_who_is_right_foretells_better():
    """A champion off by five percent loses, a challenger off by five percent loses as well."""
    right, off = parameters(50.0), parameters(52.5)
    assert contest(off, right, stretches(80, 1), foretell, seed=1).verdict == "better"
    assert contest(right, off, stretches(80, 1), foretell, seed=1).verdict == "worse"


def test_alike_sets_are_seldom_told_apart():
    """Of thirty contests between sets off by half a percent either way most are undecided."""
    pair = parameters(50.25), parameters(49.75)
    told = [contest(*pair, stretches(60, s), foretell, seed=s).verdict for s in range(30)]
    assert told.count("not distinguishable") >= 23


def test_the_same_set_gains_nothing():
    """Against itself the gain is nought, and nothing is told apart."""
    found = contest(parameters(50.0), parameters(50.0), stretches(20, 2), foretell, seed=1)
    assert (found.gain.value, found.verdict) == (0, "not distinguishable")


def test_a_few_stretches_decide_nothing():
    """However clear it looks, eleven are too few."""
    found = contest(parameters(80.0), parameters(50.0), stretches(11, 3), foretell, seed=1)
    assert found.verdict == "not distinguishable"
    assert "12 are needed" in found.gain.by


@pytest.mark.parametrize(
    ("held", "why"),
    [([], "none"), (stretches(20, 1, start=-40), "learnt from"), (stretches(20, 1)[::-1], "apart")],
)
def test_only_time_that_neither_has_learnt_from_is_held_back(held, why):
    """Time before the end of what was learnt, overlapping or no time is refused."""
    with pytest.raises(WrongKind, match=why):
        contest(parameters(50.0), parameters(51.0), held, foretell, seed=1)


def test_sets_of_two_lines_do_not_compete():
    """A challenger of another line is refused."""
    with pytest.raises(WrongKind, match="s/a/k"):
        contest(
            parameters(50.0), parameters(50.0, line="s/a/k"), stretches(20, 1), foretell, seed=1
        )


def test_the_evidence_says_who_and_by_how_much():
    """Old and new version, stretches, scores and gain stand in it."""
    old, new = parameters(52.5), parameters(50.0)
    found = contest(old, new, stretches(80, 1), foretell, seed=1)
    evidence = found.evidence
    assert old.version in evidence.statement
    assert new.version in evidence.statement
    assert evidence.quality == "simulated"
    assert evidence.data["verdict"] == "better"
    assert evidence.id == contest(old, new, stretches(80, 1), foretell, seed=1).evidence.id


def test_blocks_are_as_long_as_neighbours_hang_together():
    """Independent ones are drawn one by one; never more than a third of all at once."""
    assert block_length(0.0, 200) == 1
    assert block_length(1.875, 192) == 9
    assert block_length(30.0, 30) == 10
