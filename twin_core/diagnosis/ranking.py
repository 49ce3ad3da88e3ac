"""From scores to probabilities: one softmax over suspects, checked ones moved by their check.

A second cause is looked for in what the first leaves unexplained. It must never drop a suspect
silently: what is ranked down keeps its place and its reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp

from twin_core.diagnosis.cause import Check
from twin_core.diagnosis.lines import LineLoss
from twin_core.diagnosis.matching import Match

TEMPERATURE = 1.4
"""Scores are divided by this before the softmax: symptoms of one fault are not independent."""
_PASSED, _FAILED = 1.0, -3.0
"""What a counterfactual adds to a score when it explains the loss, and when it does not."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A match with its check and its probability among the suspects of its round."""

    match: Match
    check: Check | None
    score: float
    probability: float = 0.0


def checked(match: Match, check: Check | None, loss: LineLoss | None) -> Suspect:
    """The match's score after its counterfactual."""
    score = match.score
    if check is not None:
        if loss is not None and loss.losing:
            score += _PASSED * (2.0 * check.explains - 1.0) if check.passed else _FAILED
        elif not check.passed:
            score += 0.5 * _FAILED
    return Suspect(match, check, score)


def weighed(suspects: Sequence[Suspect], nothing: float) -> list[Suspect]:
    """Suspects with probabilities, best first; `nothing` is the score of "no such cause"."""
    if not suspects:
        return []
    top = max(nothing, *(s.score for s in suspects))
    total = exp((nothing - top) / TEMPERATURE)
    total += sum(exp((s.score - top) / TEMPERATURE) for s in suspects)
    found = [
        Suspect(s.match, s.check, s.score, exp((s.score - top) / TEMPERATURE) / total)
        for s in suspects
    ]
    return sorted(found, key=lambda s: (-s.probability, s.match.asset, _mode(s)))


def unexplained(first: Match, check: Check | None, loss: LineLoss) -> Mapping[str, float]:
    """Shares of the loss that start elsewhere than the first cause reaches."""
    if check is not None and check.explains >= 0.8:
        return {}
    rest = {
        asset: share
        for asset, share in loss.shares.items()
        if asset != first.asset and asset not in first.reach.units
    }
    total = sum(rest.values())
    return {a: s / total for a, s in rest.items()} if total > 0.15 else {}


def _mode(suspect: Suspect) -> str:
    return suspect.match.mode.id if suspect.match.mode is not None else ""
