"""What there is: counted, named, placed; nothing of another site."""

from tests.tools.box import Box
from tests.tools.scenery import FILLER4, LINE4, riverside


async def test_the_site_is_named():
    """One plant is one site."""
    (seen,) = (await Box()("list_assets", what="sites")).evidence
    assert seen.data["sites"] == ["riverside"]
    assert riverside().name in seen.statement


async def test_assets_are_listed_by_line_and_counted():
    """Every asset once; below a line only its own."""
    plant = riverside()
    lead, *lines = (await Box()("list_assets")).evidence
    assert lead.data["count"] == len(plant.units)
    named = [name for e in lines for name in e.data["names"]]
    assert sorted(named) == sorted(u.name for u in plant.units.values())
    lead, only = (await Box()("list_assets", inside="line 4")).evidence
    assert lead.data["assets"] == [u for u in plant.units if u.startswith(f"{LINE4}/")]
    assert only.subject == LINE4


async def test_what_is_known_of_an_asset_is_what_the_plant_file_says():
    """Kind, place, measurements with units, links both ways, failure modes; no values."""
    plant = riverside()
    found = await Box()("asset_details", asset="filler 4")
    card, points, *more = found.evidence
    assert card.data["id"] == FILLER4
    assert card.data["class"] == plant.units[FILLER4].class_id
    assert card.data["measurements"] == len(plant.points_of(plant.units[FILLER4]))
    names = [p.spec.name for p in plant.units[FILLER4].points]
    assert all(name in points.statement for name in names)
    said = " ".join(e.statement for e in more)
    kind = plant.class_of(FILLER4)
    assert all(mode.name in said for mode in kind.failure_modes)
    assert any("from" in e.data for e in more)


async def test_a_line_is_told_by_its_assets():
    """A line has no card of its own."""
    found = await Box()("asset_details", asset="line 4")
    assert found.evidence[0].subject == LINE4
