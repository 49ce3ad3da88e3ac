"""The history bench: every row is measured, on a small day."""

from evals.bench import history
from evals.bench.history import Size, measure


def test_every_row_is_measured(monkeypatch):
    """A small day is fed, packed and read; each row of the table is there, beside its peer."""
    monkeypatch.setattr(history, "DAY_S", 7200)
    rows = {row.name: row for row in measure(Size(points=20, appended=100_000, reads=5))}
    assert set(rows) == {
        "history.append", "history.day", "history.hour", "history.ingest", "history.wait",
        "history.memory", "history.file",
    }  # fmt: skip
    memory = rows.pop("history.memory")  # what others left in this process may shrink meanwhile
    assert memory.value is not None
    assert memory.bar is not None
    assert all(row.value is not None and row.value > 0 for row in rows.values())
    assert rows["history.append"].peer_value
    judged = {name for name, row in rows.items() if row.bar is not None}
    assert judged == {"history.append", "history.day", "history.hour"}
