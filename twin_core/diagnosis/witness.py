"""How a diagnosis tells what people said: as evidence with name and time, and beside what was seen.

What contradicts the best cause is told as such, with what was measured. Of many reports some are
told, and how many more there are. It must never weigh anything.
"""

from collections.abc import Mapping, Sequence

from twin_core.diagnosis.cause import Cause, Diagnosis
from twin_core.diagnosis.testimony import (
    AGREEING,
    DENIED,
    FAILURE,
    INSTRUMENT,
    MACHINE,
    likelihood_ratio,
    names,
    of_instrument,
)
from twin_core.diagnosis.wording import asset_text, clock
from twin_core.evidence import Evidence
from twin_core.plant.assets import Plant
from twin_core.testimony.testimony import Testimony
from twin_core.units import number

CARRIED = 12
"""Reports that a diagnosis carries at most."""
_SPOKEN = 4
"""Reports that its summary tells at most."""
_QUOTED = 200
"""Letters of a report that are quoted."""


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
    if one.kind == "noted":
        where = f" at {asset_text(plant, one.asset)}" if one.asset else ""
        return f"kept as words{where}, not understood"
    where = asset_text(plant, str(one.asset))
    what = " or ".join(_names(one, plant))
    of = f"{what} at {where}" if what else where
    instrument = one.asset in plant.units and of_instrument(one, plant.class_of(str(one.asset)))
    return {
        "cause": f"instrument not to be believed: {of}" if instrument else f"cause: {of}",
        "cleared": f"put right: {of}",
        "denied": f"instrument to be believed, not: {of}" if instrument else f"not the cause: {of}",
        "planned": f"planned: {one.act} at {where}",
    }[one.kind]


def worth(one: Testimony, plant: Plant) -> str:
    """What a report is worth in a diagnosis, as a sentence: what it does, and never does."""
    if one.kind == "noted":
        return "It is told beside a diagnosis and weighs nothing."
    if one.kind == "planned":
        return (
            f"It explains a stop of {asset_text(plant, str(one.asset))} that was seen then, and "
            "nothing besides."
        )
    unless = f"it never overturns {AGREEING} measurements that agree."
    if one.kind == "denied":
        return f"It divides the odds of that by {number(1.0 / DENIED):g}; {unless}"
    ratio = number(MACHINE * FAILURE if one.modes else MACHINE)
    if one.asset in plant.units and of_instrument(one, plant.class_of(str(one.asset))):
        ratio = number(INSTRUMENT)
    there = "" if one.modes else " of whatever is the matter there"
    return f"It multiplies the odds{there} by {ratio:g}; {unless}"


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

    Args:
        diagnosis: by measurements and words.
        testimony: what bears on it, of each voice the last; all of it was weighed.
        plant: of its assets.
    """
    if not testimony:
        return diagnosis
    carried = _carried(testimony)
    told = {one: of_testimony(one, plant) for one in carried}
    causes = tuple(
        _heard(cause, told, plant, first=rank == 0) for rank, cause in enumerate(diagnosis.causes)
    )
    known = {e.id: e for e in (*diagnosis.evidence, *told.values())}
    said = _both(causes[:1], list(told.values())[-_SPOKEN:], known)
    more = len(testimony) - min(len(told), _SPOKEN)
    if more:
        said.append(f"{more} more report{'s' if more > 1 else ''} of this time {_are(more)} kept.")
    return diagnosis.model_copy(
        update={
            "causes": causes,
            "evidence": tuple(known.values()),
            "summary": " ".join([diagnosis.summary, *said]),
        }
    )


def _carried(testimony: Sequence[Testimony]) -> list[Testimony]:
    """The newest, those before the others that mean something; in their order."""
    some = sorted(testimony, key=lambda one: (one.kind != "noted", one.order))[-CARRIED:]
    return sorted(some, key=lambda one: one.order)


def _are(many: int) -> str:
    return "are" if many > 1 else "is"


def _heard(cause: Cause, told: Mapping[Testimony, Evidence], plant: Plant, *, first: bool) -> Cause:
    kind = plant.class_of(cause.asset)
    mode = kind.failure_mode(cause.failure_mode or "")
    supports, contradicts = list(cause.supports), list(cause.contradicts)
    for one, evidence in told.items():
        ratio = likelihood_ratio(one, kind, cause.asset, mode)
        if ratio > 1 and names(one, cause.asset, mode):
            supports.append(evidence.id)
        elif ratio < 1 or (first and _otherwise(one, cause)):
            contradicts.append(evidence.id)
    return cause.model_copy(update={"supports": tuple(supports), "contradicts": tuple(contradicts)})


def _otherwise(one: Testimony, cause: Cause) -> bool:
    """Whether a report names another cause, or says that the machine was made to stand."""
    return one.kind in {"cause", "cleared"} or (one.kind == "planned" and one.asset == cause.asset)


def _both(
    best: Sequence[Cause], told: Sequence[Evidence], known: Mapping[str, Evidence]
) -> list[str]:
    """Sentences: what people say, and where that is not the best cause, what was measured."""
    against = {i for cause in best for i in cause.contradicts}
    said = [
        f"But {evidence.statement}" if evidence.id in against else evidence.statement
        for evidence in told
    ]
    shows = [known[i] for cause in best for i in cause.supports if known[i].kind == "symptom"]
    if shows and any(evidence.id in against for evidence in told):
        said.append(f"What was measured: {shows[0].statement}")
    return said
