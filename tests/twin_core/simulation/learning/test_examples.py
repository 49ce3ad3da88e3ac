"""What a model may learn from."""

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from tests.twin_core.simulation.learning.taught import FEATURES, lived
from twin_core.errors import CannotLearn, WrongKind
from twin_core.simulation.learning.examples import Feature, contiguous


def test_no_data_says_what_is_missing():
    """No example, or too few rows or blocks: what would be needed."""
    none = lived().rows(np.zeros(600, bool))
    with pytest.raises(CannotLearn, match=r"thickness: there is no example of it; needed: 60 rows"):
        none.check()
    with pytest.raises(CannotLearn, match="40 rows in 2 blocks"):
        lived().rows(np.arange(600) < 40).check()
    with pytest.raises(CannotLearn, match="600 rows in 3 blocks"):
        lived(blocks=3).check()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e101])
def test_a_number_that_is_none_is_named(value):
    """NaN, infinity and what has no square: the feature and how many rows."""
    examples = lived()
    examples.x[7, 2] = value
    with pytest.raises(WrongKind, match="speed: 1 of 600 rows without a usable number"):
        examples.check()
    if not np.isfinite(value):
        assert len(examples.complete().y) == 599
    spoiled = lived()
    spoiled.y[3] = value
    with pytest.raises(WrongKind, match="thickness"):
        spoiled.check()


def test_what_never_changes_teaches_nothing():
    """A target that is one number, or features that all are."""
    examples = lived()
    with pytest.raises(CannotLearn, match="it is 2 in every row"):
        examples.told(np.full(600, 2.0), examples.target).check()
    with pytest.raises(CannotLearn, match="no feature ever changes"):
        replace(examples, x=np.ones((600, 4))).check()
    with pytest.raises(CannotLearn, match="no feature ever changes"):
        replace(examples, x=np.ones((600, 0)), features=()).check()


def test_shapes_and_names_must_fit():
    """Columns without a name, blocks of another length, one name for two features."""
    examples = lived()
    with pytest.raises(WrongKind, match="examples of thickness"):
        replace(examples, features=FEATURES[:2]).check()
    with pytest.raises(WrongKind, match="examples of thickness"):
        replace(examples, block=examples.block[:-1]).check()
    with pytest.raises(WrongKind, match="oil temperature twice"):
        replace(examples, features=(*FEATURES[:3], FEATURES[0])).check()


@pytest.mark.parametrize("name", ["", " x", "a\nb", "\x1b[31mred", "a\u202eb", "n" * 201])
def test_a_name_is_one_line_that_can_be_shown(name):
    """No control characters, no direction marks, no blanks at the ends, at most 200."""
    with pytest.raises(ValidationError):
        Feature(name=name, unit="1")


def test_folds_take_each_row_once_and_no_block_apart():
    """Neighbouring blocks go together; with fewer blocks than folds, fewer folds."""
    examples = lived(blocks=13)
    folds = list(examples.folds(5))
    assert (np.sum(folds, axis=0) == 1).all()
    for out in folds:
        assert not set(examples.block[out]) & set(examples.block[~out])
        assert set(np.diff(np.unique(examples.block[out]))) <= {1}
    assert len(list(lived(blocks=3).folds(5))) == 3


def test_the_digest_stands_for_names_and_numbers():
    """One bit, one name, one block changed: another digest."""
    digest = lived().digest()
    assert lived().digest() == digest
    other = lived()
    other.x[0, 0] = np.nextafter(other.x[0, 0], 100)
    moved = replace(lived(), block=lived().block + 1)
    named = replace(lived(), features=(Feature(name="oil", unit="Cel"), *FEATURES[1:]))
    timed = replace(lived(), at=np.arange(600))
    assert len({digest, *(e.digest() for e in (other, moved, named, timed))}) == 5


def test_contiguous_blocks_are_runs_of_about_one_length():
    """In order, none empty."""
    block = contiguous(103, 10)
    assert (np.diff(block) >= 0).all()
    assert set(np.bincount(block)) == {10, 11}
    assert not len(contiguous(0, 10))
