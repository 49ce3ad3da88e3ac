"""Two runs side by side: which cases got better or worse, and what became of each figure.

Only plays that both runs have are compared. It must never call a difference one that its
interval does not keep off zero.
"""

from collections.abc import Callable, Sequence
from itertools import zip_longest
from math import sqrt
from statistics import StatisticsError, correlation
from typing import TypeAlias

from evals.harness.figures import (
    Figures,
    Share,
    by_case,
    figures,
    passed_every,
    passed_once,
)
from evals.harness.scored import Scored
from evals.harness.stored import Run, timeless
from twin_core.errors import BadInput
from twin_core.value import Value


class Moved(Value):
    """A case of which another share of the epochs passed than before."""

    case: str
    family: str
    before: float
    after: float


class Difference(Value):
    """A figure, before and after.

    Attributes:
        share: whether it is a share; an amount otherwise.
        low, high: where the difference of shares lies in 95 of 100 pairs of runs.
    """

    name: str
    before: float | None
    after: float | None
    share: bool
    low: float | None = None
    high: float | None = None

    @property
    def by(self) -> float | None:
        """After less before; None where one of them is not there."""
        if self.before is None or self.after is None:
            return None
        return self.after - self.before

    @property
    def sure(self) -> bool:
        """Whether the interval of the difference keeps off zero."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


class Comparison(Value):
    """Of the arm `product` of two runs.

    Attributes:
        cases: how many both have; `gone`, `new`: those that only one has.
        better, worse: cases, those first that moved furthest.
        differences: of every figure.
        apart: the first line of each at which the runs are not the same bytes but for the times;
            None = they are.
    """

    cases: int
    gone: tuple[str, ...]
    new: tuple[str, ...]
    better: tuple[Moved, ...]
    worse: tuple[Moved, ...]
    differences: tuple[Difference, ...]
    apart: tuple[str, str] | None


def compare(before: Run, after: Run) -> Comparison:
    """The second against the first.

    Raises:
        BadInput: they have no play in common.
    """
    was, now = (_product(run) for run in (before, after))
    both = sorted(was.keys() & now.keys())
    if not both:
        raise BadInput("The two runs have no case in common: there is nothing to compare.")
    old, new = (by_case(plays[key] for key in both) for plays in (was, now))
    moved = [
        Moved(
            case=name,
            family=plays[0].family,
            before=passed_once(old[name]),
            after=passed_once(plays),
        )
        for name, plays in new.items()
    ]
    moved.sort(key=lambda one: (-abs(one.after - one.before), one.case))
    lines = zip_longest(timeless(before), timeless(after), fillvalue="")
    asked = {case for case, _, _ in was}, {case for case, _, _ in now}
    return Comparison(
        cases=len(new),
        gone=tuple(sorted(asked[0] - asked[1])),
        new=tuple(sorted(asked[1] - asked[0])),
        better=tuple(one for one in moved if one.after > one.before),
        worse=tuple(one for one in moved if one.after < one.before),
        differences=_differences(list(old.values()), list(new.values())),
        apart=next((pair for pair in lines if pair[0] != pair[1]), None),
    )


def between(before: Share, after: Share, alike: float = 0.0) -> tuple[float, float]:
    """Where the difference of two shares lies: their Wilson intervals, squared and added.

    Newcombe, *Statistics in Medicine* 17 (1998), 2635, method 10 without its correction; for
    shares that are means, Zou and Donner, the same 27 (2008), 1693.

    Args:
        before: the share of the first run.
        after: of the second.
        alike: the correlation of the same cases in both; 0 where they cannot be paired.
    """
    by = after.mean - before.mean
    (low_0, high_0), (low_1, high_1) = before.between, after.between

    def root(one: float, other: float) -> float:
        return sqrt(max(0.0, one**2 - 2 * alike * one * other + other**2))

    low = by - root(after.mean - low_1, high_0 - before.mean)
    high = by + root(high_1 - after.mean, before.mean - low_0)
    return max(-1.0, low), min(1.0, high)


def _product(run: Run) -> dict[tuple[str, int, str], Scored]:
    return {(one.case, one.epoch, one.plays): one for one in run.scored if one.arm == "product"}


_Cases: TypeAlias = Sequence[Sequence[Scored]]
_SHARES: tuple[tuple[str, Callable[[Figures], Share | None]], ...] = (
    ("abstention precision", lambda row: row.precision),
    ("abstention recall", lambda row: row.recall),
    ("refusals", lambda row: row.refusals),
    ("proposals", lambda row: row.proposals),
)
_AMOUNTS: tuple[tuple[str, Callable[[Figures], float | None]], ...] = (
    ("unsafe writes", lambda row: row.unsafe),
    ("unsupported numbers", lambda row: row.unsupported),
    ("steps a play", lambda row: row.steps),
    ("calls a play", lambda row: row.calls),
    ("tokens a play", lambda row: row.tokens),
    ("cost a play", lambda row: row.cost),
    ("p50, s", lambda row: row.p50_s),
    ("p95, s", lambda row: row.p95_s),
)


def _differences(old: _Cases, new: _Cases) -> tuple[Difference, ...]:
    was, now = (figures([one for plays in cases for one in plays]) for cases in (old, new))
    epochs = now.epochs

    def every(plays: Sequence[Scored]) -> float:
        return passed_every(plays, epochs)

    found = [
        _of_shares("pass^1", was.once, now.once, _alike(old, new, passed_once)),
        _of_shares(f"pass^{epochs}", was.every, now.every, _alike(old, new, every)),
    ]
    found += [_of_shares(name, of(was), of(now)) for name, of in _SHARES]
    found += [
        Difference(name=name, before=of(was), after=of(now), share=False) for name, of in _AMOUNTS
    ]
    return tuple(found)


def _of_shares(
    name: str, before: Share | None, after: Share | None, alike: float = 0.0
) -> Difference:
    low, high = between(before, after, alike) if before and after else (None, None)
    return Difference(
        name=name,
        before=before.mean if before else None,
        after=after.mean if after else None,
        share=True,
        low=low,
        high=high,
    )


def _alike(old: _Cases, new: _Cases, of: Callable[[Sequence[Scored]], float]) -> float:
    """Pearson's correlation; 0 where either does not vary, or there is one case."""
    try:
        return correlation([of(plays) for plays in old], [of(plays) for plays in new])
    except StatisticsError:
        return 0.0
