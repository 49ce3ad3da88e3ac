"""Which seeds are drawn from, and how a drawn question is played.

Seeds of full runs are used for nothing else: what is developed on them is measured on nothing. It
must never print what a sealed seed drew.
"""

from collections.abc import Sequence
from pathlib import Path

from api.plant_file import read_plant
from evals.exam.drawing import drawn, pair
from evals.exam.question import Answered
from evals.exam.renaming import renamed
from evals.exam.sitting import sit
from evals.exam.telling import Telling, withholding, without_supplies

SEALED = range(7_310_000, 7_310_200)
PRACTICE = range(9_000_000, 9_000_012)
SEALED_PAIRS = range(7_320_000, 7_320_060)
PRACTICE_PAIRS = range(9_010_000, 9_010_006)
UNLISTED_EVERY = 4
"""One question in so many is of a failure mode that no class lists."""


def seeds(*, quick: bool) -> Sequence[int]:
    """The sealed seeds of single faults; for practice, others."""
    return PRACTICE if quick else SEALED


def pair_seeds(*, quick: bool) -> Sequence[int]:
    """The sealed seeds of pairs; for practice, others."""
    return PRACTICE_PAIRS if quick else SEALED_PAIRS


def answered(plant_file: Path, seed: int) -> tuple[Answered, ...]:
    """The fault of a seed played once; answered as it is, with every name changed, with less."""
    plant = read_plant(plant_file)
    question = drawn(plant, seed, unlisted=seed % UNLISTED_EVERY == 0)
    told = withholding(plant, question.withheld)
    tellings = [
        Telling("as it is", told),
        renamed(told),
        Telling("supplies", without_supplies(told)),
        Telling("counterfactual", told, tried=False),
    ]
    return sit(plant, question, tellings)


def answered_pair(plant_file: Path, seed: int) -> tuple[Answered, ...]:
    """The two faults of a seed played at once."""
    plant = read_plant(plant_file)
    return sit(plant, pair(plant, seed), [Telling("as it is", plant)])
