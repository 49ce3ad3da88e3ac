"""A sawmill, another kind of plant than the demo's, and snapshots of it made by hand.

One line (debarker, saw, planer, stacker; boards), a log yard before it, dust suction from two
fans over two mains with a damper between, coolant for the saw blade. `Mill` writes the settled
hour column by column: steady by default, bent where a test says so.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from twin_core.plant.assets import Plant
from twin_core.plant.document import load
from twin_core.twin import GRID_S, Quarantine, Recent, Snapshot, SourceState
from twin_core.value import SECOND

T0 = 1_750_000_000 * SECOND
LINE = "holm/mill/boards"
SAW, PLANER, DEBARKER, STACKER = (f"{LINE}/{m}" for m in ("saw", "planer", "debarker", "stacker"))
BELT = f"{LINE}/belt_b"
FAN, FAN_2 = "holm/house/suction/fan_1", "holm/house/suction/fan_2"
MAIN, MAIN_2 = "holm/house/suction/main_1", "holm/house/suction/main_2"
DAMPER = "holm/house/suction/damper"
COOLER, LOOP = "holm/house/coolant/cooler", "holm/house/coolant/loop"
YARD = "holm/yard/logs/deck"

_FOLDER = Path(__file__).parent / "sawmill_files"


def sawmill(*, shifts: bool = False, without: str = "", instead: str = "") -> Plant:
    """The sawmill, its break only where asked for, and `instead` of what is cut from its files."""

    def read(name: str) -> str:
        return (_FOLDER / name).read_text().replace(without, instead)

    text = read("plant.yaml")
    return load(text if shifts else text[: text.index("shifts:")], "plant.yaml", read)


@dataclass
class Mill:
    """The settled past of the sawmill: `rows` buckets up to `end`.

    Attributes:
        rate: boards a minute that pass, a number or an array over the rows.
        columns: point path → value or array over the rows, in place of the steady ones.
        quarantined: points that are not believed at the end.
    """

    rows: int = 360
    end: int = T0
    rate: object = 60.0
    columns: dict = field(default_factory=dict)
    quarantined: tuple = ()
    plant: Plant = field(default_factory=sawmill)

    def snapshot(self) -> Snapshot:
        """Belief at the end."""
        plant, rows = self.plant, self.rows
        time = self.end - (np.arange(rows)[::-1]) * GRID_S * SECOND
        mean = np.empty((rows, len(plant.points)))
        for i, point in enumerate(plant.points):
            steady = self._steady(point.id)
            given = self.columns.get(point.id, steady)
            mean[:, i] = np.broadcast_to(np.asarray(given, dtype=float), (rows,))
        recent = Recent(np.asarray(time, np.int64), mean, mean.copy(), mean.copy())
        last = mean[-1].copy() if rows else np.full(len(plant.points), np.nan)
        seen = np.where(np.isfinite(last), self.end, 0).astype(np.int64)
        status = np.zeros(len(last), np.uint32)
        held = {
            path: Quarantine(point=path, rule="stuck", since=self.end, value=None, reason="stuck")
            for path in self.quarantined
        }
        return Snapshot(
            plant=plant, revision=1, now=self.end, watermark=self.end, value=last, time=seen,
            status=status, settled_value=last, settled_time=seen, settled_status=status,
            quarantined=held,
            sources={"plc": SourceState(source="plc", up=True, since=self.end, last=self.end)},
            recent=recent, incidents=(), alarms=(), indicators={},
        )  # fmt: skip

    def _steady(self, path: str):
        unit, last = path.rsplit("/", 1)
        asset = unit.rsplit("/", 1)[1]
        passed = np.cumsum(
            np.broadcast_to(np.asarray(self.rate, float), (self.rows,)) / 60 * GRID_S
        )
        if last == "out":
            return np.floor(passed / 10.0) if asset == "stacker" else np.floor(passed)
        if path == f"{BELT}/level":
            return np.asarray(self.rate, float) / 60 * 10
        paces = {"debarker": 72.0, "saw": 60.0, "planer": 66.0, "stacker": 7.0}
        if last in {"speed", "pace"} and asset in paces:
            return paces[asset]
        return {
            "state": 6.0, "scrap": 0.0, "starved": 0.0,
            "blocked": 1.0 if asset == "debarker" else 0.0,
            "blade_heat": 40.0, "blade_heat_target": 40.0,
            "speed": 30.0, "pace": 30.0,
            "draft": 5.0, "draft_target": 5.0, "load": 50.0, "top_load": 100.0,
            "position": 0.0, "position_target": 0.0,
            "temperature": 10.0, "outlet": 10.0, "outlet_target": 10.0,
            "flow": 15.0 if asset == "deck" else 50.0 if "fan" in asset else 25.0,
            "feed_target": 30.0, "order_at": 100.0,
            "level": 300.0 if asset == "deck" else 100.0,
            "product": 1.0, "voltage": 400.0, "power": 30.0,
        }[last]  # fmt: skip
