"""What is drawn from a header as its potential moves: a law a replication.

What was drawn at the start is the reference. Consumers draw in proportion to how far the potential
is from the one at which nothing flows (`rest`): compressed gas through a leak or a nozzle in
proportion to its absolute pressure (choked flow, ISO 6358-1), so its rest is a gauge pressure of
-1 atm; heat in proportion to the difference of temperature, UA x dT (Incropera and DeWitt,
*Fundamentals of Heat and Mass Transfer*, ch. 11), once the consumers' valves are wide open, up to
where they hold it. How much the machines work is `activity.py`'s. It must never know what is given.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.simulation.processes.media import Header

_FOLLOWS_SD = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """The law of one header.

    Attributes:
        amount: drawn at the reference, in the medium's unit of flow, float64[R].
        reference: the potential of reference, in the header's unit.
        rest: the potential at which nothing is drawn; None where draw does not follow it.
        held: the potential up to which (seen from the rest: beyond which) consumers' valves still
            hold what they draw; None where nothing does.
        follows: exponent, float64[R].
        nominal: what the consumers draw at the reference by the nameplate.
    """

    amount: NDArray[np.float64]
    reference: float
    rest: float | None
    held: float | None
    follows: NDArray[np.float64]
    nominal: float

    @classmethod
    def of(
        cls, header: Header, nominal: float, amount_z: NDArray[np.float64], z: NDArray[np.float64]
    ) -> "Drawn":
        """The law with what is believed of the header as its reference.

        Args:
            header: as believed at some moment.
            nominal: what its consumers draw at that moment by the nameplate.
            amount_z: standard normal deviations of what is drawn, one a replication.
            z: the same of how it follows the potential.
        """
        return cls(
            header.drawn * (1.0 + 0.5 * header.drawn_sd * amount_z),
            header.potential,
            header.rest,
            header.held,
            np.clip(1.0 + _FOLLOWS_SD * z, 0.2, 2.0),
            nominal,
        )

    def at(
        self, potential: NDArray[np.float64], nominal: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Drawn at these potentials while consumers draw `nominal`, one a replication."""
        works = nominal / self.nominal if self.nominal > 0 else 1.0
        drawn = self.amount * works
        if self.rest is None:
            return np.asarray(drawn)
        ratio = self._drive(potential) / self._drive(np.array(self.reference))
        return np.asarray(drawn * np.minimum(ratio, 1e3) ** self.follows)

    def _drive(self, potential: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far the potential is from rest, in that at which the valves are wide open."""
        assert self.rest is not None
        sign = 1.0 if self.reference >= self.rest else -1.0
        away = sign * (potential - self.rest)
        if self.held is not None:
            away = np.minimum(away, sign * (self.held - self.rest))
        return np.maximum(away, 1e-6)
