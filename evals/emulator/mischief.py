"""How faults bend true numbers: several on one number add up; gone, the healthy number is back.

It knows numbers by name only. It must never know a class, and never touch a set-point.
"""

from evals.emulator.faults import Trouble
from twin_core.errors import UnknownName


class Mischief:
    """Every true number that a fault acts on, with its healthy value."""

    def __init__(self) -> None:
        self._healthy: dict[tuple[int, str], tuple[object, str, float]] = {}
        self._acting: dict[tuple[int, str], list[Trouble]] = {}

    def act_on(self, target: object, trouble: Trouble) -> None:
        """Let a fault act on its parameter of `target` from now on.

        Raises:
            UnknownName: `target` has no number of that name.
        """
        name = trouble.fault.parameter
        if not isinstance(getattr(target, name, None), int | float):
            raise UnknownName(f"true number of {trouble.fault.component}", name)
        key = (id(target), name)
        if key not in self._healthy:
            self._healthy[key] = (target, name, float(getattr(target, name)))
        self._acting.setdefault(key, []).append(trouble)

    def run(self, now: float) -> None:
        """Bring every number to where the faults have it at plant second `now`."""
        for key, troubles in self._acting.items():
            target, name, value = self._healthy[key]
            moves = False
            for trouble in troubles:
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
