"""A DuckDB history in tests: opened, fed, looked into."""

from contextlib import asynccontextmanager

import duckdb

from connectors.history_duckdb import HistoryDuckDB
from connectors.history_retention import Retention
from connectors.history_tiers import HOUR
from twin_core.ports import LogEntry

T0 = 472_222 * HOUR
POINTS = [f"site/area/line/unit/p{i}" for i in range(3)]
FOR_EVER = Retention()


@asynccontextmanager
async def opened(path, points=POINTS, keep=FOR_EVER, **given):
    history = HistoryDuckDB(path, points, commit_every_s=0, keep=keep, **given)
    try:
        yield history
    finally:
        await history.close()


def tick(seq, at):
    return seq, LogEntry(seq=seq, kind="tick", time=at, body=None)


def look(path, query):
    """What a query of a closed file gives."""
    with duckdb.connect(str(path), read_only=True) as db:
        return db.execute(query).fetchall()
