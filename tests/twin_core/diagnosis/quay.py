"""A small plant of other names than any plant file's, and series of it made by hand.

Two lines of four machines with three belts, one vacuum main with two pumps. Machines are fluid:
they stop by their own law, wait when a belt is empty or full, and slow down with the vacuum.
"""

from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from twin_core.plant.assets import Plant
from twin_core.plant.document import load
from twin_core.twin import GRID_S, Quarantine, Recent, Snapshot, SourceState
from twin_core.value import SECOND

START = 1_767_600_000 * SECOND  # 2026-01-05 08:00 UTC
STEP_S = 2
CLASSES = Path(__file__).with_name("quay_classes.yaml")


def _machine(name: str, title: str) -> str:
    points = "".join(f"\n              {p}: {{address: {name}.{p}}}" for p in POINTS)
    return f"""
          - id: {name}
            name: {title}
            class: tub_machine
            flow: {{in: "{{tub}}", takes: 1, out: "{{tub}}", gives: 1}}
            points:{points}"""


def _belt(name: str, title: str) -> str:
    return f"""
          - {{id: {name}, name: {title}, class: belt, points: {{load: {{address: {name}}}}}}}"""


POINTS = (
    "mode_now", "pace", "pace_set", "made", "bad", "hungry", "full", "item", "heat", "heat_set",
    "shake",
)  # fmt: skip
MACHINES = ("washer", "doser", "sealer", "boxer")
PACE = {"washer": 220.0, "doser": 200.0, "sealer": 215.0, "boxer": 230.0}
CAPACITY = 200.0


def _line(name: str, title: str) -> str:
    units = "".join(_machine(m, f"{title} {m}") for m in MACHINES)
    units += "".join(_belt(f"belt_{i}", f"{title} belt {i}") for i in (1, 2, 3))
    units = units.replace(
        "            class:", f"            source: plc_{name}\n            class:"
    )
    units = units.replace(", class: belt", f", source: plc_{name}, class: belt")
    return f"""
      - id: {name}
        name: {title}
        unit_of_flow: "{{tub}}"
        units:{units}"""


def _links(line: str) -> str:
    rows = ""
    for i, (a, b) in enumerate(pairwise(MACHINES), start=1):
        rows += (
            f"\n  - {{kind: feeds, from: hall/{line}/{a}, to: hall/{line}/{b}, buffer: "
            f"{{capacity: {CAPACITY:.0f}, travel_s: 6, conveyor: hall/{line}/belt_{i}}}}}"
        )
    for machine in ("washer", "boxer"):
        rows += (
            f"\n  - {{kind: supplies, medium: vacuum, from: cellar/vacuum/main, "
            f"to: hall/{line}/{machine}, share: 2}}"
        )
    return rows


def text() -> str:
    """The plant file."""
    return f"""
schema: 1
site: quay
name: Quay dairy
timezone: Europe/Oslo
classes: [all.yaml]
sources:
  - {{id: plc_north, name: PLC of the north line, kind: opcua, url: "sim://x"}}
  - {{id: plc_south, name: PLC of the south line, kind: opcua, url: "sim://x"}}
  - {{id: plc_cellar, name: PLC of the cellar, kind: modbus, url: "sim://x"}}
areas:
  - id: hall
    name: Hall
    lines:{_line("north", "North")}{_line("south", "South")}
  - id: cellar
    name: Cellar
    lines:
      - id: vacuum
        name: Vacuum
        kind: utility
        units:
          - id: pump_1
            name: Pump 1
            class: vacuum_pump
            source: plc_cellar
            points:
              suction: {{address: 1}}
              suction_set: {{address: 2}}
              oil_heat: {{address: 3}}
              load_now: {{address: 4}}
          - id: pump_2
            name: Pump 2
            class: vacuum_pump
            source: plc_cellar
            points:
              suction: {{address: 5}}
              suction_set: {{address: 6}}
              oil_heat: {{address: 7}}
              load_now: {{address: 8}}
          - id: main
            name: Vacuum main
            class: vacuum_main
            source: plc_cellar
            points: {{vacuum: {{address: 9}}, drawn: {{address: 10}}}}
links:{_links("north")}{_links("south")}
  - {{kind: supplies, medium: vacuum, from: cellar/vacuum/pump_1, to: cellar/vacuum/main}}
  - {{kind: supplies, medium: vacuum, from: cellar/vacuum/pump_2, to: cellar/vacuum/main}}
products:
  - id: skyr
    name: Skyr
    number: 3
    rates: {{hall/north: 200, hall/south: 200}}
    recipe: {{tub_machine: {{heat_set: 180}}}}
"""


@cache
def plant() -> Plant:
    """The plant."""
    return load(text(), "quay.yaml", lambda _: CLASSES.read_text())


@dataclass
class Day:
    """An hour of the plant; what is set here goes wrong `after` minutes.

    Attributes:
        slow: asset → factor on the speed it reaches.
        stops: asset → (stops per hour added, seconds each).
        shift: point → amount added to its true value; `ramp_min` minutes to get there.
        settings: point → value it is set to.
        pumps: factor on what the pumps can give; `leak` added draw, m³/min.
    """

    seed: int = 1
    minutes: float = 40.0
    after: float = 28.0
    slow: dict[str, float] = field(default_factory=dict)
    stops: dict[str, tuple[float, float]] = field(default_factory=dict)
    shift: dict[str, float] = field(default_factory=dict)
    settings: dict[str, float] = field(default_factory=dict)
    ramp_min: float = 0.0
    pump: float = 1.0
    leak: float = 0.0
    minor_stops: bool = True


class _Machine:
    def __init__(self) -> None:
        self.down_s = 0.0
        self.made = 0.0
        self.bad = 0.0
        self.heat = 180.0


def series(day: Day) -> dict[str, np.ndarray]:
    """Point → values every two seconds, instrument noise and resolution included."""
    site = plant()
    rng = np.random.default_rng(day.seed)
    n = int(day.minutes * 60 / STEP_S)
    found = {p.id: np.zeros(n) for p in site.points}
    machines = {f"quay/hall/{x}/{m}": _Machine() for x in ("north", "south") for m in MACHINES}
    belts = {f"quay/hall/{x}": [80.0, 80.0, 80.0] for x in ("north", "south")}
    vacuum, lag = 70.0, 0.0
    for k in range(n):
        t = k * STEP_S
        gone = max(0.0, t - day.after * 60)
        on = gone > 0 or (t >= day.after * 60)
        part = min(1.0, gone / (day.ramp_min * 60)) if day.ramp_min else float(on)

        def shifted(point: str, part: float = part) -> float:
            return day.shift.get(point, 0.0) * part

        draw = day.leak * part
        for name, levels in belts.items():
            speeds = []
            for i, m in enumerate(MACHINES):
                asset = f"{name}/{m}"
                one = machines[asset]
                commanded = PACE[m]
                if on and f"{asset}/pace_set" in day.settings:
                    commanded = day.settings[f"{asset}/pace_set"]
                heat_set = 180.0
                if on and f"{asset}/heat_set" in day.settings:
                    heat_set = day.settings[f"{asset}/heat_set"]
                one.heat += (heat_set + shifted(f"{asset}/heat") - one.heat) * STEP_S / 20
                able = commanded * (1 - (1 - day.slow.get(asset, 1.0)) * part)
                if m in {"washer", "boxer"}:
                    able *= 1 - 0.7 * float(np.clip((60 - vacuum) / 30, 0, 1))
                per_s = 1 / 3000 if day.minor_stops else 0.0
                length = 25.0
                if on and asset in day.stops:
                    per_s += day.stops[asset][0] / 3600
                    length = day.stops[asset][1]
                if one.down_s > 0:
                    one.down_s -= STEP_S
                elif rng.random() < per_s * STEP_S:
                    one.down_s = max(4.0, rng.exponential(length))
                hungry = i > 0 and levels[i - 1] < able / 60 * STEP_S
                full = i < 3 and levels[i] > CAPACITY - able / 60 * STEP_S
                down = one.down_s > 0
                speed = 0.0 if down or hungry or full else able
                speeds.append(speed)
                moved = speed / 60 * STEP_S
                share = 0.002 + 0.25 * float(np.clip((172 - one.heat) / 22, 0, 1))
                out = moved * share if rng.random() < 2 else 0.0
                one.bad += out
                one.made += moved - out
                if i > 0:
                    levels[i - 1] -= moved
                if i < 3:
                    levels[i] += moved - out
                if m in {"washer", "boxer"}:
                    draw += 2.0 * (0.3 + 0.7 * speed / PACE[m])
                row = {
                    "mode_now": 11 if down else 5 if hungry or full else 6,
                    "pace": speed + (rng.normal() if speed else 0.0),
                    "pace_set": commanded,
                    "made": np.floor(one.made),
                    "bad": np.floor(one.bad),
                    "hungry": float(hungry and not down),
                    "full": float(full and not down),
                    "item": 3,
                    "heat": one.heat + 0.5 * rng.normal() if speed else one.heat,
                    "heat_set": heat_set,
                    "shake": 1.6 * (speed > 0) + 0.08 * rng.normal() + shifted(f"{asset}/shake"),
                }
                for point, value in row.items():
                    found[f"{asset}/{point}"][k] = value
            for i in (1, 2, 3):
                found[f"{name}/belt_{i}/load"][k] = np.round(levels[i - 1] + rng.normal())
        capacity = 12.0 * (1 + (1 - (1 - day.pump) * part))
        load = float(np.clip((73.0 - vacuum) / 6.0, 0, 1))
        vacuum += (capacity * load - draw) * STEP_S / 20
        vacuum = float(np.clip(vacuum, 5, 80))
        lag += (rng.normal() * 0.2 - lag) * 0.3
        for pump in ("pump_1", "pump_2"):
            at = f"quay/cellar/vacuum/{pump}"
            found[f"{at}/suction"][k] = vacuum + 0.2 * rng.normal()
            found[f"{at}/suction_set"][k] = 70.0
            found[f"{at}/oil_heat"][k] = 78 + 0.2 * rng.normal() + shifted(f"{at}/oil_heat")
            found[f"{at}/load_now"][k] = 100 * load + 0.4 * rng.normal()
        found["quay/cellar/vacuum/main/vacuum"][k] = vacuum + 0.2 * rng.normal()
        found["quay/cellar/vacuum/main/drawn"][k] = draw + 0.1 * rng.normal()
    for tag in site.points:
        if tag.spec.resolution:
            step = tag.spec.resolution
            found[tag.id] = np.round(found[tag.id] / step) * step
    return found


_LAST = {"state", "produced", "defective", "product"}


def snapshot(
    values: dict[str, np.ndarray],
    quarantined: tuple[Quarantine, ...] = (),
    down: tuple[str, ...] = (),
    site: Plant | None = None,
) -> Snapshot:
    """The snapshot a twin would hold after those values; quarantined points have none since."""
    site = site or plant()
    per = GRID_S // STEP_S
    length = len(next(iter(values.values())))
    rows = length // per
    time = START + (np.arange(rows) + 1) * GRID_S * SECOND
    mean, low, high = (np.full((rows, len(site.points)), np.nan) for _ in range(3))
    for i, point in enumerate(site.points):
        cells = values[point.id][: rows * per].reshape(rows, per)
        with np.errstate(all="ignore"):
            some = np.isfinite(cells).any(axis=1)
            low[some, i] = np.nanmin(cells[some], axis=1)
            high[some, i] = np.nanmax(cells[some], axis=1)
            if point.spec.role.value in _LAST:
                mean[some, i] = cells[some, -1]
            else:
                mean[some, i] = np.nanmean(cells[some], axis=1)
    for held in quarantined:
        at = site.index[held.point]
        for table in (mean, low, high):
            table[time > held.since, at] = np.nan
    now = int(time[-1])
    last = np.array([values[p.id][-1] for p in site.points])
    stamps = np.full(len(site.points), now, dtype=np.int64)
    codes = np.zeros(len(site.points), dtype=np.uint32)
    return Snapshot(
        plant=site, revision=1, now=now, watermark=now, value=last, time=stamps, status=codes,
        settled_value=last, settled_time=stamps, settled_status=codes,
        quarantined={q.point: q for q in quarantined},
        sources={
            s.id: SourceState(
                source=s.id, up=s.id not in down, since=START,
                last=now - 60 * SECOND if s.id in down else now,
                reason="connection refused" if s.id in down else "",
            )
            for s in site.sources
        },
        recent=Recent(time=time, mean=mean, low=low, high=high),
        incidents=(), alarms=(), indicators={},
    )  # fmt: skip


def lived(day: Day) -> Snapshot:
    """The snapshot at the end of that day."""
    return snapshot(series(day))
