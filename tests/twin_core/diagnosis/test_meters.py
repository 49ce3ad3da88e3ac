"""What goes missing between meters is seen, what is only passed on is not blamed."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin_core.diagnosis import quay
from twin_core.diagnosis import meters, symptoms
from twin_core.diagnosis.weighing import gather
from twin_core.diagnosis.window import cut
from twin_core.diagnosis.wording import sign_text
from twin_core.plant.assets import Plant
from twin_core.plant.document import load
from twin_core.value import SECOND

CLASSES = """
schema: 1
classes:
  - id: lifter
    name: Lifter
    model: producer
    medium: brine
    points:
      - {id: yield, name: yield, role: flow, unit: m3/h,
         limits: {low: -50, high: 300}, noise: 0.4, band: 30}
      - {id: wish, name: wish, role: output, unit: "%",
         limits: {low: 0, high: 100}, noise: 0.2, band: 20}
      - {id: draw, name: draw, unit: kW, limits: {low: 0, high: 60}, noise: 0.05}
    failure_modes: []
  - id: trough
    name: Trough
    model: header
    medium: brine
    parameters:
      capacitance: {unit: (m3/h).s/m, value: 36000, description: surface of ten square metres}
    points:
      - {id: depth, name: depth, role: potential, unit: m,
         limits: {low: 0, high: 9}, noise: 0.004, band: 1}
    failure_modes: []
  - id: sluice
    name: Sluice
    model: tie
    medium: brine
    points:
      - {id: passing, name: passing, role: flow, unit: m3/h,
         limits: {low: -50, high: 300}, noise: 0.4, band: 30}
    failure_modes: []
  - id: rail
    name: Rail
    model: header
    medium: power
    points:
      - {id: tension, name: tension, role: potential, unit: V,
         limits: {low: 0, high: 500}, noise: 0.5, band: 9}
      - {id: load, name: load, role: flow, unit: kW,
         limits: {low: 0, high: 120}, noise: 0.1, band: 9}
    failure_modes: []
  - id: bath
    name: Bath
    model: machine
    points:
      - {id: taking, name: taking, role: speed, unit: m3/min,
         limits: {low: 0, high: 9}, noise: 0.01, band: 1}
    failure_modes: []
"""
PLANT = """
schema: 1
site: salt
name: Salt works
timezone: UTC
classes: [all.yaml]
sources: [{id: plc, name: PLC, kind: opcua, url: "sim://x"}]
areas:
  - id: hall
    name: Hall
    lines:
      - id: brine
        name: Brine
        kind: utility
        units:
          - {id: lift_1, name: Lift 1, class: lifter, source: plc,
             points: {yield: {address: 1}, wish: {address: 2}, draw: {address: 3}}}
          - {id: lift_2, name: Lift 2, class: lifter, source: plc,
             points: {yield: {address: 4}, wish: {address: 5}, draw: {address: 6}}}
          - {id: upper, name: Upper, class: trough, source: plc, points: {depth: {address: 7}}}
          - {id: gate, name: Gate, class: sluice, source: plc, points: {passing: {address: 8}}}
          - {id: lower, name: Lower, class: trough, source: plc, points: {depth: {address: 9}}}
          - {id: rail, name: Rail, class: rail, source: plc,
             points: {tension: {address: 11}, load: {address: 12}}}
      - id: baths
        name: Baths
        unit_of_flow: m3
        units:
          - {id: bath, name: Bath, class: bath, source: plc,
             flow: {in: m3, takes: 1, out: m3, gives: 1}, points: {taking: {address: 10}}}
links:
  - {kind: supplies, medium: brine, from: hall/brine/lift_1, to: hall/brine/upper}
  - {kind: supplies, medium: brine, from: hall/brine/lift_2, to: hall/brine/upper}
  - {kind: supplies, medium: brine, from: hall/brine/upper, to: hall/brine/gate}
  - {kind: supplies, medium: brine, from: hall/brine/gate, to: hall/brine/lower}
  - {kind: supplies, medium: brine, from: hall/brine/lower, to: hall/baths/bath}
  - {kind: supplies, medium: power, from: hall/brine/rail, to: hall/brine/lift_1}
  - {kind: supplies, medium: power, from: hall/brine/rail, to: hall/brine/lift_2}
"""
BRINE = "salt/hall/brine"
DEPTH = {"upper": f"{BRINE}/upper/depth", "lower": f"{BRINE}/lower/depth"}
PASSING, TAKING = f"{BRINE}/gate/passing", "salt/hall/baths/bath/taking"
LOAD = f"{BRINE}/rail/load"
STRUCK = 0.7
"""Share of the day after which something changes."""


@cache
def plant() -> Plant:
    return load(PLANT, "salt.yaml", lambda _: CLASSES)


def series(*, leak=0.0, more=0.0, meter=0.0, weak=0.0, astray=0.0, seed=1):
    """Forty minutes of the works; the rest is m3/h since `STRUCK`.

    What leaks from the upper trough, what is taken more, by what the gate's meter is off, and what
    lift 1 gives less; kW that leave the rail and reach no lift.
    """
    n = 40 * 60 // quay.STEP_S
    t = np.arange(n) / n
    since = (t >= STRUCK).astype(float)
    chance = np.random.default_rng(seed)
    taken = 120.0 + more * since + 2.0 * np.sin(40.0 * t)
    passed, lifted = taken, taken + leak * since
    one = lifted / 2.0 - weak * since
    values = {
        f"{BRINE}/lift_1/yield": one, f"{BRINE}/lift_2/yield": lifted - one,
        f"{BRINE}/lift_1/wish": 0.4 * (one + 2.0 * weak * since),
        f"{BRINE}/lift_2/wish": 0.4 * (lifted - one),
        f"{BRINE}/lift_1/draw": 0.2 * one, f"{BRINE}/lift_2/draw": 0.2 * (lifted - one),
        f"{BRINE}/rail/tension": np.full(n, 400.0), LOAD: 0.2 * lifted + astray * since,
        DEPTH["upper"]: np.full(n, 3.0), PASSING: passed + meter * since,
        DEPTH["lower"]: np.full(n, 2.0), TAKING: taken / 60.0,
    }  # fmt: skip
    return {
        p.id: values[p.id] + p.spec.noise / 2.0 * chance.standard_normal(n) for p in plant().points
    }


def window(values):
    return cut(quay.snapshot(values, site=plant()))


def found(**what):
    return {(s.point, s.shows): s for s in meters.observe(window(series(**what)))}


def asked(**what):
    w = window(series(**what))
    signs = meters.passed_on(w, gather(symptoms.observe(w)))
    return {s.point: s.asked for s in signs.values() if s.strength > 0.5}


def test_what_is_lifted_and_taken_is_balanced():
    assert found() == {}
    assert meters.balanced(window(series())) == {f"{BRINE}/upper", f"{BRINE}/lower"}


@pytest.mark.parametrize("leak", [20.0, 60.0])
def test_what_leaks_goes_missing_between_the_meters_around_it(leak):
    (sign,) = found(leak=leak).values()
    assert (sign.point, sign.shows) == (DEPTH["upper"], "losing")
    assert sign.now == pytest.approx(leak, abs=2.0)
    assert sign.usual == pytest.approx(0.0, abs=2.0)
    struck = quay.START + int(STRUCK * 40 * 60) * SECOND
    assert abs(sign.onset - struck) <= sign.onset_s * SECOND


def test_what_fills_a_trough_is_not_missing():
    """What comes in and stays shows in the depth."""
    values = series()
    n = len(values[DEPTH["upper"]])
    kept = np.where(np.arange(n) >= STRUCK * n, 30.0, 0.0)
    values[f"{BRINE}/lift_1/yield"] += kept
    assert meters.observe(window(values))
    values[DEPTH["upper"]] += np.cumsum(kept) * quay.STEP_S / 36000.0
    assert meters.observe(window(values)) == []


@pytest.mark.parametrize(("meter", "shows"), [(25.0, "rising"), (-25.0, "falling")])
def test_a_meter_that_two_balances_share_is_the_wrong_one(meter, shows):
    (sign,) = found(meter=meter).values()
    assert (sign.point, sign.shows, sign.sure) == (PASSING, shows, True)


def test_a_header_of_which_one_meter_is_silent_is_not_judged():
    values = series(leak=60.0)
    values[PASSING][:] = np.nan
    assert meters.observe(window(values)) == []
    assert meters.balanced(window(values)) == frozenset()


def test_a_medium_of_which_not_all_is_metered_has_no_balance():
    site = quay.plant()
    assert all(meters.meters(site, unit) is None for unit in site.units.values())


def test_what_is_taken_behind_a_flow_was_asked_for():
    more = asked(more=40.0)
    assert more.pop(TAKING) is False
    assert more
    assert all(more.values())


def test_what_the_consumers_of_another_kind_show_that_they_take_was_asked_for():
    """A pump gives water and takes power: its own power tells what became of the rail's."""
    assert asked(more=60.0)[LOAD] is True


def test_what_reaches_no_consumer_was_not_asked_for():
    """More goes out than all of them take together."""
    assert asked(astray=12.0)[LOAD] is False


def test_what_one_consumer_does_not_show_tells_nothing_of_what_was_asked_for():
    """Without the power of one of them a rise may be anybody's."""
    values = series(more=60.0)
    values[f"{BRINE}/lift_2/draw"][:] = np.nan
    w = window(values)
    signs = meters.passed_on(w, gather(symptoms.observe(w)))
    assert signs[LOAD, "high"].asked is False


def test_one_that_gives_less_than_it_is_asked_for_is_not_excused():
    weak = asked(weak=25.0)
    assert weak[f"{BRINE}/lift_1/yield"] is False
    assert weak[f"{BRINE}/lift_1/draw"] is False


@given(st.integers(0, 10_000), st.floats(-60.0, 120.0))
@settings(max_examples=50, deadline=None)
def test_no_demand_makes_anything_go_missing(seed, more):
    assert found(seed=seed, more=more) == {}


def test_it_is_told_in_words_with_its_numbers():
    (sign,) = found(leak=60.0).values()
    text, data = sign_text(plant(), sign)
    assert text.startswith("More comes into Upper than goes out and stays: ")
    assert data["now"] == pytest.approx(60.0, abs=2.0)
