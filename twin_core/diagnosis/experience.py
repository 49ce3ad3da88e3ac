"""What earlier cases say: how common each failure mode is here, and how often this cause came.

Only what a person confirmed moves a prior, and never far: by less than one sign of the contrary
costs. Without a confirmed case every score stays as it is.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from math import exp, log

from twin_core.canonical import digest
from twin_core.case import Case
from twin_core.diagnosis.cause import Cause, Diagnosis
from twin_core.diagnosis.matching import Match, ranked
from twin_core.diagnosis.wording import local
from twin_core.evidence import Evidence
from twin_core.plant.assets import Plant
from twin_core.units import number
from twin_core.value import SECOND, Instant

SHARED = 10.0
"""So many cases of a class would the class file's priors count for, were they counts."""
FARTHEST = 0.45
"""The most that confirmed cases add to a score or take from it; two scores part by 0.9 at most."""
_LATELY_US = 14 * 86_400 * SECOND
"""How far back a cause is said to come again."""
_SAME_US = 900 * SECOND
"""A case that began so shortly before an onset, or later, is the present one."""
_ORDINALS = ("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth",
             "ninth", "tenth")  # fmt: skip
_LISTED = 6

Counts = dict[str, dict[str, int]]
"""Class → failure mode → confirmed cases."""


def counts(cases: Sequence[Case], plant: Plant) -> Counts:
    """Confirmed cases by equipment class and failure mode; those of no listed mode count for none.

    An incident counts once, however often it was confirmed.
    """
    newest = {one.incident.id: one for one in cases if one.confirmed_by}
    found: dict[str, Counter[str]] = {}
    for one in newest.values():
        if one.called(plant):
            kind = plant.unit(str(one.asset)).class_id
            found.setdefault(kind, Counter())[str(one.failure_mode)] += 1
    return {kind: dict(modes) for kind, modes in found.items()}


def version(confirmed: Counts) -> str:
    """Eight hexadecimal digits of the digest of the counts: the same counts, the same weights."""
    return digest(confirmed)[:8]


def shifts(confirmed: Counts, plant: Plant) -> dict[tuple[str, str], float]:
    """What a score gains by confirmed cases, by class and failure mode; natural logarithm.

    The posterior mean of a mode's share with a Dirichlet prior, over its share by the class file:
    log(((A·π + n) / (A + N)) / π), π the mode's share of the class's priors, n its confirmed
    cases, N the class's, A = `SHARED` (Gelman et al., Bayesian Data Analysis, 3rd ed., 3.4);
    bounded to ±`FARTHEST`. A sign of the contrary costs a score at least 1.0 (`weighing.weigh`),
    so no count outweighs one.
    """
    found: dict[tuple[str, str], float] = {}
    for kind, counted in confirmed.items():
        if kind not in plant.classes:
            continue
        modes = plant.classes[kind].failure_modes
        total, n = sum(m.prior for m in modes), sum(counted.values())
        for mode in modes:
            share = mode.prior / total
            posterior = (SHARED * share + counted.get(mode.id, 0)) / (SHARED + n)
            found[kind, mode.id] = max(-FARTHEST, min(FARTHEST, log(posterior / share)))
    return found


def experienced(matches: Sequence[Match], cases: Sequence[Case], plant: Plant) -> list[Match]:
    """The matches with what confirmed cases add to their scores, best first."""
    gains = shifts(counts(cases, plant), plant)
    if not gains:
        return list(matches)
    found = []
    for one in matches:
        mode = one.mode.id if one.mode is not None else ""
        gain = gains.get((plant.unit(one.asset).class_id, mode), 0.0)
        found.append(replace(one, score=one.score + gain))
    return ranked(found)


def again(cause: Cause, cases: Sequence[Case], plant: Plant) -> Evidence | None:
    """That this cause has come before, lately: how often and when; None where it has not."""
    earlier = sorted(
        (
            one
            for one in cases
            if one.asset == cause.asset
            and one.failure_mode == cause.failure_mode
            and cause.onset - _LATELY_US <= one.when < cause.onset - _SAME_US
        ),
        key=lambda one: one.when,
    )
    if not earlier:
        return None
    n = len(earlier) + 1
    nth = _ORDINALS[n] if n < len(_ORDINALS) else f"{n}th"
    since = _day(earlier[0].when, cause.onset, plant)
    told = ", ".join(_told(one, plant) for one in earlier[-_LISTED:])
    more = len(earlier) - _LISTED
    return Evidence(
        kind="incident",
        subject=cause.asset,
        statement=(
            f"{cause.name}: this is the {nth} time {since}; before: "
            f"{f'{more} more, ' if more > 0 else ''}{told}."
        ),
        data={
            "times": n, "since": since, "incidents": [one.incident.id for one in earlier],
            "opened": [one.when for one in earlier],
            "confirmed": sum(bool(one.confirmed_by) for one in earlier),
        },
        time=cause.onset,
    )  # fmt: skip


def remembered(diagnosis: Diagnosis, cases: Sequence[Case], plant: Plant) -> Diagnosis:
    """The diagnosis with how often each of its causes has come before, and the first one's told.

    Where confirmed cases moved the first one's prior, it is told by how much.
    """
    before = [again(cause, cases, plant) for cause in diagnosis.causes]
    moved = [_moved(cause, cases, plant) for cause in diagnosis.causes[:1]]
    told = [one for one in (*before, *moved) if one is not None]
    if not told:
        return diagnosis
    first = [one.statement for one in before[:1] if one is not None]
    return diagnosis.model_copy(
        update={
            "evidence": (*diagnosis.evidence, *told),
            "summary": " ".join([diagnosis.summary, *first]),
        }
    )


def _moved(cause: Cause, cases: Sequence[Case], plant: Plant) -> Evidence | None:
    """By how much confirmed cases moved the prior of a cause; None where they did not."""
    confirmed, kind = counts(cases, plant), plant.unit(cause.asset).class_id
    gain = shifts(confirmed, plant).get((kind, cause.failure_mode or ""), 0.0)
    if not gain:
        return None
    named = confirmed[kind].get(cause.failure_mode or "", 0)
    total, times = sum(confirmed[kind].values()), number(exp(gain))
    return Evidence(
        kind="record",
        subject=cause.asset,
        statement=(
            f"Of {total} confirmed case{'' if total == 1 else 's'} of {plant.classes[kind].name} "
            f"{named} had this cause: it counts for {times:g} times what the class file says."
        ),
        data={"cases": total, "of_this": named, "times": times, "weights": version(confirmed)},
        time=cause.onset,
    )


def _told(one: Case, plant: Plant) -> str:
    how = f"confirmed by {one.confirmed_by}" if one.confirmed_by else "as diagnosed then"
    return f"{local(plant, one.when):%Y-%m-%d %H:%M} ({how})"


def _day(when: Instant, now: Instant, plant: Plant) -> str:
    """“since Monday” within a week, else since the date."""
    then, here = local(plant, when), local(plant, now)
    days = (here.date() - then.date()).days
    if not days:
        return "today"
    return f"since {then:%A}" if days < 7 else f"since {then:%Y-%m-%d}"
