"""A warehouse in a plant file: what is read, and what is refused with its place."""

from pathlib import Path

import pytest

from tests.tools.scenery import riverside
from twin_core.errors import PlantFileError
from twin_core.plant.marked import Document
from twin_core.plant.warehouse import Storehouse
from twin_core.plant.warehouse_file import warehouses

TEXT = """
warehouses:
  - id: depot
    name: Depot
    layout: {aisles: 2, bays: 3, levels: 2}
    crew: {pickers: 2}
    times: {speed_m_s: 1.5}
    picks: batch
    orders: picks.csv
    highest: {heavy: 0}
    articles:
      - id: bolts
        length_m: 0.1
        width_m: 0.1
        height_m: 0.1
        mass_kg: 2
        slots: [{aisle: 0, bay: 0}, {aisle: 1, bay: 2, side: 1, level: 1}]
        stock: {capacity: 20, forward: 12, reserve: 50, low: 4}
      - {id: glue, length_m: 0.1, width_m: 0.1, height_m: 0.2, mass_kg: 16, slots: [{aisle: 0, bay: 1}]}
"""  # noqa: E501  (as people write it)


def read(text: str) -> tuple[Storehouse, ...]:
    return warehouses(Document.parse(text, "plant.yaml"))


def refused(old: str, new: str) -> PlantFileError:
    assert old in TEXT
    with pytest.raises(PlantFileError) as caught:
        read(TEXT.replace(old, new, 1))
    return caught.value


def test_a_warehouse_is_read_whole():
    """Floor, crew, articles with their slots and stock; what is not told has its usual value."""
    (store,) = read(TEXT)
    assert store.warehouse.layout.places == 24
    assert [len(store.warehouse.faces[name]) for name in ("bolts", "glue")] == [2, 1]
    assert (store.picks, store.times.speed_m_s, store.times.setup_s) == ("batch", 1.5, 60.0)
    assert [(stock.article, stock.reserve) for stock in store.stocks] == [("bolts", 50)]
    assert [(rule.low, rule.high) for rule in store.rules] == [(4, 20)]
    assert Storehouse.model_validate_json(store.model_dump_json()) == store


def test_a_plant_without_warehouses_has_none():
    """And Riverside has one whose orders lie beside its plant file."""
    assert read("site: x") == ()
    (depot,) = riverside().warehouses
    assert (Path("plants") / depot.orders).is_file()
    assert len(depot.stocks) == len(depot.rules) == len(depot.warehouse.articles)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: Depot", "name: Depot\n    colour: red", "“colour”"),
        ("aisles: 2,", "aisles: 0,", "aisles"),
        ("levels: 2}", "levels: 2, depot: 5}", "a depot at aisle 5"),
        ("levels: 2}", "levels: 2, crossings: [9]}", "a cross-aisle before bay 9"),
        ("pickers: 2", "pickers: none", "pickers"),
        ("picks: batch", "picks: magic", "picks"),
        ("{heavy: 0}", "{huge: 0}", "highest"),
        ("speed_m_s: 1.5", "speed_m_s: .nan", "speed_m_s"),
        ("mass_kg: 2\n", "mass_kg: 2\n        weight: 3\n", "weight"),
        ("id: glue", "id: bolts", "article “bolts” is defined twice"),
        ("[{aisle: 0, bay: 1}]", "[{aisle: 0, bay: 0}]", "glue and bolts in one slot"),
        ("[{aisle: 0, bay: 1}]", "[{aisle: 7, bay: 0}]", "glue in aisle 7"),
        ("low: 4}", "low: 40}", "fetched at 40 up to 20"),
        ("reserve: 50, ", "", "reserve"),
        ("low: 4}", "low: 4, colour: 1}", "“colour”"),
        ("warehouses:\n", "warehouses: depot\nother:\n", "must be a list"),
    ],
)
def test_what_cannot_be_is_told_with_its_place(old, new, said):
    """Line and column, and what is wrong there."""
    problem = refused(old, new)
    assert said in str(problem)
    assert problem.line > 1


def test_two_warehouses_of_one_id_are_refused():
    twice = TEXT + TEXT.partition("warehouses:\n")[2]
    with pytest.raises(PlantFileError, match="warehouse “depot” is defined twice"):
        read(twice)
