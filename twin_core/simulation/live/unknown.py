"""What is not known of a plant, drawn: one possible machine a replication.

The same numbers are used up whatever the scenario, so that differences between scenarios are
paired. It must never draw from anything but the numbers it is given.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.simulation.live.machine import MachineStart
from twin_core.simulation.live.trend import Future
from twin_core.simulation.numbers import Column, Numbers

_EFFECT_SD = 0.2
"""How far the strength of a real machine's effects lies from the nameplate's (log scale)."""
_BLAMED = 0.75
"""Probability that a machine bent by an effect has lost its speed or quality to that alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Unknown:
    """What is not known of a machine, one draw a replication.

    Attributes:
        reach: of the commanded speed; `gained` what a trend adds over time.
        rejects: share rejected.
        stops: per running second, `stop_s` their mean length.
        reach_again, rejects_again, stops_again, stop_again_s: the same for a restored machine.
        remaining_s: how much longer it stands, if it stands.
        slows: exponent on the nameplate's effects on speed; `spoils`, `halts` factors on what they
            add to rejects and stops, `halt_s` the mean length of those stops.
        held: a limit of its own keeps it below what is commanded.
    """

    reach: Column
    gained: Future | None
    reach_again: Column
    rejects: Column
    rejects_again: Column
    stops: Column
    stop_s: Column
    stops_again: Column
    stop_again_s: Column
    remaining_s: Column
    slows: Column
    spoils: Column
    halts: Column
    halt_s: Column
    held: NDArray[np.bool_]

    @classmethod
    def draw(cls, machine: MachineStart, again: MachineStart | None, random: Numbers) -> "Unknown":
        """Possible machines; the same numbers are used up whatever the scenario."""
        z = [random.normal() for _ in range(4)]
        stops, stop_s = machine.stops.draw(random)
        halts, halt_s = machine.haste.draw(random)
        held, blamed = random.uniform() < 0.5, random.uniform() < _BLAMED
        remaining = np.zeros(len(random))
        if machine.stood_s is not None:
            remaining = machine.stops.remaining(machine.stood_s, random, stop_s)
        repaired = again if again is not None else machine
        reach, reach_again = machine.reach, repaired.reach
        explained = blamed & (machine.slows is not None)
        gained = reach.trend.future(random) if reach.trend.heading else None
        stops_again, stop_again_s = repaired.stops.draw(random)
        return cls(
            reach=np.maximum(0.0, reach.now + reach.sd * z[0]),
            gained=gained,
            reach_again=np.maximum(0.0, reach_again.now + reach_again.sd * z[0]),
            rejects=_share(machine, z[1]),
            rejects_again=_share(repaired, z[1]),
            stops=stops,
            stop_s=stop_s,
            stops_again=stops_again,
            stop_again_s=stop_again_s,
            remaining_s=remaining,
            slows=_strength(machine.slows, z[2], blamed),
            spoils=_strength(machine.spoils, z[3], blamed),
            halts=halts,
            halt_s=halt_s,
            held=held & (reach.known and reach.now < 0.97 * reach.best) & ~explained,
        )


def _strength(seen: float | None, z: Column, blamed: NDArray[np.bool_]) -> Column:
    """Strength of an effect: what the present loss tells, if the effect is to blame for it."""
    own = np.exp(_EFFECT_SD * z)
    return own if seen is None else np.where(blamed, seen * np.exp(0.3 * _EFFECT_SD * z), own)


def _share(machine: MachineStart, z: Column) -> Column:
    """Rejected share, drawn about what was counted (a binomial's standard deviation)."""
    p = machine.rejects
    sd = float(np.sqrt(max(p * (1.0 - p), 1e-6) / machine.rejects_n))
    return np.clip(p + sd * z, 0.0, 0.98)
