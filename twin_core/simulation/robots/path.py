"""A stretch of motion: joint positions along a path, and the time law that drives along it.

It must never know what the stretch is for. Radians, metres, seconds.
"""

from dataclasses import dataclass

import numpy as np
from numpy.polynomial import chebyshev

from twin_core.simulation.robots.arm import Arm, Array

_DEGREE = 6
NODES: Array = (1 - np.cos(np.pi * (np.arange(2 * _DEGREE) + 0.5) / (2 * _DEGREE))) / 2
"""Places along a straight stretch, 0 to 1, at which its joints are solved for."""


@dataclass(frozen=True, slots=True)
class Law:
    """How far along, 0 to 1, at a time: a trapezoid of speed, from rest to rest.

    Lynch and Park, Modern Robotics, 9.2.2.2; a triangle where the stretch is too short to reach
    full speed.

    Attributes:
        speed, acceleration: the most of either, per s and per s².
    """

    speed: float
    acceleration: float

    @property
    def ramp_s(self) -> float:
        """How long it speeds up, and slows down."""
        return self._peak / self.acceleration

    @property
    def _peak(self) -> float:
        return min(self.speed, float(self.acceleration**0.5))

    @property
    def lasts_s(self) -> float:
        """From rest to rest."""
        return 1.0 / self._peak + self.ramp_s

    def at(self, t: Array) -> tuple[Array, Array, Array]:
        """Place, speed and acceleration along the path at times t (n,), held at both ends."""
        peak, ramp, ends = self._peak, self.ramp_s, self.lasts_s
        t = np.clip(t, 0.0, ends)
        left = ends - t
        slow = np.minimum(np.minimum(t, left), ramp)
        place = np.where(t <= left, peak * (t - ramp / 2), 1 - peak * (left - ramp / 2))
        place = np.where(t < ramp, self.acceleration * t**2 / 2, place)
        place = np.where(left < ramp, 1 - self.acceleration * left**2 / 2, place)
        pull = np.where(t < ramp, 1.0, 0.0) - np.where(left < ramp, 1.0, 0.0)
        return place, slow * self.acceleration, pull * self.acceleration


@dataclass(frozen=True, slots=True)
class Stretch:
    """One stretch.

    Attributes:
        path: (degree + 1, joints) Chebyshev coefficients of the joints over the place, −1 to 1.
        law: None for one that only waits.
        lasts_s: how long.
        upright: a straight move up or down, or a wait between two: where cases are touched.
    """

    path: Array
    law: Law | None
    lasts_s: float
    upright: bool = False

    def at(self, t: Array) -> tuple[Array, Array, Array]:
        """Positions, speeds, accelerations (n, joints) at times t (n,) from its beginning."""
        if self.law is None:
            stands = np.tile(self.ends, (len(t), 1))
            return stands, np.zeros_like(stands), np.zeros_like(stands)
        place, speed, pull = (x[:, None] for x in self.law.at(t))
        x = 2 * place[:, 0] - 1
        q = np.asarray(chebyshev.chebval(x, self.path)).T
        first = 2 * chebyshev.chebval(x, chebyshev.chebder(self.path)).T
        second = 4 * chebyshev.chebval(x, chebyshev.chebder(self.path, 2)).T
        return q, first * speed, first * pull + second * speed**2

    @property
    def ends(self) -> Array:
        """(joints,) positions at its end."""
        end: Array = self.path.sum(axis=0)  # every Chebyshev polynomial is 1 at 1
        return end


def rest(q: Array, lasts_s: float, *, upright: bool) -> Stretch:
    """Stand at q (joints,) for a while."""
    return Stretch(np.stack([q, np.zeros_like(q)]), None, lasts_s, upright)


def between(arm: Arm, start: Array, end: Array, share: float) -> Stretch:
    """All joints from start to end (joints,), starting and ending together.

    Args:
        arm: whose limits hold.
        start: positions.
        end: positions.
        share: of the allowed speed; of the allowed acceleration its square, which is what
            driving the same path slower comes to.
    """
    path = np.stack([(start + end) / 2, (end - start) / 2])
    return _driven(arm, path, share, upright=False)


def straight(arm: Arm, q: Array, share: float) -> Stretch:
    """Through positions q (len(NODES), joints) that stand at NODES of a straight line."""
    path = chebyshev.chebfit(2 * NODES - 1, q, _DEGREE)
    return _driven(arm, path, share, upright=True)


def back(stretch: Stretch, arm: Arm, share: float) -> Stretch:
    """The same path the other way round."""
    signs = (-1.0) ** np.arange(len(stretch.path))
    return _driven(arm, stretch.path * signs[:, None], share, upright=stretch.upright)


def _driven(arm: Arm, path: Array, share: float, *, upright: bool) -> Stretch:
    """As fast as speed and acceleration allow, both times `share`.

    With place s: q' = dq/ds, the joints run at q'·s' and are accelerated by q'·s'' + q''·s'²
    (Lynch and Park, 9.4). A curved path gives half its acceleration to each term.
    """
    x = np.linspace(-1, 1, 33)
    first = 2 * np.abs(chebyshev.chebval(x, chebyshev.chebder(path))).max(axis=-1)
    second = 4 * np.abs(chebyshev.chebval(x, chebyshev.chebder(path, 2))).max(axis=-1)
    tiny = 1e-9
    if float(first.max()) < tiny:
        return Stretch(path, None, 0.0, upright)
    speed = share * float((arm.speed / np.maximum(first, tiny)).min())
    half = 1.0
    if float(second.max()) > tiny:
        half = 0.5
        bend = half * arm.acceleration / np.maximum(second, tiny)
        speed = min(speed, share * float(bend.min()) ** 0.5)
    pull = half * share**2 * float((arm.acceleration / np.maximum(first, tiny)).min())
    law = Law(speed, pull)
    return Stretch(path, law, law.lasts_s, upright)
