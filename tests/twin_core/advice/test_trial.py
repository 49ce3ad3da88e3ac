"""Which options are tried, whatever the model says of each."""

import pytest

from tests.twin_core.diagnosis import quay
from twin_core.advice.draw import write
from twin_core.advice.points import Lever
from twin_core.advice.trial import try_out
from twin_core.diagnosis.cause import Cause
from twin_core.simulation.scenario import Comparison, Estimate, Forecast, SetPoint

NORTH = "quay/hall/north"
SEALER = f"{NORTH}/sealer"
CAUSE = Cause(
    asset=SEALER, failure_mode="belt_slips", name="any", onset=quay.START, onset_s=10,
    path=(SEALER,), probability=0.6,
)  # fmt: skip
FULL = 100.0
"""What the model below says a repair at once would win back."""


def model(monkeypatch, gains):
    """A model in which writes gain by point and add up, and a repair gains all."""

    def compare(_snapshot, nothing, scenarios, *_, **_more):
        def forecast(scenario, rate):
            return Forecast(
                scenario=scenario, rate=told(rate), replications=4, seed=1, model_version="any",
                state_digest="0", start=0,
            )  # fmt: skip

        def gain(scenario):
            writes = [c.point for c in scenario.changes if isinstance(c, SetPoint)]
            return sum(gains[w] for w in writes) if writes else FULL

        return tuple(
            Comparison(
                baseline=forecast(nothing, 0.0), candidate=forecast(s, gain(s)),
                gain=told(gain(s)), distinguishable=True,
            )
            for s in scenarios
        )  # fmt: skip

    def told(x):
        return Estimate(mean=x, low=x, high=x, unit="{tub}/min")

    monkeypatch.setattr("twin_core.advice.trial.compare", compare)


@pytest.mark.parametrize(
    ("heat", "pace", "cures", "both"),
    [
        (30.0, 15.0, False, True),
        (60.0, 15.0, False, False),
        (30.0, -5.0, False, False),
        (30.0, 15.0, True, False),
    ],
)
def test_writes_that_each_win_little_are_tried_together(monkeypatch, heat, pace, cures, both):
    """Where none wins half back nor removes the cause, and more than one gains."""
    snapshot = quay.snapshot(quay.series(quay.Day()))
    points = {f"{SEALER}/heat_set": heat, f"{SEALER}/pace_set": pace}
    model(monkeypatch, points)
    levers = [
        Lever(snapshot.plant.point(p), 1.0, (2.0,), cures=cures and p.endswith("heat_set"), task="")
        for p in points
    ]
    options = [write(snapshot, CAUSE, ((one, 2.0),)) for one in levers]
    tried = try_out(snapshot, snapshot.plant.line(NORTH), CAUSE, options, 1).tried
    joint = [t for t in tried if len(t.option.moves) > 1]
    assert [t.gain for t in joint] == ([heat + pace] if both else [])
