"""The exam of answers: that it is made of what was shown, and that what is false does not pass."""

import random

from agents.grounding import Ground
from agents.lexicon import Lexicon
from evals.bench.agents_hallucinated import reaches
from evals.bench.agents_wrong import KINDS, Shown, truths
from tests.agents.test_grounding_law import ALL
from tests.tools.scenery import riverside

SHOWN = Shown(riverside(), ALL, ())


def test_every_kind_of_wrong_is_made_and_none_is_left():
    """Of a scenery by hand, fifteen kinds and more."""
    ground = Ground(SHOWN.evidence, Lexicon(riverside()))
    for kind, maker in KINDS.items():
        said = list(maker(SHOWN, random.Random(1)))  # noqa: S311 (drawn)
        assert said or kind in {"asset", "measurement"}, kind
        assert not [s for s in said if reaches(s, ground)], kind
    assert len(KINDS) >= 12


def test_the_true_sentences_are_left():
    """Or the exam would be passed by striking everything."""
    ground = Ground(SHOWN.evidence, Lexicon(riverside()))
    said = list(truths(SHOWN, random.Random(1)))  # noqa: S311 (drawn)
    assert len(said) > 20
    assert not [s for s in said if ground.ground(s).struck]


def test_what_is_left_of_a_lie_is_seen():
    """What is not struck counts, whatever it says; so does anything that a browser would follow."""
    assert reaches("Nothing is claimed here.", Ground((), Lexicon(riverside())))
