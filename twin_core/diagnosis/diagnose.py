"""Why a line or a unit does what it does: signs, walk, match, counterfactual, ranked causes.

`diagnose` is a pure function of a snapshot and a seed. Each stage may find nothing, and then the
answer says so. It must never know a plant, an asset or a failure mode by name.
"""

from collections.abc import Callable, Sequence
from functools import partial
from math import inf

import numpy as np

from twin_core.case import Case as PastCase
from twin_core.diagnosis import (
    balance,
    ends,
    first_out,
    grounds,
    meters,
    rejects,
    setpoints,
    stops,
    symptoms,
)
from twin_core.diagnosis.account import LISTED, account
from twin_core.diagnosis.cause import Check, Diagnosis
from twin_core.diagnosis.check import check
from twin_core.diagnosis.excused import besides, excused, overruled, standing, stands
from twin_core.diagnosis.experience import experienced, remembered
from twin_core.diagnosis.graph import around, spoken_of
from twin_core.diagnosis.lines import LineLoss, span, weigh
from twin_core.diagnosis.longer import lost_from_memory
from twin_core.diagnosis.matching import Match, match, shows_itself
from twin_core.diagnosis.parsimony import remaining, sufficient
from twin_core.diagnosis.ranking import (
    Suspect,
    checked,
    facts,
    rivals,
    weighed,
)
from twin_core.diagnosis.sign import Sign, Signs
from twin_core.diagnosis.testimony import (
    AGREEING,
    agreeing,
    bearing,
    heard,
    last_words,
    otherwise,
)
from twin_core.diagnosis.trial import Trial
from twin_core.diagnosis.unheard import honest
from twin_core.diagnosis.weighing import Case, gather
from twin_core.diagnosis.window import Window, cut
from twin_core.diagnosis.witness import witnessed
from twin_core.evidence import Evidence
from twin_core.plant.assets import Line
from twin_core.plant.classes import Role
from twin_core.testimony.testimony import Testimony
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant

_CHECKS, _CHECKS_WELL, _CHECKS_AT_MOST = 3, 2, 6
"""Suspects put into the model, of a line that loses and of one that does not; more, up to the
last, where those before the next one fell behind it."""
_CONTENDS = 4.0
"""Score by which a suspect may lie behind the best and be put into the model."""
_SUSPECTS = 20
"""Suspects whose probabilities are weighed against each other."""
_STARTS_HERE = 0.2
"""Share of the loss that makes an asset suspect without any sign."""
_ALL_HERE = 0.8
"""Share of the loss from which on it is all of it."""
_PLAIN, _LARGE = 0.9, 2.0
"""Strength, and times what matters, from which on a sign is plain."""
_MUCH = 0.08
"""Share of its rate from which on a line's loss tells of its place more than minor stops do."""
_EARLY_S = 180.0
"""Plant seconds in which a machine's stops alone tell no cause."""
_NO_LUCK = 0.97
"""Strength from which on minor stops that cost a line nothing are no machine's luck."""
_LATELY = 30
"""Buckets within which a point must have shown itself for its silence to mean anything."""
_NOTHING = 2.0
"""Score of "no abnormality" while the line makes its rate."""
_NEWS = 4.0
"""Score from which on it is worth telling, beside a cause, that an asset does something unknown."""
_UNCLEAR = -0.5
"""Score of "something the classes do not know" while it does not."""
_PLAINLY = 6.0
"""Score from which on a suspect with plain signs need not be the only one."""
_FACT = 3.5
"""The same for one with a sign that chance hardly brings: a setting moved, a value refused."""
_SURE = 0.2
"""Probability below which the best suspect is not called a cause."""
_SOMETHING = 0.55
"""Probability of all suspects together below which a line that makes its rate is well."""


def diagnose(
    snapshot: Snapshot,
    subject: str,
    span_s: float,
    seed: int,
    testimony: Sequence[Testimony] = (),
    cases: Sequence[PastCase] = (),
    *,
    tried: bool = True,
) -> Diagnosis:
    """Ranked causes of what is wrong with `subject`, or an honest nothing.

    Args:
        snapshot: belief; its `recent` is all the past there is.
        subject: path of a line, unit or point; a unit is asked about through its line.
        span_s: how far back the question reaches, plant seconds.
        seed: of the simulations.
        testimony: what people reported; that of other assets and times is left aside.
        cases: earlier incidents with their causes; confirmed ones move priors a little.
        tried: whether suspects are put into the model; without, none is called checked.

    Raises:
        UnknownName: no such subject.
    """
    plant = snapshot.plant
    line = plant.line(subject)
    units = around(plant, line)
    window = cut(snapshot, units)
    start = span(window, span_s)
    silent = _silence(snapshot, line)
    if silent is not None:
        return _no_data(snapshot, subject, line, start, silent)
    loss = weigh(window, line, start)
    near = [x for x in plant.lines if any(u.id in units for u in x.units)]
    belied = [*ends.observe(window), *balance.observe(window), *meters.observe(window)]
    signs = gather(
        [
            *belied,
            *balance.unbelied(window, symptoms.observe(window), belied),
            *setpoints.observe(window),
            *(s for x in near for s in stops.observe(window, x)),
            *(s for x in near for s in rejects.observe(window, x)),
        ]
    )
    signs = honest(window, meters.passed_on(window, signs))
    told = bearing(testimony, loss, window.end, {line.id, *spoken_of(plant, line)})
    said = last_words(told)
    trial = None
    if tried and loss.rate is not None:
        trial = partial(check, Trial(window, line, loss, signs, seed, loss.onset))
    rounds, named = _rounds(window, line, loss, signs, trial, said, cases)
    stood, used = stands(window, told)
    if stood and not overruled(rounds[0], plant):
        others = [one for one in testimony if one not in used]
        rest = diagnose(excused(window, stood), subject, span_s, seed, others, cases, tried=tried)
        if rest.verdict in {"normal", "cause"} or besides(window, line, stood, loss.onset):
            return standing(rest, stood, used, plant)
    found = account(
        window, subject, line, start, loss, rounds, named=named,
        lasting=not loss.wanted and lost_from_memory(window, line),
    )  # fmt: skip
    found = first_out.without_modes(found, window, line, signs)
    return remembered(witnessed(found, said, plant), cases, plant)


def _rounds(
    window: Window,
    line: Line,
    loss: LineLoss,
    signs: Signs,
    trial: Callable[[Match], Check | None] | None,
    said: Sequence[Testimony],
    cases: Sequence[PastCase],
) -> tuple[list[list[Suspect]], bool]:
    """The best explanation, then the best of what it leaves unexplained; whether it is a cause."""
    plant = window.plant
    unclear = _UNCLEAR if loss.losing else None
    case = Case(plant, line, loss, signs, _blind(window), window.end, meters.balanced(window))
    found = experienced(match(case), cases, plant)
    measured = _checks(trial, loss, _suspected(found, loss))
    told = heard(
        measured, found, said, plant, loss, _NOTHING if unclear is None else unclear, trial
    )
    first = weighed(told, _NOTHING, unclear)
    unheard = weighed(measured, _NOTHING, unclear)
    named = _named(first, loss, window.end) or _agreed(first, unheard, loss, window.end)
    if not named and not loss.losing:
        first = facts(first, _NOTHING) or first
        named = _named(first, loss, window.end)
    if not named:
        return [first], False
    beside = partial(_beside, case, said=said, cases=cases)
    second = beside(first[0])
    alone = sufficient(case, first, second)
    if alone:
        first = weighed(alone, _NOTHING, unclear)
        second = beside(first[0])
    return [first, second] if second else [first], True


def _beside(
    case: Case, first: Suspect, said: Sequence[Testimony], cases: Sequence[PastCase]
) -> list[Suspect]:
    """The best of what the first cause leaves unexplained; empty where nothing stands out."""
    plant, best = case.plant, first.match
    left = remaining(case, first)
    rest = left.loss
    found = experienced(match(left), cases, plant)
    others = _checks(None, rest, _suspected(found, rest))
    others = heard(others, found, otherwise(said, plant, best), plant, rest, _NOTHING)
    second = [
        one
        for one in others
        if (one.match.asset, one.match.mode) != (best.asset, best.mode)
        and one.score > (_NOTHING if one.match.mode is not None else _NEWS)
        and (rest.losing or _stands_alone(one.match))
    ]
    best_first = weighed(second, _NOTHING)[:LISTED]
    return weighed(best_first, _NOTHING)


def _agreed(
    suspects: Sequence[Suspect], measured: Sequence[Suspect], loss: LineLoss, end: Instant
) -> bool:
    """Whether the best suspect is a cause by two agreeing measurements, whatever is said."""
    return (
        bool(measured)
        and suspects[0].match is measured[0].match
        and agreeing(measured[0].match) >= AGREEING
        and _named(measured, loss, end)
    )


def _stands_alone(one: Match) -> bool:
    """Whether it is worth telling where no loss is left to explain.

    An instrument, a setting, or what shows itself plainly where it sits and costs nothing yet.
    """
    if one.mode is not None and one.mode.sensor:
        return True
    return any(
        sign.sure or (shows_itself(one, sign) and sign.strength > _PLAIN and _large(sign))
        for sign, worth in one.seen
        if worth > 0
    )


def _large(sign: Sign) -> bool:
    """Whether it is far more than what matters; a law of stops that changed is told by its odds."""
    return sign.shows == "stopping" or sign.size > _LARGE


def _named(suspects: Sequence[Suspect], loss: LineLoss, end: Instant) -> bool:
    """Whether the best suspect may be called a cause: likely enough, and something shows it."""
    if not suspects or suspects[0].probability < _SURE:
        return False
    best = suspects[0]
    if not best.match.seen:  # the loss starts there, and the model loses as much by it
        here = best.match.loses >= _ALL_HERE and loss.lost > _MUCH * (loss.usual or 0.0)
        return here and best.check is not None and best.check.passed
    telling = [sign for sign, _ in best.match.seen if _tells(sign, loss, end)]
    if loss.losing:
        return bool(telling)
    # where nothing is lost, a cause must show itself where it sits, and plainly or alone
    at_home = any(shows_itself(best.match, sign) for sign in telling)
    fact = any(sign.sure and worth > 0 for sign, worth in best.match.seen)
    plain = _stands_alone(best.match) and best.match.score > (_FACT if fact else _PLAINLY)
    among = rivals(best, suspects)
    something = sum(s.probability for s in among) >= _SOMETHING
    return at_home and (plain or _alone(best, among)) and something


def _tells(sign: Sign, loss: LineLoss, end: Instant) -> bool:
    """Whether a sign shows a cause by itself: two stops within a minute are seen every day.

    Minor stops do where they cost something and have not just begun, or where they are beyond luck.
    """
    if sign.shows != "stopping":
        return True
    if loss.losing:
        return sign.onset < end - int(_EARLY_S * SECOND)
    return sign.strength > _NO_LUCK


def _alone(best: Suspect, rivals: Sequence[Suspect]) -> bool:
    """Whether the asset of the best suspect is twice as likely as any other."""
    shares: dict[str, float] = {}
    for one in rivals:
        shares[one.match.asset] = shares.get(one.match.asset, 0.0) + one.probability
    here = shares.pop(best.match.asset)
    return here >= 2.0 * max(shares.values(), default=0.0)


def _suspected(matches: list[Match], loss: LineLoss) -> list[Match]:
    """Those for which anything speaks at all: the rest is what "nothing" stands for.

    Where a line loses and its machine shows nothing, the machine is suspect; and if all of the
    loss starts at one asset, so are the modes of that which show least.
    """
    end = loss.walk[-1] if loss.walk else ""
    found = [
        m
        for m in matches
        if m.seen
        or (m.mode is None and m.loses >= _STARTS_HERE)
        or (m.mode is not None and m.asset == end and not m.mode.sensor and m.loses >= _ALL_HERE)
    ]
    return found[:_SUSPECTS]


def _checks(
    trial: Callable[[Match], Check | None] | None, loss: LineLoss, matches: Sequence[Match]
) -> list[Suspect]:
    """The suspects, the best of them tried in the model; none without a trial."""
    found = [checked(m, None, loss) for m in matches]
    if trial is None or not matches:
        return found
    floor = matches[0].score - _CONTENDS
    if not loss.losing:
        floor = max(floor, 0.0)
    enough = _CHECKS if loss.losing else _CHECKS_WELL
    untried = [k for k, m in enumerate(matches) if m.score > floor]
    spent, best = 0, -inf
    while untried and spent < _CHECKS_AT_MOST:
        at = untried.pop(0)
        if spent >= enough and found[at].score <= best:
            break  # what comes first was tried
        result = trial(matches[at])
        found[at] = checked(matches[at], result, loss)
        spent += result is not None
        best = max(best, found[at].score)
    return found


def _blind(window: Window) -> frozenset[str]:
    """Points of which a symptom would not be seen: their silence about it means nothing.

    What showed nothing lately, what a producer shows since it was started or put to standby, and
    what a machine shows that has stood by itself for as long as is remembered.
    """
    plant, half = window.plant, len(window.time) // 2
    lately = np.asarray(window.counts[-_LATELY:]).sum(axis=0)
    known = np.asarray(window.counts[:half]).sum(axis=0)
    told = np.isfinite(window.snapshot.recent.mean[:half]).sum(axis=0)
    producer = [plant.class_of(p.unit_id).model == "producer" for p in plant.points]
    silent = {
        p.id
        for i, p in enumerate(plant.points)
        if not lately[i] or (producer[i] and told[i] and not known[i])
    }
    stands = (u for u in plant.units.values() if u.id in window.units and stops.stands(window, u))
    silent |= {p.id for u in stands for p in u.points if p.spec.role is not Role.STATE}
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
