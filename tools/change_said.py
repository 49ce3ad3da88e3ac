"""One change of a what-if as people say it, and the parts of it as they are read.

It must never know what a change leads to.
"""

from typing import Literal

from pydantic import Field

from tools.arguments import Arguments
from tools.length import length_said
from tools.scene import Scene
from tools.wording import called, sentence
from twin_core.errors import WrongKind
from twin_core.value import Path

Kind = Literal[
    "set",
    "shift",
    "speed",
    "capacity",
    "demand",
    "rejects",
    "more_rejects",
    "rejects_share",
    "rework",
    "stop",
    "minor_stops",
    "life",
    "repair",
    "repair_time",
    "buffer",
    "more_buffer",
    "buffer_share",
    "people",
    "planned_stop",
    "product",
    "move_stop",
]


class ChangeSaid(Arguments):
    """One change of a what-if."""

    asset: str = Field(description="machine, utility or line that is changed, as people call it")
    kind: Kind = Field(
        description="set: a setpoint to `value` in its unit; shift: a measured value `value` "
        "higher (negative: lower), in its unit; speed, capacity or demand: `value` per cent of "
        "what it is now; stop: does not run for `duration`, beginning after `after`; rejects: "
        "`value` per cent more of the output is rejected; rework: `value` per cent of what it "
        "rejects is put right and fed to `to` again; minor_stops: `value` more stops an hour "
        "(negative: fewer), of `duration` each; life: runs `value` per cent of the time it runs "
        "now between stops; repair: its stops last `value` per cent of what they last; "
        "repair_time: its stops last `duration`; buffer: room for `value` between it and `to`; "
        "more_buffer: room for `value` more there (negative: less); buffer_share: `value` per cent "
        "of the room there is; people: `value` people mend what stops on it, a line or machine, "
        "and on the machines `also`, the machine `to` first; planned_stop: the line "
        "stands as planned for `duration`, from `after` on; product: the line makes `product`, "
        "from `after` on; "
        "move_stop: the next planned stop of the line (of the kind `product` says: “break”, "
        "“changeover”, “cleaning”, “maintenance”; empty = any) begins at `after` (“14:00”), or "
        "`value` minutes later (negative: sooner); with neither it is left out"
    )
    measurement: str = Field(default="", description="for kinds set and shift: which (“speed”)")
    value: float | None = Field(default=None, description="target, see kind")
    duration: str = Field(default="", description="“20 min”; of a stop empty = 15 min")
    after: str = Field(default="", description="“10 min” from now, or “14:00”; empty = at once")
    to: str = Field(
        default="",
        description="for buffers: the machine after it; empty = the next; for people: the machine "
        "that they mend before any other; empty = first come first served; for rework: the "
        "machine that it is fed to, at or before this one; empty = this one",
    )
    also: list[str] = Field(
        default_factory=list,
        max_length=50,
        description="for people: further machines of the line that the same people mend",
    )
    product: str = Field(default="", description="for kind product: its name or id; else see kind")


def unit_said(scene: Scene, said: ChangeSaid) -> tuple[Path, str]:
    """The unit that is changed, and what people call it."""
    unit = scene.unit(said.asset).id
    return unit, called(unit, scene.look().plant)


def line_said(scene: Scene, said: ChangeSaid) -> tuple[Path, str]:
    """The line of what is changed, and what people call it."""
    plant = scene.look().plant
    line = plant.line(scene.asset(said.asset)).id
    return line, called(line, plant)


def number_said(said: ChangeSaid, what: str, needed: str) -> float:
    """The value, which must be there."""
    if said.value is None:
        raise WrongKind(sentence(what), "no value", f"a number of {needed}".rstrip())
    return said.value


def length_of(said: str, what: str, default_s: float) -> float:
    """Seconds; what is left open is the default, which 0 stands for none."""
    length = length_said(said) if said.strip() else default_s
    if not length:
        raise WrongKind(what, f"“{said}”", "a time such as “20 min”")
    return length


def after_said(said: ChangeSaid, name: str) -> float:
    """Seconds until the change begins."""
    return length_of(said.after, f"Beginning on {name}", 0.0) if said.after.strip() else 0.0
