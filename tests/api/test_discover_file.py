"""`opstwin plant discover FILE`: from an export of a historian to a plant that is served."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from api.plant_file import read_plant
from api.settings import Settings
from api.wiring import Parts, build
from tests.api.test_discover import discover
from tests.fakes import InlineCompute
from tests.serving import believed
from twin_core.errors import BadInput, SourceDown, WrongKind

HEAD = (
    "Time,Filler 7.Bowl pressure [bar],Filler 7.Bowl level (%),Filler 7.Product temperature [°C],"
    "Filler 7.StateCurrent,Filler 7.CurMachSpeed,Filler 7.Operator name"
)


@pytest.fixture
def export(tmp_path):
    path = tmp_path / "hall7.csv"
    begin = datetime(2023, 2, 1, tzinfo=UTC)
    rows = [
        f"{(begin + timedelta(seconds=i)).isoformat()},{2.4 + i % 7 / 100:.2f},{60 + i % 5 / 10},"
        f"{4 + i % 3 / 10},6,{400 + i % 2},Olga"
        for i in range(600)
    ]
    path.write_text("\n".join([HEAD, *rows]) + "\n")
    return path


def test_an_export_becomes_a_plant_that_is_served(export, tmp_path):
    """Columns are proposed as points of a class; the draft is checked, served and believed."""
    out = tmp_path / "found.yaml"
    done = discover(str(export), out, tmp_path / "data")
    plant = read_plant(out)
    (unit,) = plant.units.values()
    assert unit.class_id == "rotary_filler"
    names = {p.spec.id for p in unit.points}
    assert names >= {"bowl_pressure", "bowl_level", "product_temperature"}
    assert plant.sources[0].kind == "replay"
    assert not any(p.writable for p in unit.points)
    assert "encryption" not in done.output
    assert "Operator name" in out.read_text()
    latest = believed(out, plant.site, tmp_path / "data", len(names))
    assert 2.4 <= latest[f"{unit.id}/bowl_pressure"]["value"] <= 2.47


def test_what_can_be_no_export_is_told(export, tmp_path):
    """A file that is not there, an option of a server's, a table without times."""
    data = tmp_path / "data"
    with pytest.raises(SourceDown, match="No such file"):
        discover(str(tmp_path / "none.csv"), None, data)
    with pytest.raises(WrongKind, match="none for a file"):
        discover(str(export), None, data, "--encrypt")
    export.write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(BadInput, match="time"):
        discover(str(export), None, data)


async def test_a_file_is_found_beside_the_plant_file(export, tmp_path):
    """A relative `file:` begins where the plant file lies; a folder's name may be given."""
    out = tmp_path / "found.yaml"
    await asyncio.to_thread(discover, str(export), out, tmp_path / "data")
    out.write_text(out.read_text().replace(f"file:{tmp_path}/", "file:"))
    settings = Settings(plant=out, data=tmp_path / "data", workers=1)
    system = build(settings, Parts(compute=InlineCompute()))
    async with system.running():
        (source,) = system.pump._sources.values()
        assert source._place == export  # type: ignore[attr-defined]
