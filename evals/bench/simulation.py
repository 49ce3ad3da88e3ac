"""`bench simulation`: lines, schedules, warehouse, extremes, calibration, cell, learned models.

Only puts the parts together, each in a file of its own.
"""

from collections.abc import Iterator
from pathlib import Path

from evals.bench import (
    simulation_calibration,
    simulation_cell,
    simulation_extremes,
    simulation_learned,
    simulation_line,
    simulation_schedules,
    simulation_warehouse,
)
from evals.bench.row import Row


def measure(datasets: Path | None, *, quick: bool) -> Iterator[Row]:
    """The rows, each as soon as it is measured."""
    yield from simulation_line.rows(quick=quick)
    yield from simulation_schedules.rows(datasets, quick=quick)
    yield from simulation_warehouse.rows(quick=quick)
    yield from simulation_extremes.rows(quick=quick)
    yield from simulation_calibration.rows(quick=quick)
    yield from simulation_cell.rows(quick=quick)
    yield from simulation_learned.rows(quick=quick)
