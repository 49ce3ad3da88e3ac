"""What a camera sees lies where it is; a taught check tells wrong layers from right ones."""

import numpy as np
import pytest

from tests.twin_core.simulation.robots.cells import BULLET, alone, sample
from twin_core.errors import ImpossibleScenario
from twin_core.simulation.robots.inspection import HeightRule, Inspector, score
from twin_core.simulation.robots.layers import layers
from twin_core.simulation.robots.sight import picture, points

pytestmark = BULLET
CELL = sample()
OVERVIEW, ABOVE = CELL.cameras
SMALL = OVERVIEW.model_copy(update={"width": 160, "height": 120})


def test_depth_becomes_points_of_the_world():
    """From above: the floor at 0, the pallet's face at 0.15 m, a case on it at 0.4 m."""
    image = picture(CELL, alone(standing=(2,)), 0.0, ABOVE)
    where = points(ABOVE, image.depth)
    high = where[..., 2]
    assert image.rgb.shape == (120, 160, 3)
    for expected in (0.0, 0.15, 0.4):
        assert (np.abs(high - expected) < 0.002).mean() > 0.01
    case = np.abs(high - 0.4) < 0.002
    assert np.median(where[case, 0]) == pytest.approx(-0.39, abs=0.01)
    assert np.median(where[case, 1]) == pytest.approx(0.15, abs=0.01)


def test_a_slanted_camera_sees_the_same_world():
    """The floor it sees is flat and at 0."""
    image = picture(CELL, alone(standing=(2,)), 0.0, SMALL)
    high = points(SMALL, image.depth)[..., 2]
    assert (np.abs(high) < 0.001).mean() > 0.2
    assert high.min() > -0.001


def test_a_picture_shows_the_moment():
    """Robots in their colours; another moment is another picture; the same is the same."""
    first = picture(CELL, alone(), 0.0, SMALL).rgb
    red, green, blue = (first[..., i].astype(int) for i in range(3))
    assert ((red - blue > 60) & (red > 1.7 * green)).sum() > 50
    assert (blue - red > 50).sum() > 50
    assert (picture(CELL, alone(), 0.0, SMALL).rgb == first).all()
    assert (picture(CELL, alone(), 2.0, SMALL).rgb != first).any()


@pytest.mark.parametrize("at_s", [-1, 1e6, float("nan")])
def test_a_picture_of_no_moment_is_refused(at_s):
    """With the moments there are."""
    with pytest.raises(ImpossibleScenario, match="allowed: 0 to"):
        picture(CELL, alone(), at_s, SMALL)


@pytest.fixture(scope="module")
def unseen():
    return list(layers(CELL, ABOVE, 12, 40))


def test_layers_are_drawn_by_their_seed(unseen):
    """The same seed draws the same layers; another one others."""
    again = list(layers(CELL, ABOVE, 12, 3))
    for layer, same in zip(unseen, again, strict=False):
        assert layer.states == same.states
        assert np.array_equal(layer.image.depth, same.image.depth, equal_nan=True)
    other = next(iter(layers(CELL, ABOVE, 13, 1)))
    assert not np.array_equal(other.image.depth, unseen[0].image.depth, equal_nan=True)


def test_a_taught_check_beats_the_rule_of_heights(unseen):
    """Taught on other layers, it finds tilts, which no height tells."""
    inspector = Inspector.taught(CELL, ABOVE, 11, 60)
    ours, plain = score(inspector, unseen), score(HeightRule(CELL, ABOVE), unseen)
    assert plain.missed["tilted"] == plain.of["tilted"]
    assert sum(ours.missed.values()) < sum(plain.missed.values()) / 3
    assert ours.false_alarms < 0.05 * ours.right
    verdicts = inspector.judge(unseen[0].image, unseen[0].number)
    assert [v.slot for v in verdicts] == [unseen[0].number * 6 + k for k in range(6)]
    assert all(0 <= v.sure <= 1 for v in verdicts)


def test_an_image_of_which_nothing_came_back_is_not_called_right(unseen):
    """No echo at all: every slot is called missing, none right."""
    image = unseen[0].image
    blind = type(image)(image.rgb, np.full_like(image.depth, np.nan))
    inspector = Inspector.taught(CELL, ABOVE, 11, 20)
    assert {v.state for v in inspector.judge(blind, 0)} == {"missing"}
