"""The sawmill with all that it may also say of itself: products, orders, shifts, power, prices."""

from pathlib import Path

from tests.twin_core.simulation.sawmill import Mill
from twin_core.plant.assets import Plant
from twin_core.plant.document import load
from twin_core.value import SECOND

BUSBAR = "holm/house/electric/busbar"
BREAK_S = 200
"""Seconds from `sawmill.T0` on to the break, which lasts 300."""

_FOLDER = Path(__file__).parent / "sawmill_files"
_BUSBAR_CLASS = """
  - id: busbar
    name: Busbar
    model: header
    medium: power
    parameters:
      capacitance: {unit: kW.s/V, value: 1000, description: stored}
      direction: {unit: "1", value: 1, description: sign}
      nominal: {unit: V, value: 400, description: of the shares}
    points:
      - {id: voltage, name: voltage, role: potential, unit: V, limits: {low: 0, high: 500}}
      - {id: power, name: power, role: flow, unit: kW, limits: {low: 0, high: 500}}
"""
_ELECTRIC = """
      - id: electric
        name: Electric
        kind: utility
        units:
          - {id: busbar, name: Busbar, class: busbar, source: plc, points: {voltage: {address: b.1}, power: {address: b.2}}}
"""  # noqa: E501
_SUPPLIES = """
  - {kind: supplies, medium: power, from: house/electric/busbar, to: mill/boards/saw, share: 20}
  - {kind: supplies, medium: power, from: house/electric/busbar, to: mill/boards/planer, share: 10}
"""
_REST = """
products:
  - {id: plank, name: Plank, number: 1, rates: {mill/boards: 75}, tolerances: {cutter: {blade_heat: [30, 45]}}}
  - {id: beam, name: Beam, number: 2, rates: {mill/boards: 60}}
  - {id: lath, name: Lath, number: 3}
orders:
  - {id: o-1, product: plank, line: mill/boards, quantity: 6000, unit: "{board}", due: 2025-06-15T18:00:00+02:00}
  - {id: o-2, product: beam, line: mill/boards, quantity: 6000, unit: "{board}"}
  - {id: o-3, product: plank, line: mill/boards, quantity: 60, unit: "{stack}", due: 2025-06-15T18:00:00+02:00}
shifts:
  - {id: day, name: Day, start: "06:00", duration_min: 960, stops: [{line: mill/boards, reason: break, after_min: 670, duration_min: 5}]}
changeovers:
  mill/boards: {plank: {beam: 5}, beam: {plank: 4}}
prices: {currency: NOK, margin: {plank: 2.0}, crew_hour: 600, energy_kwh: 1.5}
"""  # noqa: E501


def paid_sawmill(without: str = "") -> Plant:
    """The plant, without a part of what it also says."""
    rest = _REST
    if without:
        start = rest.index(f"\n{without}:")
        after = [i for i in range(start + 1, len(rest)) if rest[i] == "\n"]
        end = next((i for i in after if i + 1 == len(rest) or rest[i + 1].isalpha()), len(rest))
        rest = rest[:start] + rest[end:]
    text = (_FOLDER / "plant.yaml").read_text()
    text = text[: text.index("shifts:")].rstrip() + _SUPPLIES + rest
    text = text.replace("  - id: yard\n", _ELECTRIC.lstrip("\n") + "  - id: yard\n")
    text = text.replace("speed: {address: stacker.2}", "product: {address: stacker.9}, speed: {address: stacker.2}")  # noqa: E501  # fmt: skip
    return load(text, "plant.yaml", _classes)


def _classes(name: str) -> str:
    text = (_FOLDER / name).read_text().rstrip() + _BUSBAR_CLASS
    point = '      - {id: product, name: product, role: product, unit: "1", type: int, limits: {low: 0, high: 99}}\n'  # noqa: E501  # fmt: skip
    text = text.replace("  - id: belt\n", point + "  - id: belt\n")
    return text.replace(
        "role: potential, unit: kPa, limits: {low: 0, high: 10}, noise: 0.01",
        "role: potential, unit: kPa, limits: {low: 0, high: 10}, noise: 0.01, alarm_low: 4.0",
    )


def paid_mill(without: str = "", **more) -> Mill:
    """Its settled past."""
    return Mill(plant=paid_sawmill(without), **more)


def minutes(n: float) -> int:
    """Microseconds."""
    return round(n * 60) * SECOND
