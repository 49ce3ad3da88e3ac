"""Who waited when on a serial line, as its controllers would tell: for rules that only see that.

Part by part, blocking after service, failures by work. A simulation of its own: what it says is
not what the engines it stands beside say. It must never be used to forecast.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Station:
    """Seconds of a cycle, mean seconds of work between stops, mean seconds of a stop, share out."""

    cycle_s: float
    life_s: float
    stop_s: float
    rejects: float = 0.0


def waited(
    stations: tuple[Station, ...],
    places: tuple[int, ...],
    horizon_s: float,
    random: np.random.Generator,
    every_s: float = 10.0,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Who is starved, blocked and down at the end of each `every_s`, bool[T, M] each.

    Args:
        stations: in the line's order; before the first there are always parts.
        places: between each two.
        horizon_s: from an empty line; what is told leaves out the first quarter.
        random: of lives, stops and rejects.
        every_s: between two looks.
    """
    n = len(stations)
    moments = np.arange(horizon_s / 4, horizon_s, every_s)
    starved, blocked, down = (np.zeros((len(moments), n), bool) for _ in range(3))
    free = [0.0] * n  # when each may take its next part
    life = [random.exponential(s.life_s) for s in stations]
    begun: list[list[float]] = [[] for _ in range(n)]  # when each took each of its parts

    def mark(table: NDArray[np.bool_], i: int, start: float, end: float) -> None:
        low, high = np.searchsorted(moments, (start, end))
        table[low:high, i] = True

    while free[0] < horizon_s:
        arrives = free[0]
        for i, station in enumerate(stations):
            start = max(arrives, free[i])
            mark(starved, i, free[i], start)
            begun[i].append(start)
            left, now = station.cycle_s, start
            while life[i] < left:
                now, left = now + life[i], left - life[i]
                stop = random.exponential(station.stop_s)
                mark(down, i, now, now + stop)
                now, life[i] = now + stop, random.exponential(station.life_s)
            now, life[i] = now + left, life[i] - left
            free[i] = now
            if i == n - 1 or random.random() < station.rejects:
                break
            before = len(begun[i + 1]) - places[i]
            room = begun[i + 1][before] if before >= 0 else 0.0
            free[i] = max(now, room)
            mark(blocked, i, now, free[i])
            arrives = free[i]
    return starved, blocked, down
