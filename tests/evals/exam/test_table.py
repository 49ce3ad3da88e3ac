"""A table that others measured, read to a twin row by row."""

import numpy as np

from evals.exam.table import Reader, plant_of


def table(rows, seed=1):
    return np.random.default_rng(seed).normal(10.0, 0.1, (rows, 4))


def test_each_name_is_an_asset_with_its_columns_and_what_supplies_it():
    """Ranges and noise come from the healthy rows; a link to nothing known is none."""
    healthy = table(100)
    links = [("b", "a"), ("b", "elsewhere")]
    plant, unit = plant_of(["a", "b", "a", "b"], healthy, links)
    assert [p.address for p in plant.units[unit["a"]].points] == [0, 2]
    assert [(k.source, k.target) for k in plant.links] == [(unit["b"], unit["a"])]
    assert plant.line(unit["a"]).id != plant.line(unit["b"]).id
    for point in plant.points:
        assert point.spec.normal is not None
        assert 9.5 < point.spec.normal.low < point.spec.normal.high < 10.5
        assert 0.05 < point.spec.noise < 0.2
    one, _ = plant_of(["a", "b", "a", "b"], healthy, together=True)
    assert len(one.lines) == 1


def test_a_column_that_was_never_measured_has_no_usual_value():
    """What is missing in the healthy rows is neither invented nor an error."""
    healthy = table(50)
    healthy[:, 1] = np.nan
    plant, _ = plant_of(["a", "b", "c", "d"], healthy)
    assert [p.spec.normal is None for p in plant.points] == [False, True, False, False]


def test_rows_are_believed_in_their_order_and_can_be_asked_about():
    """Healthy rows are normal; nothing of a later row is known before it is read."""
    plant, unit = plant_of(["a", "a", "b", "b"], table(100))
    reader = Reader(plant)
    reader.read(table(60))
    assert reader.ask(unit["a"], 30).verdict == "normal"
