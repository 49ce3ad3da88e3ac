"""What a machine is there to keep: it is told of where nothing else was asked.

It must never be told in the place of what was asked for in words that are not understood.
"""

import re
from dataclasses import replace

from agents.offline import grammar
from agents.offline.assets import production
from agents.offline.examples import UNCLEAR
from agents.offline.question import Reading, Said
from twin_core.plant.assets import Unit
from twin_core.plant.classes import Role
from twin_core.plant.names import Names

_LEVEL = re.compile(
    r"\b(?:low|lower|high|higher|falling|rising|sinking|dropping|climbing|dropped|fallen|risen|empty"
    r"|full|(?:going|gone|coming|been|went) (?:up|down))\b"
)
"""Says of a thing what it says of what that keeps: “why is header A low?”, “the tower drops”."""


def alike(reading: Reading, names: Names) -> list[Unit]:
    """The units that are asked about, if they are of one class, and nothing else is."""
    units = [names.plant.units[path] for path in reading.paths if path in names.plant.units]
    alike = len({unit.class_id for unit in units}) == 1 and len(units) == len(reading.paths)
    return units if alike else []


def mainly(reading: Reading, said: Said, names: Names) -> Reading:
    """The reading, of whose course is asked and no more, with what the machine is there for.

    What a line's speed is called here is its rate.

    Machines of a utility are compared by it too; those of lines have indicators.
    """
    if reading.measurement == "speed" and set(reading.paths) <= set(production(names)):
        return replace(reading, measurement="rate")
    units = alike(reading, names)
    if not units or reading.measurement not in {"", "rate"}:
        return reading
    if reading.kind == "cause" and _LEVEL.search(said.plain):
        return replace(reading, measurement=kept_by(units[0]))
    made = any(names.plant.line(unit.id).kind == "production" for unit in units)
    if reading.kind != "trend" and (reading.kind != "compare" or made):
        return reading
    if reading.kind == "compare" and grammar.unheard(w for w in said.content if w.isalpha()):
        return replace(reading, kind=UNCLEAR)
    kept = kept_by(units[0])
    return replace(reading, measurement=kept) if kept else reading


def kept_by(unit: Unit) -> str:
    """The one pressure, temperature or level that a unit is there to keep; empty if none is."""
    held = [p for p in unit.points if p.spec.role in {Role.POTENTIAL, Role.LEVEL}]
    return held[0].spec.name if len(held) == 1 else ""
