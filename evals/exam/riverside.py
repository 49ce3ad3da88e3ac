"""The catalogue of faults on the stand-in, each at several seeds and loads.

It must never have a rule for a case.
"""

from pathlib import Path
from zlib import crc32

from api.plant_file import read_plant
from evals.emulator.faults import full_path
from evals.emulator.nameplate import read_faults
from evals.exam.question import Answered, Question
from evals.exam.sitting import moment, sit
from evals.exam.telling import Telling, at_load

LOADS = (1.0, 0.9)
"""As the plant file has it, and as slow as its slowest product."""
SEEDS, QUICK_EVERY = 5, 5


def questions(plant_file: Path, catalogue: Path, *, quick: bool) -> tuple[Question, ...]:
    """Every case at every seed and load; `quick` every fifth case once, at loads in turn."""
    site = read_plant(plant_file).site
    found = []
    for n, case in enumerate(read_faults(catalogue).cases):
        if quick and n % QUICK_EVERY:
            continue
        grid = [(seed, load) for seed in range(1, SEEDS + 1) for load in LOADS]
        for seed, load in [grid[n // QUICK_EVERY % len(LOADS)]] if quick else grid:
            # each its own plant: with one seed for all, one minor stop would count for many
            own = 1000 * seed + crc32(f"{case.id}/{load}".encode()) % 1000
            line = full_path(case.line, site)
            found.append(Question(case.id, case.group, line, case.faults, own, moment(own), load))
    return tuple(found)


def answered(plant_file: Path, question: Question) -> tuple[Answered, ...]:
    """The question played and asked."""
    plant = at_load(read_plant(plant_file), question.load)
    return sit(plant, question, [Telling("as it is", plant)])
