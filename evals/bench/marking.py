"""Figures of answers: places, onsets, instrument or process. It must never be lenient.

What has no answer counts as wrong, wherever an answer was due.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from evals.bench.row import Bar, Row
from evals.emulator.faults import Fault
from evals.exam.question import Answered
from evals.scoring import names
from twin_core.diagnosis.cause import Cause
from twin_core.value import SECOND

_Z = 1.645
"""Standard deviations of half a 90 % interval."""


def share(
    name: str, flags: Sequence[bool], load: str, bar: Bar | None = None, unit: str = "1",
    peer: tuple[str, float] | None = None,
) -> Row:  # fmt: skip
    """A share of cases with the half-width of its 90 % interval (binomial, normal)."""
    n = len(flags)
    if not n:
        return Row(name=name, value=None, unit=unit, load=load, n=0, bar=bar, why="no such case")
    value = float(np.mean(flags))
    return Row(
        name=name, value=value, unit=unit, load=load, n=n, bar=bar,
        spread=_Z * float(np.sqrt(value * (1.0 - value) / n)),
        peer=peer[0] if peer else None, peer_value=peer[1] if peer else None,
    )  # fmt: skip


def accuracy(
    prefix: str, answers: Sequence[Answered], load: str, first: Bar | None, third: Bar | None
) -> Iterator[Row]:
    """AC@1, a fault that was put in comes first; AC@3, every one is among the first three."""
    plain = [a.plainly_first for a in answers]
    peer = ("largest deviation, commonest mode", float(np.mean(plain))) if plain else None
    yield share(f"{prefix}.ac1", [a.first for a in answers], load, first, peer=peer)
    yield share(f"{prefix}.ac3", [a.listed for a in answers], load, third)


def onsets(
    prefix: str, answers: Sequence[Answered], load: str, late: Bar | None, inside: Bar | None
) -> Iterator[Row]:
    """Of causes rightly named among the first three: how far off their onset is.

    The median of steps and stuck values in seconds; the share of ramps and drifts whose true onset
    lies inside the stated interval.
    """
    pairs = [
        (fault, cause, answer.struck + int(fault.onset * SECOND))
        for answer in answers
        for fault in answer.question.faults
        if (cause := _named(answer, fault)) is not None
    ]
    sudden = [abs(c.onset - at) / SECOND for f, c, at in pairs if f.shape in {"step", "stuck"}]
    slow = [
        abs(c.onset - at) / SECOND <= c.onset_s
        for f, c, at in pairs
        if f.shape in {"ramp", "drift"}
    ]
    told = f"of causes rightly named; {load}"
    name = f"{prefix}.onset"
    yield Row(
        name=name, value=float(np.median(sudden)) if sudden else None, unit="s (median)",
        load=f"steps and stuck values {told}", n=len(sudden), bar=late,
        spread=_of_median(sudden) if sudden else None,
        why=None if sudden else "none was named",
    )  # fmt: skip
    yield share(f"{name}.inside", slow, f"ramps and drifts {told}", inside)


def instruments(prefix: str, answers: Sequence[Answered], load: str, bar: Bar | None) -> Row:
    """Whether the first cause is an instrument's just where the fault is; pairs are left out."""
    flags = []
    for answer in answers:
        if len(answer.question.faults) > 1:
            continue
        truth = answer.question.faults[0].parameter.startswith("sensor:")
        causes = answer.diagnosis.causes if answer.diagnosis.verdict == "cause" else ()
        flags.append(bool(causes) and causes[0].sensor == truth)
    return share(f"{prefix}.sensor_or_process", flags, f"single faults; {load}", bar)


def by_kind(prefix: str, answers: Sequence[Answered], load: str) -> Iterator[Row]:
    """AC@1 of each kind of question."""
    for kind in sorted({a.question.kind for a in answers}):
        some = [a for a in answers if a.question.kind == kind]
        yield share(f"{prefix}.ac1.{kind}", [a.first for a in some], load)


def _named(answer: Answered, fault: Fault) -> Cause | None:
    if answer.diagnosis.verdict != "cause":
        return None
    return next((c for c in answer.diagnosis.causes[:3] if names(c, fault, answer.site)), None)


def _of_median(sample: Sequence[float]) -> float:
    """Half the 90 % interval of the median, by ranks (binomial, normal approximation)."""
    apart = _Z * 0.5 / float(np.sqrt(len(sample)))
    low, high = np.quantile(sample, (max(0.0, 0.5 - apart), min(1.0, 0.5 + apart)))
    return float(high - low) / 2.0
