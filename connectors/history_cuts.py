"""Where a long span, or the log, is cut, so that it comes in parts of about equal size."""

from collections.abc import Iterator, Sequence
from typing import Any

from twin_core.value import SECOND, Instant

BATCH = 100_000
"""Readings handed out at once."""

_MINUTE = 60 * SECOND


def cuts(minutes: Sequence[tuple[Instant, int]], start: Instant, end: Instant) -> list[Instant]:
    """Times between which at most about `BATCH` readings lie each, from `start` to `end`.

    Args:
        minutes: each minute's beginning and how many readings it has, in order.
        start: the first cut.
        end: the last.
    """
    found, taken = {start, end}, 0
    for minute, count in minutes:
        if taken + count > BATCH:
            parts = -(-count // BATCH)
            found |= {minute + _MINUTE * i // parts for i in range(parts)}
            taken = count // parts
        else:
            taken += count
    return sorted(cut for cut in found if start <= cut <= end)


def shares(log: Sequence[Sequence[Any]]) -> Iterator[Sequence[Sequence[Any]]]:
    """Rows of the log (seq, kind, at, body, n, …) in order, with about `BATCH` readings each.

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
