"""The pumping station is whole, and can do what it is for."""

from itertools import pairwise
from pathlib import Path

import pytest

from twin_core.plant.document import load

FOLDER = Path(__file__).parents[2] / "plants"
PUMPS = [f"highfield/station/pumps/pump_{n}" for n in (1, 2, 3, 4)]


@pytest.fixture(scope="module")
def plant():
    text = (FOLDER / "pumping_station.yaml").read_text(encoding="utf-8")
    return load(text, "station", lambda name: (FOLDER / name).read_text(encoding="utf-8"))


def test_a_line_counts_cubic_metres_and_promises_no_rate(plant):
    """Whoever opens a tap decides what is delivered; its meter has no state and no set speed."""
    lines = [line for line in plant.lines if line.kind == "production"]

    assert [line.id.rsplit("/", 1)[1] for line in lines] == ["high_zone", "low_zone"]
    assert not plant.products
    for line in lines:
        counter = plant.counter(line)
        assert line.unit_of_flow == "m3"
        assert plant.in_flow(line, counter) == 1.0
        assert counter.point("state") is None
        assert counter.point("speed_setpoint") is None


def test_water_comes_from_the_town_to_every_tap_along_the_links(plant):
    for line in ("highfield/network/high_zone", "highfield/network/low_zone"):
        behind = plant.upstream([f"{line}/consumers"])

        assert {"highfield/station/intake/inlet", *PUMPS} <= set(behind)


def test_pumps_follow_each_other_by_their_setpoints_and_one_is_spare(plant):
    """Lead, lag, peak, standby: bands of pressure that hardly overlap; three carry every day."""
    normals = [plant.unit(pump).point("pressure_setpoint").spec.normal for pump in PUMPS]
    middles = [(normal.low + normal.high) / 2 for normal in normals]
    capacity = [plant.unit(pump).parameters["capacity"] for pump in PUMPS]
    band = plant.unit(PUMPS[0]).parameters["control_band"]
    taken = sum(link.share or 0.0 for link in plant.links if link.target.endswith("/consumers"))

    assert middles == sorted(middles, reverse=True)
    assert all(a - b >= 0.8 * band for a, b in pairwise(middles))
    assert sum(capacity[:-1]) > 1.5 * taken


def test_what_is_measured_covers_flow_pressure_level_heat_vibration_and_power(plant):
    units = {point.spec.unit for point in plant.read}

    assert {"m3/h", "bar", "m", "Cel", "mm/s", "kW", "A", "mbar", "mL/min"} <= units
