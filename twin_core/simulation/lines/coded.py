"""Lines as the compiled recursion has them: records and columns of numbers, none of Python's.

Part of `kernel.py`. It must never draw a number, or let a line through that cannot be.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import ImpossibleScenario
from twin_core.simulation.lines.kernel import BUFFER, MACHINE
from twin_core.simulation.lines.line import (
    ENDLESS,
    NEVER,
    Duration,
    Line,
    Machine,
    coded,
    us,
)

_AHEAD = 1 << 14
"""Parts by which a machine is computed ahead of the next over a buffer that is never full."""


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """Lines as the kernel has them: records and columns, with a first axis of lines.

    Attributes:
        machines, buffers: records `MACHINE` and `BUFFER`; one more machine ends the others'.
        laws: as the kernel has them; `closed` spans by buffer, [line, b, j, 2].
        puts, takes: parts by buffer and turn, ended by -1.
        into, out: buffers by the machine after them and before them.
        parts: places in all rings, one that is only read, and one that is only written.
    """

    horizon: NDArray[np.int64]
    machines: NDArray[Any]
    laws: tuple[NDArray[Any], ...]
    closed: NDArray[np.int64]
    buffers: NDArray[Any]
    puts: NDArray[np.int64]
    takes: NDArray[np.int64]
    into: NDArray[np.int64]
    out: NDArray[np.int64]
    parts: int

    @classmethod
    def of(cls, lines: Sequence[Line]) -> "Coded":
        """Of one structure: the same numbers of machines and buffers, and the same patterns.

        Raises:
            ImpossibleScenario: of several.
        """
        first, *others = lines
        structure = _structure(first)
        if any(_structure(line) != structure for line in others):
            raise ImpossibleScenario("lines of different structure", "the same for all")
        machines = [m for line in lines for m in line.machines]
        shape = (len(lines), len(first.machines))
        laws = (
            _settings(machines),
            _ragged([_spans(m.outages) for m in machines], (NEVER, NEVER)).astype(np.int64),
            _laws([[f.life for f in m.failures] for m in machines]),
            _laws([[f.repair for f in m.failures] for m in machines]),
            _ragged([[(f.calendar,) for f in m.failures] for m in machines], (0,))[..., 0] > 0,
        )
        shut = [_spans(b.closed) for line in lines for b in line.buffers]
        closed = _ragged(shut, (NEVER, NEVER)).astype(np.int64)
        into = sorted(range(len(first.buffers)), key=lambda b: first.buffers[b].target)
        out = sorted(range(len(first.buffers)), key=lambda b: first.buffers[b].source)
        rings = [max(_ring(line, b) for line in lines) for b in range(len(first.buffers))]
        return cls(
            horizon=np.array([us(line.horizon_s) for line in lines], np.int64),
            machines=_machines(lines),
            laws=tuple(found.reshape(*shape, *found.shape[1:]) for found in laws),
            closed=closed.reshape(len(lines), len(first.buffers), *closed.shape[1:]),
            buffers=_buffers(lines, rings),
            puts=_pattern([b.puts for b in first.buffers]),
            takes=_pattern([b.takes for b in first.buffers]),
            into=np.array(into, np.int64),
            out=np.array(out, np.int64),
            parts=sum(rings) + 2,
        )


def _machines(lines: Sequence[Line]) -> NDArray[Any]:
    first = lines[0]
    found = np.zeros((len(lines), len(first.machines) + 1), MACHINE)
    cycles = np.array([[coded(m.cycle) for m in line.machines] for line in lines])
    for k, name in enumerate(("law", "a", "b")):
        found[name][:, :-1] = cycles[:, :, k]
    ends = np.arange(len(first.machines) + 1)
    found["into"] = [sum(b.target < m for b in first.buffers) for m in ends]
    found["out"] = [sum(b.source < m for b in first.buffers) for m in ends]
    return found


def _buffers(lines: Sequence[Line], rings: Sequence[int]) -> NDArray[Any]:
    rows = [[_buffer(line, b) for b in range(len(rings))] for line in lines]
    found = np.array(rows, np.int64).reshape(len(lines), len(rings), len(_GIVEN))
    told = np.zeros((len(lines), len(rings)), BUFFER)
    for k, name in enumerate(_GIVEN):
        told[name] = found[:, :, k]
    told["mask"] = np.array(rings, np.int64) - 1
    told["base"] = np.cumsum([0, *rings])[:-1]
    return told


_GIVEN = (
    "source", "target", "capacity", "contents", "underway", "travel", "resized", "resized_to",
    "shut", "last", "ahead",
)  # fmt: skip


def _buffer(line: Line, b: int) -> tuple[int, ...]:
    buffer = line.buffers[b]
    at, to = (NEVER, buffer.capacity)
    if buffer.resized is not None:
        at, to = us(buffer.resized[0]), buffer.resized[1]
    last, ahead = b, 0
    if buffer.until is not None:
        last, after = buffer.until, line.buffers[buffer.until]
        ahead = after.contents + after.underway
    return (
        buffer.source, buffer.target, buffer.capacity, buffer.contents, buffer.underway,
        us(buffer.travel_s), at, to, bool(buffer.closed), last, ahead,
    )  # fmt: skip


def _ring(line: Line, b: int) -> int:
    """Places for the times of what lies on a buffer, a power of two."""
    alike = [one for k, one in enumerate(line.buffers) if b in {k, one.until}]
    lies = [x for one in alike for x in (one.contents + one.underway, *(one.resized or ())[1:])]
    holds = [one.capacity if one.capacity < ENDLESS else _AHEAD for one in alike]
    buffer = line.buffers[b]
    return 1 << int(max(lies + holds) + max(buffer.puts) + max(buffer.takes) + 1).bit_length()


def _structure(line: Line) -> tuple[object, ...]:
    ends = ((b.source, b.target, b.puts, b.takes, b.until) for b in line.buffers)
    return len(line.machines), *ends


def _settings(machines: Sequence[Machine]) -> NDArray[np.float64]:
    """[m, j, 3 + laws]: from, speed, rejects, haste of each law."""
    laws = max((len(m.failures) for m in machines), default=0)
    ones = (1.0,) * laws
    rows = [
        [(us(s.at_s), s.speed, s.rejects, *(s.haste + ones)[:laws]) for s in m.settings]
        for m in machines
    ]
    return _ragged(rows, (NEVER, 0.0, 0.0, *ones))


def _pattern(turns: Sequence[tuple[int, ...]]) -> NDArray[np.int64]:
    return _ragged([[(n,) for n in one] for one in turns], (-1,))[:, :, 0].astype(np.int64)


def _laws(rows: Sequence[Sequence[Duration]]) -> NDArray[np.float64]:
    return _ragged([[coded(one) for one in row] for row in rows], (-1.0, 0.0, 0.0))


def _spans(told: Sequence[tuple[float, float]]) -> list[tuple[int, int]]:
    """Ascending, none touching another."""
    merged: list[tuple[int, int]] = []
    for at, seconds in sorted(told):
        start, end = us(at), us(at + seconds)
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _ragged(
    rows: Sequence[Sequence[tuple[float, ...]]], nothing: tuple[float, ...]
) -> NDArray[np.float64]:
    """Rows of different length as one array, [rows, longest + 1, width], ended by `nothing`."""
    longest = max((len(row) for row in rows), default=0) + 1
    full = [[*row, *[nothing] * (longest - len(row))] for row in rows]
    return np.array(full, np.float64).reshape(len(rows), longest, len(nothing))
