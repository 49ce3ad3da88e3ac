"""How faults bend true numbers: several on one number add up; gone, the healthy number is back.

It knows numbers by name only. It must never know a class, and never touch a set-point.
"""

from dataclasses import dataclass

from evals.emulator.faults import Trouble
from twin_core.errors import UnknownName


@dataclass
class _Number:
    """A true number of `target` that faults act on, with its healthy value."""

    target: object
    name: str
    healthy: float
    acting: list[Trouble]


class Mischief:
    """Every true number that a fault acts on.

    A target is known by being the very same object, which a copy and a pickle of the whole keep.
    """

    def __init__(self) -> None:
        self._numbers: list[_Number] = []

    def act_on(self, target: object, trouble: Trouble) -> None:
        """Let a fault act on its parameter of `target` from now on.

        Raises:
            UnknownName: `target` has no number of that name.
        """
        name = trouble.fault.parameter
        if not isinstance(getattr(target, name, None), int | float):
            raise UnknownName(f"true number of {trouble.fault.component}", name)
        for number in self._numbers:
            if number.target is target and number.name == name:
                number.acting.append(trouble)
                return
        self._numbers.append(_Number(target, name, float(getattr(target, name)), [trouble]))

    def run(self, now: float) -> None:
        """Bring every number to where the faults have it at plant second `now`."""
        for number in self._numbers:
            target, name, value = number.target, number.name, number.healthy
            moves = False
            for trouble in number.acting:
                level = trouble.level(now)
                if trouble.fault.shape == "stuck":
                    _hold(target, name, trouble, level)
                    continue
                moves = True
                if level > 0.0:
                    value = trouble.fault.size.of(value, level)
            if moves:
                setattr(target, name, value)


def _hold(target: object, name: str, trouble: Trouble, level: float) -> None:
    """A stem that does not move: what has end stops is held between two equal ones."""
    low, high = f"{name}_low", f"{name}_high"
    if level > 0.0 and trouble.held is None:
        trouble.held = float(getattr(target, name))
        trouble.stops = (getattr(target, low, None), getattr(target, high, None))
    if trouble.held is None:
        return
    if trouble.stops[0] is not None:
        setattr(target, low, trouble.held if level > 0.0 else trouble.stops[0])
        setattr(target, high, trouble.held if level > 0.0 else trouble.stops[1])
    elif level > 0.0:
        setattr(target, name, trouble.held)
    if level <= 0.0:
        trouble.held = None
