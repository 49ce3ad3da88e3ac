"""A small bakery, and what its controllers would say: another kind of plant than the demo's.

One line (divider → oven → slicer → bagger), one gas header, two sources. `Feed` makes readings of
a steady plant on a seeded clock; tests bend them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from twin_core.plant.assets import Plant
from twin_core.plant.document import load
from twin_core.reading import GOOD, Batch, SourceEvent
from twin_core.value import SECOND

T0 = 1_750_000_000 * SECOND

_FOLDER = Path(__file__).parent / "bakery"

BAG = "northmill/bread/toast/bagger"
OVEN = "northmill/bread/toast/oven"
GAS = "northmill/house/gas/main"
LINE = "northmill/bread/toast"


def bakery(changes: Mapping[str, str] | None = None, *, shifts: bool = False) -> Plant:
    """The bakery; `changes` replace text of the plant file; shifts only where asked for."""
    text = (_FOLDER / "plant.yaml").read_text()
    text = text if shifts else text[: text.index("shifts:")]
    for old, new in (changes or {}).items():
        text = text.replace(old, new)
    return load(text, "plant.yaml", lambda name: (_FOLDER / name).read_text())


@dataclass
class Feed:
    """Readings of the bakery, running steadily from T0 on.

    Attributes:
        bend: (path, seconds since T0, value) → value; None drops the reading.
        rate: loaves a minute by seconds since T0.
        offset_us: of the line PLC's clock.
    """

    plant: Plant
    seed: int = 1
    bend: Callable[[str, float, float], float | None] | None = None
    rate: Callable[[float], float] = field(default=lambda _s: 100.0)
    offset_us: int = 0
    made: float = 0.0

    def up(self) -> list[SourceEvent]:
        """Both sources come up at T0."""
        return [
            SourceEvent(source="line_plc", kind="up", time=T0, offset_us=self.offset_us),
            SourceEvent(source="house_plc", kind="up", time=T0),
        ]

    def readings(self, start_s: float, end_s: float, period_s: float = 2.0) -> Batch:
        """Readings with `start_s ≤ t < end_s`, by time; points are read a little apart."""
        rng = np.random.default_rng((self.seed, int(start_s)))
        rows = []
        for k in range(int(np.ceil(start_s / period_s)), int(np.ceil(end_s / period_s))):
            s = k * period_s
            self.made += self.rate(s) / 60 * period_s
            for i, point in enumerate(self.plant.read):
                if point.spec.period_s > 2 and k % 2:
                    continue
                usual = self._value(point.id, point.spec, s, rng)
                value = usual if self.bend is None else self.bend(point.id, s, usual)
                if value is not None:
                    at = T0 + int(s * SECOND) + i * 1000
                    shift = self.offset_us if point.source == "line_plc" else 0
                    rows.append((i, at + shift, value, GOOD, at + 200_000))
        return Batch.of(rows)

    def _value(self, path, spec, s, rng) -> float:
        last = path.rsplit("/", 1)[1]
        steady = {
            "state": 6.0,
            "defective": 0.0,
            "blocked": 0.0,
            "product": 1.0,
            "valve": 60.0,
            "speed_setpoint": 100.0,
        }
        if last in steady:
            return steady[last]
        if last == "produced":
            return float(int(self.made / (2 if "bagger" in path else 1)))
        middle = {"speed": self.rate(s), "motor_current": 12.0, "temperature": 230.0,
                  "pressure": 200.0}[last]  # fmt: skip
        noisy = middle + spec.noise * rng.standard_normal()
        return float(np.round(noisy / spec.resolution) * spec.resolution)
