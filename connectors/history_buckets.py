"""One point's past in n equal buckets, from the tier that serves: exact extremes, bounded work.

Buckets whose edges are full minutes (hours), and those at least two minutes (twelve hours) wide,
are made of whole minutes (hours), each in the bucket where it begins; so every reading counts
once, and one next to an edge inside a minute may stand in the neighbour bucket. Narrower ones,
both ends of the span, and what the tiers have not taken in yet are made of readings. Where
readings or minutes were let go, the next coarser tier serves.
"""

from collections.abc import Iterator
from typing import Any

from connectors.history_tiers import HOUR, MINUTE, USABLE, Progress
from twin_core.value import Instant

_TIERS = ((HOUR, "tier_hour", 12), (MINUTE, "tier_minute", 2))
"""Width, table, and how many at least make a bucket whose edges are not theirs."""


def bucketed(db: Any, key: int, start: Instant, end: Instant, n: int) -> dict[str, Any]:
    """Columns bucket, mean, low, high, count of the buckets that are not empty."""
    db.execute("BEGIN")  # progress and tiers of one moment
    at = Progress.of(db)
    parts = " UNION ALL ".join(_parts(at, key, start, end, n))
    found: dict[str, Any] = db.execute(
        f"""
        SELECT CAST((CAST(t - $start AS HUGEINT) * $n) // ($end - $start) AS BIGINT) AS bucket,
               sum(total) / sum(count) AS mean, min(low) AS low, max(high) AS high,
               CAST(sum(count) AS DOUBLE) AS count
        FROM ({parts}) GROUP BY bucket
        """,  # noqa: S608 (our numbers and names)
        {"start": start, "end": end, "n": n},
    ).fetchnumpy()
    db.execute("COMMIT")
    return found


def _parts(at: Progress, key: int, start: Instant, end: Instant, n: int) -> Iterator[str]:
    """Disjoint selects (t, total, low, high, count) that together are the span."""
    rest = [(start, end)]
    for width, tier, _ in _serving(at, start, end, n):
        until, left = (at.hour if width == HOUR else at.minute), []
        for low, high in rest:
            begin = max(0, -(-low // width) * width)
            stop = min(high // width * width, until)
            if begin >= stop:
                left.append((low, high))
                continue
            left += [(low, begin), (stop, high)]
            yield (
                f"SELECT start AS t, mean * count AS total, low, high, count FROM {tier} "  # noqa: S608
                f"WHERE point = {key} AND start >= {begin} AND start < {stop}"
            )
            yield (
                _readings(
                    "reading", f"instant // {width} * {width}", key, max(begin, at.renewable), stop
                )
                + f" AND seq > {at.seq}"
            )
        rest = left
    for low, high in rest:
        yield _readings("kept", "instant", key, low, high)


def _serving(
    at: Progress, start: Instant, end: Instant, n: int
) -> tuple[tuple[int, str, int], ...]:
    """The tiers to be read, coarsest first; none = readings alone."""
    fits = [
        least * width * n <= end - start or not (start % width or (end - start) % (width * n))
        for width, _, least in _TIERS
    ]
    if fits[0] or start < at.minute_from:
        return _TIERS
    return _TIERS[1:] if fits[1] or start < at.raw_from else ()


def _readings(table: str, t: str, key: int, low: Instant, high: Instant) -> str:
    return (
        f"SELECT {t} AS t, value AS total, value AS low, value AS high, 1 AS count "  # noqa: S608
        f"FROM {table} WHERE point = {key} AND instant >= {low} AND instant < {high} AND {USABLE}"
    )
