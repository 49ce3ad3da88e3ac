"""Which spans of time of a page of the log in InfluxDB are asked for together."""

from collections.abc import Iterable, Sequence


def together(spans: Iterable[Sequence[int]]) -> list[tuple[int, int]]:
    """Spans of seconds, both ends included, with those that overlap or touch made one."""
    found: list[tuple[int, int]] = []
    for low, high in sorted((low, high) for low, high in spans):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found
