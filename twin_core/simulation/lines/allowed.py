"""What a line, its crews and its rework may be; what cannot be is refused with what is allowed.

It must never change one.
"""

import math
from collections.abc import Sequence

from twin_core.errors import ImpossibleScenario
from twin_core.simulation.lines.line import (
    ENDLESS,
    Buffer,
    Crew,
    Line,
    Machine,
    Rework,
    Shape,
    one_by_one,
)

_MOST = 10_000_000
_MOST_LAWS, _MOST_EVENTS = 30, 1e9
_LONGEST_S = 1e8
_SHAPED: dict[Shape, tuple[float, float]] = {
    "fixed": (-math.inf, math.inf), "exponential": (-math.inf, math.inf),
    "weibull": (0.2, 20.0), "lognormal": (1e-3, 3.0),
}  # fmt: skip
"""Shapes with which what is drawn is not nearly always nothing, or nearly never ends."""


def check(line: Line) -> None:
    """Refuse a line that cannot be.

    Raises:
        ImpossibleScenario: with what is allowed.
    """
    n = len(line.machines)
    if not n:
        raise ImpossibleScenario("a line without machines", "one machine or more")
    if not 0 < line.horizon_s < _LONGEST_S:
        raise ImpossibleScenario(f"a horizon of {line.horizon_s:g} s", "0 to three years")
    for i, machine in enumerate(line.machines):
        _check_machine(f"machine {i}", machine, line.horizon_s)
    for buffer in line.buffers:
        name = f"the buffer from machine {buffer.source} to {buffer.target}"
        _check_buffer(name, buffer, n)
        if buffer.resized is not None and not one_by_one(line):
            raise ImpossibleScenario(f"{name} resized", "in a row of machines, part by part")
        if buffer.until is not None:
            _check_until(name, buffer, line)


def _check_machine(name: str, machine: Machine, horizon_s: float) -> None:
    if len(machine.failures) > _MOST_LAWS:
        raise ImpossibleScenario(f"{name} with {len(machine.failures)} laws", f"{_MOST_LAWS}")
    laws = [machine.cycle, *(d for f in machine.failures for d in (f.life, f.repair))]
    for law in laws:
        low, high = _SHAPED[law.law]
        if not (1e-6 <= law.mean_s <= 1e9 and low <= law.shape <= high):
            raise ImpossibleScenario(
                f"{name}: {law.law} of mean {law.mean_s:g} s, shape {law.shape:g}",
                f"a mean of a microsecond to thirty years, a shape of {low:g} to {high:g}",
            )
    _check_spans(f"{name} with outages", machine.outages)
    starts = [one.at_s for one in machine.settings]
    if not all(0 <= at < _LONGEST_S for at in starts) or starts != sorted(set(starts)):
        raise ImpossibleScenario(f"{name} with settings at {starts}", "from 0 s on, ascending")
    fastest, hasty = 1.0, [1.0] * len(machine.failures)
    for one in machine.settings:
        if one.speed and not 1e-3 <= one.speed <= 1e3:
            raise ImpossibleScenario(f"{name} at speed {one.speed:g}", "0, or 0.001 to 1000")
        if not 0 <= one.rejects <= 1:
            raise ImpossibleScenario(f"{name} rejects {one.rejects:g}", "0 to 1")
        if len(one.haste) > len(machine.failures) or not all(0 <= h <= 1e6 for h in one.haste):
            raise ImpossibleScenario(
                f"{name} with haste {one.haste}", "0 to 1,000,000, for laws it has"
            )
        fastest = max(fastest, one.speed)
        hasty = [max(h, w) for h, w in zip(one.haste + (1.0,) * len(hasty), hasty, strict=False)]
    often = [machine.cycle.mean_s / fastest]
    often += [f.life.mean_s + f.repair.mean_s if f.calendar else f.life.mean_s / fastest / haste
              for f, haste in zip(machine.failures, hasty, strict=True)]  # fmt: skip
    if horizon_s / min(often) > _MOST_EVENTS:
        raise ImpossibleScenario(
            f"{name} with {horizon_s / min(often):.2g} cycles or failures", f"{_MOST_EVENTS:.0e}"
        )


def _check_spans(name: str, spans: Sequence[tuple[float, float]]) -> None:
    if any(not (0 <= at < _LONGEST_S and 0 <= s <= 1e9) for at, s in spans):
        raise ImpossibleScenario(f"{name} {spans}", "≥ 0 s, with an end")


def _check_buffer(name: str, buffer: Buffer, machines: int) -> None:
    if not 0 <= buffer.source < buffer.target < machines:
        raise ImpossibleScenario(name, f"from a machine to a later one of {machines}")
    counts = (*buffer.puts, *buffer.takes, buffer.contents, buffer.underway)
    if min(counts) < 0 or not (sum(buffer.puts) and sum(buffer.takes)):
        raise ImpossibleScenario(f"{name} with negative or no parts", "some that are put, taken")
    least = max(*buffer.puts, *buffer.takes, buffer.contents + buffer.underway)
    if not (least <= buffer.capacity <= _MOST or buffer.capacity == ENDLESS):
        raise ImpossibleScenario(
            f"{name} holds {buffer.capacity}",
            f"{least}, what lies or comes on it, to {_MOST:,} parts, or any number",
        )
    if not 0 <= buffer.travel_s < _LONGEST_S:
        raise ImpossibleScenario(f"{name} travels {buffer.travel_s:g} s", "0 or more")
    _check_spans(f"{name} closed", buffer.closed)
    if buffer.resized is not None:
        at, capacity = buffer.resized
        least = max(*buffer.puts, *buffer.takes)
        if not (0 <= at < _LONGEST_S and least <= capacity <= _MOST):
            raise ImpossibleScenario(
                f"{name} holds {capacity} from {at:g} s on", f"{least} to {_MOST:,} parts"
            )


def _check_until(name: str, buffer: Buffer, line: Line) -> None:
    b, between = buffer.until, buffer.target
    ends = [k for k, one in enumerate(line.buffers) if one.source == between]
    begins = [one for one in line.buffers if one.target == between]
    if ends != [b] or len(begins) > 1 or line.buffers[ends[0]].until is not None:
        raise ImpossibleScenario(
            f"{name} until buffer {b}", "the one after the one machine after it"
        )
    last = line.buffers[ends[0]]
    patterns = {buffer.puts, buffer.takes, last.puts, last.takes}
    if patterns != {(1,)} or any(one.rejects for one in line.machines[between].settings):
        raise ImpossibleScenario(f"{name} until buffer {b}", "a machine between that passes on")
    if buffer.contents + buffer.underway + last.contents + last.underway > buffer.capacity:
        raise ImpossibleScenario(f"{name} holds {buffer.capacity}", "what lies up to its end")


def check_crews(crews: Sequence[Crew], machines: int) -> None:
    """Refuse crews that cannot be, for so many machines.

    Raises:
        ImpossibleScenario: with what is allowed.
    """
    at = [m for crew in crews for m in crew.machines]
    if any(crew.size < 1 for crew in crews) or not set(at) <= set(range(machines)):
        raise ImpossibleScenario(f"{tuple(crews)}", "a size ≥ 1, for machines of the line")
    if len(at) > len(set(at)):
        raise ImpossibleScenario(f"{tuple(crews)}", "one crew for a machine")
    if any(not set(crew.first) <= set(crew.machines) for crew in crews):
        raise ImpossibleScenario(f"{tuple(crews)}", "first of the machines that they mend")


def check_rework(
    rework: Sequence[Rework],
    machines: int,
    ends: Sequence[tuple[int, int]],
    carriers: Sequence[int],
) -> None:
    """Refuse what cannot come back.

    Args:
        rework: asked for.
        machines: how many there are.
        ends: of the buffers, of which each machine has one behind it at the most.
        carriers: machines that only pass on.

    Raises:
        ImpossibleScenario: with what is allowed.
    """
    among = {m for one in rework for m in (one.machine, one.target)}
    if len({one.machine for one in rework}) < len(rework) or not all(
        0 <= one.target <= one.machine < machines and 0 <= one.share <= 1 for one in rework
    ):
        raise ImpossibleScenario(
            f"{tuple(rework)}", "0 to 1 of what a machine throws out, to one at or before it"
        )
    if among & set(carriers):
        raise ImpossibleScenario(f"{tuple(rework)}", "machines that do more than to pass on")
    after = dict(ends)
    for one in rework:
        m: int | None = one.target
        while m is not None and m != one.machine:
            m = after.get(m)
        if m is None:
            raise ImpossibleScenario(f"{one}", "to one that its parts come from")
