"""One cause of everything before two of a part each.

A warm cooling circuit and a filler that is warm by it look, taken one after the other, like a
fault of the filler and a warm circuit beside it. It must never add a suspect.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf

from twin_core.diagnosis.matching import Match, match
from twin_core.diagnosis.ranking import Suspect, unexplained
from twin_core.diagnosis.residual import residual
from twin_core.diagnosis.weighing import Case

_NEEDED = 0.5
"""Share of its score that a first cause keeps at least beside the second, if it is needed."""


def remaining(case: Case, first: Suspect) -> Case:
    """What a first cause leaves to be explained, of the signs and of the loss."""
    shares = unexplained(first.match, first.check, case.loss)
    rest = replace(case.loss, shares=dict(shares), losing=bool(shares))
    return replace(case, loss=rest, signs=residual(case, first.match))


def sufficient(
    case: Case, first: Sequence[Suspect], second: Sequence[Suspect]
) -> list[Suspect] | None:
    """The first suspects with what the second cause leaves to the best of them.

    Args:
        case: everything seen.
        first: suspects of the best explanation, best first.
        second: suspects of what it leaves unexplained, best first.

    Returns:
        None where both causes are needed: the second does not explain what shows the first.
    """
    if not second:
        return None
    best, other = first[0], _the_same(second[0], first)
    if other is None or other.match.asset == best.match.asset:
        return None
    left = {
        _mode(one): one.score
        for one in match(remaining(case, other))
        if one.asset == best.match.asset
    }
    if max(left.values(), default=-inf) >= _NEEDED * best.match.score:
        return None
    return [_without(s, left) if s.match.asset == best.match.asset else s for s in first]


def _without(one: Suspect, left: Mapping[str, float]) -> Suspect:
    """The suspect without what is explained already; its check and what people said stand."""
    score = one.match.score
    return replace(one, score=one.score - max(0.0, score - left.get(_mode(one.match), score)))


def _mode(one: Match) -> str:
    return one.mode.id if one.mode is not None else ""


def _the_same(one: Suspect, suspects: Sequence[Suspect]) -> Suspect | None:
    named = one.match.asset, one.match.mode
    return next((s for s in suspects if (s.match.asset, s.match.mode) == named), None)
