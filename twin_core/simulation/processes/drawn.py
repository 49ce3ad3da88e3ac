"""What is drawn from a header as its potential moves and its lines stand: a law a replication.

Drawn at the potential of reference, times (potential / reference)^follows, times how far the
potential slows the machines that draw. At pressure a leak or a nozzle passes in proportion to it
(choked flow, ISO 6358-1, which takes the absolute pressure); heat and power are drawn whatever the
potential. It must never know what is given.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Plant
from twin_core.plant.classes import Role
from twin_core.simulation.live.bending import header_of
from twin_core.simulation.live.effects import SUPPLY, factors
from twin_core.simulation.processes.media import Header

STANDSTILL = 0.1
"""Share of its nominal draw that a machine takes while it does not move."""
_FOLLOWS_SD = 0.3

Breaks = Mapping[str, tuple[tuple[float, float], ...]]
"""Line path → (start, end) of its planned stops, seconds after the start (or before it)."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """The law of one header.

    Attributes:
        amount: drawn at the potential of reference, in the medium's unit of flow, float64[R].
        reference: the potential of reference, in the header's unit.
        follows: exponent, float64[R]; None where draw does not follow the potential.
        table, eases: potential → factor by the machines it slows, 1 at the reference.
    """

    amount: NDArray[np.float64]
    reference: float
    follows: NDArray[np.float64] | None
    table: NDArray[np.float64]
    eases: NDArray[np.float64]

    @classmethod
    def of(
        cls, plant: Plant, header: Header, amount_z: NDArray[np.float64], z: NDArray[np.float64]
    ) -> "Drawn":
        """The law with what is believed of the header as its reference.

        Args:
            plant: for the effects of what it supplies.
            header: as believed at some moment.
            amount_z: standard normal deviations of what is drawn, one a replication.
            z: the same of how it follows the potential.
        """
        return cls(
            header.drawn * (1.0 + 0.5 * header.drawn_sd * amount_z),
            header.potential,
            np.clip(1.0 + _FOLLOWS_SD * z, 0.2, 2.0) * header.follows if header.follows else None,
            *_eases(plant, header),
        )

    def at(self, potential: NDArray[np.float64]) -> NDArray[np.float64]:
        """Drawn at these potentials, one a replication."""
        drawn = self.amount * np.interp(potential, self.table, self.eases)
        if self.follows is None:
            return np.asarray(drawn)
        ratio = np.maximum(potential, 1e-6) / max(abs(self.reference), 1e-6)
        return np.asarray(drawn * ratio**self.follows)


def standing(
    header: Header, stops: Breaks, t: NDArray[np.float64], running: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Factor on what is drawn as lines go into and come out of their planned stops, float64[T].

    Args:
        header: with its consumers.
        stops: of the lines they stand in.
        t: seconds after the start.
        running: where on `t` the law is that of lines which run, not of the start.
    """
    drawn = np.zeros(len(t))
    at_start = 0.0
    for consumer, share in header.consumers:
        spans = stops.get("/".join(consumer.split("/")[:3]), ())
        stands = np.zeros(len(t), dtype=bool)
        for start, end in spans:
            stands |= (t >= start) & (t < end)
        now = any(start <= 0 < end for start, end in spans)
        drawn += share * np.where(stands, STANDSTILL, 1.0)
        at_start += share * (STANDSTILL if now else 1.0)
    if at_start <= 0:
        return np.ones(len(t))
    return drawn / np.where(running, sum(share for _, share in header.consumers), at_start)


def _eases(plant: Plant, header: Header) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How the draw of the machines falls as the potential slows them, relative to the reference."""
    point = header.unit.with_role(Role.POTENTIAL)
    low, high = (point.spec.limits.low, point.spec.limits.high) if point else (0.0, 1.0)
    table = np.linspace(low, high, 257)
    total = np.zeros(len(table))
    for consumer, share in header.consumers:
        moves = np.ones(len(table))
        for effect in plant.class_of(consumer).effects:
            if effect.on == "speed" and effect.by.startswith(SUPPLY):
                source = header_of(plant, consumer, effect.by.removeprefix(SUPPLY))
                if source == header.unit.id:
                    moves = moves * factors(effect, table)
        total += share * (STANDSTILL + (1.0 - STANDSTILL) * moves)
    first = float(np.interp(header.potential, table, total))
    return table, total / first if first > 0 else np.ones(len(table))
