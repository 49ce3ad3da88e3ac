"""Failure modes of a class whose signs are there, on the readings that lead failures.

A shortlist for whoever looks at the machine, no diagnosis: it must never be told as a cause.
"""

from collections.abc import Mapping, Sequence

from twin_core.plant.assets import Plant, Unit
from twin_core.plant.classes import FailureMode
from twin_core.prospect.leading import Leading
from twin_core.prospect.prognosis import Wear

_UNUSUAL = 4.0
"""Standard deviations from usual that count as high or low."""
_FITS = 0.5
"""Share of a mode's signs, by their weights, that must be there."""
_WAYS = {"high": "up", "rising": "up", "low": "down", "falling": "down"}


def worn(plant: Plant, unit: Unit, readings: Sequence[Leading]) -> tuple[Wear, ...]:
    """Failure modes that fit what is seen, by what they show and how often they come."""
    by = {one.point.spec.id: one for one in readings}
    modes = [mode for mode in plant.class_of(unit.id).failure_modes if not mode.sensor]
    priors = {mode.id: mode.prior for mode in modes}
    found = [wear for mode in modes if (wear := _fit(mode, by)) is not None]
    weight = {one.mode: one.fits * priors[one.mode] for one in found}
    whole = sum(weight.values())
    weighed = [one.model_copy(update={"weight": weight[one.mode] / whole}) for one in found]
    return tuple(sorted(weighed, key=lambda one: (-one.weight, one.mode)))


def _fit(mode: FailureMode, by: Mapping[str, Leading]) -> Wear | None:
    """How far the signs of a mode on leading readings are there; None where too few are.

    Wear that has only begun is rising and not yet high: both are one sign of one reading.
    """
    signs: dict[tuple[str, str], float] = {}
    shown: dict[tuple[str, str], str] = {}
    for symptom in mode.symptoms:
        way = _WAYS.get(symptom.shows)
        one = by.get(symptom.point)
        if way is None or one is None:
            continue
        sign = symptom.point, way
        signs[sign] = max(signs.get(sign, 0.0), symptom.weight)
        if _shows(one, symptom.shows):
            shown[sign] = f"{one.point.spec.name} {symptom.shows}"
    whole, there = sum(signs.values()), sum(signs[sign] for sign in shown)
    if whole <= 0 or there / whole < _FITS:
        return None
    unseen = tuple(by[point].point.spec.name for point, way in signs if (point, way) not in shown)
    return Wear(
        mode=mode.id, name=mode.name, seen=tuple(shown.values()), unseen=unseen, fits=there / whole
    )


def _shows(one: Leading, shows: str) -> bool:
    if shows in {"rising", "falling"}:
        return one.line is not None and (one.line.slope > 0) == (shows == "rising")
    away = one.away or 0.0
    normal = one.point.spec.normal
    if shows == "high":
        beyond = normal is not None and one.now is not None and one.now > normal.high
        return away >= _UNUSUAL or beyond
    beyond = normal is not None and one.now is not None and one.now < normal.low
    return away <= -_UNUSUAL or beyond
