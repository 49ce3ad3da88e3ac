"""How a class file is read: its words, its anchors, and what it refuses."""

import pytest

from twin_core.errors import PlantFileError
from twin_core.plant.class_file import load_classes

CLASS = """
schema: 1
classes:
  - id: pump
    name: Pump
    model: other
    points:
      - {id: level, name: level, unit: "%", limits: {low: 0, high: 100}}
      - {id: flow, name: flow, unit: "m3/h", limits: {low: 0, high: 10}}
    effects: [{on: capacity, by: level, full: 50, none: 0}]
    failure_modes: &modes
      - &stuck
        id: level_stuck
        name: level sensor stuck
        mode: AIR
        mechanism: frozen signal
        cause: instrument
        detection: comparison
        sensor: true
        instrument: level
        symptoms: [{point: level, shows: stuck}]
        acts: [{on: none, size: {low: 0, high: 0}}]
        remedies: [{kind: work_order, task: Replace the sensor.}]
      - {<<: *stuck, id: flow_stuck, instrument: flow, symptoms: [{point: flow, shows: stuck}]}
"""
TWICE = """  - id: big_pump
    name: Big pump
    model: other
    points:
      - {id: level, name: level, unit: "%", limits: {low: 0, high: 100}}
      - {id: flow, name: flow, unit: "m3/h", limits: {low: 0, high: 10}}
    failure_modes: *modes
"""


def test_on_is_a_word_and_true_is_a_boolean():
    (pump,) = load_classes(CLASS, "pump.yaml")

    assert pump.effects[0].on == "capacity"
    assert [mode.sensor for mode in pump.failure_modes] == [True, True]


def test_an_entry_may_merge_another_and_override_its_keys():
    (pump,) = load_classes(CLASS, "pump.yaml")
    stuck, merged = pump.failure_modes

    assert (merged.id, merged.instrument) == ("flow_stuck", "flow")
    assert merged.remedies == stuck.remedies


def test_two_classes_may_share_entries_that_override_what_they_merge():
    pump, big = load_classes(CLASS + TWICE, "pump.yaml")

    assert big.failure_modes == pump.failure_modes


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("instrument: flow,", "instrument: flo,", "no point “flo”"),
        ("id: flow_stuck,", "id: level_stuck,", "failure mode “level_stuck” is defined twice"),
        ("        instrument: level\n", "", "sensor mode “level_stuck” names no instrument"),
    ],
)
def test_a_failure_mode_of_a_sensor_names_the_instrument_and_each_has_its_own_id(old, new, problem):
    assert old in CLASS
    with pytest.raises(PlantFileError, match=problem) as caught:
        load_classes(CLASS.replace(old, new), "pump.yaml")
    assert caught.value.line > 10


def test_what_is_allowed_is_told_in_the_order_of_the_file():
    text = CLASS.replace("full: 50, none: 0}", "full: 50, none: 0, point: flo}")
    with pytest.raises(PlantFileError, match="no point “flo”; allowed: level, flow"):
        load_classes(text, "pump.yaml")


def test_a_key_given_twice_by_hand_is_refused_at_its_place():
    text = CLASS.replace("model: other", "model: other\n    name: Again")

    with pytest.raises(PlantFileError, match=r"pump.yaml:\d+:\d+: key “name” is given twice"):
        load_classes(text, "pump.yaml")
