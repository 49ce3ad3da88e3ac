"""How a page of the log in InfluxDB is cut, so that its readings can be asked for and held."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from connectors.history_cuts import BATCH


def shares(log: Sequence[Sequence[Any]]) -> Iterator[Sequence[Sequence[Any]]]:
    """Rows of the log (seq, kind, at, body, n, spans) in order, with about `BATCH` readings each.

    An entry is never cut; there is at least one row.
    """
    share: list[Sequence[Any]] = []
    count = 0
    for row in log:
        readings = row[4] or 0
        if share and count + readings > BATCH:
            yield share
            share, count = [], 0
        share.append(row)
        count += readings
    yield share


def together(spans: Iterable[Sequence[int]]) -> list[tuple[int, int]]:
    """Spans of seconds, both ends included, with those that overlap or touch made one."""
    found: list[tuple[int, int]] = []
    for low, high in sorted((low, high) for low, high in spans):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found
