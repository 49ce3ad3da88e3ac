"""Scenarios under the same luck, ranked by what is wanted of them. It says where chance may be it.

Differences are paired (common random numbers: Law, *Simulation Modeling and Analysis*, 5th ed.,
2015, section 11.2), each with a t interval, and the intervals of all pairs and terms hold together
with 90 % by Bonferroni's inequality, whatever depends on what (section 10.3.2).
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import ImpossibleScenario, UnknownName
from twin_core.simulation.forecaster import forecast_of, same_luck
from twin_core.simulation.measured import LEVEL, Measured, estimate, half_width
from twin_core.simulation.objective import Objective, Ranked, Ranking, Term
from twin_core.simulation.sampling import Sampled
from twin_core.simulation.scenario import Estimate, Precision, Scenario
from twin_core.twin import Snapshot

_MORE = {"rate", "count", "oee", "availability", "effectiveness", "quality", "margin"}
_LESS = {
    "cost", "energy", "energy_cost", "crew_cost", "unit_cost", "risk", "late", "lateness", "wip",
    "rejected",
}  # fmt: skip
_COSTS, _SUMS = ("energy_cost", "crew_cost"), {"cost", "unit_cost"}
_MOST = 200
_SAME = 1e-9
_ENOUGH = Precision()


def rank(
    snapshot: Snapshot,
    scenarios: Sequence[Scenario],
    objective: Objective,
    seed: int,
    replications: int | None = None,
    precision: Precision = _ENOUGH,
) -> Ranking:
    """Scenarios from the best to the worst; the first of them is what others are compared with.

    Args:
        snapshot: belief now.
        scenarios: 2 to 200 about one line and horizon.
        objective: what is wanted.
        seed: of every random number.
        replications: so many; None = as many as the precision takes.
        precision: how well the mean rates are to be known.

    Raises:
        UnknownName: an asset, point or line that does not exist, or an indicator of no scenario.
        ImpossibleScenario: a scenario that is not possible or is about something else, an
            indicator that some of them have not, or of which nobody said what is better.
    """
    if not 2 <= len(scenarios) <= _MOST:
        raise ImpossibleScenario(f"{len(scenarios)} scenarios to rank", f"2 to {_MOST}")
    found = same_luck(snapshot, scenarios, seed, replications, precision)
    return Ranking(
        objective=objective,
        forecasts=tuple(forecast_of(one, seed) for one in found),
        ranked=tuple(_ranked(objective, found)),
        level=LEVEL,
        replications=len(found[0].told.rates),
        seed=seed,
    )


def _ranked(objective: Objective, found: Sequence[Sampled]) -> Iterator[Ranked]:
    terms = [_Wanted(term, found) for term in objective.terms]
    pairs = len(found) * (len(found) - 1) // 2
    if objective.kind == "weighted":
        scores = np.sum([one.term.weight * one.better for one in terms], axis=0)
        return _by_score(_Apart(scores, 1.0 - (1.0 - LEVEL) / pairs), terms)
    level = 1.0 - (1.0 - LEVEL) / (pairs * len(terms))
    return _by_terms([_Apart(one.better, level) for one in terms], terms)


class _Wanted:
    """A term of S scenarios: its indicator's values, and how much better each is than the first.

    Attributes:
        values: float64[S, R] in `unit`.
        better: in per cent of the first scenario's mean (of a probability, in percentage points;
            of a lateness, which may be next to nothing, of the horizon), positive = better,
            float64[S, R].
    """

    def __init__(self, term: Term, found: Sequence[Sampled]) -> None:
        self.term = term
        measured = [_indicator(one, term.indicator, found) for one in found]
        self.unit = measured[0].unit
        self.values = np.stack([one.values for one in measured])
        means = np.abs(self.values.mean(axis=1))
        # where the first has none of it there is nothing to be a share of but the most there is
        whole = 1.0 if measured[0].chance else float(means[0] or means.max() or 1.0)
        whole = found[0].scenario.horizon_s if term.indicator == "lateness" else whole
        sign = 1.0 if _sense(term) == "more" else -1.0
        self.better = sign * 100.0 * (self.values - self.values[0]) / whole


def _indicator(one: Sampled, name: str, found: Sequence[Sampled]) -> Measured:
    """The indicator of a scenario; refused where another has it, or has more parts of a cost."""
    given = one.told.measured
    everywhere = [n for n in given if all(n in other.told.measured for other in found)]
    if all(name not in other.told.measured for other in found):
        raise UnknownName("indicator", name, everywhere[:20])
    if name not in given:
        raise ImpossibleScenario(
            f"“{one.scenario.name}” has no {name}, others have", ", ".join(everywhere)
        )
    if name in _SUMS:
        parts = [[n for n in _COSTS if n in other.told.measured] for other in found]
        if any(part != parts[0] for part in parts):
            raise ImpossibleScenario(
                "costs of which some count the people and some do not",
                "staffing in all scenarios or in none, or energy_cost alone",
            )
    return given[name]


def _sense(term: Term) -> Literal["more", "less"]:
    if term.better is not None:
        return term.better
    if term.indicator not in _MORE | _LESS:
        raise ImpossibleScenario(
            f"whether more or less {term.indicator} is better is not told", "better: more, or less"
        )
    return "more" if term.indicator in _MORE else "less"


class _Apart:
    """By how much scenarios differ in something of which more is better, and whether surely.

    Attributes:
        better: of S scenarios, float64[S, R]; `mean` of each, float64[S].
    """

    def __init__(self, better: NDArray[np.float64], level: float) -> None:
        self.better, self._level = better, level
        self.mean = better.mean(axis=1)
        self._surely = np.zeros((len(better), len(better)), dtype=bool)
        for i, j in combinations(range(len(better)), 2):
            lead = abs(float(self.mean[i] - self.mean[j]))
            half = half_width(better[i] - better[j], level)
            self._surely[i, j] = self._surely[j, i] = lead > max(half, _SAME)

    def surely(self, i: int, j: int) -> bool:
        """Whether the two differ by more than chance."""
        return bool(self._surely[i, j])

    def like(self, i: int) -> tuple[int, ...]:
        """Those that it cannot be told apart from."""
        return tuple(j for j in range(len(self.mean)) if j != i and not self.surely(i, j))

    def lead(self, i: int, j: int) -> Estimate:
        """What the first has more than the second, with its simultaneous interval."""
        gap = self.better[i] - self.better[j]
        mean, half = float(gap.mean()), half_width(gap, self._level)
        return Estimate(mean=mean, low=mean - half, high=mean + half, unit="%", half=half)


def _gains(place: int, terms: Sequence[_Wanted]) -> dict[str, Estimate]:
    return {
        one.term.indicator: estimate(one.values[place] - one.values[0], one.unit) for one in terms
    }


def _by_score(apart: _Apart, terms: Sequence[_Wanted]) -> Iterator[Ranked]:
    order = sorted(range(len(apart.mean)), key=lambda i: (-apart.mean[i], i))
    for rank_, place in enumerate(order, start=1):
        yield Ranked(
            place=place,
            rank=rank_,
            score=estimate(apart.better[place], "%"),
            gains=_gains(place, terms),
            behind=apart.lead(order[0], place) if rank_ > 1 else None,
            like=apart.like(place),
        )


def _by_terms(aparts: Sequence[_Apart], terms: Sequence[_Wanted]) -> Iterator[Ranked]:
    """Each in turn the best of those that are left: what one term cannot tell apart, the next may.

    "Cannot be told apart" does not carry over from pair to pair, so there is no order to sort by.
    """
    left = list(range(len(aparts[0].mean)))
    best = _first(left, aparts)
    for rank_ in range(1, len(left) + 1):
        place = _first(left, aparts)
        left.remove(place)
        decides = next((k for k, a in enumerate(aparts) if a.surely(best, place)), None)
        behind = None if decides is None else aparts[decides].lead(best, place)
        yield Ranked(
            place=place,
            rank=rank_,
            gains=_gains(place, terms),
            behind=behind,
            decided_by=None if decides is None else terms[decides].term.indicator,
            like=tuple(
                i for i in range(len(aparts[0].mean))
                if i != place and not any(a.surely(i, place) for a in aparts)
            ),
        )  # fmt: skip


def _first(left: Sequence[int], aparts: Sequence[_Apart]) -> int:
    """The best of some by the first term, among those like it by the second, and so on."""
    some = list(left)
    for apart in aparts:
        top = max(some, key=lambda i: (apart.mean[i], -i))
        some = [i for i in some if i == top or not apart.surely(i, top)]
    return max(some, key=lambda i: (aparts[-1].mean[i], -i))
