"""Where a long span is cut, so that it can be handed out in batches of about equal size."""

from collections.abc import Sequence

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
