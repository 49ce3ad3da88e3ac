"""What people's word weighs in a diagnosis, and what it never does.

Each report adds a log-likelihood ratio to the scores of what it names, as a sign does; several
people add up to a cap. Alone it never overturns two agreeing measurements: where two strong signs
on two points show A and not B, and A comes first by measurements, no word brings B before A. It
must never make a cause where nothing was measured to be wrong.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from math import log

from twin_core.diagnosis.cause import Cause, Diagnosis
from twin_core.diagnosis.lines import LineLoss
from twin_core.diagnosis.matching import Match, ranked
from twin_core.diagnosis.wording import asset_text, clock
from twin_core.evidence import Evidence
from twin_core.plant.assets import Plant
from twin_core.plant.classes import FailureMode
from twin_core.testimony.testimony import Testimony
from twin_core.value import SECOND, Instant

NAMED = log(0.7 / 0.1)
"""Weight of a person who names the cause: he is right seven times in ten; of what is not the cause
each of a handful of likely ones is named once in ten."""
HERE = NAMED / 2.0
"""The same for another mode at the asset he names: people mistake what it is more than where."""
DENIED = log(0.2 / 0.6)
"""Weight of a person who says that it was not that: one in five says so of what was it all the
same, three in five of what was not (the others say nothing)."""
MOST = 1.5 * NAMED
"""The most that all the people who say the same may add or take."""
AGREEING = 2
"""So many strong signs, on as many points, are not overturned by testimony alone."""
_STRONG, _WORTH = 0.5, 0.2
_LEAST = 1e-6
"""What keeps the order of two scores."""
_QUOTED = 200
"""Letters of a report that are quoted."""
_BEFORE_US = 300 * SECOND
"""How long before an onset people may have spoken of it."""
_LATER_US = 3600 * SECOND
"""How long after a moment people still speak of it without naming the time."""


def bearing(
    testimony: Iterable[Testimony], loss: LineLoss, end: Instant, assets: Collection[str]
) -> list[Testimony]:
    """The reports about what is asked: of these assets, and of the time since it began.

    Whoever names no time may speak a while later; whoever names one means that.
    """
    begin = loss.onset - max(int(loss.onset_s * SECOND), _BEFORE_US)
    return [
        one
        for one in testimony
        if one.asset in assets
        and one.end >= begin
        and one.start <= (end if one.timed else end + _LATER_US)
    ]


def last_words(testimony: Iterable[Testimony]) -> list[Testimony]:
    """Of each person, asset and kind what he said last: a hundred reports are one voice.

    What it was takes the place of what he said before it; what it was not adds up, by mode.
    """
    last: dict[tuple[object, ...], Testimony] = {}
    for one in sorted(testimony, key=lambda t: t.said):
        voice = one.who, one.asset, one.kind, one.modes if one.kind == "denied" else ()
        last.pop(voice, None)  # what was said again was said last
        last[voice] = one
    return list(last.values())


def weight(testimony: Sequence[Testimony], asset: str, mode: FailureMode | None) -> float:
    """What the reports add to the score of a mode at an asset, natural logarithm, ±`MOST`.

    Of each person the last word counts.
    """
    said: dict[str, float] = {}
    for one in sorted(testimony, key=lambda t: t.said):
        worth = _worth(one, asset, mode)
        if worth:
            said[one.who] = worth
    return max(-MOST, min(MOST, sum(said.values())))


def _worth(one: Testimony, asset: str, mode: FailureMode | None) -> float:
    """Who names a machine and no more means whatever is the matter there, an instrument too."""
    if one.asset != asset:
        return 0.0
    sensor = mode is not None and mode.sensor
    named = mode is not None and mode.id in one.modes
    if one.kind == "denied":
        return DENIED if named or (not one.modes and not sensor) else 0.0
    if one.kind in {"cause", "cleared"}:
        return NAMED if named or not one.modes else 0.0 if sensor else HERE
    return 0.0


def heard(
    found: Sequence[Match], suspected: Sequence[Match], testimony: Sequence[Testimony]
) -> list[Match]:
    """The suspects, and what people name besides, with what their word adds, best first.

    Args:
        found: every match, by measurements.
        suspected: those for which measurements speak.
        testimony: what bears on the case.
    """
    if not testimony:
        return list(suspected)
    known = {id(one) for one in suspected}
    weights = {id(one): weight(testimony, one.asset, one.mode) for one in found}
    among = [one for one in found if id(one) in known or weights[id(one)] > 0]
    return moved(among, [weights[id(one)] for one in among])


def moved(matches: Sequence[Match], weights: Sequence[float]) -> list[Match]:
    """The matches with weights added to their scores as far as measurements let them, best first.

    One that two agreeing measurements show keeps its place before each that they do not show.
    """
    order = sorted(range(len(matches)), key=lambda i: -matches[i].score)
    score: dict[int, float] = {}
    for rank, i in enumerate(order):
        own, worth = matches[i], weights[i]
        score[i] = own.score + worth
        if worth < 0:
            below = [matches[j].score for j in order[rank + 1 :] if _plainer(own, matches[j])]
            least = max(below, default=score[i] - _LEAST) + _LEAST
            score[i] = max(score[i], min(own.score, least))
        if worth > 0:
            above = [score[j] for j in order[:rank] if _plainer(matches[j], own)]
            most = min(above, default=score[i] + _LEAST) - _LEAST
            score[i] = max(own.score, min(score[i], most))
    found = [replace(matches[i], score=score[i]) for i in range(len(matches))]
    return ranked(found)


def shown(one: Match) -> frozenset[str]:
    """The points whose strong signs speak for a match."""
    return frozenset(
        sign.point for sign, worth in one.seen if sign.strength > _STRONG and worth > _WORTH
    )


def _plainer(one: Match, other: Match) -> bool:
    """Whether two agreeing measurements show one, and not the other."""
    both = {sign.point for sign, worth in other.seen if worth > _WORTH}
    return len(shown(one) - both) >= AGREEING


def of_testimony(one: Testimony, plant: Plant) -> Evidence:
    """A report as Evidence: who said what, when, and what it is taken to mean."""
    when, words = clock(plant, one.said), " ".join(one.words.split())
    words = words if len(words) <= _QUOTED else f"{words[:_QUOTED]} …"
    span = ""
    if one.timed:
        over = f" to {clock(plant, one.end)}" if one.end > one.start else ""
        span = f" of {clock(plant, one.start)}{over}"
    return Evidence(
        kind="testimony",
        subject=one.asset or plant.site,
        statement=f"{one.who} said at {when}{span} ({meaning(one, plant)}): “{words}”.",
        data={
            "kind": one.kind, "modes": list(one.modes), "act": one.act, "at": when,
            "said": one.said, "start": one.start, "end": one.end, "of": span.strip(),
            "words": words,
        },
        time=one.start,
        quality="uncertain",
        origin=one.who,
    )  # fmt: skip


def meaning(one: Testimony, plant: Plant) -> str:
    """What a report is taken to mean, as a clause: “cause: glue heating weak at Labeller 4”."""
    if one.asset is None or one.kind == "noted":
        return "kept as words, not understood"
    where = asset_text(plant, one.asset)
    what = " or ".join(_names(one, plant))
    return {
        "cause": f"cause: {f'{what} at {where}' if what else where}",
        "cleared": f"put right: {f'{what} at {where}' if what else where}",
        "denied": f"not the cause: {f'{what} at {where}' if what else where}",
        "planned": f"planned: {one.act} at {where}",
    }[one.kind]


def _names(one: Testimony, plant: Plant) -> list[str]:
    if one.asset not in plant.units:
        return []
    kind = plant.class_of(str(one.asset))
    found = [kind.failure_mode(mode) for mode in one.modes]
    return [mode.name for mode in found if mode is not None]


def witnessed(diagnosis: Diagnosis, testimony: Sequence[Testimony], plant: Plant) -> Diagnosis:
    """The diagnosis with what people said among the evidence, and where it says otherwise, both.

    For a cause stands who names it; against it who denies it, and against the first also who
    names another.
    """
    if not testimony:
        return diagnosis
    told = {one: of_testimony(one, plant) for one in testimony}
    causes = tuple(
        _heard(cause, told, plant, first=rank == 0) for rank, cause in enumerate(diagnosis.causes)
    )
    known = {e.id: e for e in (*diagnosis.evidence, *told.values())}
    summary = " ".join([diagnosis.summary, *_both(causes[:1], told, known)])
    return diagnosis.model_copy(
        update={"causes": causes, "evidence": tuple(known.values()), "summary": summary}
    )


def _heard(cause: Cause, told: Mapping[Testimony, Evidence], plant: Plant, *, first: bool) -> Cause:
    mode = plant.class_of(cause.asset).failure_mode(cause.failure_mode or "")
    supports, contradicts = list(cause.supports), list(cause.contradicts)
    for one, evidence in told.items():
        worth = _worth(one, cause.asset, mode)
        if worth > 0:
            supports.append(evidence.id)
        elif worth < 0 or (first and _otherwise(one, cause)):
            contradicts.append(evidence.id)
    return cause.model_copy(update={"supports": tuple(supports), "contradicts": tuple(contradicts)})


def _otherwise(one: Testimony, cause: Cause) -> bool:
    """Whether a report names another cause, or says that the machine was made to stand."""
    return one.kind in {"cause", "cleared"} or (one.kind == "planned" and one.asset == cause.asset)


def _both(
    best: Sequence[Cause], told: Mapping[Testimony, Evidence], known: Mapping[str, Evidence]
) -> list[str]:
    """Sentences: what people say, and where that is not the best cause, what was measured."""
    against = {i for cause in best for i in cause.contradicts}
    said = [
        f"But {evidence.statement}" if evidence.id in against else evidence.statement
        for evidence in told.values()
    ]
    shows = [known[i] for cause in best for i in cause.supports if known[i].kind == "symptom"]
    if shows and any(evidence.id in against for evidence in told.values()):
        said.append(f"What was measured: {shows[0].statement}")
    return said
