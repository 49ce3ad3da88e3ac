"""A robot cell in a plant file: what is read, and what is refused with its place."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin_core.errors import PlantFileError
from twin_core.plant.cell import Cell, Joint, Shape
from twin_core.plant.cell_file import cells, read_cells
from twin_core.plant.document import load
from twin_core.plant.marked import Document

SAMPLE = Path(__file__).parents[3] / "evals" / "bench" / "cell.yaml"
TEXT = SAMPLE.read_text(encoding="utf-8")


def refused(text: str) -> str:
    with pytest.raises(PlantFileError) as caught:
        read_cells(text, "cell.yaml")
    assert caught.value.line >= 1
    return str(caught.value)


def test_a_cell_is_read_whole():
    """Robots, stations, fixtures, pallet, cameras; what is repeated by an anchor is there."""
    (cell,) = read_cells(TEXT, "cell.yaml")
    assert [robot.id for robot in cell.robots] == ["left", "right"]
    assert cell.robots[1].joints == cell.robots[0].joints
    assert cell.pallet.slots == 18
    assert cell.shared is not None


def test_a_cell_is_what_it_says():
    """Its JSON makes the same cell again."""
    (cell,) = read_cells(TEXT, "cell.yaml")
    assert Cell.model_validate_json(cell.model_dump_json()) == cell


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("clearance: 0.05", "clearance: 0", "greater than or equal to 0.005"),
        ("clearance: 0.05", "clearance: .nan", "finite"),
        ("clearance: 0.05", "clearance: 0.4", "less than the clearance"),
        ("mass: 12}", "mass: -1}", "greater than 0"),
        ("mass: 12}", "mass: 12, weight: 3}", "weight"),
        ("robot: left, at", "robot: middle, at", "is for robot middle; allowed: left, right"),
        ("- {id: infeed-left,", "- {id: left,", "“left” is given twice"),
        ("- {id: infeed-left,", '- {id: "../etc",', "pattern"),
        ("low: -175, high: 175", "low: 175, high: -175", "is no range; allowed: low below high"),
        ("home: [-45, -20, 100, -80, 0]", "home: [-45]", "5, one a joint"),
        ("home: [-45, -20, 100, -80, 0]", "home: [-45, -20, 170, -80, 0]", "-20 to 155 deg"),
        ("{sphere: 0.09}", "{sphere: 0.09, box: [1, 1, 1]}", "box, cylinder or sphere"),
        ("{sphere: 0.09}", "{at: [0, 0, 0]}", "box, cylinder or sphere"),
        ("look_at: [0, 0, 0.15]", "look_at: [0, 0, 3.4]", "looks at itself"),
        ("name: Palletizing cell with two arms", "unit: filling/line/robot", "no asset"),
        ("axis: z, at: [0, 0, 0.5]", "axis: z, at: [0, 0, 1e9]", "less than or equal to 50"),
    ],
)
def test_what_cannot_be_is_refused_where_it_stands(old, new, said):
    """Line and column, what is wrong, what is allowed."""
    assert old in TEXT
    assert said in refused(TEXT.replace(old, new, 1))


def test_two_cells_of_one_id_are_refused():
    """An id means one cell."""
    body = TEXT.split("cells:\n", 1)[1].replace("&arm", "&arm2").replace("*arm", "*arm2")
    body = body.replace("&joints", "&joints2")
    assert "is defined twice" in refused(TEXT + body)


def test_a_cell_may_belong_to_an_asset_of_the_plant():
    """Its unit is relative to the site, as everywhere in a plant file."""
    doc = Document.parse(TEXT.replace("    case:", "    unit: hall/line/robot\n    case:", 1), "x")
    (cell,) = cells(doc, "site", {"site/hall/line/robot"})
    assert cell.unit == "site/hall/line/robot"


def test_a_plant_file_without_cells_has_none():
    """Cells are optional."""
    assert cells(Document.parse("schema: 1", "x")) == ()


sizes = st.floats(0.01, 5)


@given(sizes, sizes, sizes)
def test_a_ball_holds_its_solid(x, y, z):
    """No corner of a box, no rim of a cylinder lies outside the radius."""
    assert Shape(box=(x, y, z)).radius == pytest.approx(math.dist((0, 0, 0), (x, y, z)) / 2)
    assert Shape(cylinder=(x, z)).radius == pytest.approx(math.hypot(x, z / 2))
    assert Shape(sphere=x).volume == pytest.approx(4 / 3 * math.pi * x**3)


def test_a_joint_that_slides_is_told_in_metres_and_newtons():
    """Units follow the kind."""
    data = {"id": "rail", "axis": "x", "low": 0, "high": 2, "speed": 1, "acceleration": 2,
            "effort": 900, "mass": 40, "shapes": [{"box": [1, 0.2, 0.2]}]}  # fmt: skip
    turns, slides = (Joint.model_validate({**data, "kind": k}) for k in ("turns", "slides"))
    assert (turns.unit, turns.effort_unit) == ("deg", "N.m")
    assert (slides.unit, slides.effort_unit) == ("m", "N")


def test_a_plant_file_holds_its_cells():
    """Under `cells:`, beside lines and links; a cell's unit is one of the plant's."""
    folder = Path(__file__).parents[1] / "bakery"
    text = (folder / "plant.yaml").read_text(encoding="utf-8")

    def read(name):
        return (folder / name).read_text(encoding="utf-8")

    assert load(text, "plant.yaml", read).cells == ()
    drawn = TEXT.split("cells:\n", 1)[1]
    plant = load(f"{text}\ncells:\n{drawn}", "plant.yaml", read)
    unit = next(iter(plant.units))
    own = drawn.replace("    case:", f"    unit: {unit.split('/', 1)[1]}\n    case:", 1)
    (cell,) = load(f"{text}\ncells:\n{own}", "plant.yaml", read).cells
    assert cell.unit == unit
