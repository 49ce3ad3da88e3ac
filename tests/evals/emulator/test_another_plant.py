from evals.emulator.faults import Fault, Size
from evals.emulator.standin import StandIn, Write
from twin_core.plant.assets import Plant
from twin_core.plant.document import load
from twin_core.value import SECOND

START = 1_790_000_000 * SECOND
CLASSES = """
schema: 1
classes:
  - id: wrapper
    name: Wrapper
    model: machine
    parameters: {rated_speed: {unit: "{box}/min", value: 30, description: speed}}
    points:
      - &state {id: state, name: state, role: state, unit: "1", type: int, limits: {low: 0, high: 17}}
      - &speed {id: speed, name: speed, role: speed, unit: "{box}/min", limits: {low: 0, high: 60}}
      - &set {id: speed_setpoint, name: set speed, role: speed_setpoint, unit: "{box}/min", limits: {low: 0, high: 60}, adjustable: {low: 5, high: 40}, measures: speed}
      - &made {id: produced, name: made, role: produced, unit: "{box}", type: int, limits: {low: 0, high: 4294967295}}
      - {id: heat, name: seal temperature, unit: Cel, limits: {low: 0, high: 300}, normal: {low: 170, high: 190}}
      - {id: heat_setpoint, name: seal set temperature, role: setpoint, unit: Cel, limits: {low: 0, high: 300}, normal: {low: 175, high: 185}, adjustable: {low: 150, high: 200}, measures: heat, settle_s: 60}
      - {id: draught, name: fan pressure, unit: Pa, limits: {low: 0, high: 900}, normal: {low: 200, high: 240}}
  - id: well
    name: Well pump
    model: producer
    medium: water
    parameters:
      capacity: {unit: m3/h, value: 10, description: most}
      control_band: {unit: bar, value: 1, description: band}
    points:
      - {id: pressure, name: pressure, role: potential, unit: bar, limits: {low: 0, high: 10}}
      - {id: pressure_setpoint, name: set pressure, role: setpoint, unit: bar, limits: {low: 0, high: 10}, normal: {low: 3.9, high: 4.1}, adjustable: {low: 1, high: 6}, measures: pressure}
  - id: main
    name: Water main
    model: header
    medium: water
    parameters:
      capacitance: {unit: m3/h.s/bar, value: 100, description: stiffness}
      nominal: {unit: bar, value: 4, description: usual}
    points:
      - {id: pressure, name: pressure, role: potential, unit: bar, limits: {low: 0, high: 10}}
"""  # noqa: E501 a class file
FILE = """
schema: 1
site: mill
name: Mill
timezone: Europe/Oslo
classes: [c.yaml]
sources:
  - {id: plc, name: PLC, kind: opcua, url: "opc.tcp://127.0.0.1:4900/", options: {namespace: "urn:mill"}}
  - {id: plc_2, name: PLC 2, kind: opcua, url: "opc.tcp://127.0.0.1:4901/", options: {namespace: "urn:mill"}}
areas:
  - id: hall
    name: Hall
    lines:
      - id: a
        name: Line A
        unit_of_flow: "{box}"
        units:
          - &w {id: first, name: First, class: wrapper, source: plc, parameters: {rated_speed: 40}, flow: {in: "{box}", takes: 1, out: "{box}", gives: 1}, points: {state: {address: "s=1"}, speed: {address: "s=2"}, speed_setpoint: {address: "s=3"}, produced: {address: "s=4"}, heat: {address: "s=5"}, heat_setpoint: {address: "s=6"}, draught: {address: "s=7"}}}
          - {<<: *w, id: second, name: Second, source: plc_2, parameters: {rated_speed: 30}}
      - id: water
        name: Water
        kind: utility
        units:
          - {id: well, name: Well, class: well, source: plc, points: {pressure: {address: "s=8"}, pressure_setpoint: {address: "s=9"}}}
          - {id: main, name: Main, class: main, source: plc, points: {pressure: {address: "s=10"}}}
links:
  - {kind: feeds, from: hall/a/first, to: hall/a/second, buffer: {capacity: 20, travel_s: 5}}
  - {kind: supplies, medium: water, from: hall/water/well, to: hall/water/main}
  - {kind: supplies, medium: water, from: hall/water/main, to: hall/a/first, share: 5}
"""  # noqa: E501 a plant file


def mill() -> Plant:
    return load(FILE, "mill.yaml", lambda _name: CLASSES)


def test_a_plant_of_unknown_classes_runs():
    """Machines, buffers, producers and headers need no law of their own."""
    plant = mill()
    standin = StandIn(plant, 1, START)
    for _ in range(600):
        standin.step()
    rate = standin.produced("mill/hall/a", START, START + 600 * SECOND) / 10
    assert 22 < rate < 31
    assert 3.0 < standin.values[plant.index["mill/hall/water/main/pressure"]] < 5.0
    assert 200 < standin.values[plant.index["mill/hall/a/first/draught"]] < 240


def test_setpoints_and_faults_act_there_too():
    """A set-point is followed, and a fault needs no new code."""
    plant = mill()
    weak = Fault(
        id="x", component="hall/a/second", parameter="drive", shape="step", size=Size(factor=0.4)
    )
    standin = StandIn(plant, 1, START, [weak])
    standin.step([Write(plant.index["mill/hall/a/first/heat_setpoint"], 165.0)])
    for _ in range(300):
        standin.step()
    assert abs(standin.values[plant.index["mill/hall/a/first/heat"]] - 165.0) < 1.0
    assert standin.produced("mill/hall/a", START, START + 300 * SECOND) / 5 < 16
