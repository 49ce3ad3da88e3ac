"""The history bench: every row is measured, on a small day."""

from evals.bench.history import Size, measure


def test_every_row_is_measured():
    """A small day is fed, packed and read; each row of the table is there, beside its peer."""
    size = Size(points=20, appended=100_000, reads=5, day_s=7200)
    rows = {row.name: row for row in measure(size)}
    assert set(rows) == {
        "history.append", "history.day", "history.hour", "history.ingest", "history.wait",
        "history.memory", "history.file",
    }  # fmt: skip
    assert all(row.value is not None and row.value > 0 for row in rows.values())
    assert rows["history.append"].peer_value
    judged = {name for name, row in rows.items() if row.bar is not None}
    assert judged == {"history.append", "history.day", "history.hour", "history.memory"}
