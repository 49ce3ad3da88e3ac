"""What is not known of a plant, drawn: one possible machine a replication.

The same numbers are used up whatever the scenario, so that differences between scenarios are
paired. It must never draw from anything but the generators it is given.
"""

from dataclasses import dataclass

import numpy as np

from twin_core.simulation.live.machine import MachineStart
from twin_core.simulation.live.trend import Future

_EFFECT_SD = 0.2
"""How far the strength of a real machine's effects lies from the nameplate's (log scale)."""
_BLAMED = 0.75
"""Probability that a machine bent by an effect has lost its speed or quality to that alone."""


@dataclass(frozen=True, eq=False)
class Draws:
    """Random numbers for what is not known: one generator a replication and purpose.

    The purpose is a unit's place in the plant, so that no scenario shifts another's draws.
    """

    seed: int
    replications: int
    first: int = 0

    def of(self, purpose: int) -> list[np.random.Generator]:
        """One generator a replication."""
        return [
            np.random.Generator(
                np.random.PCG64(np.random.SeedSequence(self.seed, spawn_key=(r, purpose)))
            )
            for r in range(self.first, self.first + self.replications)
        ]


@dataclass(frozen=True, slots=True)
class Unknown:
    """One draw of what is not known of a machine.

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

    reach: float
    gained: Future | None
    reach_again: float
    rejects: float
    rejects_again: float
    stops: float
    stop_s: float
    stops_again: float
    stop_again_s: float
    remaining_s: float
    slows: float
    spoils: float
    halts: float
    halt_s: float
    held: bool

    @classmethod
    def draw(
        cls, machine: MachineStart, again: MachineStart | None, random: np.random.Generator
    ) -> "Unknown":
        """One possible machine; the same numbers are used up whatever the scenario."""
        z = random.standard_normal(4)
        stops, stop_s = machine.stops.draw(random)
        halts, halt_s = machine.haste.draw(random)
        held, blamed = random.random() < 0.5, random.random() < _BLAMED
        remaining = 0.0
        if machine.stood_s is not None:
            remaining = machine.stops.remaining(machine.stood_s, random, stop_s)
        repaired = again if again is not None else machine
        reach, reach_again = machine.reach, repaired.reach
        explained = blamed and machine.slows is not None
        gained = reach.trend.future(random) if reach.trend.heading else None
        # last, because how many numbers a gamma uses up depends on its shape
        stops_again, stop_again_s = repaired.stops.draw(random)
        return cls(
            reach=max(0.0, reach.now + reach.sd * float(z[0])),
            gained=gained,
            reach_again=max(0.0, reach_again.now + reach_again.sd * float(z[0])),
            rejects=_share(machine, float(z[1])),
            rejects_again=_share(repaired, float(z[1])),
            stops=stops,
            stop_s=stop_s,
            stops_again=stops_again,
            stop_again_s=stop_again_s,
            remaining_s=remaining,
            slows=_strength(machine.slows, float(z[2]), blamed=blamed),
            spoils=_strength(machine.spoils, float(z[3]), blamed=blamed),
            halts=halts,
            halt_s=halt_s,
            held=held and reach.known and reach.now < 0.97 * reach.best and not explained,
        )


def _strength(seen: float | None, z: float, *, blamed: bool) -> float:
    """Strength of an effect: what the present loss tells, if the effect is to blame for it."""
    if seen is None or not blamed:
        return float(np.exp(_EFFECT_SD * z))
    return seen * float(np.exp(0.3 * _EFFECT_SD * z))


def _share(machine: MachineStart, z: float) -> float:
    """Rejected share, drawn about what was counted (a binomial's standard deviation)."""
    p = machine.rejects
    sd = float(np.sqrt(max(p * (1.0 - p), 1e-6) / machine.rejects_n))
    return min(0.98, max(0.0, p + sd * z))
