"""What is asked back where it is not sure what is asked: questions that can be picked."""

from dataclasses import replace

import pytest

from agents.offline.learnt import Ranked
from agents.offline.question import Reading
from agents.offline.reading import read
from agents.offline.suggested import _FORMS, _MEASURED, picked, suggested
from agents.offline.wording import asked_back
from evals.harness.load import plant_of
from twin_core.plant.names import Names

NAMES = Names(plant_of("riverside"))
STATION = Names(plant_of("pumping_station"))


@pytest.mark.parametrize("kind", _FORMS)
def test_every_question_that_is_offered_is_read_as_what_it_is_offered_for(kind):
    """Of a line and of a machine, in any plant: or the pick would be answered otherwise."""
    for names, name in ((NAMES, "Line 4"), (NAMES, "Filler 2"), (STATION, "Pump 1")):
        (found,) = read(_FORMS[kind].format(name=name), names)
        assert (found.kind, found.assets) == (kind, (name,))


@pytest.mark.parametrize("kind", _MEASURED)
def test_so_is_every_one_of_a_measurement(kind):
    question = _MEASURED[kind].format(name="Filler 4", measurement="bowl pressure")
    (found,) = read(question, NAMES)
    assert (found.kind, found.measurement) == (kind, "bowl pressure")


def ranked(**chances: float) -> Ranked:
    order = sorted(chances, key=lambda kind: -chances[kind])
    return Ranked(tuple(order), tuple(chances[kind] for kind in order))


OF_LINE = Reading(kind="unclear", question="?", assets=("Line 4",), paths=("a/b/c",))


def test_the_likeliest_questions_of_what_is_named_are_offered_first():
    found = suggested(OF_LINE, ranked(cause=0.1, state=0.15, propose=0.18, made=0.01))
    assert found == ("How is Line 4?", "What is wrong with Line 4?")


def test_nothing_is_offered_of_nothing_nor_where_it_is_none_of_our_business():
    assert suggested(Reading(kind="unclear", question="?"), ranked(state=0.2)) == ()
    assert suggested(OF_LINE, ranked(unclear=0.5, state=0.2)) == ()


@pytest.mark.parametrize(
    ("said", "which"),
    [
        ("the second", 1), ("2", 1), ("number two please", 1), ("yes the first one", 0),
        ("i mean the third", 2), ("yes", None), ("how is line 2", None), ("two hours", None),
    ],
)  # fmt: skip
def test_one_of_several_is_picked_by_its_place_alone(said, which):
    offered = ("A?", "B?", "C?")
    assert picked(said, offered) == ("" if which is None else offered[which])


def test_of_one_yes_is_enough():
    assert picked("yes please", ("A?",)) == "A?"


def test_a_pick_is_read_as_the_question_that_was_offered():
    """And every question that was offered stands in the answer."""
    before = replace(OF_LINE, meant=("How is Line 4?", "Which orders are planned on Line 4?"))
    assert all(f"- {question}" in asked_back(before) for question in before.meant)
    (found,) = read("the second", NAMES, before)
    assert (found.kind, found.assets) == ("orders", ("Line 4",))
