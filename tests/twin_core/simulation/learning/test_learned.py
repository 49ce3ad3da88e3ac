"""The one door to a fitted model."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.twin_core.simulation.learning.taught import QUICK, lived, risk, thickness, usual
from twin_core.errors import BeyondModel, CannotLearn, UnknownName, WrongKind
from twin_core.simulation.learning.learned import LearnedModel, predict, predictions
from twin_core.simulation.learning.regression import fit_value


def test_an_answer_has_unit_interval_and_model():
    """And how often such intervals held on blocks left out."""
    said = predict(thickness(), usual())
    assert (said.target, said.unit, said.level) == ("thickness", "mm", 0.9)
    assert said.low < said.value < said.high
    assert said.value == pytest.approx(10.5, abs=0.5)
    assert said.observed == pytest.approx(0.9, abs=0.05)
    assert said.model == thickness().version


def test_a_higher_level_is_wider():
    """50 % lies inside 80 %, 80 % inside 90 %."""
    widths = [
        (said.high - said.low)
        for said in (predict(thickness(), usual(), a) for a in (0.5, 0.8, 0.9))
    ]
    assert widths == sorted(widths)
    assert len(set(widths)) == 3


def test_intervals_hold_on_lots_that_were_never_seen():
    """Nine in ten of an interval of 90 %, and little more: thirty blocks leave it careful."""
    fresh = lived(2000, seed=99)
    told = predictions(thickness(), fresh.x)
    held = (told.low <= fresh.y) & (fresh.y <= told.high)
    assert 0.88 < held[told.inside].mean() < 0.96
    assert told.inside.mean() > 0.95


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"speed": 300.0}, "speed"), ({"mains_frequency": 60.0}, "mains frequency"),
        ({"speed": float("nan")}, "speed"), ({"speed": float("inf")}, "speed"),
        ({"speed": -1.7e308}, "speed"), ({"oil_temperature": 60.0}, "temperature"),
    ],
)  # fmt: skip
def test_outside_it_refuses_and_names_the_feature(changed, named):
    """Past its range, never so, unknown, or usual alone and never beside the others."""
    with pytest.raises(BeyondModel, match=named) as refused:
        predict(thickness(), usual(**changed))
    assert any(named in feature for feature in refused.value.features)
    row = thickness().row(usual(**changed))
    told = predictions(thickness(), row[None])
    assert not told.inside[0]
    assert np.isnan([told.value[0], told.low[0], told.high[0]]).all()


@given(st.lists(st.one_of(st.floats(), st.floats(40, 70)), min_size=4, max_size=4))
def test_one_row_and_many_refuse_alike(values):
    """The door for one row and the door for many agree on every row there is."""
    model = thickness()
    row = np.array(values)
    inside = predictions(model, row[None]).inside[0]
    assert inside == (model.validity.reason(model.features, row) is None)


def test_what_is_missing_or_foreign_is_named():
    """A feature that is not given, one that is none, a level that was not judged, a width."""
    some = usual()
    del some["speed"]
    with pytest.raises(BeyondModel, match="speed is not known"):
        predict(thickness(), some)
    with pytest.raises(UnknownName, match="colour"):
        predict(thickness(), usual(colour=3.0))
    for model in (thickness(), risk()):
        with pytest.raises(WrongKind, match=r"0.77 was given, one of 0.5, 0.8, 0.9, 0.95"):
            predict(model, usual(), 0.77)
        with pytest.raises(WrongKind, match="rows for"):
            predictions(model, np.ones((3, 2)))


@pytest.mark.parametrize("value", ["110", None, True, [1.0], {"a": 1}])
def test_what_is_no_number_is_said(value):
    """Text, nothing, yes or no, a list."""
    with pytest.raises(WrongKind, match=r"speed: .* was given, a number is needed"):
        predict(thickness(), usual(speed=value))


def test_too_few_blocks_tell_no_high_level():
    """Of twelve blocks nine in ten can be told, nineteen in twenty not: how many would do."""
    model = fit_value(lived(blocks=12), 1, QUICK)
    assert predict(model, usual(), 0.9).high > predict(model, usual(), 0.9).low
    with pytest.raises(CannotLearn, match=r"needed: 19 blocks"):
        predict(model, usual(), 0.95)


def test_a_model_is_plain_numbers():
    """JSON in, JSON out: the same model, the same answer, the same version."""
    for model in (thickness(), risk()):
        again = LearnedModel.model_validate_json(model.model_dump_json())
        assert again == model
        assert again.version == model.version
        assert predict(again, usual()) == predict(model, usual())


def test_a_stored_model_that_does_not_fit_itself_is_refused():
    """Limits or forests of another width than its features."""
    tree = thickness().model_dump(mode="json")
    with pytest.raises(ValidationError, match="not made for 3 features"):
        LearnedModel.model_validate(tree | {"features": tree["features"][:3]})


def test_the_version_stands_for_the_content():
    """Another unit, another version; it says on what it was fitted."""
    model = thickness()
    target = model.target.model_copy(update={"unit": "cm"})
    assert model.model_copy(update={"target": target}).version != model.version
    assert model.fitted_on.rows == 600
    assert model.fitted_on.digest == lived().digest()
    assert model.fitted_on.start is None
