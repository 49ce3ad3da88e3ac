"""Lines as the compiled recursion has them: records and columns of numbers, none of Python's.

Part of `kernel.py`. It must never draw a number, or let a line through that cannot be.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import ImpossibleScenario
from twin_core.simulation.lines import columns
from twin_core.simulation.lines.columns import Buffers, Machines, Row, merged
from twin_core.simulation.lines.kernel import BUFFER, MACHINE
from twin_core.simulation.lines.line import (
    ENDLESS,
    NEVER,
    SHAPES,
    Duration,
    Line,
    Machine,
    coded,
    us,
)
from twin_core.value import SECOND

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
        shape, lying = (len(lines), len(first.machines)), (len(lines), len(first.buffers))
        laws = (
            _settings(machines),
            merged(_ragged([m.outages for m in machines], (0.0, 0.0))),
            _laws([[f.life for f in m.failures] for m in machines]),
            _laws([[f.repair for f in m.failures] for m in machines]),
            _ragged([[(f.calendar,) for f in m.failures] for m in machines], (0,))[..., 0] > 0,
        )
        closed = merged(_ragged([b.closed for line in lines for b in line.buffers], (0.0, 0.0)))
        told = [[_buffer(line, b) for b in range(lying[1])] for line in lines]
        rings = [max(_ring(line, b) for line in lines) for b in range(lying[1])]
        sources, targets = [b.source for b in first.buffers], [b.target for b in first.buffers]
        return cls(
            horizon=np.array([us(line.horizon_s) for line in lines], np.int64),
            machines=_machines(
                np.array([[coded(m.cycle) for m in line.machines] for line in lines]),
                sources, targets,
            ),
            laws=tuple(found.reshape(*shape, *found.shape[1:]) for found in laws),
            closed=closed.reshape(*lying, *closed.shape[1:]),
            buffers=_buffers(np.array(told, np.int64).reshape(*lying, len(_GIVEN)), rings),
            puts=_pattern([b.puts for b in first.buffers]),
            takes=_pattern([b.takes for b in first.buffers]),
            into=np.argsort(targets, kind="stable"),
            out=np.argsort(sources, kind="stable"),
            parts=sum(rings) + 2,
        )  # fmt: skip

    @classmethod
    def of_row(cls, row: Row) -> "Coded":
        """What `of` makes of its lines.

        Raises:
            ImpossibleScenario: what would never come to an end.
        """
        row.check()
        n, between = row.replications, range(len(row.buffers))
        laws = max(m.life_s.shape[1] for m in row.machines)
        cycles = np.zeros((n, len(row.machines), 3))
        for i, m in enumerate(row.machines):
            cycles[:, i, 1] = np.maximum(1.0, np.rint(m.cycle_s * SECOND))
        lives, repairs = ([_exponential(x) for x in one] for one in zip(
            *((m.life_s, m.repair_s) for m in row.machines), strict=True
        ))  # fmt: skip
        rings = [_ring_of(row.buffers, b) for b in between]
        turns = _pattern([(1,) for _ in between])
        return cls(
            horizon=np.full(n, us(row.horizon_s)),
            machines=_machines(cycles, between, [b + 1 for b in between]),
            laws=(
                _stacked(
                    [_settings_of(m, laws) for m in row.machines],
                    (NEVER, 0.0, 0.0, *(1.0,) * laws),
                ),
                _stacked([merged(m.outages) for m in row.machines], (NEVER, NEVER)),
                _stacked(lives, (-1.0, 0.0, 0.0)),
                _stacked(repairs, (-1.0, 0.0, 0.0)),
                np.zeros((n, len(row.machines), laws + 1), dtype=bool),
            ),
            closed=_stacked([merged(b.closed) for b in row.buffers], (NEVER, NEVER))
            if row.buffers else np.zeros((n, 0, 1, 2), np.int64),
            buffers=_buffers(_given(row), rings),
            puts=turns, takes=turns,
            into=np.array(between, np.int64), out=np.array(between, np.int64),
            parts=sum(rings) + 2,
        )  # fmt: skip


def _machines(
    cycles: NDArray[np.float64], sources: Sequence[int], targets: Sequence[int]
) -> NDArray[Any]:
    """Records, one more than there are machines, of cycles as `coded`, [line, m, 3]."""
    found = np.zeros((len(cycles), cycles.shape[1] + 1), MACHINE)
    for k, name in enumerate(("law", "a", "b")):
        found[name][:, :-1] = cycles[:, :, k]
    for name, ends in (("into", targets), ("out", sources)):
        found[name] = [sum(end < m for end in ends) for m in range(found.shape[1])]
    return found


def _buffers(given: NDArray[np.int64], rings: Sequence[int]) -> NDArray[Any]:
    """Records of what is given, [line, b, `_GIVEN`]."""
    told = np.zeros(given.shape[:2], BUFFER)
    for k, name in enumerate(_GIVEN):
        told[name] = given[:, :, k]
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
    shut = any(seconds > 0 for _, seconds in buffer.closed)
    return (
        buffer.source, buffer.target, buffer.capacity, buffer.contents, buffer.underway,
        us(buffer.travel_s), at, to, shut, last, ahead,
    )  # fmt: skip


def _given(row: Row) -> NDArray[np.int64]:
    found = np.zeros((row.replications, len(row.buffers), len(_GIVEN)), np.int64)
    for b, buffer in enumerate(row.buffers):
        last, ahead = b, np.zeros(row.replications, np.int64)
        if buffer.until is not None:
            last, after = buffer.until, row.buffers[buffer.until]
            ahead = after.contents + after.underway
        ever = np.isfinite(buffer.resized_s)
        found[:, b] = np.column_stack(np.broadcast_arrays(
            buffer.source, buffer.source + 1, buffer.capacity, buffer.contents, buffer.underway,
            us(buffer.travel_s), columns.us(buffer.resized_s),
            np.where(ever, buffer.resized_to, buffer.capacity),
            (buffer.closed[:, :, 1] > 0).any(axis=1), last, ahead,
        ))  # fmt: skip
    return found


def _ring(line: Line, b: int) -> int:
    """Places for the times of what lies on a buffer, a power of two."""
    alike = [one for k, one in enumerate(line.buffers) if b in {k, one.until}]
    lies = [x for one in alike for x in (one.contents + one.underway, *(one.resized or ())[1:])]
    holds = [one.capacity if one.capacity < ENDLESS else _AHEAD for one in alike]
    buffer = line.buffers[b]
    return _power(max(lies + holds) + max(buffer.puts) + max(buffer.takes))


def _ring_of(buffers: Sequence[Buffers], b: int) -> int:
    most = 0
    for k, one in enumerate(buffers):
        if b in {k, one.until}:
            resized = np.where(np.isfinite(one.resized_s), one.resized_to, 0)
            for column in (one.contents + one.underway, resized, one.capacity):
                most = max(most, int(column.max()))
    return _power(most + 2)


def _power(places: int) -> int:
    return 1 << int(places + 1).bit_length()


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


def _settings_of(machine: Machines, laws: int) -> NDArray[np.float64]:
    """The same of a column, [R, S, 3 + laws]."""
    ever = np.isfinite(machine.at_s)
    found = np.ones((*machine.at_s.shape, 3 + laws))
    found[:, :, 0] = columns.us(machine.at_s)
    found[:, :, 1] = np.where(ever, machine.speed, 0.0)
    found[:, :, 2] = np.where(ever, machine.rejects, 0.0)
    found[:, :, 3 : 3 + machine.haste.shape[2]] = np.where(ever[:, :, None], machine.haste, 1.0)
    return found


def _exponential(mean_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """As `coded`, [R, L, 3]."""
    found = np.zeros((*mean_s.shape, 3))
    found[:, :, 0], found[:, :, 1] = SHAPES.index("exponential"), mean_s * SECOND
    return found


def _stacked(parts: Sequence[NDArray[Any]], nothing: tuple[float, ...]) -> NDArray[Any]:
    """Tables [R, n, width] of several as one, [R, several, longest + 1, width]."""
    longest = max((p.shape[1] for p in parts), default=0) + 1
    shape = len(parts[0]), len(parts), longest, len(nothing)
    found = np.empty(shape, parts[0].dtype)
    found[:] = nothing
    for k, part in enumerate(parts):
        found[:, k, : part.shape[1]] = part
    return found


def _ragged(
    rows: Sequence[Sequence[tuple[float, ...]]], nothing: tuple[float, ...]
) -> NDArray[np.float64]:
    """Rows of different length as one array, [rows, longest + 1, width], ended by `nothing`."""
    longest = max((len(row) for row in rows), default=0) + 1
    full = [[*row, *[nothing] * (longest - len(row))] for row in rows]
    return np.array(full, np.float64).reshape(len(rows), longest, len(nothing))
