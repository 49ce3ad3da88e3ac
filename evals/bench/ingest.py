"""`bench ingest`: the first straight line, from a reading to belief, the disk and an answer.

Only puts the parts together: `ingest_apply.py` belief, disk, memory; `ingest_wires.py` what a
change costs from the wire; `ingest_answers.py` what a client sees. The history's own figures are
`bench history`.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from evals.bench import ingest_answers, ingest_apply, ingest_wires
from evals.bench.row import Row


def measure(plant_file: Path, *, quick: bool) -> Iterator[Row]:
    """The rows, each as soon as it is measured, with what else the machine had to do then."""
    for row in _rows(plant_file, quick=quick):
        busy = f"load average {os.getloadavg()[0]:.1f} of {os.cpu_count()}"
        yield row.model_copy(update={"load": f"{row.load}; {busy}"})


def _rows(plant_file: Path, *, quick: bool) -> Iterator[Row]:
    load = ingest_apply.QUICK if quick else ingest_apply.FULL
    yield from ingest_apply.applied(plant_file, load)
    yield ingest_apply.stored(plant_file, load)
    for wire in ingest_wires.WIRES:
        shorter = replace(wire, rounds=wire.rounds // 4, runs=1)
        yield from ingest_wires.over_wire(shorter if quick else wire)
    yield from ingest_answers.answers(ingest_answers.QUICK if quick else ingest_answers.FULL)
    yield from ingest_apply.held(plant_file, load)
