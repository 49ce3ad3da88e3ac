"""The second plant: faults of a pumping station, each at several seeds and times of day.

Nothing is counted there by the piece, and nobody says what it should make. It must never have a
rule for a case.
"""

import datetime as dt
from pathlib import Path
from zlib import crc32

from api.plant_file import read_plant
from evals.emulator.faults import Case, full_path
from evals.emulator.nameplate import read_faults
from evals.exam.question import Answered, Question
from evals.exam.sitting import sit
from evals.exam.telling import Telling
from twin_core.value import SECOND, Instant

PLANT, CATALOGUE = "pumping_station.yaml", "faults_highfield.yaml"
"""Files beside those of Riverside."""
SEEDS = 5
AFTER_S, USUAL_S = 900.0, 1800.0
_SEALED, _PRACTICE = 7_340_000, 9_040_000
_QUICK_EVERY = 4
_FIRST_H, _LAST_H = 6.5, 21.0
"""Hours of a day (UTC) between which the faults strike: at night half of the pumps stand."""


def questions(plant_file: Path, catalogue: Path, *, quick: bool) -> tuple[Question, ...]:
    """Every case at every sealed seed; `quick` every fourth case once, at a seed of practice."""
    site = read_plant(plant_file).site
    cases = read_faults(catalogue).cases
    if quick:
        return tuple(question(case, site, _PRACTICE) for case in cases[::_QUICK_EVERY])
    return tuple(question(c, site, _SEALED + 1000 * n) for c in cases for n in range(SEEDS))


def question(case: Case, site: str, base: int) -> Question:
    """The case at a seed of its own."""
    seed = base + crc32(case.id.encode()) % 1000
    return Question(
        id=case.id, kind=case.group, line=full_path(case.line, site), faults=case.faults,
        seed=seed, start=_moment(seed), usual_s=USUAL_S, after_s=AFTER_S,
    )  # fmt: skip


def answered(plant_file: Path, asked: Question) -> tuple[Answered, ...]:
    """The question played and asked."""
    plant = read_plant(plant_file)
    return sit(plant, asked, [Telling("as it is", plant)])


def _moment(seed: int) -> Instant:
    """A start from which the faults strike in the course of a day, another for each seed."""
    hours = _FIRST_H + (_LAST_H - _FIRST_H) * (seed * 0.6180339887 % 1.0) - USUAL_S / 3600.0
    day = dt.datetime(2026, 3, 2, tzinfo=dt.UTC) + dt.timedelta(days=seed % 5)
    return int((day + dt.timedelta(hours=hours)).timestamp()) * SECOND
