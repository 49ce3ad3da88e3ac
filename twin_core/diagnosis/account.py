"""What a diagnosis says: verdict, causes with evidence and path, and what would settle the rest.

From the rounds of suspects to a Diagnosis. It must never weigh anything anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from twin_core.diagnosis import grounds
from twin_core.diagnosis.cause import Cause, Diagnosis, Loss
from twin_core.diagnosis.graph import path
from twin_core.diagnosis.lines import LineLoss
from twin_core.diagnosis.matching import Match, dating
from twin_core.diagnosis.ranking import Suspect, rivals
from twin_core.diagnosis.stated import BESIDE, beside, stated
from twin_core.diagnosis.window import Window
from twin_core.diagnosis.wording import SHOWS, asset_text, clock, point_text
from twin_core.evidence import Evidence
from twin_core.plant.assets import Line, Plant
from twin_core.plant.classes import Role, Symptom
from twin_core.twin import GRID_S
from twin_core.value import Instant

LISTED, _FIRST = 5, 3
"""Causes named at most, and those that are looked at first."""
_LEAST = 0.01
"""Probability below which a cause is not named; of what the first may be instead, of what is left
beside the first."""


@dataclass(frozen=True, slots=True)
class _Listed:
    """A suspect with the probability to be stated; `beside`: a second cause, not a rival."""

    suspect: Suspect
    probability: float
    beside: bool = False


def account(
    window: Window,
    subject: str,
    line: Line,
    start: Instant,
    loss: LineLoss,
    rounds: Sequence[Sequence[Suspect]],
    *,
    named: bool,
    lasting: bool,
) -> Diagnosis:
    """The diagnosis of a subject.

    Args:
        window: what was looked at.
        subject: path asked about; `line` the line it belongs to.
        line: whose loss it is.
        start: of the span asked about.
        loss: of the line.
        rounds: suspects of the best explanation, best first, then those of what it leaves.
        named: whether the best suspect may be called a cause.
        lasting: whether the line has been losing for longer than is remembered.
    """
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
    listed = _listed(rounds, named=named)
    causes = []
    for one in listed:
        suspect = one.suspect
        supports = [keep(grounds.of_sign(plant, s)) for s, _ in suspect.match.seen[:6]]
        contradicts = [keep(grounds.of_sign(plant, s)) for s in suspect.match.against[:3]]
        if suspect.check is not None:
            tried = grounds.of_check(plant, suspect.match, suspect.check, loss, window.end)
            (supports if suspect.check.passed else contradicts).append(keep(tried))
        if loss.losing and not (suspect.match.mode and suspect.match.mode.sensor):
            supports += base
        causes.append(_cause(window, line, loss, one, supports, contradicts, listed))
    verdict: Literal["cause", "normal", "unclear"] = (
        "unclear" if loss.losing or lasting else "normal"
    )
    if named:
        verdict = "cause"
    if verdict == "normal":
        causes = []
    for cause in causes:
        keep(grounds.of_cause(plant, cause, window.end))
    return Diagnosis(
        subject=subject, start=min(start, loss.onset), end=window.end, verdict=verdict,
        rate=loss.rate, usual=loss.usual, unit=loss.unit,
        losses=tuple(Loss(asset=a, rate=share * loss.lost) for a, share in loss.shares.items()),
        causes=tuple(causes),
        evidence=tuple(evidence.values()),
        summary=_summary(window, line, loss, verdict, causes, evidence, lasting=lasting),
    )  # fmt: skip


def _listed(rounds: Sequence[Sequence[Suspect]], *, named: bool) -> list[_Listed]:
    """Suspects with the probability to be stated, at most `LISTED`.

    What explains the same as a cause that is named shares what is left of one. A second cause is as
    likely as it is where the first is, in whichever of its modes.
    """
    if not rounds[0]:
        return []
    first = rounds[0][0]
    against = rivals(first, rounds[0])
    counted = named and first.match.seen  # of what only its place tells, nothing was counted
    likely = stated(first, against) if counted else first.probability
    rest = (1.0 - likely) / max(1.0 - first.probability, 1e-6)
    found = [_Listed(first, likely)]
    for one in rounds[0][1:]:
        rival = one in against
        found.append(_Listed(one, one.probability * (rest if rival else 1.0), beside=not rival))
    there = sum(x.probability for x in found if x.suspect.match.asset == first.match.asset)
    for extra in rounds[1:]:
        if not any(s.probability >= BESIDE for s in extra):
            continue
        again = {_named(s) for s in extra} - {_named(first)}
        found = [x for x in found if _named(x.suspect) not in again]
        found += [_Listed(s, s.probability * there, beside=True) for s in extra]
    # what is left over by the first explanation does not come before it
    found.sort(key=lambda x: (x.suspect is not first, -x.probability))
    found = _with_rival(found)
    if counted:
        found = [replace(x, probability=beside(x.probability)) if x.beside else x for x in found]
    least = _LEAST * min(1.0, rest)
    return [x for x in found if x.probability >= (_LEAST if x.beside else least)][:LISTED]


def _with_rival(found: list[_Listed]) -> list[_Listed]:
    """Of the first three one is what the first may be instead, if no second cause is likely."""
    at = next((k for k, x in enumerate(found) if k and not x.beside), 0)
    if at < _FIRST or found[1].probability >= BESIDE:
        return found
    return [*found[: _FIRST - 1], found[at], *found[_FIRST - 1 : at], *found[at + 1 :]]


def _named(suspect: Suspect) -> tuple[str, str]:
    mode = suspect.match.mode
    return suspect.match.asset, mode.id if mode is not None else ""


def _cause(
    window: Window,
    line: Line,
    loss: LineLoss,
    listed_as: _Listed,
    supports: list[str | None],
    contradicts: list[str | None],
    listed: list[_Listed],
) -> Cause:
    suspect = listed_as.suspect
    plant, one = window.plant, suspect.match
    mode = one.mode
    onset, onset_s = _onset(plant, one, loss)
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
        probability=min(1.0, max(0.0, round(listed_as.probability, 3))),
        beside=listed_as.beside,
        sensor=sensor,
        check=suspect.check,
        settle=_settle(plant, suspect, listed),
    )


def _onset(plant: Plant, one: Match, loss: LineLoss) -> tuple[Instant, float]:
    """When the sign that dates the mode began; the loss's onset where none does."""
    sign = dating(plant, one, losing=loss.losing)
    if sign is None:
        return loss.onset, max(loss.onset_s, float(GRID_S))
    return sign.onset, max(float(GRID_S), sign.onset_s)


def _settle(plant: Plant, suspect: Suspect, listed: list[_Listed]) -> str:
    """What would tell this cause from the next one at the same place, or confirm it."""
    one, mode = suspect.match, suspect.match.mode
    where = asset_text(plant, one.asset)
    if mode is None:
        return f"A look at {where} would tell what it is."
    rival = next(
        (
            x.suspect.match
            for x in listed
            if x.suspect is not suspect
            and x.suspect.match.asset == one.asset
            and x.suspect.match.mode is not None
        ),
        None,
    )
    for match, other in ((one, rival), (rival, one)):
        seen = _would_tell(plant, match, other)
        if seen is not None and match is not None and match.mode is not None:
            return f"If {seen} as well, “{match.mode.name}” is more likely; so far it is not seen."
    if rival is not None and rival.mode is not None:
        return (
            f"Only a look at {where} tells “{mode.name}” ({mode.cause}) from "
            f"“{rival.mode.name}” ({rival.mode.cause})."
        )
    if mode.sensor and mode.instrument is not None:
        point = plant.units[one.asset].point(mode.instrument)
        if point is not None:
            return f"A second instrument beside the {point_text(plant, point.id)} would confirm it."
    return f"To confirm it at {where}, look for: {mode.cause}."


def _would_tell(plant: Plant, match: Match | None, other: Match | None) -> str | None:
    """A symptom not seen yet that the other mode would not show, in words."""
    if match is None or match.mode is None:
        return None
    shared = {(s.point, s.shows) for s in _symptoms(other)}
    for symptom in match.absent:
        point = plant.units[match.asset].point(symptom.point)
        if point is None or point.spec.role is Role.STATE:
            continue
        if (symptom.point, symptom.shows) not in shared:
            return f"{point_text(plant, point.id)} {SHOWS[symptom.shows]}"
    return None


def _symptoms(match: Match | None) -> tuple[Symptom, ...]:
    return match.mode.symptoms if match is not None and match.mode is not None else ()


def _summary(
    window: Window,
    line: Line,
    loss: LineLoss,
    verdict: str,
    causes: list[Cause],
    evidence: dict[str, Evidence],
    *,
    lasting: bool,
) -> str:
    plant = window.plant
    rate = next((e.statement for e in evidence.values() if e.kind == "indicator"), "")
    if verdict == "normal":
        return f"No abnormality found on {line.name}. {rate}"
    if verdict == "unclear":
        held = ""
        if loss.walk:
            held = f" It is held up at {asset_text(plant, loss.walk[-1])}."
        if lasting and not loss.losing:
            held += " It has done so for longer than is remembered."
        return f"{rate}{held} The evidence does not say why."
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
    second = next((c for c in causes[1:] if c.beside and c.probability >= BESIDE), None)
    if second is not None:
        other = second.name.split(": ", 1)[1]
        said += f" A second cause is likely: “{other}” at {asset_text(plant, second.asset)}."
    return said
