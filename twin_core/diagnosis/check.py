"""The counterfactual: put a suspected mode into the twin's model from its onset, and take it out.

The magnitude is fitted to what was observed, inside what the class says is plausible; what only
the loss can tell is fitted to the loss. If the model with the fault loses what the line lost, and
without it does not, the cause stands. It must never change what was observed.
"""

import numpy as np

from twin_core.diagnosis.cause import Check
from twin_core.diagnosis.magnitude import Free, magnitudes
from twin_core.diagnosis.matching import Match, dating
from twin_core.diagnosis.trial import Trial
from twin_core.diagnosis.wanted import paced
from twin_core.diagnosis.window import began
from twin_core.simulation.counterfactual import REPLICATIONS, replay
from twin_core.simulation.scenario import Change, Estimate
from twin_core.value import SECOND, Instant

_ENOUGH = 0.5
"""Share of the loss that starts where a cause is that it must explain to pass."""
TOO_MUCH = 2.0
"""Times the observed loss beyond which a cause explains too much."""
_SLACK = 0.02
"""Share of the observed rate by which it may lie outside the model's interval."""
_HISTORY_S = 180
"""Seconds of the past that the healthy model is learned from, at least."""
_EARLIER_S = 60.0
"""Seconds by which a mode is put in earlier than its first sign, at most."""
_ROUGH = 4
"""Replications while a magnitude is searched."""
_TRIES = 4
"""Simulations spent on a magnitude that only the loss can tell."""


def check(trial: Trial, match: Match) -> Check | None:
    """The suspect put in from its onset and taken out.

    None where it claims nothing a model could show, too little time has passed, the model loses as
    much without it, or nobody sets the pace of the line: how much would have been taken from it is
    not known to a few per cent.
    """
    if match.mode is not None and match.mode.sensor:
        return None
    loss = trial.loss
    if not paced(trial.window.plant, trial.line):
        return None
    trial = trial.at(_since(trial, match))
    observed = trial.observed
    fixed, free = magnitudes(trial, match)
    if observed is None or _unfelt(trial, match.asset):
        return None
    if not loss.losing:
        free = None  # there is no loss to fit it to
    if not fixed and free is None:
        return None
    if free is None:
        changes = fixed
        faulty = _replay(trial, changes)
    else:
        changes, faulty = _fit(trial, fixed, free, observed)
    healthy = _replay(trial, ())
    gap = healthy.mean - observed
    drop = healthy.mean - faulty.mean
    if loss.losing and gap <= 0:
        return None  # without the fault the model loses as much: it cannot tell
    explains = float(np.clip(drop / gap, 0.0, 1.0)) if gap > 0 else 0.0
    as_seen = faulty.low - _SLACK * observed <= observed <= faulty.high + _SLACK * observed
    passed = observed <= faulty.high + _SLACK * observed  # what else is lost is not its own
    if loss.losing:
        passed = explains >= enough(match) and (as_seen or drop <= TOO_MUCH * gap)
    return Check(
        observed=observed,
        healthy=healthy,
        faulty=faulty,
        explains=explains,
        changes=changes,
        passed=passed,
        since=trial.start,
    )  # fmt: skip


def enough(match: Match) -> float:
    """Share of the line's loss, 0..1, that a suspect must explain to pass."""
    return _ENOUGH * (match.loses or 1.0)


def _unfelt(trial: Trial, asset: str) -> bool:
    """Whether what lies between a store and the line may not have been used up yet."""
    plant, line = trial.window.plant, trial.line
    if plant.class_of(asset).model != "store" or not trial.loss.usual:
        return False
    for link in plant.links_from(asset, "feeds"):
        machine = plant.units[link.target]
        if link.buffer is None or machine.flow is None or plant.line(machine.id).id != line.id:
            continue
        worth = plant.in_flow(line, machine) * machine.flow.gives / machine.flow.takes
        minutes = link.buffer.capacity * worth / trial.loss.usual
        return (trial.window.end - trial.start) / SECOND < 60.0 * minutes + link.buffer.travel_s
    return False


def _since(trial: Trial, match: Match) -> Instant:
    """From when to replay: the mode's first sign, or the loss if nothing dates the mode."""
    first = began(trial.window, 0) + _HISTORY_S * SECOND
    sign = dating(trial.window.plant, match, losing=trial.loss.losing)
    if sign is None:
        return max(first, trial.loss.onset)
    return max(first, sign.onset - int(min(sign.onset_s, _EARLIER_S) * SECOND))


def _replay(trial: Trial, changes: tuple[Change, ...], n: int = REPLICATIONS) -> Estimate:
    seconds = (trial.window.end - trial.start) / SECOND
    return replay(trial.model, seconds, changes, trial.seed, n)


def _fit(
    trial: Trial, fixed: tuple[Change, ...], free: Free, observed: float
) -> tuple[tuple[Change, ...], Estimate]:
    """Bisect the free magnitude until the model loses what the line lost."""
    mild, bad = free.size.high, free.size.low
    if not free.worse_low:
        mild, bad = bad, mild
    size = bad
    if _replay(trial, (*fixed, free.make(bad)), _ROUGH).mean < observed:
        for _ in range(_TRIES):
            size = (mild + bad) / 2.0
            if _replay(trial, (*fixed, free.make(size)), _ROUGH).mean < observed:
                bad = size
            else:
                mild = size
    changes = (*fixed, free.make(size))
    return changes, _replay(trial, changes)
