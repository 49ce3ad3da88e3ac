"""A machine that counts things: PackML state, speed, minor stops, buffers before and behind it.

The mechanics of every machine class; what its process does to speed, rejects and stops is added
by the class's own physics. It must never read a nameplate effect or a failure mode.
"""

import math
import random
from typing import TYPE_CHECKING

from evals.emulator.component import Component, Recipe
from twin_core.plant.assets import Unit
from twin_core.plant.classes import EquipmentClass

if TYPE_CHECKING:
    from evals.emulator.conveyor import Conveyor
    from evals.emulator.utilities import Header

STOPPED, IDLE, SUSPENDED, EXECUTE, HELD = 2, 4, 5, 6, 11
PRODUCTION = 1

# what the panel shows as the reason of a stop (plants/README.md)
NONE, WAITING, DISCHARGE_FULL, MINOR_STOP, NO_SUPPLY, TRIP, BREAK, CHANGEOVER = (
    0,
    1,
    2,
    3,
    4,
    5,
    7,
    8,
)


class Machine(Component):
    """A machine of a line.

    Attributes:
        speed_setpoint, speed: {unit_out}/min.
        reach: share of its speed that the process lets it run (by the class's physics).
        scrap: share of its output thrown out now.
        trips: stops per hour now, above the usual minor ones.
        drive, jams, jam_s, spoil, friction, wear: true numbers for faults: share of speed the
            drive can give, added stops per hour and their mean length, added share of rejects,
            multiple of usual friction and of usual vibration.
    """

    speed_setpoint: float

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        super().__init__(unit, kind, seed, recipe)
        assert unit.flow is not None
        rated = unit.parameters["rated_speed"]
        self.rated = rated
        self.needs = unit.flow.takes / unit.flow.gives
        self.ceiling = self.true("ceiling", rated * 1.19, 0.05)
        self.gain = self.true("gain", 1.0, 0.008)
        self.ramp = self.true("ramp", rated / 7.0)
        self.base_scrap = self.true("reject_rate", unit.parameters.get("reject_rate", 0.0))
        self.drive = self.friction = self.wear = 1.0
        self.jams = self.spoil = 0.0
        self.jam_s = self.true("jam_s", 40.0)
        self.reach, self.scrap, self.trips = 1.0, self.base_scrap, 0.0

        self.infeed: Conveyor | None = None
        self.outfeed: Conveyor | None = None
        self.air: Header | None = None
        self.power: Header | None = None
        self.steam: Header | None = None
        self.chilled_water: Header | None = None
        self.drawing = 1.0  # share of nominal draw on its supplies

        self.state, self.mode, self.stop_reason = EXECUTE, PRODUCTION, NONE
        self.product = 0
        self.speed = self.speed_setpoint
        self.share = self.speed / rated
        self.starved = self.blocked = 0
        self.planned = NONE
        self.made = float(self.stream.randrange(20_000, 90_000))
        self.thrown = float(round(self.made * self.base_scrap))
        self.total_made = 0.0
        self.produced, self.defective = int(self.made), int(self.thrown)

        self._down_until = -math.inf
        self._minor = random.Random(f"{self.seed}/minor")
        self._mtbf = self.true("mtbf", unit.parameters.get("mtbf_s", 3600.0))
        self._mttr = self.true("mttr", unit.parameters.get("mttr_s", 25.0))
        self._next_minor = self._minor.uniform(0.0, self._mtbf)
        self._trip_stream = random.Random(f"{self.seed}/trips")
        self._fatigue, self._endurance = 0.0, self._trip_stream.gammavariate(4.0, 0.25)

    def process(self, now: float, dt: float) -> None:
        """The class's own physics: sets `reach`, `scrap`, `trips` and its process values."""

    def run(self, now: float, dt: float) -> None:
        """One step of mechanics, after `process`: material moves, counters count."""
        stop = self._stopped(now, dt)
        target = 0.0
        if stop:
            self.stop_reason = stop
        else:
            target = min(self.speed_setpoint * self.gain, self.ceiling * self.drive) * self.reach
        infeed, outfeed = self.infeed, self.outfeed
        if infeed is not None:
            step_need = self.speed_setpoint * self.needs * dt / 60.0
            if self.starved:
                if infeed.queue >= infeed.restart:
                    self.starved = 0
            elif infeed.queue < 0.35 * step_need and not stop:
                self.starved = 1
        if outfeed is not None:
            if self.blocked:
                if outfeed.level <= outfeed.resume:
                    self.blocked = 0
            elif outfeed.level >= outfeed.full and not stop:
                self.blocked = 1
        if stop:
            self.speed = max(0.0, self.speed - 4.0 * self.ramp * dt)
        elif self.starved or self.blocked:
            self.state = SUSPENDED
            self.stop_reason = WAITING if self.starved else DISCHARGE_FULL
            self.speed = max(0.0, self.speed - 4.0 * self.ramp * dt)
        else:
            self.state, self.stop_reason = EXECUTE, NONE
            step = self.ramp * dt
            self.speed += max(-2.0 * step, min(step, target - self.speed))
        made = self.speed * dt / 60.0
        if infeed is not None:
            most = infeed.queue / self.needs
            made = min(made, most)
            infeed.take(made * self.needs)
        good = made * (1.0 - self.scrap)
        if outfeed is not None:
            outfeed.put(good)
        self.thrown += made - good
        self.made += good
        self.total_made += good
        self.share = self.speed / self.rated
        self.drawing = 0.1 + 0.9 * self.share

    def reset(self) -> None:
        """Counters start at 0 again (a new order)."""
        self.made = self.thrown = 0.0

    def show(self) -> None:
        """Bring the counters to what a panel shows: whole things."""
        self.produced, self.defective = int(self.made), int(self.thrown)

    def _stopped(self, now: float, dt: float) -> int:
        """The reason for which it stands by itself, NONE if it may run. Sets the state."""
        if self.planned:
            self.state = IDLE if self.planned == BREAK else STOPPED
            return self.planned
        if self.power is not None and self.power.held < 300.0:  # contactors let go
            self.state = STOPPED
            return NO_SUPPLY
        if now >= self._next_minor:
            length = self._mttr * self._minor.lognormvariate(-0.06, 0.35)
            self._next_minor += self._minor.weibullvariate(self._mtbf / 0.93, 1.25) + length
            if now >= self._down_until:
                self._down_until, self._why = now + length, MINOR_STOP
        rate = self.jams + self.trips
        if rate > 0.0 and self.share > 0.05:
            self._fatigue += rate * dt / 3600.0
            if self._fatigue >= self._endurance:
                self._fatigue, self._endurance = 0.0, self._trip_stream.gammavariate(4.0, 0.25)
                length = self.jam_s * self._trip_stream.lognormvariate(-0.03, 0.25)
                self._down_until, self._why = max(self._down_until, now + length), TRIP
        if now < self._down_until:
            self.state = HELD
            return self._why
        return NONE

    _why = MINOR_STOP
