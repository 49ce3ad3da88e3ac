"""Faults of instruments as they are planted on healthy signals: shape, size, place, by seed alone.

Written from what instruments do, apart from every rule that shall find it. It must import nothing
that judges.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

Kind: TypeAlias = Literal["drift", "bias", "stuck", "spikes", "noise", "dropout", "unit"]
KINDS: tuple[Kind, ...] = get_args(Kind)

RIGHT: dict[Kind, frozenset[str]] = {
    "drift": frozenset({"drift"}),
    "bias": frozenset({"drift", "rate"}),
    "stuck": frozenset({"stuck"}),
    "spikes": frozenset({"spike", "range", "rate"}),
    "noise": frozenset({"spike", "rate", "range"}),
    "dropout": frozenset({"missing", "status"}),
    "unit": frozenset({"unit"}),
}
"""What a rule that understood the fault would call it."""

Clock: TypeAlias = Literal["hour_ahead", "hour_back", "1970", "2038", "20_s_ahead"]
CLOCKS: tuple[Clock, ...] = get_args(Clock)


def clock_us(kind: Clock, now: int) -> int:
    """By how much a clock is wrong that reads plant time `now`, microseconds."""
    return {
        "hour_ahead": 3_600_000_000,
        "hour_back": -3_600_000_000,
        "1970": -now,
        "2038": 2_147_483_647_000_000 - now,
        "20_s_ahead": 20_000_000,
    }[kind]


@dataclass(frozen=True, slots=True)
class Planted:
    """One fault on one channel.

    Attributes:
        share: its size as a share of the instrument's span, signed.
        over_s: seconds in which a drift grows to its size.
        draws: seed of what it draws.
    """

    kind: Kind
    share: float
    over_s: float
    draws: int

    @staticmethod
    def drawn(kind: Kind, rng: np.random.Generator) -> "Planted":
        """One of that kind: drift and bias of 2 to 6 % of the span, spikes of 10 to 30 %."""
        low, high = {"spikes": (0.10, 0.30), "noise": (0.01, 0.03)}.get(kind, (0.02, 0.06))
        share = float(rng.uniform(low, high)) * float(rng.choice([-1, 1]))
        return Planted(kind, share, float(rng.uniform(600, 1800)), int(rng.integers(2**31)))

    def on(
        self,
        value: NDArray[np.float64],
        age_s: NDArray[np.float64],
        low: float,
        high: float,
        unit: str,
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """What the channel shows from the onset on, and which readings come at all.

        Args:
            value: healthy readings from the onset on.
            age_s: their seconds since then.
            low: the least the instrument can show; it saturates there.
            high: the most.
            unit: UCUM code; temperatures come in °F, bars in psi, everything else ten times.
        """
        rng = np.random.default_rng(self.draws)
        size = self.share * (high - low)
        comes = np.ones(len(value), bool)
        if self.kind == "drift":
            shown = value + size * np.clip(age_s / self.over_s, 0, 1)
        elif self.kind == "bias":
            shown = value + size
        elif self.kind == "stuck":
            shown = np.full_like(value, value[0])
        elif self.kind == "spikes":
            shown = value + size * (rng.random(len(value)) < 1 / 15)
        elif self.kind == "noise":
            shown = value + abs(size) * rng.standard_normal(len(value))
        elif self.kind == "dropout":
            return value, np.zeros(len(value), bool)
        else:
            factor, shift = {"Cel": (1.8, 32.0), "bar": (14.5038, 0.0)}.get(unit, (10.0, 0.0))
            return value * factor + shift, comes  # a configuration knows no limits
        return np.clip(shown, low, high), comes
