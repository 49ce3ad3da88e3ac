"""Whether a value is the believed one in another unit: what a wrong configuration sends.

Only conversions that people mistake for each other. It must never convert what is believed: it
proposes, and a person decides.
"""

import numpy as np
from numpy.typing import NDArray

_AGREES = 0.03
"""A new value within this share of the converted old one is that one in another unit."""
_NOISES = 8.0
"""The old value must stand so many noises from zero, or every factor would do."""

_ANY = tuple(
    (f"{f:g} times" if f >= 1 else f"1/{1 / f:g} of", f, 0.0)
    for f in (10.0, 100.0, 1000.0, 0.1, 0.01, 0.001)
)
_MORE: dict[str, tuple[tuple[str, float, float], ...]] = {
    "Cel": (("in °F,", 1.8, 32.0), ("in K,", 1.0, 273.15)),
    "[degF]": (("in °C,", 1 / 1.8, -32 / 1.8),),
    "K": (("in °C,", 1.0, -273.15),),
    "bar": (("in psi,", 14.5038, 0.0),),
    "[psi]": (("in bar,", 1 / 14.5038, 0.0), ("in kPa,", 6.89476, 0.0)),
    "kPa": (("in psi,", 1 / 6.89476, 0.0),),
    "m3/h": (("in L/s,", 1 / 3.6, 0.0), ("in m³/min,", 1 / 60, 0.0)),
    "m3/min": (("in m³/h,", 60.0, 0.0),),
    "L/s": (("in m³/h,", 3.6, 0.0),),
}
WIDE = max([len(_ANY), *(len(_ANY) + len(more) for more in _MORE.values())])


class UnitChange:
    """The conversions of every point, in rows of a padded table.

    Args:
        units: UCUM code by point.
        noise: of each point, in its unit.
        measured: which points are measurements; of others nothing is said.
    """

    def __init__(
        self, units: list[str], noise: NDArray[np.float64], measured: NDArray[np.bool_]
    ) -> None:
        kinds = sorted(set(units))
        self._kind = np.array([kinds.index(unit) for unit in units], np.int64)
        self._told = [(*_ANY, *_MORE.get(unit, ())) for unit in kinds]
        self._factor = np.full((len(kinds), WIDE), np.nan)
        self._shift = np.zeros((len(kinds), WIDE))
        for k, told in enumerate(self._told):
            for j, (_, factor, shift) in enumerate(told):
                self._factor[k, j], self._shift[k, j] = factor, shift
        self._far = _NOISES * noise
        self._measured = measured

    def which(
        self, p: NDArray[np.int64], before: NDArray[np.float64], now: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        """By point: position of the conversion that leads from `before` to `now`, −1 if none."""
        k = self._kind[p]
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            converted = before[:, None] * self._factor[k] + self._shift[k]
            off = np.abs(now[:, None] - converted) / np.abs(converted)
            likely = (off <= _AGREES).any(axis=1) & (np.abs(before) > self._far[p])
        found = np.where(np.isnan(off), np.inf, off).argmin(axis=1) if len(p) else k
        return np.where(likely & self._measured[p], found, -1)

    def told(self, p: int, which: int) -> str:
        """The conversion in words: “10 times”, “in °F,”."""
        return self._told[int(self._kind[p])][which][0]
