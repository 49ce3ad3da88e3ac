"""Tables of another system become a plant by a mapping, or one sentence at the mapping's line."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from twin_core.errors import PlantFileError
from twin_core.importing.imported import imported
from twin_core.importing.mapping import Mapped
from twin_core.plant.document import load
from twin_core.value import SECOND

MAPPING = """\
schema: 1
site: works
name: The Works
timezone: Europe/Copenhagen
kinds:
  - {id: pump, name: Pump}
assets:
  - {file: assets.csv, name: title, also: [number], kind: pump}
readings:
  - file: log.csv
    asset: who
    time: when
    points:
      - {column: p, id: pressure, name: Pressure, unit: bar, limits: {low: 0, high: 16}}
events:
  - {file: alerts.csv, asset: who, kind: rule, prefix: alert, start: begin, end: end}
work_orders:
  - file: orders.csv
    reference: no
    asset: who
    task: what
    created: day
    fault: preventive
    means_fault: ["no"]
    times: {format: "%d.%m.%Y", timezone: UTC}
failure_modes:
  - {file: modes.csv, kind: of, mode: mode, also: [why]}
"""
TABLES: dict[str, dict[str, list[str | None]]] = {
    "assets.csv": {"title": ["Pump 10", "Pump 2", "Pump 2"], "number": ["P-10", "P-2", None]},
    "log.csv": {
        "who": ["Pump 2", "P-2", "Pump 10"],
        "when": ["2020-07-01T00:01:00", "2020-07-01T00:00:00", "2020-07-01T02:00:00+00:00"],
        "p": ["3.5", None, "4"],
    },
    "alerts.csv": {
        "who": ["P-10", "P-10", "P-10"],
        "rule": ["R 1", "R 1", "R 1"],
        "begin": ["2020-07-01T00:00", "2020-07-01T01:00", "2020-07-02T00:00"],
        "end": ["2020-07-01T01:00", "2020-07-01T02:00", None],
    },
    "orders.csv": {
        "no": ["W1", "W2"], "who": ["Pump 2", "Pump 10"], "what": ["oil", "seal"],
        "day": ["05.07.2020", "06.07.2020"], "preventive": ["yes", "no"],
    },
    "modes.csv": {"of": ["Pump", None], "mode": ["Seal leaks", "Rust"], "why": ["wear", None]},
}  # fmt: skip
MIDNIGHT = 1593554400 * SECOND  # 2020-07-01 00:00 in Copenhagen


def made(mapping=MAPPING, **changed):
    return imported(Mapped(mapping, "map.yaml"), {**TABLES, **changed})


def plant(one):
    return load(one.plant, "plant.yaml", lambda _: one.classes)


def test_the_plant_has_every_asset_once_by_number_with_its_other_names():
    """It loads; a point stands where readings of it were."""
    units = plant(made()).units
    assert [u.name for u in units.values()] == ["Pump 2", "Pump 10"]
    assert units["works/equipment/all/pump_2"].names == ("P-2",)
    assert [p.spec.id for p in units["works/equipment/all/pump_10"].points] == [
        "pressure", "alert_r_1",
    ]  # fmt: skip


def test_readings_are_in_the_order_of_time_and_in_the_zone_that_was_named():
    """Midnight in Copenhagen is 22:00 UTC in summer; what has an offset is taken as it is."""
    pressure = [(t, p.split("/")[3], v) for t, p, v in made().readings if p.endswith("pressure")]
    assert pressure == [
        (MIDNIGHT + 60 * SECOND, "pump_2", 3.5), (MIDNIGHT + 4 * 3600 * SECOND, "pump_10", 4.0),
    ]  # fmt: skip


def test_events_that_touch_are_one_and_a_kind_is_on_while_one_lasts():
    """On at the beginning, off at the end."""
    alerts = [(t, v) for t, p, v in made().readings if p.endswith("alert_r_1")]
    assert alerts == [(MIDNIGHT, 1.0), (MIDNIGHT + 2 * 3600 * SECOND, 0.0)]


def test_orders_have_our_paths_and_say_whether_a_fault_was_found():
    """Only where the mapping says what that is."""
    first, second = made().orders
    assert (first.asset, first.found_fault) == ("works/equipment/all/pump_2", False)
    assert (second.reference, second.found_fault) == ("W2", True)
    assert first.created == 1593907200 * SECOND


def test_failure_modes_are_told_by_kind_of_equipment():
    """With what stands beside them."""
    assert "## Failure modes of Pump\n\n- Failure mode: Seal leaks; why: wear." in made().modes
    assert "## Failure modes of any equipment\n\n- Failure mode: Rust." in made().modes


def test_what_is_left_out_is_told():
    """Cells without a value, events without an end."""
    assert made().left_out == (
        "log.csv: 1 cells without a value.", "alerts.csv, row 3: an event that is not whole.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("time: when", "time: wen", 12, "no column “wen”; allowed: who, when, p"),
        ("also: [number]", "also: [numbr]", 8, "no column “numbr”"),
        ("kind: pump}", "kind: pomp}", 8, "no kind “pomp”; allowed: pump"),
        ("timezone: UTC", "timezone: Utopia", 25, "no time zone “Utopia”"),
        ("Europe/Copenhagen", "Europe/Atlantis", 4, "no time zone “Europe/Atlantis”"),
        ("prefix: alert", "prefx: alert", 16, "“events.0.prefix” is missing"),
        ('"%d.%m.%Y"', '"%Y/%m/%d"', 22, "row 1: “05.07.2020” is no time of the form %Y/%m/%d"),
        ("name: The Works", "nme: The Works", 1, "“name” is missing"),
        ("schema: 1", "schema: 2", 1, "schema 2 is not known"),
    ],
)
def test_an_error_stands_at_the_line_of_the_mapping(old, new, line, said):
    """And says what was allowed."""
    with pytest.raises(PlantFileError) as problem:
        made(MAPPING.replace(old, new))
    assert (problem.value.file, problem.value.line) == ("map.yaml", line)
    assert said in str(problem.value)


@pytest.mark.parametrize(
    ("table", "column", "cell", "line", "said"),
    [
        ("log.csv", "who", "Pump 3", 11, "row 1: no asset “Pump 3”"),
        ("log.csv", "p", "high", 13, "row 1: “high” is no number"),
        ("log.csv", "when", "noon", 12, "row 1: “noon” is no time of the form iso"),
    ],
)
def test_a_cell_that_cannot_be_is_told_with_its_row(table, column, cell, line, said):
    """At the line that said what the column is."""
    cells = [cell, *TABLES[table][column][1:]]
    with pytest.raises(PlantFileError) as problem:
        made(**{table: {**TABLES[table], column: cells}})
    assert problem.value.line == line
    assert said in str(problem.value)


@given(
    names=st.lists(
        st.text(min_size=1, max_size=40).filter(lambda s: s.isprintable() and s.strip()),
        min_size=1, max_size=6, unique_by=lambda s: s.casefold(),
    )
)  # fmt: skip
@example(names=["0¹"])  # a digit that is no number
def test_whatever_assets_are_called_the_plant_loads_or_says_what_it_leaves_out(names):
    """Names are the words of strangers."""
    mapping = MAPPING[: MAPPING.index("readings:")].replace(", also: [number]", "")
    one = imported(Mapped(mapping, "map.yaml"), {"assets.csv": {"title": names}})
    units = plant(one).units
    known = {u.name for u in units.values()}
    assert known <= set(names)
    assert len(units) + len(one.left_out) <= len(names)
    assert len(units) or one.left_out
    assert json.loads(one.plant)["site"] == "works"
