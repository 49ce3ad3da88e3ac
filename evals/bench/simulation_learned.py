"""Learned models, measured: remaining life, failure risk, quality, corrections.

It must never report a figure without its split, its cap and what the trivial answer has.
"""

from collections.abc import Iterator
from pathlib import Path

from evals.bench.learned_life import life_rows
from evals.bench.learned_planted import planted_rows
from evals.bench.learned_risk import risk_rows
from evals.bench.row import Row


def rows(datasets: Path | None, *, quick: bool) -> Iterator[Row]:
    """All rows; those of data that is not present say so."""
    yield from planted_rows(quick=quick)
    yield from risk_rows(datasets, quick=quick)
    yield from life_rows(datasets, quick=quick)
