"""`bench simulation`: lines, what-ifs, processes, sweeps, schedules, warehouse, cell, models.

Only puts the parts together, each in a file of its own, loaded when it is asked for.
"""

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from inspect import signature
from pathlib import Path

from evals.bench.row import Row

PARTS = (
    "line", "forecast", "sensitivity", "process", "sweep", "schedules", "warehouse", "extremes",
    "calibration", "cell", "learned",
)  # fmt: skip


def measure(datasets: Path | None, parts: Sequence[str] = PARTS, *, quick: bool) -> Iterator[Row]:
    """The rows of these parts, each as soon as it is measured."""
    for part in parts:
        rows: Callable[..., Iterator[Row]] = import_module(f"evals.bench.simulation_{part}").rows
        given = (datasets,) if "datasets" in signature(rows).parameters else ()
        yield from rows(*given, quick=quick)
