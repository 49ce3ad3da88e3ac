"""How much a tag of a server is like a usual point of an equipment class, by name, unit and kind.

Names are what people and vendors write (`BowlPressSP`, `Status.CurMachSpeed`). It must never hold
a tag for a point whose unit differs: nobody converts.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz import fuzz

from twin_core.plant.classes import SETTINGS, EquipmentClass, PointSpec, Role
from twin_core.plant.survey import Tag
from twin_core.units import unit_text

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_a-zA-Z]+")
_WRITTEN_OUT = {
    "sp": "setpoint", "set": "setpoint", "setpt": "setpoint", "target": "setpoint",
    "pv": "", "act": "", "actual": "", "val": "", "value": "", "meas": "", "point": "",
    "temp": "temperature", "press": "pressure", "pres": "pressure", "spd": "speed",
    "lvl": "level", "vib": "vibration", "cnt": "count", "amps": "current", "brg": "bearing",
    "mot": "motor", "mtr": "motor", "pos": "position", "flw": "flow", "torq": "torque",
    "volt": "voltage", "volts": "voltage", "pwr": "power", "prod": "product", "vac": "vacuum",
    "conv": "conveyor", "comp": "compressor", "hdr": "header",
}  # fmt: skip
_PACKML = {
    "statecurrent": Role.STATE,
    "unitmodecurrent": Role.MODE,
    "curmachspeed": Role.SPEED,
    "machspeed": Role.SPEED_SETPOINT,
    "prodprocessedcount": Role.PRODUCED,
    "proddefectivecount": Role.DEFECTIVE,
    "starved": Role.STARVED,
    "blocked": Role.BLOCKED,
    "stopreason": Role.STOP_REASON,
}
"""Tags of ISA-TR88.00.02 whose meaning is their name."""
_ANNOTATION = re.compile(r"\{[^}]*\}")
_NO_UNIT = 0.92  # of the score, where the server does not say the unit
_NOT_WRITABLE = 0.9  # of the score of a setpoint that the server lets nobody write


@lru_cache(maxsize=100_000)
def words(text: str) -> tuple[str, ...]:
    """The words of a name, written out: `BowlPressSP` → bowl, pressure, setpoint."""
    found = (word.lower() for word in _WORD.findall(text))
    return tuple(w for w in (_WRITTEN_OUT.get(word, word) for word in found) if w)


def same_unit(tag: Tag, spec: PointSpec) -> bool | None:
    """Whether a tag is given in a point's unit; None where the server does not say.

    What is counted is no unit (UCUM, 12: annotations): {bottle}/min is 1/min.
    """
    if tag.unit is not None:
        return _plain(tag.unit) == _plain(spec.unit)
    if not tag.unit_said:
        return None
    return tag.unit_said in {spec.unit, unit_text(spec.unit), _plain(spec.unit)}


def likeness(tag: Tag, own: Sequence[str], spec: PointSpec) -> float:
    """0 (not it) to 1 (surely it).

    Args:
        tag: as found.
        own: the words of its own name, without those of its machine.
        spec: a usual point of a class.
    """
    agrees = same_unit(tag, spec)
    if agrees is False:
        return 0.0
    score = likeness_of_name(tag, own, spec)
    if agrees is None and spec.unit != "1":
        score *= _NO_UNIT
    if spec.adjustable is not None and not tag.writable:
        score *= _NOT_WRITABLE
    return score


def likeness_of_name(tag: Tag, own: Sequence[str], spec: PointSpec) -> float:
    """The same, whatever the unit."""
    if (tag.type == "bool") != (spec.type == "bool"):
        return 0.0
    role = _PACKML.get("".join(_WORD.findall(tag.path[-1].rsplit(".", 1)[-1])).lower())
    if role is not None:
        return 1.0 if spec.role is role else 0.0
    if spec.role in _PACKML.values() and spec.unit == "1" and tag.type != spec.type:
        return 0.0
    said = " ".join(own)
    if said in {" ".join(words(spec.id)), " ".join(words(spec.name))}:
        return 1.0
    if ("setpoint" in own) != (spec.role in SETTINGS):
        return 0.0
    scores = [_alike(said, spec.id), 0.95 * _alike(said, spec.name)]
    if tag.description:
        scores.append(0.9 * _alike(" ".join(words(tag.description)), spec.name))
    return max(scores)


def likeness_of_class(name: Sequence[str], kind: EquipmentClass) -> float:
    """0 to 1: how much a machine's name is that of a kind; the last word weighs most.

    Numbers and single letters tell machines of a kind apart.
    """
    said = [word for word in name if not word.isdigit() and len(word) > 1]
    if not said:
        return 0.0
    best = 0.0
    for called in (kind.name, kind.id, *kind.nicknames):
        other = words(called)
        if other:
            whole = fuzz.token_sort_ratio(" ".join(said), " ".join(other))
            shared = fuzz.token_set_ratio(" ".join(said), " ".join(other))
            last = fuzz.ratio(said[-1], other[-1])
            best = max(best, 0.4 * last + 0.3 * shared + 0.3 * whole)
    return best / 100


@lru_cache(maxsize=200_000)
def _alike(said: str, name: str) -> float:
    other = " ".join(words(name))
    if said == other:
        return 1.0
    return (
        0.6 * fuzz.token_sort_ratio(said, other) + 0.4 * fuzz.token_set_ratio(said, other)
    ) / 100


def _plain(ucum: str) -> str:
    bare = _ANNOTATION.sub("", ucum)
    if not bare:
        return "1"
    return f"1{bare}" if bare.startswith("/") else bare
