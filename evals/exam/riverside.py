"""The catalogue of faults on the stand-in, each at several seeds and loads.

It must never have a rule for a case.
"""

from pathlib import Path
from zlib import crc32

from api.plant_file import read_plant
from evals.emulator.faults import Case, full_path
from evals.emulator.nameplate import read_faults
from evals.exam.question import Answered, Question
from evals.exam.sitting import moment, sit
from evals.exam.telling import (
    Telling,
    at_load,
    discovered,
    without_signatures,
    without_supplies,
)

LOADS = (1.0, 0.9)
"""As the plant file has it, and as slow as its slowest product."""
SEEDS, QUICK_EVERY = 5, 5


def questions(plant_file: Path, catalogue: Path, *, quick: bool) -> tuple[Question, ...]:
    """Every case at every seed and load; `quick` every fifth case once, at loads in turn."""
    asked = once(plant_file, catalogue)
    if quick:
        return asked[::QUICK_EVERY]
    cases = read_faults(catalogue).cases
    site = read_plant(plant_file).site
    grid = [(seed, load) for seed in range(1, SEEDS + 1) for load in LOADS]
    return tuple(_question(case, site, seed, load) for case in cases for seed, load in grid)


def once(plant_file: Path, catalogue: Path) -> tuple[Question, ...]:
    """Every case at the first seed, at loads in turn."""
    site = read_plant(plant_file).site
    return tuple(
        _question(case, site, 1, LOADS[n // QUICK_EVERY % len(LOADS)])
        for n, case in enumerate(read_faults(catalogue).cases)
    )


def answered(plant_file: Path, question: Question) -> tuple[Answered, ...]:
    """The question played and asked."""
    plant = at_load(read_plant(plant_file), question.load)
    return sit(plant, question, [Telling("as it is", plant)])


def answered_with_less(plant_file: Path, question: Question) -> tuple[Answered, ...]:
    """The same, told everything; nothing of supplies; no failure mode; and with no model."""
    plant = at_load(read_plant(plant_file), question.load)
    tellings = [
        Telling("whole", plant),
        Telling("supplies", without_supplies(plant)),
        Telling("signatures", without_signatures(plant)),
        Telling("counterfactual", plant, tried=False),
    ]
    return sit(plant, question, tellings)


def answered_as_discovered(plant_file: Path, question: Question) -> tuple[Answered, ...]:
    """The same, told what a draft of the plant file says; then no failure mode either."""
    plant = at_load(read_plant(plant_file), question.load)
    draft = discovered(plant)
    bare = without_signatures(draft)
    return sit(plant, question, [Telling("discovered", draft), Telling("nothing listed", bare)])


def _question(case: Case, site: str, seed: int, load: float) -> Question:
    # each its own plant: with one seed for all, one minor stop would count for many
    own = 1000 * seed + crc32(f"{case.id}/{load}".encode()) % 1000
    line = full_path(case.line, site)
    return Question(case.id, case.group, line, case.faults, own, moment(own), load)
