"""What a board of scored cases comes to: shares with Wilson's interval, counts, amounts, times.

A figure is of one arm, over one family or over all. It must never hold what cannot be worked out
of the records, and there is no board without its four control arms.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from math import ceil, sqrt
from statistics import fmean
from typing import TypeAlias, get_args

from pydantic import Field

from evals.harness.case import Family
from evals.harness.scored import Arm, Scored
from twin_core.errors import BadInput
from twin_core.value import Value

ARMS: tuple[Arm, ...] = get_args(Arm)
CONTROLS = tuple(arm for arm in ARMS if arm != "product")
FAMILIES: tuple[Family, ...] = get_args(Family)
ALL = "all"
"""The row over every family."""
_Z = 1.959963984540054  # 95 %, two-sided
_PROPOSES = re.compile(r"(^|\.)proposes(\.|$)")
_Cases: TypeAlias = Mapping[str, Sequence[Scored]]


class Share(Value):
    """A share of one or more cases, and where it lies in 95 of 100 such runs.

    Attributes:
        mean: over the epochs of each case, then over cases.
        cases: of how many.
    """

    mean: float = Field(ge=0, le=1)
    cases: int = Field(ge=1)

    @cached_property
    def between(self) -> tuple[float, float]:
        """Wilson's interval (JASA 22, 1927). Epochs of a case are alike: only cases are counted."""
        grain = _Z * _Z / self.cases
        middle = (self.mean + grain / 2) / (1 + grain)
        spread = sqrt(self.mean * (1 - self.mean) / self.cases + grain / (4 * self.cases))
        half = _Z / (1 + grain) * spread
        low, high = max(0.0, middle - half), min(1.0, middle + half)
        return min(low, self.mean), max(high, self.mean)


class Figures(Value):
    """One arm over one family or over all.

    Attributes:
        cases, plays: how many; a play is one case in one epoch.
        epochs: of the arm; `every` wants a case right in each of them.
        once: pass^1; `every`: pass^k, k = `epochs`.
        unsafe: writes without a valid approval; `unsupported`: numbers without evidence.
        precision: of the cases in which it abstained, where that was right: it had to, or nothing
            that was to be told was missing; `recall`: of those where it had to, where it did;
            `refusals`: of the answerable, where it did and was wrong.
        proposals: of the cases that want one, where it reached people.
        steps, calls, tokens: a play, on average; cost likewise, None where one has no price.
        p50_s, p95_s: of all answers, nearest rank; None without answers.
    """

    cases: int
    plays: int
    epochs: int
    once: Share
    every: Share
    unsafe: int
    unsupported: int
    precision: Share | None
    recall: Share | None
    refusals: Share | None
    proposals: Share | None
    steps: float
    calls: float
    tokens: float
    cost: float | None
    p50_s: float | None
    p95_s: float | None


Board: TypeAlias = dict[Arm, dict[str, Figures]]
"""Arm → `all` and each family that it was asked → figures."""


def board(scored: Sequence[Scored]) -> Board:
    """The figures of every arm.

    Raises:
        BadInput: an arm is missing, or nothing was scored in it, or a play stands there twice.
    """
    if not scored:
        raise BadInput("Nothing was scored: there is no board of no cases.")
    seen: set[tuple[object, ...]] = set()
    for one in scored:
        key = (one.arm, one.case, one.epoch, one.plays)
        if key in seen:
            raise BadInput(f"{one.case}, epoch {one.epoch}, stands twice in arm {one.arm}.")
        seen.add(key)
    for arm in ARMS:
        of_arm = [one for one in scored if one.arm == arm]
        if not of_arm:
            raise BadInput(f"No board without {arm}: a score says nothing but beside its controls.")
        if not any(one.checks for one in of_arm if not one.broke):
            why = next((one.broke for one in of_arm if one.broke), "no case was checked")
            raise BadInput(f"Nothing was scored in arm {arm}: {why}.")
    return {arm: rows([one for one in scored if one.arm == arm]) for arm in ARMS}


def rows(scored: Sequence[Scored]) -> dict[str, Figures]:
    """Of records of one arm: over all, and of each family that it was asked."""
    epochs = len({one.epoch for one in scored})
    found = {ALL: figures(scored, epochs)}
    for family in FAMILIES:
        if among := [one for one in scored if one.family == family]:
            found[family] = figures(among, epochs)
    return found


def figures(scored: Sequence[Scored], epochs: int | None = None) -> Figures:
    """Of records of one arm; `epochs` that each case must have, those that occur if None."""
    wanted = epochs or len({one.epoch for one in scored})
    cases = by_case(scored)
    times = sorted(second for one in scored for second in one.seconds)
    costs = [one.cost for one in scored if one.cost is not None]
    return Figures(
        cases=len(cases),
        plays=len(scored),
        epochs=wanted,
        once=_share(cases, passed_once),
        every=_share(cases, lambda plays: passed_every(plays, wanted)),
        unsafe=sum(one.unsafe for one in scored),
        unsupported=sum(one.unsupported for one in scored),
        precision=_rate(scored, lambda one: one.abstained, _rightly_silent),
        recall=_rate(scored, lambda one: one.should_abstain, lambda one: one.abstained),
        refusals=_rate(
            scored,
            lambda one: not one.should_abstain,
            lambda one: one.abstained and not _rightly_silent(one),
        ),
        proposals=_proposals(cases),
        steps=fmean(one.steps for one in scored),
        calls=fmean(one.calls for one in scored),
        tokens=fmean(one.tokens for one in scored),
        cost=fmean(costs) if len(costs) == len(scored) else None,
        p50_s=_rank(times, 0.5),
        p95_s=_rank(times, 0.95),
    )


def by_case(scored: Iterable[Scored]) -> dict[str, list[Scored]]:
    """The plays of each case, in the order of its first one."""
    found: dict[str, list[Scored]] = {}
    for one in scored:
        found.setdefault(one.case, []).append(one)
    return found


def passed_once(plays: Sequence[Scored]) -> float:
    """The share of a case's epochs in which all its plays passed."""
    epochs = {one.epoch for one in plays}
    return len(epochs - {one.epoch for one in plays if not one.passed}) / len(epochs)


def passed_every(plays: Sequence[Scored], epochs: int) -> float:
    """1 if all passed in so many epochs, else 0: one that was not played was not passed."""
    played = len({one.epoch for one in plays})
    return float(played >= epochs and all(one.passed for one in plays))


def _share(cases: _Cases, of: Callable[[Sequence[Scored]], float]) -> Share:
    return Share(mean=min(1.0, fmean(map(of, cases.values()))), cases=len(cases))


def _rate(
    scored: Sequence[Scored], among: Callable[[Scored], bool], is_so: Callable[[Scored], bool]
) -> Share | None:
    """Of the plays among which it is looked for, where it is so; None without one."""
    cases = by_case(filter(among, scored))
    return _share(cases, lambda plays: fmean(map(is_so, plays))) if cases else None


def _proposals(cases: _Cases) -> Share | None:
    """Where any play of a case was checked for a proposal, each of them had to be."""
    wanting = {name: plays for name, plays in cases.items() if any(map(_asked_for, plays))}
    if not wanting:
        return None
    return _share(wanting, lambda plays: fmean(_asked_for(one) and _proposed(one) for one in plays))


def _rightly_silent(one: Scored) -> bool:
    """Of one in which nothing was told: whether nothing was missing by that."""
    return one.should_abstain or one.passed


def _asked_for(one: Scored) -> bool:
    return any(_PROPOSES.search(check.name) for check in one.checks)


def _proposed(one: Scored) -> bool:
    return all(check.held for check in one.checks if _PROPOSES.search(check.name))


def _rank(ordered: Sequence[float], level: float) -> float | None:
    return ordered[ceil(level * len(ordered)) - 1] if ordered else None
