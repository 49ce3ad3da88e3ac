"""Where to look first when no failure mode is known: symptoms ranked over the plant's graph.

From signs to courses of assets, from links to who acts on whom; the ranking is
`anomaly/first_out.py`. It must never claim a cause.
"""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from twin_core.anomaly.first_out import LIMIT, Origin, origins
from twin_core.diagnosis import grounds
from twin_core.diagnosis.cause import Diagnosis, FirstOut
from twin_core.diagnosis.graph import onward
from twin_core.diagnosis.sign import Sign, Signs
from twin_core.diagnosis.symptoms import floors, matters
from twin_core.diagnosis.weighing import FOLLOWS
from twin_core.diagnosis.window import Window
from twin_core.diagnosis.wording import asset_text, clock
from twin_core.evidence import Evidence
from twin_core.plant.assets import Line, Plant
from twin_core.units import number

_PLAIN = 0.5
"""Strength from which on a sign counts."""
_SYMPTOMS, _LISTED = 6, 3
_STEPS = {"stuck", "missing", "stopping", "spiking", "noisy"}
"""Ways of showing of which the values themselves tell no course."""


def acts_on(plant: Plant, units: Mapping[str, int]) -> dict[int, list[int]]:
    """Unit → those it acts on directly, both by their number (`graph.py`), each once."""
    return {
        at: [units[other] for other in dict.fromkeys(onward(plant, unit)) if other in units]
        for unit, at in units.items()
    }


def first_out(window: Window, line: Line, signs: Signs) -> list[FirstOut]:
    """The assets at which what is seen may have started, best first."""
    plant = window.plant
    plain = _plainest(s for s in signs.values() if s.strength > _PLAIN and s.asset in window.units)
    if not plain:
        return []
    number_of = {unit: i for i, unit in enumerate(sorted(window.units))}
    name_of = list(number_of)
    course = np.zeros((len(window.time), len(name_of)))
    for unit, at in number_of.items():
        if unit in plain:
            course[:, at] = _course(window, plain[unit])
        elif not plant.units[unit].points:
            course[:, at] = np.nan
    counter = plant.counter(line)
    complaint = number_of[counter.id] if counter is not None and counter.id in plain else None
    leads = [
        number_of[u] for u, s in plain.items() if plant.point(s.point).spec.role not in FOLLOWS
    ]
    ranked = origins(course, acts_on(plant, number_of), complaint, leads or None)
    return [_named(plant, o, name_of, plain) for o in ranked if name_of[o.node] in plain]


def without_modes(found: Diagnosis, window: Window, line: Line, signs: Signs) -> Diagnosis:
    """The diagnosis of a line near which no class knows a failure mode: no cause is claimed.

    What shows itself and where it may have started stand in its place; one of which any asset
    nearby has failure modes is as it was.
    """
    plant = window.plant
    if any(plant.class_of(u).failure_modes for u in window.units) or found.verdict == "no_data":
        return found
    ranked = first_out(window, line, signs)
    shown = sorted(
        (s for s in signs.values() if s.strength > _PLAIN), key=lambda s: (s.onset, -s.strength)
    )
    evidence = [*(e for e in found.evidence if e.kind in {"indicator", "state"})]
    evidence += [_evidence(plant, one) for one in ranked[:_LISTED]]
    evidence += [grounds.of_sign(plant, s) for s in shown[:_SYMPTOMS]]
    wrong = bool(ranked) or found.verdict != "normal"
    rate = next((e.statement for e in evidence if e.kind == "indicator"), "")
    rate = found.summary if found.verdict == "unclear" else rate
    told = f" {_said(plant, ranked[0])}" if ranked else ""
    summary = f"{rate}{told} No failure mode is known here, so no cause is claimed."
    return found.model_copy(
        update={
            "verdict": "unclear" if wrong else "normal",
            "causes": (),
            "first_out": tuple(ranked[:_LISTED]),
            "evidence": tuple({e.id: e for e in evidence}.values()),
            "summary": summary.strip() if wrong else found.summary,
        }
    )


def _plainest(signs: Iterable[Sign]) -> dict[str, Sign]:
    """Of each asset the strongest sign, the earliest of those as strong."""
    found: dict[str, Sign] = {}
    for sign in sorted(signs, key=lambda s: (-round(s.strength, 1), s.onset)):
        found.setdefault(sign.asset, sign)
    return found


def _course(window: Window, sign: Sign) -> NDArray[np.float64]:
    """How far the sign's point has departed by bucket, float64[T]: `LIMIT` where it matters."""
    since = window.time > sign.onset
    step = np.where(since, LIMIT * (1.0 + sign.size), 0.0)
    at = window.plant.index[sign.point]
    point = window.plant.points[at]
    if sign.shows in _STEPS or sign.usual is None or point.spec.type == "bool":
        return step
    matter = matters(point, sign.usual) / LIMIT
    spread = max(matter, float(floors(window, np.asarray([at]))[0]))
    away = np.where(since, (window.value[:, at] - sign.usual) / spread, 0.0)
    course: NDArray[np.float64] = np.where(window.counts[:, at], away, np.nan)
    return course if np.nanmax(np.abs(course), initial=0.0) > LIMIT else step


def _named(plant: Plant, origin: Origin, names: list[str], plain: Mapping[str, Sign]) -> FirstOut:
    unit = names[origin.node]
    return FirstOut(
        asset=unit, sign=grounds.of_sign(plant, plain[unit]).id, onset=plain[unit].onset,
        onset_s=plain[unit].onset_s, accounts=min(1.0, round(origin.accounts, 3)),
        carries=tuple(names[m] for m in origin.carries if m != origin.node),
        healthy_before=tuple(names[m] for m in origin.healthy_before),
    )  # fmt: skip


def _said(plant: Plant, one: FirstOut) -> str:
    where, since = asset_text(plant, one.asset), clock(plant, one.onset)
    percent = round(100 * one.accounts)
    before = ", ".join(asset_text(plant, a) for a in one.healthy_before[:3])
    quiet = f"; {before} before it show nothing" if before else ""
    return (
        f"First out is {where}, since {since} (± {round(one.onset_s)} s): it can account for "
        f"{percent} % of what departs{quiet}."
    )


def _evidence(plant: Plant, one: FirstOut) -> Evidence:
    return Evidence(
        kind="symptom", subject=one.asset, statement=_said(plant, one), time=one.onset,
        data={
            "first_out": True, "since": clock(plant, one.onset), "onset": one.onset,
            "onset_s": round(one.onset_s), "accounts": number(100 * one.accounts),
            "percent": round(100 * one.accounts), "carries": list(one.carries),
            "healthy_before": list(one.healthy_before),
        },
    )  # fmt: skip
