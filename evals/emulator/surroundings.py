"""What is outside of every machine: the day's course of the temperature, and a slow drift."""

import math
import random


class Surroundings:
    """What is outside of every machine.

    Attributes:
        outdoors: °C; heat: °C added to it by a fault.
    """

    def __init__(self, seed: int) -> None:
        self._stream = random.Random(f"{seed}/surroundings")
        self.outdoors, self.heat, self._drift = 20.0, 0.0, 0.0

    def run(self, second: int) -> None:
        """Once a plant minute: the day's course and a slow drift."""
        self._drift += 0.05 * (-self._drift * 0.2 + self._stream.gauss(0.0, 1.0))
        self.outdoors = 19.0 + 4.0 * math.sin(second / 86_400 * 2 * math.pi - 2.0)
        self.outdoors += self._drift + self.heat
