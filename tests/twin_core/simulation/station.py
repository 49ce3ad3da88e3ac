"""A pumping station, and snapshots of it made by hand: no production line, only water.

A well is filled from outside and emptied by a pump into a high tank; a valve lets that run into a
low one. `Station` writes the settled hour column by column.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from twin_core.plant.assets import Plant
from twin_core.plant.document import load
from twin_core.twin import GRID_S, Recent, Snapshot, SourceState
from twin_core.value import SECOND

T0 = 1_750_000_000 * SECOND
HOUSE = "brook/house/water"
WELL, HIGH, LOW = (f"{HOUSE}/{u}" for u in ("well", "high", "low"))
PUMP, VALVE = f"{HOUSE}/pump", f"{HOUSE}/valve"
AREA_H = 72_000.0
"""Capacitance of every tank, (m3/h).s/m."""

_TEXT = """
schema: 1
site: brook
name: Brook pumping station
timezone: Europe/Oslo
classes: [classes.yaml]
sources: [{id: plc, name: PLC, kind: opcua, url: "opc.tcp://127.0.0.1:4901/"}]
areas:
  - id: house
    name: House
    lines:
      - id: water
        name: Water
        kind: utility
        units:
          - {id: well, name: Well, class: tank, source: plc, points: {level: {address: a}}}
          - {id: high, name: High tank, class: tank, source: plc, parameters: {elevation: 20}, points: {level: {address: b}}}
          - {id: low, name: Low tank, class: tank, source: plc, parameters: {elevation: 18}, points: {level: {address: c}}}
          - {id: pump, name: Pump, class: PUMP, source: plc, points: {state: {address: d}, flow: {address: e} MORE}}
          - {id: valve, name: Valve, class: valve, source: plc, points: {position: {address: h}, position_target: {address: i}, flow: {address: j}}}
links:
  - {kind: supplies, medium: water, from: house/water/well, to: house/water/pump}
  - {kind: supplies, medium: water, from: house/water/pump, to: house/water/high}
  - {kind: supplies, medium: water, from: house/water/high, to: house/water/valve}
  - {kind: supplies, medium: water, from: house/water/valve, to: house/water/low}
"""  # noqa: E501
_CLASSES = Path(__file__).with_name("station_files.yaml")


def station(*, switched: bool = False) -> Plant:
    """The station; its pump by level switches, or by a speed somebody commands."""
    more = "" if switched else ", speed: {address: f}, speed_target: {address: g}"
    text = _TEXT.replace("PUMP", "switched_pump" if switched else "pump").replace(" MORE", more)
    return load(text, "plant.yaml", lambda _: _CLASSES.read_text())


@dataclass
class Station:
    """The settled past of the station: `rows` buckets up to T0.

    Attributes:
        columns: point path → value or array over the rows, in place of the steady ones.
    """

    plant: Plant = field(default_factory=station)
    columns: dict = field(default_factory=dict)
    rows: int = 120

    def snapshot(self) -> Snapshot:
        """Belief at T0."""
        steady = {
            f"{WELL}/level": 2.0, f"{HIGH}/level": 2.0, f"{LOW}/level": 2.0,
            f"{PUMP}/state": 2.0, f"{PUMP}/flow": 0.0, f"{PUMP}/speed": 0.0,
            f"{PUMP}/speed_target": 0.0, f"{VALVE}/position": 0.0,
            f"{VALVE}/position_target": 0.0, f"{VALVE}/flow": 0.0, **self.columns,
        }  # fmt: skip
        time = T0 - np.arange(self.rows)[::-1] * GRID_S * SECOND
        mean = np.stack(
            [
                np.broadcast_to(np.asarray(steady[p.id], float), self.rows)
                for p in self.plant.points
            ],
            axis=1,
        )
        recent = Recent(np.asarray(time, np.int64), mean, mean.copy(), mean.copy())
        last = mean[-1].copy()
        seen = np.full(len(last), T0, np.int64)
        status = np.zeros(len(last), np.uint32)
        return Snapshot(
            plant=self.plant, revision=1, now=T0, watermark=T0, value=last, time=seen,
            status=status, settled_value=last, settled_time=seen, settled_status=status,
            quarantined={},
            sources={"plc": SourceState(source="plc", up=True, since=T0, last=T0)},
            recent=recent, incidents=(), alarms=(), indicators={},
        )  # fmt: skip
