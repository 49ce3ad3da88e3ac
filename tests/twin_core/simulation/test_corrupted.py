"""Whatever the readings were, a forecast is finite, ordered and possible, and never a traceback."""

from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.twin_core.simulation.sawmill import (
    BELT,
    COOLER,
    DAMPER,
    DEBARKER,
    FAN,
    LINE,
    LOOP,
    MAIN,
    PLANER,
    SAW,
    T0,
    YARD,
    Mill,
    sawmill,
)
from twin_core.plant.classes import Role
from twin_core.reading import BAD_SENSOR_FAILURE
from twin_core.simulation.counterfactual import before, replay
from twin_core.simulation.forecaster import compare
from twin_core.simulation.scenario import (
    BufferSize,
    Capacity,
    Demand,
    Offset,
    Outage,
    Restored,
    Scenario,
    SetPoint,
    Speed,
    Stops,
)
from twin_core.twin import Quarantine
from twin_core.value import SECOND

PLANT = sawmill()
POINTS = [p.id for p in PLANT.points]
MOST = 200.0
"""Boards a minute: the stacker's speed cannot be shown above 20 stacks of ten."""
FITS = 1.4 * 220.0
"""Boards: the belts' capacities, as far as they may be exceeded by what is seen on them."""

groups = st.one_of(
    st.sampled_from(POINTS).map(lambda p: [p]),
    st.sampled_from(list(PLANT.units)).map(lambda u: [p for p in POINTS if p.startswith(f"{u}/")]),
    st.sampled_from([p.spec.id for p in PLANT.points]).map(
        lambda i: [p for p in POINTS if p.endswith(f"/{i}")]
    ),
    st.just(POINTS),
)
kinds = st.sampled_from(
    ["missing", "gaps", "wild", "extreme", "tiny", "frozen", "bad", "stale", "quarantined"]
)
corruptions = st.lists(
    st.tuples(groups, kinds, st.integers(0, 359), st.integers(0, 2**32 - 1)), max_size=5
)
changes = st.lists(
    st.sampled_from(
        [
            SetPoint(point=f"{SAW}/pace", value=75),
            SetPoint(point=f"{BELT}/pace", value=12),
            SetPoint(point=f"{FAN}/top_load", value=40),
            SetPoint(point=f"{DAMPER}/position_target", value=100),
            SetPoint(point=f"{YARD}/feed_target", value=2),
            Speed(asset=PLANER, factor=1.36),
            Stops(asset=DEBARKER, per_hour=60, mean_s=20),
            Outage(asset=YARD, duration_s=200),
            Outage(asset=BELT, duration_s=100),
            Outage(asset=FAN, duration_s=300),
            BufferSize(source=SAW, target=PLANER, capacity=0),
            Capacity(asset=YARD, factor=0.5),
            Capacity(asset=FAN, factor=3.0),
            Demand(asset=MAIN, factor=5.0),
            Offset(point=f"{LOOP}/temperature", amount=-60.0),
            *(
                Restored(asset=asset, before=T0 - 900 * SECOND)
                for asset in (SAW, BELT, YARD, FAN, COOLER, MAIN, DAMPER)
            ),
        ]
    ),
    max_size=3,
)


def spoilt(column, kind, limits, random):
    """The column, spoilt inside what the instrument can show."""
    n, low, high = len(column), limits.low, limits.high
    match kind:
        case "gaps":
            return np.where(random.random(n) < 0.5, np.nan, column)
        case "wild":
            return random.uniform(low, high, n)
        case "extreme":
            return random.choice([low, high], n)
        case "tiny":
            return np.clip(1e-6 * random.random(n), low, high)
        case "frozen":
            return np.full(n, column[0] if n else 0.0)
        case "missing" | "stale":
            return np.full(n, np.nan)
    return column


def snapshot(rows, faults):
    """A settled past with the faults in it, each from its row on."""
    mill = Mill(rows=rows, plant=PLANT)
    whole = mill.snapshot()
    mean = whole.recent.mean.copy()
    time, status, held, bad = whole.time.copy(), whole.status.copy(), {}, []
    for paths, kind, first, seed in faults:
        random = np.random.default_rng(seed)
        for path in paths:
            i = PLANT.index[path]
            late = slice(first * rows // 360, None)
            mean[late, i] = spoilt(mean[late, i], kind, PLANT.points[i].spec.limits, random)
            if kind == "stale":
                time[i] -= 3600 * SECOND
            if kind == "bad":
                bad.append(i)
            if kind == "quarantined":
                held[path] = Quarantine(point=path, rule="stuck", since=T0, value=None, reason="")
    value = mean[-1].copy() if rows else np.full(len(POINTS), np.nan)
    value[bad], status[bad] = np.nan, BAD_SENSOR_FAILURE
    value[[PLANT.index[path] for path in held]] = np.nan
    recent = replace(whole.recent, mean=mean, low=mean.copy(), high=mean.copy())
    return replace(whole, value=value, time=time, status=status, quarantined=held, recent=recent)


def possible(found):
    """An estimate of every kind is one that the plant could show."""
    most = MOST * found.scenario.horizon_s / 60.0
    limits = {
        "wip": (0.0, FITS), "rejected": (0.0, 100.0), "count": (0.0, most), "quality": (0.0, 1.0),
    }  # fmt: skip
    for unit in PLANT.units.values():
        point = unit.with_role(Role.POTENTIAL)
        if point is not None:
            name = "_".join(point.id.split("/")[1:])
            limits[name] = (point.spec.limits.low, point.spec.limits.high)
    for name, one in {"rate": found.rate, **found.others}.items():
        low, high = limits.get(name, (0.0, MOST))
        assert low - 1e-6 <= one.low <= one.mean <= one.high <= high + 1e-6, (name, one)


@settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
@given(
    rows=st.sampled_from([0, 1, 2, 3, 7, 40, 360, 360]),
    faults=corruptions,
    changed=changes,
    after_s=st.sampled_from([0.0, 50.0]),
    horizon_s=st.sampled_from([1.0, 600.0]),
    replications=st.sampled_from([2, 24]),
    seed=st.integers(0, 2**31),
)
def test_a_forecast_from_corrupted_readings_is_possible(
    rows, faults, changed, after_s, horizon_s, replications, seed
):
    """Finite, ordered, and inside what the plant's instruments can show."""
    start = snapshot(rows, faults)
    base = Scenario(name="go on", line=LINE, horizon_s=horizon_s)
    other = base.model_copy(update={"changes": tuple(changed), "after_s": min(after_s, horizon_s)})
    (found,) = compare(start, base, [other], seed, replications)
    possible(found.baseline)
    possible(found.candidate)
    assert found.gain.low <= found.gain.mean <= found.gain.high


@settings(
    max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
@given(rows=st.sampled_from([2, 60, 360]), faults=corruptions, ago_s=st.integers(60, 3000))
def test_a_replay_of_a_corrupted_past_is_possible(rows, faults, ago_s):
    """The same holds for what the line would have done since a moment."""
    found = replay(before(snapshot(rows, faults), LINE, T0 - ago_s * SECOND), ago_s, (), 1, 2)
    assert 0.0 <= found.low <= found.mean <= found.high <= MOST + 1e-6
