"""Answers against what was expected of them, without a model."""

import pytest

from evals.harness.case import Expected, Fact
from evals.harness.grading import Grader
from evals.harness.history import lived
from evals.harness.load import plant_of
from evals.harness.truth import Record
from tests.evals.harness.test_history import SHORT
from twin_core.answer import Answer
from twin_core.errors import BadInput
from twin_core.evidence import Evidence, Finding
from twin_core.plant.names import Names

LINE = "riverside/packaging/line4"


@pytest.fixture(scope="module")
def grader(tmp_path_factory):
    past = lived(SHORT, 0, tmp_path_factory.mktemp("cache"))
    return Grader(past.plant, past.record, past.names)


def answer(text, *evidence, unknown=(), understood=True):
    return Answer(
        thread="t", text=text, evidence=evidence, unknown=unknown, understood=understood,
        findings=tuple(Finding(text="x", evidence=(e.id,)) for e in evidence),
        model="m", time=1,
    )  # fmt: skip


def cause(unit, mode, rank=0):
    return Evidence(
        kind="cause", subject=f"{LINE}/{unit}", statement=f"{mode} at {unit} (96 %).", time=1,
        data={"asset": f"{LINE}/{unit}", "failure_mode": mode, "rank": rank, "probability": 0.96},
    )  # fmt: skip


def held(grader, expected, given, asked="What?"):
    found = grader.grade(Expected.model_validate(expected), given, asked, ())
    return {one.name: one.held for one in found if one.name != "language"}


FACT = {"of": "number", "number": 516, "unit": "{bottle}/min", "within": 2}


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("Line 2 makes 517 bottles/min.", True),
        ("Line 2 makes 31,000 bottles per hour.", True),
        ("Line 2 makes 520 bottles/min.", False),
        ("Line 2 makes 516.", False),
        ("It runs at 516 °C.", False),
    ],
)
def test_a_fact_needs_its_number_within_tolerance_and_a_unit_that_fits(grader, text, right):
    """Converted where the unit measures the same."""
    assert held(grader, {"facts": [FACT]}, answer(text)) == {"facts.0": right}


def test_what_would_be_is_what_a_copy_of_the_stand_in_comes_to(grader):
    """It lives on with the set-point, and what was noted stays as it is."""
    fact = {"of": "rate", "at": "packaging/line2", "minutes": 10, "within": 1}
    slow = {**fact, "when": {"packaging/line2/filler/speed_setpoint": 300}}
    noted = len(grader.record.time)
    usual, slower = (grader.record.number(Fact.model_validate(one)) for one in (fact, slow))
    assert slower == pytest.approx(300, rel=0.1)
    assert usual > 400
    assert len(grader.record.time) == noted
    assert grader.record.number(Fact.model_validate(slow)) == slower
    told = f"Line 2 would make {slower:.0f} bottles/min."
    assert held(grader, {"facts": [slow]}, answer(told)) == {"facts.0": True}
    end = {"of": "now", "at": "packaging/line2/filler/speed_setpoint", "within": 1}
    assert grader.record.number(Fact.model_validate({**end, "when": slow["when"]})) == 300


def test_what_would_be_is_not_known_without_the_stand_in():
    """Over a wire there is none to copy."""
    over = Record(plant_of("riverside"))
    fact = Fact(of="rate", at="packaging/line2", when={"packaging/line2/filler/speed_setpoint": 1})
    with pytest.raises(BadInput, match="in process"):
        over.number(fact)


def test_how_far_a_rate_is_short_is_told_in_per_cent_of_what_is_called_for(grader):
    """The nominal rate of the product that is made, at the load of the epoch."""
    fact = {"of": "rate", "at": "packaging/line4", "minutes": 3, "within": 1}
    rate = grader.record.number(Fact.model_validate(fact))
    short = {**fact, "short": True, "unit": "%"}
    assert grader.record.number(Fact.model_validate(short)) == pytest.approx(100 - rate / 6)
    told = answer(f"It is {100 - rate / 6:.1f} % below its nominal rate.")
    assert held(grader, {"facts": [short]}, told) == {"facts.0": True}


def test_who_lacks_the_language_owes_no_number(grader):
    """Who says so; who answers is held to the fact."""
    expected = {"facts": [FACT], "unless": ["Deutsch"], "language": "de"}
    assert held(grader, expected, answer("Deutsch verstehe ich noch nicht.")) == {}
    assert held(grader, expected, answer("Es sind 400 Flaschen.")) == {"facts.0": False}


def test_a_decimal_comma_is_wanted_where_the_language_has_one(grader):
    """6,3 in German is a number, and that is the language it must be in."""
    fact = {"of": "number", "number": 6.3, "unit": "bar", "within": 0.05}
    expected = Expected.model_validate({"facts": [fact], "language": "de"})
    right = answer("Der Druck ist nicht gleich: er ist 6,3 bar.")
    assert all(one.held for one in grader.grade(expected, right, "?", ()))
    english = answer("The pressure of the header is 6.3 bar.")
    assert not any(one.held for one in grader.grade(expected, english, "?", ()))


def test_assets_are_named_by_any_of_their_names(grader):
    """Nicknames and paths; another one of the same kind is another."""
    expected = {"names": ["packaging/line4/filler"], "avoids": ["packaging/line3/filler"]}
    for text in ("Filler 4 is slow.", "The filler on line 4 is slow.", f"{LINE}/filler is slow."):
        assert held(grader, expected, answer(text)) == {"names.0": True, "avoids.0": True}
    told = held(grader, expected, answer("Filler 3 is slow."))
    assert told == {"names.0": False, "avoids.0": False}


def test_the_first_cause_is_what_the_first_finding_rests_on(grader):
    """Asset and mode; of several, all among the first three; none where none may be claimed."""
    fouled, stuck = cause("filler", "product_cooler_fouled"), cause("capper", "clutch_worn", 1)
    both = answer("It is the filler.", fouled, stuck)
    wanted = {"at": "packaging/line4/filler", "modes": ["product_cooler_fouled"]}
    assert held(grader, {"cause": wanted}, both) == {"cause": True}
    assert held(grader, {"cause": wanted}, answer("It is.", stuck, fouled)) == {"cause": False}
    other = {"at": "packaging/line4/capper", "modes": ["clutch_worn"]}
    assert set(held(grader, {"causes": [wanted, other]}, both).values()) == {True}
    assert held(grader, {"no_cause": True}, both) == {"no_cause": False}
    assert held(grader, {"no_cause": True}, answer("All is well.")) == {"no_cause": True}


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("There is no data from line 2 since 06:40.", True),
        ("Nothing here is called line 9.", True),
        ("There is no data; it was 516 bottles/min.", False),
        ("Line 2 makes 516 bottles/min.", False),
        ("All is well.", False),
    ],
)
def test_who_abstains_says_so_and_gives_no_value(grader, text, right):
    """A time is no value of what was asked."""
    assert held(grader, {"abstains": True}, answer(text)) == {"abstains": right}


def test_who_asks_back_names_two_of_what_could_be_meant(grader):
    """With a question mark, or without having understood."""
    expected = {"asks": ["filler 1", "filler 2", "filler 3"]}
    assert held(grader, expected, answer("Filler 1 or Filler 2?"))["asks"]
    assert held(grader, expected, answer("Filler 1, Filler 2.", understood=False))["asks"]
    assert not held(grader, expected, answer("Which one? Filler 1?"))["asks"]
    assert not held(grader, expected, answer("Filler 1 and Filler 2 are well."))["asks"]


def test_words_refusals_and_marks(grader):
    """Groups of words, words never said, what is not its to do, what is not to be relied on."""
    given = answer("I cannot approve; the value is stale.")
    expected = {"says": [["nope", "STALE"]], "never": ["done"], "refuses": True, "marks": True}
    assert set(held(grader, expected, given).values()) == {True}
    told = held(grader, expected, answer("It is done."))
    assert told == {"says.0": False, "never.0": False, "refuses": False, "marks": False}


def test_a_number_that_no_evidence_holds_is_unsupported(grader):
    """Rounding, per cent of shares, minutes of seconds, and what the question said are held."""
    seen = Evidence(
        kind="indicator", subject=LINE, statement="Line 4 makes 465.4 bottles/min.", time=1,
        data={"rate": 465.4, "share": 0.234, "length_s": 1800.0},
    )  # fmt: skip
    fine = "Line 4 makes 465 bottles/min, 23 % less for 30 min, not 500 [ev-123456789abc]."
    expected = Expected()
    assert grader.unsupported(answer(fine, seen), "Is it 500?", expected) == []
    made_up = "Line 4 makes 471 bottles/min, 23.9 % less."
    assert len(grader.unsupported(answer(made_up, seen), "?", expected)) == 2


def test_a_name_that_a_unit_shares_with_its_line_names_the_unit_too():
    """“Water tower” is a tank, and the system it stands in."""
    plant = plant_of("pumping_station")
    there = Grader(plant, Record(plant), Names(plant))
    expected = Expected(names=("network/storage/tower",))
    held = {
        text: all(c.held for c in there.grade(expected, answer(text), "?", ()))
        for text in ("Level of water tower: 2.71 m.", "Level of pump 2: 2.71 m.")
    }
    assert held == {"Level of water tower: 2.71 m.": True, "Level of pump 2: 2.71 m.": False}
