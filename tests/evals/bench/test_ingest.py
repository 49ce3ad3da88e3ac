"""The ingest bench: its load is what it says, its peer believes the same, its rows are measured."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from api.plant_file import read_plant
from evals.bench import ingest_apply, ingest_wires
from evals.bench.big_plant import enlarged
from evals.bench.ingest_apply import Load
from evals.bench.plain_rules import PlainRules, dated
from evals.bench.plant_load import T0, PlantLoad
from evals.bench.soft_plant import soft_sensors, with_derived
from twin_core.ingest import Twin
from twin_core.reading import Batch
from twin_core.value import SECOND
from twin_core.watermark import LATENESS_US

PLANT_FILE = Path("plants/riverside.yaml")
SMALL = Load(points=700, warm_s=10, measured_s=60, plain_s=10, stored_s=60, grown_s=20, hour_s=20)


@pytest.fixture(scope="module")
def riverside():
    return read_plant(PLANT_FILE)


@pytest.fixture(scope="module")
def plant(riverside):
    return enlarged(riverside, 900)


def test_a_large_plant_has_the_mix_of_the_small_one(riverside, plant):
    """Roles, types and links come as often in each copy; every link and product finds its asset."""
    assert len([p for p in plant.points if p.source in {s.id for s in plant.sources}]) == 900
    assert len({p.id for p in plant.points}) == len(plant.points)
    first, second = (
        [p.spec for p in plant.points if p.id.startswith(f"{riverside.site}/packaging{n}/line1/")]
        for n in ("", "_1")
    )
    assert first == second
    assert all(k.source in plant.units and k.target in plant.units for k in plant.links)
    lines = {line.id for line in plant.lines}
    assert {line for product in plant.products for line in product.rates} <= lines


def test_what_is_derived_and_modelled_is_so_many_as_asked_for(plant):
    """Derived points have values, and every model of the set is in use and heard."""
    large = with_derived(plant, 40)
    load, twin = PlantLoad(large), Twin(large)
    for event in load.up():
        twin.apply(event, event.time)
    twin.learn(soft_sensors(large, 20, T0 * SECOND), T0 * SECOND)
    for s in range(60):
        twin.apply(load.second(s), (T0 + s + 1) * SECOND)
    snapshot = twin.snapshot((T0 + 60) * SECOND)
    assert len(snapshot.sensors) == 20
    assert np.isfinite(snapshot.settled_value[len(large.read) :]).sum() == 40


def test_a_load_has_every_fault_and_stays_inside_the_lateness(plant):
    """Faults of every kind, some out of order, none behind what may still be settled."""
    load = PlantLoad(plant)
    batches = list(load.arrivals(70, 1_000))
    whole = Batch.joined(batches)
    received = whole.received
    assert (np.diff(received) >= 0).all()
    ahead = whole.time > received + 60 * SECOND
    assert ahead.any()
    assert np.isnan(whole.value).any()
    assert (whole.status > 0).any()
    behind = np.maximum.accumulate(whole.time[~ahead]) - whole.time[~ahead]
    assert 0.02 < (behind > SECOND // 20).mean() < 0.06
    assert behind.max() < LATENESS_US
    assert len(load.second(70)) < len(plant.points) + 2


def test_the_peer_comes_to_the_same_belief(plant):
    """The same readings, judged one by one, leave the same points and values believed."""
    load = PlantLoad(plant)
    batches = list(load.arrivals(160, 2_000))
    twin = Twin(plant)
    for event in load.up():
        twin.apply(event, event.time)
    for batch in batches:
        twin.apply(batch, int(batch.received[-1]))
    snapshot = twin.snapshot(0)
    whole = Batch.joined(batches)
    plain, row = PlainRules(plant, T0 * SECOND), T0 // 10 * 10 + 10
    ordered = ingest_apply.in_order(_within(whole, 0, snapshot.watermark))
    for end in range(row, snapshot.watermark // SECOND + 10, 10):
        plain.take(_within(ordered, (end - 10) * SECOND, end * SECOND))
        if end * SECOND <= snapshot.watermark:
            plain.close(end * SECOND)
    held = {plant.points[i].id for i, tag in enumerate(plain.tags) if tag.held}
    assert len(held) > 5
    assert held == set(snapshot.quarantined)
    settled = snapshot.settled_value[: len(plain.tags)]  # what is derived is left out
    np.testing.assert_array_equal([tag.settled for tag in plain.tags], settled)
    active = sum(alarm.active for tag in plain.tags for alarm in tag.alarms)
    assert active == sum(a.state in {"unacknowledged", "acknowledged"} for a in snapshot.alarms)
    assert active > 0


def _within(batch, start, end):
    heard = dated(batch)
    which = (heard >= start) & (heard < end)
    columns = ("point", "time", "value", "status", "received")
    return Batch(*(getattr(batch, name)[which] for name in columns))


def test_belief_and_disk_are_measured_beside_their_peers():
    """Each row has a figure; all but growth, which needs hours, a bar; throughput has its peer."""
    rows = [
        *ingest_apply.applied(PLANT_FILE, SMALL),
        ingest_apply.stored(PLANT_FILE, SMALL),
        *ingest_apply.held(PLANT_FILE, SMALL),
    ]
    assert [row.name for row in rows] == [
        "ingest.apply", "ingest.apply.fast", "ingest.apply.small", "ingest.stored",
        "ingest.growth", "ingest.memory",
    ]  # fmt: skip
    assert all(row.value is not None for row in rows)
    assert [row.name for row in rows if row.bar is None] == ["ingest.growth"]
    assert rows[0].peer_value
    assert rows[3].peer_value


@pytest.mark.parametrize("wire", [ingest_wires.OPCUA, ingest_wires.MODBUS], ids=lambda w: w.kind)
def test_a_wire_is_measured_beside_a_bare_client(wire):
    """Every number that the controller counted came, was believed and stored."""
    row, floor = ingest_wires.over_wire(replace(wire, points=100, period_s=0.5, rounds=4, runs=1))
    assert row.why is None
    assert row.value
    assert row.peer_value
    assert row.n >= 400
    assert floor.value
    assert floor.value > row.peer_value
