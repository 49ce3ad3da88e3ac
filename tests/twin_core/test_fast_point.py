"""A point that speaks a thousand times a second is judged as if it came reading by reading."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin_core.plant_fixture import BAG, GAS, OVEN, T0, Feed, bakery
from twin_core import quality
from twin_core.ingest import Twin
from twin_core.reading import BAD_SENSOR_FAILURE, Batch
from twin_core.value import SECOND

PLANT = bakery()
FAST = (
    f"{OVEN}/temperature", f"{GAS}/pressure", f"{BAG}/motor_current", f"{BAG}/produced",
    f"{BAG}/state", f"{OVEN}/speed",
)  # fmt: skip
SPAN, RATE = 24, 50


def arrivals(path, seed):
    """The bakery at its usual pace, and one point `RATE` times a second, with all that can ail."""
    rng = np.random.default_rng(seed)
    index, n = PLANT.index[path], SPAN * RATE
    spec = PLANT.points[index].spec
    feed = Feed(PLANT, bend=lambda p, _s, value: None if p == path else value)
    usual = feed._value(path, spec, 0.0, rng)
    if path.endswith("produced"):
        value = np.floor(np.arange(n) * 0.03)
    else:
        value = usual + np.round(rng.standard_normal(n) * max(1.0, spec.noise), 1)
    value[rng.random(n) < 0.01] = np.nan
    value[rng.random(n) < 0.01] = spec.limits.high * 2
    value[rng.random(n) < 0.02] += (spec.limits.high - spec.limits.low) / 3
    calm = int(rng.integers(n - 300))
    value[calm : calm + 200] = value[-6 * RATE :] = usual
    status = np.where(rng.random(n) < 0.01, BAD_SENSOR_FAILURE, 0).astype(np.uint32)
    time = T0 + np.arange(n) * SECOND // RATE
    fast = Batch(np.full(n, index, np.int32), time, value, status, time + 200_000)
    whole = Batch.joined([feed.readings(0, SPAN), fast])
    order = np.argsort(whole.received, kind="stable")
    return feed.up(), [
        Batch(whole.point[w], whole.time[w], whole.value[w], whole.status[w], whole.received[w])
        for w in np.array_split(order, 9)
    ]


def belief(path, seed):
    """Everything the twin has come to, among it what it has learned."""
    twin = Twin(PLANT)
    ups, batches = arrivals(path, seed)
    for event in ups:
        twin.apply(event, event.time)
    for batch in batches:
        twin.apply(batch, int(batch.received.max()))
    snapshot = twin.snapshot(twin.tick(T0 + SPAN * SECOND).now)
    judge = twin._settling._judge
    learned = [a for part in (judge, judge._habit) for a in vars(part).values()]
    recent = snapshot.recent
    return [
        *(a for a in learned if isinstance(a, np.ndarray)),
        recent.mean, recent.low, recent.high,
        twin._settling._counting._total,
    ], snapshot.digest  # fmt: skip


@pytest.mark.parametrize("path", FAST)
@settings(max_examples=4, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_run_is_judged_as_its_readings(path, seed):
    """Belief, and all that was learned, are equal to the last bit either way."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quality, "_LONG", 4)
        in_runs = belief(path, seed)
        patch.setattr(quality, "_LONG", 10**9)
        in_rounds = belief(path, seed)
    assert in_runs[1] == in_rounds[1]
    for a, b in zip(in_runs[0], in_rounds[0], strict=True):
        np.testing.assert_array_equal(a, b)
