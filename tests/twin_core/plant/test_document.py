"""A plant file is whole, or one sentence says what is wrong, where, what was allowed."""

from pathlib import Path

import pytest

from tests.twin_core.plant_fixture import BAG, GAS, LINE, OVEN, bakery
from twin_core.errors import PlantFileError
from twin_core.plant.class_file import load_classes
from twin_core.plant.document import load

FOLDER = Path(__file__).parents[1] / "bakery"
PLANT = (FOLDER / "plant.yaml").read_text()
CLASSES = (FOLDER / "classes.yaml").read_text()


def read(text, classes=CLASSES):
    return load(text, "plant.yaml", {"classes.yaml": classes}.__getitem__)


def place(text, needle):
    """Line and column (from 1) of the first occurrence of `needle`."""
    before = text[: text.index(needle)]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def test_a_second_kind_of_plant_loads_with_full_paths():
    plant = read(PLANT)
    assert [line.id for line in plant.lines] == [LINE, "northmill/house/gas"]
    assert plant.units[BAG].points[0].id == f"{BAG}/state"
    assert plant.point(f"{GAS}/p").id == f"{GAS}/pressure"
    assert plant.links_into(OVEN, "supplies")[0].source == GAS


def test_class_points_are_overlaid_by_what_the_plant_file_says():
    text = PLANT.replace(
        "temperature: {address: o4,", "temperature: {address: o4, alarm_high: 250,"
    )
    plant = read(text)
    spec = plant.point(f"{OVEN}/temperature").spec
    assert (spec.alarm_high, spec.alarm_low, spec.unit) == (250, 200, "Cel")
    assert plant.units["northmill/bread/toast/divider"].parameters == {"rated_speed": 120}


@pytest.mark.parametrize(
    ("old", "new", "where", "problem"),
    [
        ("schema: 1", "schema: 9", "schema: 9", "schema 9 is not known"),
        ("timezone:", "timezon:", "timezon:", "unknown key “timezon”"),
        ("class: mover, source", "class: moover, source", "class: moover", "no equipment class"),
        ("speed: {address: d2}", "sped: {address: d2}", "sped:", "has no point “sped”"),
        ("temperature: {address: o4,", "temperature: {adress: o4,", "temperature:", "no address"),
        ("{id: house_plc,", "{id: other_plc,", "source: house_plc, points", "no source"),
        ("class: bag_closer, source: line_plc,", "class: bag_closer,", "state: {address: b1}",
         "neither point “state” nor its unit names a source"),
        ("from: bread/toast/slicer", "from: bread/toast/slicr", "from: bread/toast/slicr",
         "no asset"),
        ("id: slicer", "id: oven", "id: oven, name: Slicer", "defined twice"),
        ("takes: 2", "takes: 0", "takes: 0", "greater than 0"),
        ("supplies, medium: gas,", "supplies,", "{kind: supplies,", "names its medium"),
        ("rates: {bread/toast: 80}", "rates: {bread/toost: 80}", "bread/toost", "no line"),
        ("timezone: Europe/Copenhagen\n", "", None, "“timezone” must be given"),
        ("name: Northmill Bakery", "name: [", None, ""),
        ("site: northmill", "site: northmill\nsite: again", "site: again", "given twice"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_column(old, new, where, problem):
    text = PLANT.replace(old, new, 1)
    with pytest.raises(PlantFileError) as caught:
        read(text)
    error = caught.value
    assert problem in error.problem
    assert error.file == "plant.yaml"
    if where is not None:
        line, column = place(text, where)
        assert error.line == line
        assert abs(error.column - column) <= len(where)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("shows: low}", "shows: lowish}", "shows"),
        ("{point: speed, shows", "{point: spead, shows", "no point “spead”"),
        ("measures: speed}", "measures: spead}", "no point “spead”"),
        ("acts: [{on: speed, size", "acts: [{on: speeds, size", "on"),
        ("mode: SLP", "mode: slip", "mode"),
    ],
)
def test_a_mistake_in_a_class_file_is_told_with_that_file(old, new, problem):
    text = CLASSES.replace(old, new, 1)
    with pytest.raises(PlantFileError) as caught:
        read(PLANT, text)
    assert caught.value.file == "classes.yaml"
    assert problem in caught.value.problem
    assert caught.value.line > 1


def test_a_class_file_that_is_not_there_or_a_class_given_twice_is_told():
    with pytest.raises(PlantFileError, match="cannot be read"):
        load(PLANT, "plant.yaml", dict[str, str]().__getitem__)
    twice = PLANT.replace("[classes.yaml]", "[classes.yaml, classes.yaml]")
    with pytest.raises(PlantFileError, match="defined twice"):
        read(twice)


@pytest.mark.parametrize(
    "text", ["", "just words", "- 1\n- 2", "schema: 1\n\tname: x", "a: &a [*a]"]
)
def test_what_is_no_plant_file_is_refused_in_one_sentence(text):
    with pytest.raises(PlantFileError) as caught:
        read(text)
    assert "\n" not in str(caught.value)


def test_the_word_on_is_a_word():
    (kind, *_) = load_classes(CLASSES, "classes.yaml")
    assert kind.failure_modes[0].acts[0].on == "speed"


def test_ten_thousand_points_load_in_seconds():
    block = PLANT[PLANT.index("  - id: bread") : PLANT.index("  - id: house")]
    areas = "".join(
        block.replace("id: bread", f"id: bread{k}").replace("address: ", f"address: {k}")
        for k in range(1, 500)
    )
    text = PLANT.replace("  - id: house", areas + "  - id: house", 1)
    plant = read(text)
    assert len(plant.points) > 10_000
    assert len(bakery().points) == 23


def test_orders_have_moments_and_lines_changeovers():
    """A due time is a moment, with or without quotes; minutes stand under the line's full path."""
    text = PLANT + (
        "orders:\n"
        "  - {id: a, product: rye, line: bread/toast, quantity: 5, unit: x,"
        " due: 2026-03-02T14:00:00+01:00}\n"
        "  - {id: b, product: rye, line: bread/toast, quantity: 5, unit: x,"
        ' due: "2026-03-02T13:00:00Z"}\n'
        "changeovers: {bread/toast: {rye: {toast: 12.5}, toast: {rye: 0}}}\n"
    )
    plant = read(text)
    assert {order.due for order in plant.orders} == {1_772_456_400_000_000}
    assert plant.changeovers == {LINE: {"rye": {"toast": 12.5}, "toast": {"rye": 0.0}}}


def test_a_wrong_changeover_is_told_where_it_stands():
    text = PLANT + "changeovers: {bread/toast: {rye: {toast: soon}}}\n"
    with pytest.raises(PlantFileError) as error:
        read(text)
    assert (error.value.line, error.value.column) == place(text, "toast: soon")
