"""What is drawn from headers as their potentials move: a law a header and replication.

What was drawn at the start is the reference. Consumers draw in proportion to how far the potential
is from the one at which nothing flows (`rest`): compressed gas through a leak or a nozzle in
proportion to its absolute pressure (choked flow, ISO 6358-1), so its rest is a gauge pressure of
-1 atm; heat in proportion to the difference of temperature, UA x dT (Incropera and DeWitt,
*Fundamentals of Heat and Mass Transfer*, ch. 11), once the consumers' valves are wide open, up to
where they hold it. How much the machines work is `activity.py`'s. It must never know what is given.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.simulation.numbers import Column
from twin_core.simulation.processes.media import Header

Rows = NDArray[np.float64]
"""By header, float64[H, 1] or, by replication too, float64[H, R]."""
_FOLLOWS_SD = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """The laws of headers in a row.

    Attributes:
        amount: drawn at the reference, in the medium's unit of flow, float64[H, R].
        rest: the potential at which nothing is drawn; any where draw does not follow it.
        sign: 1 where draw grows with the potential, -1 where it falls, 0 where it does neither.
        opens: how far from rest the potential is up to which consumers' valves still hold what
            they draw; endless where nothing does.
        drive: how far it is from rest at the reference.
        follows: exponent, float64[1, R].
        nominal: what the consumers draw at the reference by the nameplate; NaN where nothing.
    """

    amount: Rows
    rest: Rows
    sign: Rows
    opens: Rows
    drive: Rows
    follows: Rows
    nominal: Rows

    @classmethod
    def of(
        cls, headers: Sequence[Header], nominal: Column, amount_z: Rows, follows_z: Column
    ) -> "Drawn":
        """The laws with what is believed of the headers as their references.

        Args:
            headers: each as believed at some moment.
            nominal: what their consumers draw at that moment by the nameplate, float64[H].
            amount_z: standard normal deviations of what is drawn, float64[H, R].
            follows_z: the same of how it follows the potential, float64[R].
        """
        none = float("nan")
        told = np.array([
            (h.drawn, h.drawn_sd, h.potential, none if h.rest is None else h.rest,
             none if h.held is None else h.held)
            for h in headers
        ]).reshape(-1, 5)  # fmt: skip
        drawn, drawn_sd, potential, rest, held = (told[:, k : k + 1] for k in range(5))
        sign = np.where(np.isnan(rest), 0.0, np.where(potential >= rest, 1.0, -1.0))
        rest = np.where(np.isnan(rest), 0.0, rest)
        opens = np.where(np.isnan(held), np.inf, sign * (held - rest))
        return cls(
            drawn * (1.0 + 0.5 * drawn_sd * amount_z),
            rest,
            sign,
            opens,
            _drive(potential, rest, sign, opens),
            np.clip(1.0 + _FOLLOWS_SD * follows_z, 0.2, 2.0)[None],
            np.where(nominal > 0, nominal, np.nan)[:, None],
        )

    def at(self, potentials: Rows, nominal: Rows) -> Rows:
        """Drawn at these potentials while consumers draw `nominal`, float64[H, C] each.

        C is R, or some times that: the replications over and over.
        """
        works = nominal / self.nominal
        times = potentials.shape[1] // self.amount.shape[1]
        amount, follows = self.amount, self.follows
        if times > 1:
            amount, follows = np.tile(amount, times), np.tile(follows, times)
        drawn = amount * np.where(np.isnan(works), 1.0, works)
        ratio = _drive(potentials, self.rest, self.sign, self.opens) / self.drive
        return np.asarray(drawn * np.minimum(ratio, 1e3) ** follows)


def _drive(potential: Rows, rest: Rows, sign: Rows, opens: Rows) -> Rows:
    """How far the potential is from rest, in that at which the valves are wide open."""
    return np.maximum(np.minimum(sign * (potential - rest), opens), 1e-6)
