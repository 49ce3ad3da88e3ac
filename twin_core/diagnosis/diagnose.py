"""Why a line or a unit does what it does: signs, walk, match, counterfactual, ranked causes.

`diagnose` is a pure function of a snapshot and a seed. Each stage may find nothing, and then the
answer says so. It must never know a plant, an asset or a failure mode by name.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from twin_core.diagnosis import grounds, rejects, setpoints, stops, symptoms
from twin_core.diagnosis.cause import Cause, Check, Diagnosis
from twin_core.diagnosis.check import Trial, check
from twin_core.diagnosis.graph import path
from twin_core.diagnosis.lines import LineLoss, span, weigh
from twin_core.diagnosis.matching import Match, match
from twin_core.diagnosis.ranking import (
    Suspect,
    checked,
    residual,
    unexplained,
    weighed,
)
from twin_core.diagnosis.sign import Signs
from twin_core.diagnosis.weighing import Case, gather
from twin_core.diagnosis.window import Window, cut
from twin_core.diagnosis.wording import asset_text, clock, point_text
from twin_core.evidence import Evidence
from twin_core.plant.assets import Line, Plant
from twin_core.twin import GRID_S, Snapshot
from twin_core.value import SECOND, Instant

_CHECKS, _CHECKS_WELL = 3, 2
"""Suspects put into the model, of a line that loses and of one that does not."""
_SUSPECTS = 20
"""Suspects whose probabilities are weighed against each other."""
_STARTS_HERE = 0.2
"""Share of the loss that makes an asset suspect without any sign."""
_LISTED = 5
"""Causes named at most."""
_LATELY = 30
"""Buckets within which a point must have shown itself for its silence to mean anything."""
_NOTHING = 2.0
"""Score of "no abnormality" while the line makes its rate."""
_UNCLEAR = -0.5
"""Score of "something the classes do not know" while it does not."""
_SURE = 0.2
"""Probability below which the best suspect is not called a cause."""
_SOMETHING = 0.55
"""Probability of all suspects together below which a line that makes its rate is well."""


@dataclass(frozen=True, slots=True)
class _Round:
    suspects: list[Suspect]
    signs: Signs


def diagnose(snapshot: Snapshot, subject: str, span_s: float, seed: int) -> Diagnosis:
    """Ranked causes of what is wrong with `subject`, or an honest nothing.

    Args:
        snapshot: belief; its `recent` is all the past there is.
        subject: path of a line, unit or point; a unit is asked about through its line.
        span_s: how far back the question reaches, plant seconds.
        seed: of the simulations.

    Raises:
        UnknownName: no such subject.
    """
    plant = snapshot.plant
    line = plant.line(subject)
    window = cut(snapshot)
    start = span(window, span_s)
    silent = _silence(snapshot, line)
    if silent is not None:
        return _no_data(snapshot, subject, line, start, silent)
    loss = weigh(window, line, start)
    signs = gather(
        [
            *symptoms.observe(window),
            *setpoints.observe(window),
            *(s for x in plant.lines for s in stops.observe(window, x)),
            *(s for x in plant.lines for s in rejects.observe(window, x)),
        ]
    )
    rounds = _rounds(window, line, loss, signs, seed)
    return _answer(window, subject, line, start, loss, rounds)


def _rounds(window: Window, line: Line, loss: LineLoss, signs: Signs, seed: int) -> list[_Round]:
    """The best explanation, then the best of what it leaves unexplained."""
    plant, blind = window.plant, _blind(window)
    nothing = _UNCLEAR if loss.losing else _NOTHING
    case = Case(plant, line, loss, signs, blind, window.end)
    matches = _suspected(match(case))
    first = weighed(_checks(window, line, loss, signs, matches, seed), nothing)
    rounds = [_Round(first, signs)]
    if not _named(first, loss):
        return rounds
    best = first[0]
    left = residual(best.match, signs)
    shares = unexplained(best.match, best.check, loss)
    rest = replace(loss, shares=dict(shares), losing=bool(shares))
    others = [
        m
        for m in _suspected(match(replace(case, loss=rest, signs=left)))
        if (m.asset, m.mode) != (best.match.asset, best.match.mode) and m.score > _NOTHING
    ]
    if others:
        second = [checked(m, None, None) for m in others[:_LISTED]]
        rounds.append(_Round([replace(s, round=2) for s in weighed(second, 2.0)], left))
    return rounds


def _named(suspects: Sequence[Suspect], loss: LineLoss) -> bool:
    """Whether the best suspect may be called a cause: likely enough, and something shows it."""
    if not suspects or not suspects[0].match.seen or suspects[0].probability < _SURE:
        return False
    return loss.losing or sum(s.probability for s in suspects) >= _SOMETHING


def _suspected(matches: list[Match]) -> list[Match]:
    """Those for which anything speaks at all: the rest is what "nothing" stands for.

    Where a line loses and its machine shows nothing, the machine is suspect, none of its modes.
    """
    found = [m for m in matches if m.seen or (m.mode is None and m.loses >= _STARTS_HERE)]
    return found[:_SUSPECTS]


def _checks(
    window: Window,
    line: Line,
    loss: LineLoss,
    signs: Signs,
    matches: Sequence[Match],
    seed: int,
) -> list[Suspect]:
    found: list[Suspect] = []
    if loss.rate is None or not matches:
        return [checked(m, None, loss) for m in matches]
    trial = Trial(window, line, loss, signs, seed, loss.onset)
    floor = max(matches[0].score - 4.0, 0.0)
    spent, most = 0, _CHECKS if loss.losing else _CHECKS_WELL
    for one in matches:
        result: Check | None = None
        if spent < most and one.score > floor and one.mode is not None:
            result = check(trial, one)
            spent += result is not None
        found.append(checked(one, result, loss))
    return found


def _blind(window: Window) -> frozenset[str]:
    """Points that showed nothing lately: their silence about a symptom means nothing."""
    seen = np.asarray(window.counts[-_LATELY:]).sum(axis=0)
    silent = {p.id for i, p in enumerate(window.plant.points) if not seen[i]}
    return frozenset(silent | set(window.snapshot.quarantined))


def _silence(snapshot: Snapshot, line: Line) -> Evidence | None:
    """The source that keeps the line from being judged, if one does."""
    plant = snapshot.plant
    counter = plant.counter(line)
    units = [counter] if counter is not None else list(line.units)
    for source in dict.fromkeys(p.source for u in units for p in u.points):
        state = snapshot.sources.get(source)
        if state is None or not state.up:
            since = state.last if state is not None else None
            reason = state.reason if state is not None and state.reason else "it was never heard"
            return grounds.of_silence(plant, source, since, reason)
    return None


def _no_data(
    snapshot: Snapshot, subject: str, line: Line, start: Instant, silent: Evidence
) -> Diagnosis:
    unit = f"{line.unit_of_flow or '1'}/min"
    return Diagnosis(
        subject=subject, start=start, end=snapshot.watermark, verdict="no_data", rate=None,
        usual=None, unit=unit, evidence=(silent,), summary=silent.statement,
    )  # fmt: skip


def _answer(
    window: Window, subject: str, line: Line, start: Instant, loss: LineLoss, rounds: list[_Round]
) -> Diagnosis:
    plant = window.plant
    evidence: dict[str, Evidence] = {}

    def keep(one: Evidence | None) -> str | None:
        if one is None:
            return None
        evidence[one.id] = one
        return one.id

    base = [keep(grounds.of_loss(plant, loss, window.end))]
    if loss.losing:
        base.append(keep(grounds.of_walk(plant, loss)))
    listed = _listed(rounds)
    causes = []
    for suspect, share in listed:
        supports = [keep(grounds.of_sign(plant, s)) for s, _ in suspect.match.seen[:6]]
        contradicts = [keep(grounds.of_sign(plant, s)) for s in suspect.match.against[:3]]
        if suspect.check is not None:
            one = grounds.of_check(plant, suspect.match, suspect.check, loss, window.end)
            (supports if suspect.check.passed else contradicts).append(keep(one))
        if loss.losing and not (suspect.match.mode and suspect.match.mode.sensor):
            supports += base
        causes.append(_cause(window, line, loss, suspect, share, supports, contradicts, listed))
    verdict: Literal["cause", "normal", "unclear"] = "unclear" if loss.losing else "normal"
    if _named(rounds[0].suspects, loss):
        verdict = "cause"
    if verdict == "normal":
        causes = []
    for cause in causes:
        keep(grounds.of_cause(plant, cause, window.end))
    return Diagnosis(
        subject=subject, start=min(start, loss.onset), end=window.end, verdict=verdict,
        rate=loss.rate, usual=loss.usual, unit=loss.unit, causes=tuple(causes),
        evidence=tuple(evidence.values()),
        summary=_summary(window, line, loss, verdict, causes, evidence),
    )  # fmt: skip


def _listed(rounds: list[_Round]) -> list[tuple[Suspect, float]]:
    """Suspects with the probability to be stated, best first, at most `_LISTED`."""
    found = [(s, s.probability) for s in rounds[0].suspects]
    for extra in rounds[1:]:
        for suspect in extra.suspects[:2]:
            if suspect.probability < 0.3:
                continue
            found = [
                (s, p)
                for s, p in found
                if (s.match.asset, s.match.mode) != (suspect.match.asset, suspect.match.mode)
            ]
            found.append((suspect, suspect.probability * rounds[0].suspects[0].probability))
    found.sort(key=lambda pair: -pair[1])
    return [pair for pair in found if pair[1] >= 0.01][:_LISTED]


def _cause(
    window: Window,
    line: Line,
    loss: LineLoss,
    suspect: Suspect,
    probability: float,
    supports: list[str | None],
    contradicts: list[str | None],
    listed: list[tuple[Suspect, float]],
) -> Cause:
    plant, one = window.plant, suspect.match
    mode = one.mode
    onset, onset_s = _onset(one, loss)
    counter = plant.counter(line)
    demand = mode is not None and any(a.on == "demand" for a in mode.acts)
    sensor = mode is not None and mode.sensor
    steps: tuple[str, ...] = (one.asset,)
    if counter is not None and not sensor:
        steps = path(plant, one.asset, counter.id, by_demand=demand) or steps
    where = asset_text(plant, one.asset)
    return Cause(
        asset=one.asset,
        failure_mode=mode.id if mode is not None else None,
        name=f"{where}: {mode.name}" if mode is not None else f"{where}: cause not known",
        mode=mode.mode if mode is not None else None,
        onset=onset,
        onset_s=onset_s,
        path=(*steps, line.id) if not sensor else steps,
        supports=tuple(dict.fromkeys(i for i in supports if i)),
        contradicts=tuple(dict.fromkeys(i for i in contradicts if i)),
        probability=min(1.0, max(0.0, round(probability, 3))),
        sensor=sensor,
        check=suspect.check,
        settle=_settle(plant, suspect, listed),
    )


def _onset(one: Match, loss: LineLoss) -> tuple[Instant, float]:
    """The earliest of the well seen signs of the mode; the loss's onset where there are none."""
    dated = [s for s, _ in one.seen if s.strength > 0.5]
    if not dated:
        return loss.onset, max(loss.onset_s, float(GRID_S))
    first = min(dated, key=lambda s: s.onset + s.onset_s * SECOND)
    return first.onset, max(float(GRID_S), first.onset_s)


def _settle(plant: Plant, suspect: Suspect, listed: list[tuple[Suspect, float]]) -> str:
    """What would tell this cause from the next one at the same place, or confirm it."""
    mode = suspect.match.mode
    rivals = [
        s.match.mode
        for s, _ in listed
        if s is not suspect and s.match.asset == suspect.match.asset and s.match.mode is not None
    ]
    if mode is None:
        return f"A look at {asset_text(plant, suspect.match.asset)} would tell what it is."
    if suspect.match.absent:
        symptom = suspect.match.absent[0]
        unit = plant.units[suspect.match.asset]
        point = unit.point(symptom.point)
        if point is not None and point.spec.role.value != "state":
            return (
                f"If {point_text(plant, point.id)} turns {symptom.shows} as well, it is "
                f"“{mode.name}”; so far it has not."
            )
    if rivals:
        return f"To tell “{mode.name}” from “{rivals[0].name}”: {mode.detection}."
    if mode.sensor and mode.instrument is not None:
        point = plant.units[suspect.match.asset].point(mode.instrument)
        if point is not None:
            return f"A reading of {point_text(plant, point.id)} by a second instrument."
    return f"Confirmed by {mode.detection}: {mode.cause}."


def _summary(
    window: Window,
    line: Line,
    loss: LineLoss,
    verdict: str,
    causes: list[Cause],
    evidence: dict[str, Evidence],
) -> str:
    plant = window.plant
    rate = next((e.statement for e in evidence.values() if e.kind == "indicator"), "")
    if verdict == "normal":
        return f"No abnormality found on {line.name}. {rate}"
    if verdict == "unclear":
        limits = ""
        if loss.walk:
            limits = f" What limits the line is {asset_text(plant, loss.walk[-1])}."
        return f"{rate}{limits} The evidence does not say why."
    best = causes[0]
    name = best.name.split(": ", 1)[1]
    chance = f"{100 * best.probability:.0f} %"
    since = clock(plant, best.onset)
    where = asset_text(plant, best.asset)
    if best.sensor:
        tail = "" if loss.losing else " The process is fine."
        said = f"{where}: {name}, since {since} ({chance})."
        return f"{said}{tail} {rate}"
    said = f"{rate} The most likely cause is “{name}” at {where}, since {since} ({chance})."
    second = next((c for c in causes[1:] if c.asset != best.asset and c.probability >= 0.3), None)
    if second is not None:
        other = second.name.split(": ", 1)[1]
        said += f" A second cause is likely: “{other}” at {asset_text(plant, second.asset)}."
    return said
