"""The bench of the robot cell: every row is measured."""

import sys

import pytest

from evals.bench import simulation_cell
from evals.bench.simulation_cell import Size, rows
from tests.twin_core.simulation.robots.cells import BULLET


@pytest.mark.slow
@BULLET
def test_every_row_is_measured(monkeypatch):
    """A few of each; each row of the table is there; nothing planted is missed."""
    small = Size(cases=1, repeats=2, planted=6, clean=1, run=2, taught=30, unseen=20)
    monkeypatch.setattr(simulation_cell, "QUICK", small)
    table = {row.name: row for row in rows(quick=True)}
    assert set(table) - {"simulation.cell_near"} == {
        "simulation.cell_dynamics", "simulation.cell_sweep", "simulation.cell_torque",
        "simulation.cell_planted", "simulation.cell_false", "simulation.cell_miss",
        "simulation.cell_alarm", "simulation.cell_contact",
    }  # fmt: skip
    assert all(row.value is not None for row in table.values())
    assert table["simulation.cell_planted"].value == 1
    assert table["simulation.cell_false"].value == 0


def test_without_the_engine_the_rows_say_why(monkeypatch):
    """Every row is there, without a figure."""
    monkeypatch.setitem(sys.modules, "pybullet", None)
    table = list(rows(quick=True))
    assert len(table) == 9
    assert all(row.value is None and "PyBullet" in (row.why or "") for row in table)
