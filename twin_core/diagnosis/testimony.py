"""What people's word weighs in a diagnosis, and what it never does.

A report multiplies the odds of what it names, as an observation beside the measurements; persons
multiply, up to a cap, and one who repeats himself does not, nor one who names many. Alone it never
overturns two agreeing measurements: where two strong signs on two points show A and not B, or two
at A's own asset show A and one of them not B, and A comes first by measurements, no word brings B
before A, nor A below "nothing"; of two that the same measurements show it decides. It must never
make a cause where nothing was measured to be wrong.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from math import log

from twin_core.diagnosis.cause import Check
from twin_core.diagnosis.lines import LineLoss
from twin_core.diagnosis.matching import Match
from twin_core.diagnosis.ranking import TEMPERATURE, Suspect, checked
from twin_core.diagnosis.weighing import SPEAKS
from twin_core.plant.assets import Plant
from twin_core.plant.classes import EquipmentClass, FailureMode
from twin_core.testimony.testimony import Testimony
from twin_core.value import SECOND, Instant

MACHINE = 0.8 / 0.05
"""Likelihood ratio of a machine that is named by who was there: he names the one at fault eight
times in ten, and each of the four or so others he may take it for once in twenty."""
FAILURE = 0.8 / 0.2
"""The same of a failure beside the others of that machine: right eight times in ten, and else one
of a handful. So a failure that is named is worth `MACHINE` × `FAILURE` beside those of other
machines, and the others of the machine `MACHINE` / `FAILURE`: people mistake what more than where.
"""
INSTRUMENT = 0.5 / 0.05
"""Likelihood ratio of an instrument that is not to be believed: whoever says so has seen what it
shows and mistrusts it, and is right in half; of those that show what is so he doubts one in twenty.
"""
DENIED = 0.2 / 0.6
"""Likelihood ratio of what it was not, as one says: one in five says so of what was it all the
same, three in five of what was not (the others say nothing)."""
MOST = 500.0
"""The most by which all who say the same multiply or divide the odds: they speak to each other, and
of five hundred such cases they repeat one who was wrong in one at least."""
AGREEING = 2
"""So many measurements that agree are not overturned by testimony alone."""
_STRONG = 0.5
"""Strength from which on a sign is a measurement that agrees."""
_ALL, _NONE = 0.8, 0.2
"""Share of a line's loss from which on it is nearly all, and up to which it is hardly any."""
_LEAST = 1e-6
"""What keeps the order of two scores."""
_NEAR = 4.0
"""Score below the best from which on it is not worth trying a suspect in the model."""
_TRIED = 2
"""Suspects tried in the model only because people name them."""
_BEFORE_US = 300 * SECOND
"""How long before an onset people may have spoken of it."""
_LATER_US = 3600 * SECOND
"""How long after a moment people still speak of it without naming the time."""


def bearing(
    testimony: Iterable[Testimony], loss: LineLoss, end: Instant, assets: Collection[str]
) -> list[Testimony]:
    """The reports about what is asked, in their order: of these assets, and since it began.

    Whoever names no time may speak a while later; whoever names one means that. What was put right
    was so until then: before it began it was another case, and it may be told a while later.
    """
    begin = loss.onset - max(int(loss.onset_s * SECOND), _BEFORE_US)
    found = []
    for one in testimony:
        mended = one.kind == "cleared" and one.timed
        first = loss.onset - int(loss.onset_s * SECOND) if mended else begin
        last = end if one.timed and not mended else end + _LATER_US
        if one.asset in assets and one.end >= first and one.start <= last:
            found.append(one)
    return sorted(found, key=lambda one: one.order)


def last_words(testimony: Iterable[Testimony]) -> list[Testimony]:
    """Of each person, asset and kind what he said last: a hundred reports are one voice.

    What it was takes the place of what he said before it; what it was not adds up, by mode.
    """
    last: dict[tuple[object, ...], Testimony] = {}
    for one in sorted(testimony, key=lambda t: t.order):
        voice = one.who, one.asset, one.kind, one.modes if one.kind == "denied" else ()
        last.pop(voice, None)  # what was said again was said last
        last[voice] = one
    return list(last.values())


def weight(testimony: Sequence[Testimony], kind: EquipmentClass, one: Match) -> float:
    """By what the reports multiply the odds of a match: natural logarithm, ±log `MOST`.

    Of each person the last word counts; those of several add up. Who names several machines means
    one of them: what it is worth is shared among them. `kind` is the class of the match's asset.
    """
    said: dict[str, float] = {}
    named: dict[str, set[str | None]] = defaultdict(set)
    for report in testimony:
        if report.kind in {"cause", "cleared"}:
            named[report.who].add(report.asset)
    for report in sorted(testimony, key=lambda t: t.order):
        ratio = likelihood_ratio(report, kind, one.asset, one.mode)
        if ratio != 1.0:
            shared = max(1.0, ratio / len(named[report.who])) if ratio > 1.0 else ratio
            said[report.who] = log(shared)
    return max(-log(MOST), min(log(MOST), sum(said[who] for who in sorted(said))))


def likelihood_ratio(
    one: Testimony, kind: EquipmentClass, asset: str, mode: FailureMode | None
) -> float:
    """By what one report multiplies the odds of a mode at an asset; 1: it says nothing of it.

    Who names a machine and no more means whatever is the matter there, an instrument too. What is
    said of an instrument says nothing of the process, nor the other way round.
    """
    if one.asset != asset:
        return 1.0
    sensor = mode is not None and mode.sensor
    named = mode is not None and mode.id in one.modes
    if one.kind == "denied":
        return DENIED if named or (not one.modes and not sensor) else 1.0
    if one.kind in {"cause", "cleared"}:
        if named:
            return INSTRUMENT if sensor else MACHINE * FAILURE
        if not one.modes:
            return MACHINE
        return 1.0 if sensor or of_instrument(one, kind) else MACHINE / FAILURE
    return 1.0


def names(one: Testimony, asset: str, mode: FailureMode | None) -> bool:
    """Whether a report says that a mode at an asset was it, or whatever is the matter there."""
    named = not one.modes or (mode is not None and mode.id in one.modes)
    return one.kind in {"cause", "cleared"} and one.asset == asset and named


def of_instrument(one: Testimony, kind: EquipmentClass) -> bool:
    """Whether a report of an asset of that class is about its instruments and no more."""
    modes = [kind.failure_mode(mode) for mode in one.modes]
    return bool(modes) and all(mode is not None and mode.sensor for mode in modes)


def otherwise(testimony: Sequence[Testimony], plant: Plant, named: Match) -> list[Testimony]:
    """The reports that do not name that cause: who named it means no other besides."""
    kind = plant.class_of(named.asset)
    return [one for one in testimony if likelihood_ratio(one, kind, named.asset, named.mode) <= 1.0]


def heard(
    measured: Sequence[Suspect],
    found: Sequence[Match],
    testimony: Sequence[Testimony],
    plant: Plant,
    loss: LineLoss,
    nothing: float,
    trial: Callable[[Match], Check | None] | None = None,
) -> list[Suspect]:
    """The suspects, and what people name besides, with what their word adds.

    Args:
        measured: those for which measurements speak.
        found: every match, by measurements.
        testimony: what bears on the case.
        plant: of the assets.
        loss: of the line.
        nothing: score of "no such cause".
        trial: tries a suspect in the model; what that says of one who is tried only because people
            name him counts as a part of their word.
    """
    if not testimony:
        return list(measured)
    known = {id(one.match) for one in measured}
    said = {id(one): weight(testimony, plant.class_of(one.asset), one) for one in found}
    among = list(measured)
    among += [
        Suspect(one, None, one.score) for one in found if id(one) not in known and said[id(one)] > 0
    ]
    words = [TEMPERATURE * said[id(one.match)] for one in among]
    after = moved(among, words, nothing)
    best, tried = max((one.score for one in after), default=0.0), 0
    for i in sorted(range(len(among)), key=lambda i: (-after[i].score, i)):
        if words[i] <= 0 or among[i].check is not None or trial is None:
            continue
        if tried == _TRIED or after[i].score <= max(best - _NEAR, 0.0):
            break
        result = trial(among[i].match)
        tried += result is not None
        words[i] += checked(among[i].match, result, loss).score - among[i].match.score
        among[i] = replace(among[i], check=result)
    return moved(among, words, nothing)


def moved(
    suspects: Sequence[Suspect], weights: Sequence[float], nothing: float = float("-inf")
) -> list[Suspect]:
    """The suspects, in their order, with weights added to scores as far as measurements let them.

    One that two agreeing measurements show keeps its place before each that they do not both show,
    and before nothing.
    """
    order = sorted(range(len(suspects)), key=lambda i: -suspects[i].score)
    score: dict[int, float] = {}
    for rank, i in enumerate(order):
        own, worth = suspects[i], weights[i]
        score[i] = own.score + worth
        if worth < 0:
            below = [suspects[j].score for j in order[rank + 1 :] if _plainer(own, suspects[j])]
            below += [nothing] if agreeing(own.match) >= AGREEING else []
            least = max(below, default=score[i] - _LEAST) + _LEAST
            score[i] = max(score[i], min(own.score, least))
        if worth > 0:
            above = [score[j] for j in order[:rank] if _plainer(suspects[j], own)]
            most = min(above, default=score[i] + _LEAST) - _LEAST
            score[i] = max(own.score, min(score[i], most))
    return [replace(one, score=score[i]) for i, one in enumerate(suspects)]


def shown(one: Match) -> frozenset[str]:
    """The points whose strong signs speak for a match."""
    return frozenset(
        sign.point for sign, worth in one.seen if sign.strength > _STRONG and worth > SPEAKS
    )


def agreeing(one: Match, other: Match | None = None) -> int:
    """How many measurements show a match, and not the other: strong signs at as many points.

    That the line's loss starts there, by its counts and by who waits for whom, is one.
    """
    both = other.told_by if other is not None else frozenset[str]()
    starts = one.loses >= _ALL and (other is None or other.loses < _NONE)
    return len(shown(one) - both) + starts


def _plainer(one: Suspect, other: Suspect) -> bool:
    """Whether two agreeing measurements show one, and not the other, or both not the other."""
    own = {point for point in shown(one.match) if point.startswith(f"{one.match.asset}/")}
    home = len(own) >= AGREEING and not own <= other.match.told_by
    return home or agreeing(one.match, other.match) >= AGREEING
