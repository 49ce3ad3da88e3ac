"""Columns built of their buffers are what was put in."""

import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
import pytest

from connectors.arrow_columns import integers, table


@pytest.mark.parametrize("n", [0, 1, 9])
def test_duckdb_reads_what_was_put_in(n):
    """Numbers that do not lie together, truths, texts of any length and none."""
    numbers = np.arange(2 * n)[::2] * 0.5
    truths = np.arange(n) % 3 == 0
    texts = [["", "°C 🌡", "x" * 40][i % 3] for i in range(n)]
    with duckdb.connect(":memory:") as db:
        columns = {"a": numbers, "b": truths, "c": texts, "d": integers(range(n))}
        db.register("incoming", table(columns))
        found = db.execute("FROM incoming").fetchall()
    assert found == list(zip(numbers.tolist(), truths.tolist(), texts, range(n), strict=True))


_FED = """
import asyncio, sys
from pathlib import Path
from tests.connectors.histories import T0, opened, tick
from twin_core.reading import GOOD, Batch
async def main():
    async with opened(Path(sys.argv[1])) as history:
        await history.append([(1, Batch.of([(0, T0, 1.0, GOOD, T0)])), tick(2, T0)])
        assert len(await history.raw([0], T0, T0 + 1)) == 1
asyncio.run(main())
print("pandas" in sys.modules)
"""


@pytest.mark.catches("48 MB of pandas in every process that keeps a history")
def test_no_commit_imports_pandas(tmp_path):
    """Readings are stored and read by a process that never loads it."""
    fed = subprocess.run(
        [sys.executable, "-c", _FED, str(tmp_path / "h.duckdb")],
        capture_output=True, text=True, timeout=60, check=False, cwd=Path.cwd(),
    )  # fmt: skip
    assert fed.stdout.split() == ["False"], fed.stderr
