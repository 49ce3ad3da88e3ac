"""What a history asks of InfluxDB, in InfluxQL. Its times are nanoseconds.

A point is asked for by its id and by every id it once had, some hundred at a time.
"""

from collections.abc import Iterator, Mapping, Sequence

from connectors.influx_lines import LATEST, stamp
from connectors.influx_rows import SELECT
from twin_core.value import Instant

_AT_ONCE = 200  # points of one statement

NEWEST = 'SELECT last("seq") FROM reading GROUP BY "point", "lane"'
LAST = 'SELECT "kind", "at", "n" FROM log ORDER BY time DESC LIMIT 1'
AHEAD = 'SELECT last("ahead") FROM log GROUP BY "source"'
EXTREMES = 'SELECT min("ahead"), max("ahead") FROM log'


class Names:
    """Ids of points as they were and are.

    Args:
        points: ids, in the order of `Plant.points`.
        aliases: former id → id.
    """

    def __init__(self, points: Sequence[str], aliases: Mapping[str, str]) -> None:
        self.index = {point: i for i, point in enumerate(points)}
        former = {old: now for old, now in aliases.items() if old not in self.index}
        self._ids = [[point] for point in points]
        for old, now in former.items():
            self.index[old] = self.index[now]
            self._ids[self.index[now]].append(old)

    def conditions(self, points: Sequence[int]) -> Iterator[str]:
        """Conditions that together hold for these points."""
        ids = [name for point in sorted(set(points)) for name in self._ids[point]]
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            yield "(" + " OR ".join(f'"point" = {_quoted(name)}' for name in some) + ")"


def readings(condition: str, start: Instant, end: Instant) -> str:
    """Readings of the points with `start ≤ plant time < end`, as near as timestamps have it."""
    return (
        f'{SELECT} FROM reading WHERE {condition} AND {_span(start, end)} GROUP BY "point", "lane"'
    )


def minutes(condition: str, start: Instant, end: Instant) -> str:
    """How many readings each minute of the span has."""
    return (
        f'SELECT count("seq") FROM reading WHERE {condition} AND {_span(start, end)} '  # noqa: S608
        "GROUP BY time(1m) fill(none)"
    )


def buckets(condition: str, start: Instant, end: Instant, n: int) -> tuple[str, int]:
    """Of each bucket that is not empty mean, low, high and count; and their width in ns.

    The width is whole nanoseconds, so the last edge may lie up to n of them early.
    """
    width = max(1, (end - start) * 1000 // n)
    return (
        'SELECT mean("value"), min("value"), max("value"), count("value") FROM reading '  # noqa: S608
        f"WHERE {condition} AND {_span(start, end)} "
        f"GROUP BY time({width}ns, {stamp(start) % width}ns) fill(none)"
    ), width


def entries(after: int, most: int) -> str:
    """Entries of the log after one, in order."""
    return (
        'SELECT "kind", "at", "body", "n", "spans" FROM log '  # noqa: S608
        f"WHERE time > {after} LIMIT {most}"
    )


def logged(first: int, last: int, span: tuple[int, int]) -> str:
    """Readings of entries `first` to `last` that lie in a span of seconds, last included."""
    low, high = span
    return (
        f'{SELECT} FROM reading WHERE "seq" >= {first} AND "seq" <= {last} '
        f"AND time >= {low * 10**9} AND time < {(high + 1) * 10**9} "
        'GROUP BY "point", "lane"'
    )


def _span(start: Instant, end: Instant) -> str:
    beyond = 1000 if end > LATEST else 0  # what no timestamp can hold stands at the last one
    return f"time >= {stamp(start)} AND time < {stamp(end) + beyond}"


def _quoted(name: str) -> str:
    return "'" + name.replace("\\", "\\\\").replace("'", "\\'") + "'"
