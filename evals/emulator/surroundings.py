"""What is outside of every machine: the day's course of temperature and of the wish for water."""

import math
import random


class Surroundings:
    """What is outside of every machine.

    Attributes:
        outdoors: °C; heat: °C added to it by a fault.
        course: multiple of the usual demand at this time of day, UTC: two peaks, a quiet night.
    """

    def __init__(self, seed: int) -> None:
        self._stream = random.Random(f"{seed}/surroundings")
        self._people = random.Random(f"{seed}/people")
        self.outdoors, self.heat, self._drift = 20.0, 0.0, 0.0
        self.course, self._mood = 1.0, 0.0

    def run(self, second: int) -> None:
        """Once a plant minute: the day's course and a slow drift."""
        self._drift += 0.05 * (-self._drift * 0.2 + self._stream.gauss(0.0, 1.0))
        self.outdoors = 19.0 + 4.0 * math.sin(second / 86_400 * 2 * math.pi - 2.0)
        self.outdoors += self._drift + self.heat
        self._mood += -self._mood / 40.0 + 0.006 * self._people.gauss(0.0, 1.0)
        hour = second / 3600.0 % 24.0
        day = 1.0 / (1.0 + math.exp(3.0 * (5.5 - hour)) + math.exp(2.0 * (hour - 22.5)))
        morning = math.exp(-(((hour - 7.5) / 1.6) ** 2))
        evening = math.exp(-(((hour - 18.5) / 2.2) ** 2))
        self.course = (0.4 + 0.55 * day + 0.45 * morning + 0.4 * evening) * (1.0 + self._mood)
