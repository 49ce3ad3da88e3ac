"""Questions drawn by lot: one fault, or two at once, and what is right to answer.

A fault of the process that costs the line too little to be asked about is drawn again, by the
stand-in's counters. It must never look at an answer.
"""

from evals.exam.lot import COSTS, TRIES, Lot
from evals.exam.question import Question
from twin_core.plant.assets import Plant


def drawn(plant: Plant, seed: int, *, unlisted: bool) -> Question:
    """A question with one fault.

    Args:
        plant: as the stand-in has it.
        seed: of everything.
        unlisted: the twin's classes do not list the failure mode: the right answer is the asset
            with its mode unknown.

    Raises:
        ValueError: nothing that was drawn costs a line enough.
    """
    lot = Lot(plant, seed)
    sort = lot.sort()  # once: what seldom costs enough is to come as often as the rest
    for _ in range(TRIES):
        one = lot.fault(sort)
        line = lot.asked(one)
        if line is None:
            continue
        modes = one.fault.failure_modes
        if unlisted or not modes:
            withheld = tuple((one.unit.class_id, mode) for mode in modes)
            return lot.question("unlisted", line, (one,), withheld)
        return lot.question(one.sort, line, (one,))
    msg = f"seed {seed}: none of {TRIES} faults costs a line {COSTS:.0%}"
    raise ValueError(msg)


def pair(plant: Plant, seed: int) -> Question:
    """A question with two faults at once, each of which makes itself felt beside the other.

    At most one is an instrument's, of another asset; of the process each costs the asked line its
    share alone, and half of that again where the other stands already.

    Raises:
        ValueError: nothing that was drawn fits together.
    """
    lot = Lot(plant, seed)
    for _ in range(TRIES):
        first = lot.fault(lot.sort())
        if first.sort == "instrument" or not first.fault.failure_modes:
            continue
        line = lot.asked(first)
        second = None if line is None else lot.beside(first, line)
        if line is not None and second is not None:
            return lot.question(f"with {second.sort}", line, (first, second))
    msg = f"seed {seed}: none of {TRIES} faults has another beside it"
    raise ValueError(msg)
