"""Which product a line makes is asked in many words, and told in one sentence."""

import pytest

from agents.offline.reading import read
from evals.harness.load import plant_of
from twin_core.plant.names import Names

NAMES = Names(plant_of("riverside"))


@pytest.mark.parametrize(
    "text",
    [
        "Which product is line 2 making now?", "line 2 product?", "what are we running on line 2",
        "which drink is on L2", "which juice is line 2 filling", "what flavour is line 2 on",
        "current product of line 2", "L2 running what", "is line 2 still on cola?",
        "what is being filled on line 2", "what's line 2 on at the moment",
        "what stuff are we bottling on line two at the moment", "what's running on L2",
        "no clue what line 2 is filling at present, cola or water or what",
        "Tell me please the product currently on line 2.", "what is line 2 making?",
    ],
)  # fmt: skip
def test_which_product_a_line_makes_is_asked(text):
    (found,) = read(text, NAMES)
    assert (found.kind, found.measurement) == ("value", "rate")
    assert found.paths == ("riverside/packaging/line2",)


@pytest.mark.parametrize(
    "text",
    [
        "What is the carbon dioxide content of the drink on line 2?",
        "capper 2 torque back to what the recipe says, hand it in",
        "product temperature of filler 2", "which product comes next on line 2",
        "how much product did line 2 make today", "which product causes most rejects on line 2",
        "how long is the changeover from cola to lemonade on line 2",
    ],
)  # fmt: skip
def test_what_is_something_else_is_not_taken_for_it(text):
    asked = [(found.kind, found.measurement) for found in read(text, NAMES)]
    assert ("value", "rate") not in asked


@pytest.mark.parametrize(
    "text",
    ["which line is on lemonade", "whos on cola", "where are we running the lemonade right now"],
)
def test_where_a_product_is_made_is_told_of_every_line(text):
    (found,) = read(text, NAMES)
    assert (found.kind, found.measurement, len(found.paths)) == ("value", "rate", 4)


def test_all_together_are_all_lines_and_a_line_s_speed_is_its_rate():
    (found,) = read("total bottles this shift, everything", NAMES)
    assert (found.kind, len(found.paths)) == ("made", 4)
    (found,) = read("at what speed is line 3 running", NAMES)
    assert (found.kind, found.measurement) == ("value", "rate")
