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


def worn(plant: Plant, unit: Unit, readings: Sequence[Leading]) -> tuple[Wear, ...]:
    """Failure modes of the class that fit what is seen, the best first."""
    by = {one.point.spec.id: one for one in readings}
    modes = [mode for mode in plant.class_of(unit.id).failure_modes if not mode.sensor]
    found = [wear for mode in modes if (wear := _fit(mode, by)) is not None]
    return tuple(sorted(found, key=lambda one: (-one.fits, one.mode)))


def _fit(mode: FailureMode, by: Mapping[str, Leading]) -> Wear | None:
    """How far the signs of a mode on leading readings are there; None where too few are."""
    seen, unseen, whole, there = [], [], 0.0, 0.0
    for symptom in mode.symptoms:
        one = by.get(symptom.point)
        if one is None or symptom.shows not in {"low", "high", "rising", "falling"}:
            continue
        said = f"{one.point.spec.name} {symptom.shows}"
        whole += symptom.weight
        if _shows(one, symptom.shows):
            there += symptom.weight
            seen.append(said)
        else:
            unseen.append(said)
    if whole <= 0 or there / whole < _FITS:
        return None
    return Wear(
        mode=mode.id, name=mode.name, seen=tuple(seen), unseen=tuple(unseen), fits=there / whole
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
