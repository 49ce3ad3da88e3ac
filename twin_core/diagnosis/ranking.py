"""From scores to probabilities: a softmax over those that explain the same, moved by their checks.

Two suspects that explain different things may both be right: neither makes the other less likely.
A second cause is looked for in what the first leaves unexplained. It must never drop a suspect
silently: what is ranked down keeps its place and its reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp

from twin_core.diagnosis.cause import Check
from twin_core.diagnosis.check import TOO_MUCH, enough
from twin_core.diagnosis.lines import LineLoss
from twin_core.diagnosis.matching import Match, shows_itself

TEMPERATURE = 1.4
"""Scores are divided by this before the softmax: symptoms of one fault are not independent."""
_CLAIMS = 0.2
"""Share of the loss from which on a suspect claims it."""
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
            passed = _PASSED * (2.0 * check.explains - 1.0)
            score += passed if check.passed else _FAILED * _refuted(check, match)
        elif not check.passed:
            score += 0.5 * _FAILED
    return Suspect(match, check, score)


def _refuted(check: Check, match: Match) -> float:
    """How far a failed counterfactual missed, 0..1: a little too small or too large may be it."""
    gap = check.healthy.mean - check.observed
    drop = check.healthy.mean - check.faulty.mean
    short = 1.0 - check.explains / enough(match)
    return min(1.0, max(0.0, short, drop / (TOO_MUCH * gap) - 1.0))


def rivals(one: Suspect, suspects: Sequence[Suspect]) -> list[Suspect]:
    """Those of the suspects that explain what this one explains, itself among them.

    At the same asset, by the same point, or the same loss: at most one of them is right.
    """
    return [s for s in suspects if s is one or _contend(one.match, s.match)]


def _contend(a: Match, b: Match) -> bool:
    if a.asset == b.asset or min(a.loses, b.loses) >= _CLAIMS:
        return True
    return not a.told_by.isdisjoint(b.told_by) or a.brings_about(b) or b.brings_about(a)


def weighed(
    suspects: Sequence[Suspect], nothing: float, unclear: float | None = None
) -> list[Suspect]:
    """Suspects with probabilities, best first.

    Args:
        suspects: with their scores.
        nothing: score of "no such cause".
        unclear: the same for those that claim the loss of a line that loses.
    """
    found = []
    for one in suspects:
        among = rivals(one, suspects)
        none = unclear if unclear is not None and one.match.loses >= _CLAIMS else nothing
        top = max(none, *(s.score for s in among))
        total = sum(exp((s.score - top) / TEMPERATURE) for s in among)
        total += exp((none - top) / TEMPERATURE)
        likely = exp((one.score - top) / TEMPERATURE) / total
        found.append(Suspect(one.match, one.check, one.score, likely))
    return sorted(found, key=lambda s: (-s.score, s.match.asset, _mode(s)))


def facts(suspects: Sequence[Suspect], nothing: float) -> list[Suspect]:
    """Those that something shows where they sit, weighed anew, if the best of them is a fact.

    Where nothing is lost, what only others are thought to show may not hide a setting that was
    moved.

    Args:
        suspects: with their scores.
        nothing: score of "no such cause".

    Returns:
        Empty where the best of them is no fact.
    """
    here = [one for one in suspects if any(shows_itself(one.match, s) for s, _ in one.match.seen)]
    found = weighed(here, nothing)
    return found if found and any(s.sure and w > 0 for s, w in found[0].match.seen) else []


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
