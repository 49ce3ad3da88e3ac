"""How large a suspected mode is put into the model."""

import pytest

from tests.twin_core.diagnosis import quay
from twin_core.diagnosis.check import check
from twin_core.diagnosis.lines import LineLoss
from twin_core.diagnosis.magnitude import magnitudes
from twin_core.diagnosis.matching import match
from twin_core.diagnosis.sign import Sign
from twin_core.diagnosis.trial import Trial
from twin_core.diagnosis.weighing import Case
from twin_core.diagnosis.window import cut
from twin_core.simulation.scenario import Speed
from twin_core.value import SECOND

NORTH = "quay/hall/north"
SEALER = f"{NORTH}/sealer"
MINUTE = 60 * SECOND


def slow(since_min, before_min):
    """The sealer at 60 % for `since_min`, put into the model `before_min` earlier."""
    snapshot = quay.lived(quay.Day(slow={SEALER: 0.6}))
    line = snapshot.plant.line(NORTH)
    window = cut(snapshot, [u.id for u in line.units])
    point = f"{SEALER}/pace"
    sign = Sign(
        point=point, shows="low", strength=0.99, usual=200.0, now=120.0, average=120.0,
        unit="{tub}/min", onset=window.end - since_min * MINUTE, onset_s=10.0, size=5.0,
    )  # fmt: skip
    loss = LineLoss(NORTH, "{tub}/min", 150.0, 200.0, sign.onset, 0.0, losing=True)
    signs = {(point, "low"): sign}
    trial = Trial(window, line, loss, signs, 1, sign.onset - before_min * MINUTE)
    case = Case(snapshot.plant, line, loss, signs, frozenset(), window.end)
    slips = next(m for m in match(case) if m.mode is not None and m.mode.id == "belt_slips")
    return trial, slips


@pytest.mark.parametrize(("before_min", "factor"), [(0, 0.6), (10, 0.8), (30, 0.9)])
def test_what_began_after_the_start_is_put_in_by_its_mean_since(before_min, factor):
    """Ten minutes at 60 %, replayed over twenty, are twenty at 80 %."""
    changes, free = magnitudes(*slow(10, before_min))
    assert free is None
    (pace,) = changes
    assert isinstance(pace, Speed)
    assert pace.asset == SEALER
    assert pace.factor == pytest.approx(factor)


def test_a_model_that_loses_as_much_without_the_fault_cannot_tell(monkeypatch):
    """A loss that the model does not miss is no verdict on anybody."""
    trial, slips = slow(10, 0)
    assert check(trial, slips) is not None
    monkeypatch.setattr(Trial, "observed", 1e6)
    assert check(trial, slips) is None
