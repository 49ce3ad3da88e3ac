"""What a tie passes at a head: a conductance, a valve by its Kv, a pump by its curve.

A valve passes Kv x opening x sqrt(dp), dp in bar, of water in m3/h (IEC 60534-2-1, turbulent and
not choked; linear inherent characteristic of 60534-2-4). A pump lifts along a parabola through its
shut-off and its rated head, H = n2 H0 - k Q2, by the affinity laws at a share n of its rated speed;
where that crosses the system's curve, static lift and pipe losses growing with Q2, it runs
(Karassik et al., *Pump Handbook*, ch. 2.3). A check valve lets nothing back. It must never know
what is at its ends.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = "NDArray[np.float64]"

METRES_IN = {
    "m": 1.0, "cm": 0.01, "mm": 0.001, "bar": 10.1972, "mbar": 0.0101972, "kPa": 0.101972,
    "Pa": 0.000101972, "MPa": 101.972,
}  # fmt: skip
"""Metres of water in one unit of a potential (9.80665 m/s2, 1000 kg/m3)."""
DEPTHS = frozenset({"m", "cm", "mm"})
"""Units of how full a tank is."""
_BAR_IN_M = 1.0 / METRES_IN["bar"]
_CREEP_M = 0.05
"""Head below which flow is laminar and falls in proportion to it."""


@dataclass(frozen=True, slots=True)
class Conductance:
    """Passes in proportion to the difference of potentials."""

    conducts: float

    def flow(self, head: Array, opening: Array) -> Array:
        """Flow from the first end to the second."""
        return np.asarray(self.conducts * opening * head)

    def steepest(self) -> float:
        """The most that flow changes per unit of head."""
        return self.conducts

    def times(self, factor: float) -> "Conductance":
        """One that passes so many times as much."""
        return Conductance(self.conducts * factor)


@dataclass(frozen=True, slots=True)
class Valve:
    """A throttle for water; `kv` m3/h at 1 bar, fully open; heads in m."""

    kv: float

    def flow(self, head: Array, opening: Array) -> Array:
        """m3/h from the first end to the second."""
        return np.asarray(self.kv * opening * _root(head) * _BAR_IN_M**0.5)

    def steepest(self) -> float:
        """m3/h per m, at creep."""
        return float(self.kv * (_BAR_IN_M / _CREEP_M) ** 0.5)

    def times(self, factor: float) -> "Valve":
        """One that passes so many times as much."""
        return Valve(self.kv * factor)


@dataclass(frozen=True, slots=True)
class Pump:
    """A centrifugal pump with its pipe; heads in m, flow in m3/h.

    Attributes:
        shutoff: head without flow; `steep` m of head lost in pump and pipe per (m3/h)2.
        worn: share of the flow that gets through, 1 when new.
    """

    shutoff: float
    steep: float
    worn: float = 1.0

    def flow(self, head: Array, opening: Array) -> Array:
        """m3/h lifted at a share of rated speed; `head` is that of the source over the target."""
        left = np.maximum(opening**2 * self.shutoff + head, 0.0)
        lifted = self.worn * _root(left) / self.steep**0.5
        return np.asarray(np.where(opening > 0, lifted, 0.0))

    def steepest(self) -> float:
        """m3/h per m, at creep."""
        return float(self.worn / (self.steep * _CREEP_M) ** 0.5)

    def times(self, factor: float) -> "Pump":
        """One that passes so many times as much."""
        return replace(self, worn=self.worn * factor)


Passing: TypeAlias = Conductance | Valve | Pump


def passing_of(parameters: Mapping[str, float]) -> Passing | None:
    """The law that a tie's nameplate gives; None where it gives none.

    Args:
        parameters: `conductance`; or `kv`, m3/h at 1 bar; or `shutoff_head`, `rated_head` in m and
            `rated_flow` in m3/h, with `pipe_loss`, m at rated flow, 0 where not given.
    """
    if "conductance" in parameters:
        return Conductance(parameters["conductance"])
    if "kv" in parameters:
        return Valve(parameters["kv"])
    names = ("shutoff_head", "rated_head", "rated_flow")
    if not all(n in parameters for n in names):
        return None
    shutoff, rated, flow = (parameters[n] for n in names)
    lost = shutoff - rated + parameters.get("pipe_loss", 0.0)
    return Pump(shutoff, lost / flow**2) if flow > 0 and shutoff > rated and lost > 0 else None


def _root(head: Array) -> Array:
    """Signed square root, straight below creep so that no step can overshoot."""
    size = np.abs(head)
    return np.asarray(np.where(size < _CREEP_M, head / _CREEP_M**0.5, np.sign(head) * size**0.5))
