"""A sawmill, another kind of plant than the demo's, and snapshots of it made by hand.

One line (debarker, saw, planer, stacker; boards), a log yard before it, dust suction from two
fans over two mains with a damper between, coolant for the saw blade. `Mill` writes the settled
hour column by column: steady by default, bent where a test says so.
"""

from dataclasses import dataclass, field

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

CLASSES = """
schema: 1
classes:
  - id: cutter
    name: Cutting machine
    model: machine
    nicknames: [cutter]
    parameters:
      rated_speed: {unit: "{board}/min", value: 60, description: nameplate}
      mtbf_s: {unit: s, value: 3000, description: between stops}
      mttr_s: {unit: s, value: 30, description: of a stop}
      reject_rate: {unit: "1", value: 0.002, description: usual rejects}
    points:
      - {id: state, name: state, role: state, unit: "1", type: int, limits: {low: 0, high: 17}}
      - {id: speed, name: speed, role: speed, unit: "{board}/min", limits: {low: 0, high: 200}, noise: 0.1}
      - {id: pace, name: commanded speed, role: speed_setpoint, unit: "{board}/min", limits: {low: 0, high: 200}, adjustable: {low: 30, high: 90}, measures: speed, settle_s: 30}
      - {id: out, name: boards out, role: produced, unit: "{board}", type: int, limits: {low: 0, high: 4e9}}
      - {id: scrap, name: boards rejected, role: defective, unit: "{board}", type: int, limits: {low: 0, high: 4e9}}
      - {id: starved, name: starved, role: starved, unit: "1", type: bool, limits: {low: 0, high: 1}}
      - {id: blocked, name: blocked, role: blocked, unit: "1", type: bool, limits: {low: 0, high: 1}}
      - {id: blade_heat, name: blade temperature, unit: Cel, limits: {low: 0, high: 200}, normal: {low: 38, high: 42}, noise: 0.2}
      - {id: blade_heat_target, name: blade temperature setpoint, role: setpoint, unit: Cel, limits: {low: 0, high: 200}, normal: {low: 39, high: 41}, adjustable: {low: 20, high: 60}, measures: blade_heat, settle_s: 90}
    effects:
      - {on: speed, by: blade_heat, full: 50, none: 90, floor: 0.5}
      - {on: rejects, by: blade_heat, full: 55, none: 95, ceiling: 0.2}
      - {on: speed, by: "supply:suction", full: 4.0, none: 2.0, floor: 0.3}
      - {on: stops, by: "supply:suction", full: 4.0, none: 2.0, ceiling: 60}
      - {on: offset, by: "supply:coolant", full: 12, none: 32, point: blade_heat, ceiling: 20}
      - {on: rejects, by: speed, full: 80, none: 100, ceiling: 0.2}
  - id: stacker
    name: Stacker
    model: machine
    nicknames: [stacker]
    parameters:
      rated_speed: {unit: "{stack}/min", value: 7, description: nameplate}
      mtbf_s: {unit: s, value: 3000, description: between stops}
      mttr_s: {unit: s, value: 30, description: of a stop}
    points:
      - {id: state, name: state, role: state, unit: "1", type: int, limits: {low: 0, high: 17}}
      - {id: speed, name: speed, role: speed, unit: "{stack}/min", limits: {low: 0, high: 20}}
      - {id: out, name: stacks out, role: produced, unit: "{stack}", type: int, limits: {low: 0, high: 4e9}}
  - id: belt
    name: Belt
    model: conveyor
    nicknames: [belt]
    parameters:
      max_flow: {unit: "{board}/min", value: 100, description: the most it carries}
    points:
      - {id: level, name: boards on it, role: level, unit: "{board}", limits: {low: 0, high: 500}}
      - {id: speed, name: belt speed, unit: m/min, limits: {low: 0, high: 100}, normal: {low: 29, high: 31}}
      - {id: pace, name: commanded belt speed, role: setpoint, unit: m/min, limits: {low: 0, high: 100}, adjustable: {low: 10, high: 40}, measures: speed, settle_s: 20}
    effects:
      - {on: capacity, by: speed, full: 30, none: 0, floor: 0}
  - id: fan
    name: Fan
    model: producer
    medium: suction
    parameters:
      capacity: {unit: m3/min, value: 100, description: at full load}
      control_band: {unit: kPa, value: 1.0, description: of the load}
    points:
      - {id: state, name: state, role: state, unit: "1", type: int, limits: {low: 0, high: 17}}
      - {id: draft, name: draft, role: potential, unit: kPa, limits: {low: 0, high: 10}}
      - {id: draft_target, name: draft setpoint, role: setpoint, unit: kPa, limits: {low: 0, high: 10}, adjustable: {low: 3, high: 7}, measures: draft, settle_s: 60}
      - {id: flow, name: flow, role: flow, unit: m3/min, limits: {low: 0, high: 200}}
      - {id: load, name: load, role: output, unit: "%", limits: {low: 0, high: 110}}
      - {id: top_load, name: highest load, role: setpoint, unit: "%", limits: {low: 0, high: 110}, adjustable: {low: 30, high: 100}, measures: load, settle_s: 60}
  - id: main
    name: Suction main
    model: header
    medium: suction
    parameters:
      capacitance: {unit: (m3/min).s/kPa, value: 600, description: stored}
      direction: {unit: "1", value: 1, description: sign}
      nominal: {unit: kPa, value: 5, description: of the shares}
    points:
      - {id: draft, name: draft, role: potential, unit: kPa, limits: {low: 0, high: 10}, noise: 0.01}
  - id: damper
    name: Damper
    model: tie
    medium: suction
    parameters:
      conductance: {unit: m3/min/kPa, value: 40, description: fully open}
    points:
      - {id: position, name: position, unit: "%", limits: {low: 0, high: 100}}
      - {id: position_target, name: position setpoint, role: setpoint, unit: "%", limits: {low: 0, high: 100}, adjustable: {low: 0, high: 100}, measures: position, settle_s: 30}
  - id: cooler
    name: Cooler
    model: producer
    medium: coolant
    parameters:
      capacity: {unit: kW, value: 50, description: at full load}
      control_band: {unit: K, value: 4, description: of the load}
    points:
      - {id: state, name: state, role: state, unit: "1", type: int, limits: {low: 0, high: 17}}
      - {id: outlet, name: outlet temperature, role: potential, unit: Cel, limits: {low: 0, high: 60}}
      - {id: outlet_target, name: setpoint, role: setpoint, unit: Cel, limits: {low: 0, high: 60}, adjustable: {low: 4, high: 20}, measures: outlet, settle_s: 120}
      - {id: flow, name: cooling, role: flow, unit: kW, limits: {low: 0, high: 100}}
      - {id: load, name: load, role: output, unit: "%", limits: {low: 0, high: 110}}
  - id: loop
    name: Coolant loop
    model: header
    medium: coolant
    parameters:
      capacitance: {unit: kW.s/K, value: 900, description: stored}
      direction: {unit: "1", value: -1, description: sign}
      nominal: {unit: Cel, value: 10, description: of the shares}
    points:
      - {id: temperature, name: temperature, role: potential, unit: Cel, limits: {low: 0, high: 60}, noise: 0.02}
  - id: deck
    name: Log deck
    model: store
    parameters:
      capacity: {unit: "{log}", value: 400, description: logs that fit}
    points:
      - {id: level, name: logs on it, role: level, unit: "{log}", limits: {low: 0, high: 500}}
      - {id: flow, name: logs fed per minute, role: flow, unit: "{log}/min", limits: {low: 0, high: 60}}
      - {id: feed_target, name: feed limit, role: setpoint, unit: "{log}/min", limits: {low: 0, high: 60}, adjustable: {low: 2, high: 40}, measures: flow, settle_s: 60}
"""

_MACHINE = "state: {address: 1}, speed: {address: 2}, pace: {address: 3}, out: {address: 4}, scrap: {address: 5}, starved: {address: 6}, blocked: {address: 7}, blade_heat: {address: 8}, blade_heat_target: {address: 9}"
_BELT = "{level: {address: 1}, speed: {address: 2}, pace: {address: 3}}"

PLANT = f"""
schema: 1
site: holm
name: Holm Sawmill
timezone: Europe/Oslo
classes: [classes.yaml]
sources: [{{id: plc, name: PLC, kind: opcua, url: "opc.tcp://127.0.0.1:4901/"}}]
areas:
  - id: mill
    name: Mill
    lines:
      - id: boards
        name: Board line
        unit_of_flow: "{{board}}"
        units:
          - {{id: debarker, name: Debarker, class: cutter, source: plc, parameters: {{rated_speed: 72}}, flow: {{in: "{{log}}", takes: 1, out: "{{board}}", gives: 4}}, points: {{{_MACHINE}}}}}
          - {{id: belt_a, name: Belt A, class: belt, source: plc, points: {_BELT}}}
          - {{id: saw, name: Saw, class: cutter, source: plc, flow: {{in: "{{board}}", takes: 1, out: "{{board}}", gives: 1}}, points: {{{_MACHINE}}}}}
          - {{id: belt_b, name: Belt B, class: belt, source: plc, points: {_BELT}}}
          - {{id: planer, name: Planer, class: cutter, source: plc, parameters: {{rated_speed: 66}}, flow: {{in: "{{board}}", takes: 1, out: "{{board}}", gives: 1}}, points: {{{_MACHINE}}}}}
          - {{id: stacker, name: Stacker, class: stacker, source: plc, flow: {{in: "{{board}}", takes: 10, out: "{{stack}}", gives: 1}}, points: {{state: {{address: 1}}, speed: {{address: 2}}, out: {{address: 3}}}}}}
  - id: house
    name: House
    lines:
      - id: suction
        name: Suction
        kind: utility
        units:
          - {{id: fan_1, name: Fan 1, class: fan, source: plc, points: &fan {{state: {{address: 1}}, draft: {{address: 2}}, draft_target: {{address: 3}}, flow: {{address: 4}}, load: {{address: 5}}, top_load: {{address: 6}}}}}}
          - {{id: fan_2, name: Fan 2, class: fan, source: plc, points: *fan}}
          - {{id: main_1, name: Main 1, class: main, source: plc, points: {{draft: {{address: 1}}}}}}
          - {{id: main_2, name: Main 2, class: main, source: plc, points: {{draft: {{address: 1}}}}}}
          - {{id: damper, name: Damper, class: damper, source: plc, points: {{position: {{address: 1}}, position_target: {{address: 2}}}}}}
      - id: coolant
        name: Coolant
        kind: utility
        units:
          - {{id: cooler, name: Cooler, class: cooler, source: plc, points: {{state: {{address: 1}}, outlet: {{address: 2}}, outlet_target: {{address: 3}}, flow: {{address: 4}}, load: {{address: 5}}}}}}
          - {{id: loop, name: Loop, class: loop, source: plc, points: {{temperature: {{address: 1}}}}}}
  - id: yard
    name: Yard
    lines:
      - id: logs
        name: Logs
        kind: storage
        units:
          - {{id: deck, name: Deck, class: deck, source: plc, points: {{level: {{address: 1}}, flow: {{address: 2}}, feed_target: {{address: 3}}}}}}
links:
  - {{kind: feeds, from: yard/logs/deck, to: mill/boards/debarker, buffer: {{capacity: 20, travel_s: 20}}}}
  - {{kind: feeds, from: mill/boards/debarker, to: mill/boards/saw, buffer: {{capacity: 100, travel_s: 10, conveyor: mill/boards/belt_a}}}}
  - {{kind: feeds, from: mill/boards/saw, to: mill/boards/planer, buffer: {{capacity: 80, travel_s: 10, conveyor: mill/boards/belt_b}}}}
  - {{kind: feeds, from: mill/boards/planer, to: mill/boards/stacker, buffer: {{capacity: 40, travel_s: 5}}}}
  - {{kind: supplies, medium: suction, from: house/suction/main_1, to: mill/boards/saw, share: 30}}
  - {{kind: supplies, medium: suction, from: house/suction/main_1, to: mill/boards/planer, share: 25}}
  - {{kind: supplies, medium: suction, from: house/suction/fan_1, to: house/suction/main_1}}
  - {{kind: supplies, medium: suction, from: house/suction/fan_2, to: house/suction/main_2}}
  - {{kind: supplies, medium: suction, from: house/suction/main_1, to: house/suction/damper}}
  - {{kind: supplies, medium: suction, from: house/suction/damper, to: house/suction/main_2}}
  - {{kind: supplies, medium: suction, from: house/suction/main_2, to: house/suction/damper}}
  - {{kind: supplies, medium: suction, from: house/suction/damper, to: house/suction/main_1}}
  - {{kind: supplies, medium: coolant, from: house/coolant/loop, to: mill/boards/saw, share: 20}}
  - {{kind: supplies, medium: coolant, from: house/coolant/cooler, to: house/coolant/loop}}
shifts:
  - {{id: day, name: Day, start: "06:00", duration_min: 480, stops: [{{line: mill/boards, reason: break, after_min: 240, duration_min: 30}}]}}
"""  # noqa: E501


def sawmill(*, shifts: bool = False) -> Plant:
    """The sawmill, with its break only where asked for."""
    text = PLANT if shifts else PLANT[: PLANT.index("shifts:")]
    return load(text, "plant.yaml", lambda _: CLASSES)


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
        last = mean[-1].copy()
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
            "feed_target": 30.0,
            "level": 300.0 if asset == "deck" else 100.0 if asset == "belt_a" else 10.0,
        }[last]  # fmt: skip
