"""Belief about the stand-in plant: right about its rates, calm when it is well, awake when not."""

from functools import cache
from pathlib import Path

import pytest

from evals.emulator.faults import Fault, Size
from evals.inprocess import World
from twin_core.ingest import Twin
from twin_core.plant.document import load
from twin_core.value import SECOND

FOLDER = Path(__file__).parents[2] / "plants"
START = 1_750_060_800 * SECOND
FILLER = "packaging/line1/filler"
LINE = "riverside/packaging/line1"


@cache
def riverside():
    text = (FOLDER / "riverside.yaml").read_text()
    return load(text, "riverside.yaml", lambda name: (FOLDER / name).read_text())


def lived(minutes, *faults, seed=2):
    """World, twin and (minute, incident) after so many plant minutes."""
    world = World(riverside(), seed, START, faults)
    twin, seen = Twin(riverside()), []
    for _ in range(int(minutes * 6)):
        for arrival in world.turn(10):
            now = world.clock.plant()
            seen += [((now - START) / SECOND / 60, i) for i in twin.apply(arrival, now).incidents]
        twin.tick(world.clock.plant())
    return world, twin.snapshot(world.clock.plant()), seen


@pytest.fixture(scope="module")
def well():
    return lived(60)


def test_a_healthy_plant_is_believed_as_it_is(well):
    _, snapshot, _ = well
    assert snapshot.quarantined == {}
    states = {snapshot.latest(p.id).state for p in snapshot.plant.points}
    assert states == {"good"}


def test_minor_stops_of_a_healthy_plant_are_hardly_incidents(well):
    _, _, seen = well
    kinds = [i.kind for _, i in seen if i.closed is None]
    assert set(kinds) <= {"rate_loss", "stopped"}
    assert len(kinds) <= 2


def test_the_believed_rate_is_what_the_counting_machine_put_out(well):
    world, snapshot, _ = well
    plant = riverside()
    for line in (x for x in plant.lines if x.kind == "production"):
        found = snapshot.indicators[line.id]
        true = world.standin.produced(line.id, found.start, found.end)
        minutes = (found.end - found.start) / SECOND / 60
        assert found.rate == pytest.approx(true / minutes, rel=0.05)
        assert found.usual == pytest.approx(found.nominal, rel=0.08)


def test_a_slow_machine_opens_an_incident_and_its_end_closes_it():
    slow = Fault(id="x", component=FILLER, parameter="gain", shape="step",
                 size=Size(factor=0.8), onset=1500, end=2700)  # fmt: skip
    _, snapshot, seen = lived(65, slow)
    ours = [(m, i) for m, i in seen if i.kind == "rate_loss" and i.subject == LINE]
    opened = [m for m, i in ours if i.closed is None]
    closed = [m for m, i in ours if i.closed is not None]
    assert 25 < opened[0] < 32
    assert 45 < closed[-1] < 55
    first = next(i for _, i in ours if i.closed is None)
    assert {by.point for by in first.opened_by} == {f"{LINE}/packer/produced"}
    assert snapshot.quarantined == {}


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ({"shape": "stuck"}, "stuck"),
        ({"shape": "intermittent", "size": Size(offset=1.5), "on_s": 4, "off_s": 26}, "spike"),
        ({"shape": "step", "size": Size(lost=True)}, "status"),
    ],
)
def test_a_faulty_instrument_is_quarantined_and_the_process_is_not_accused(fault, rule):
    broken = Fault(id="x", component=FILLER, parameter="sensor:bowl_pressure", onset=600, **fault)
    _, snapshot, seen = lived(20, broken)
    point = f"riverside/{FILLER}/bowl_pressure"
    assert {p: q.rule for p, q in snapshot.quarantined.items()} == {point: rule}
    assert snapshot.latest(point).value is None
    assert [i.kind for _, i in seen if i.line == LINE] == ["quarantine"]
