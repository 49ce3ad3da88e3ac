"""DuckDB within a bound: where it puts what does not fit."""

import pytest

from connectors.bounded_duckdb import opened

_SORTED = """
SELECT count(*) FROM (
    SELECT range::VARCHAR || repeat('x', 50) AS text FROM range(400000) ORDER BY hash(range)
)
"""


@pytest.mark.parametrize("row_group", [0, 4096])
def test_what_does_not_fit_is_put_beside_the_file(tmp_path, monkeypatch, row_group):
    """Never where the process happens to stand, whether the file is attached or opened."""
    stands = tmp_path / "stands"
    stands.mkdir()
    monkeypatch.chdir(stands)
    path = tmp_path / "kept.duckdb"
    db = opened(path, "32MB", row_group)
    (where,) = db.execute("SELECT current_setting('temp_directory')").fetchone()
    assert where == f"{path}.tmp"
    db.execute(_SORTED)
    assert list(stands.iterdir()) == []
    db.close()
