"""How an asset stands and what lies ahead of it; what is not known is said."""

from typing import Any

import numpy as np
import pytest

from tests.tools import scenery
from tests.tools.scenery import LINE4, MINUTE, NOW
from twin_core.plant.classes import Role
from twin_core.ports import WorkOrderRecord
from twin_core.prospect.health import asked_units, health, ranked
from twin_core.prospect.leading import BUCKETS, Trail, leads, wanted
from twin_core.prospect.prognosis import Known
from twin_core.simulation.calibrating.failing import Failing

PLANT = scenery.riverside()
CAPPER = PLANT.unit(f"{LINE4}/capper")
VIBRATION: Any = CAPPER.point("vibration")
RISE = (VIBRATION.spec.alarm_high - VIBRATION.spec.normal.high) / 6.0
"""An hour, so that the limit is passed within eight."""
HOURS = np.linspace(-24.0, 0.0, BUCKETS)


def trails(unit=CAPPER, running=6.0, **bent):
    """A day in which every leading reading stood at the middle of its normal range."""
    random = np.random.default_rng(3)
    found = {}
    for path in wanted(PLANT, [unit]):
        spec = PLANT.point(path).spec
        if spec.role is Role.STATE:
            found[path] = Trail(HOURS, np.full(BUCKETS, running))
            continue
        middle = (spec.normal.low + spec.normal.high) / 2 if spec.normal else spec.limits.low
        noise = random.normal(0.0, spec.noise / 10, BUCKETS)
        found[path] = Trail(HOURS, middle + bent.get(spec.id, 0.0) * HOURS + noise)
    return found


def seen(unit=CAPPER, known=None, orders=(), hours=8.0, **bent) -> Any:
    given = trails(unit, **bent)
    return health(PLANT, unit, hours * 3600, NOW, given, known or Known(), orders)


def risk(value, usual):
    return Failing(unit=CAPPER.id, horizon_s=28_800, value=value, low=value / 2, high=2 * value,
                   by="learned", usual=usual, model="m")  # fmt: skip


def fault(ago_h, asset=CAPPER.id):
    at = NOW - int(ago_h * 60) * MINUTE
    return WorkOrderRecord(reference=f"W{ago_h}", key="k", asset=asset, task="t", status="done",
                           found_fault=True, created=at)  # fmt: skip


def test_what_stands_and_was_heard_shows_no_sign():
    """No chance is made of it, and no life."""
    found = seen()
    assert found.verdict == "no_sign"
    assert found.heard == found.leads > 0
    assert (found.chance, found.hours, found.lasts) == (None, None, None)
    assert found.anomaly is not None


def test_what_rises_towards_its_limit_is_a_sign():
    """Chance, hours and the failure mode that fits; the whole is worth a life for a window."""
    found = seen(vibration=RISE)
    assert found.verdict == "sign"
    (heading,) = found.heading
    assert heading.point == VIBRATION.id
    assert heading.limit == VIBRATION.spec.alarm_high
    assert found.chance.mean == pytest.approx(heading.within)
    assert found.hours.low <= found.hours.middle <= found.hours.high
    assert "turret_bearing_failing" in {wear.mode for wear in found.wear}
    assert found.lasts.failed_by(48 * 3600) > found.lasts.failed_by(3600)


def test_modes_that_fit_weigh_by_what_is_there_and_how_often_they_come():
    """The weightiest first; together they are one."""
    wear = seen(vibration=RISE).wear
    assert sum(one.weight for one in wear) == pytest.approx(1)
    weights = [one.weight for one in wear]
    assert weights == sorted(weights, reverse=True)
    priors = {mode.id: mode.prior for mode in PLANT.class_of(CAPPER.id).failure_modes}
    shares = [one.fits * priors[one.mode] / one.weight for one in wear]
    assert shares == pytest.approx([shares[0]] * len(shares))


def test_what_rises_but_is_far_from_its_limit_is_no_sign_yet():
    """It passes in weeks: told of nothing within the shift."""
    found = seen(vibration=RISE / 40)
    assert found.verdict == "no_sign"
    assert found.hours is not None


def test_silence_is_not_health():
    """Nothing heard, nothing learnt, no work orders: it cannot be told."""
    given = {path: Trail(HOURS, np.full(BUCKETS, np.nan)) for path in trails()}
    found = health(PLANT, CAPPER, 28_800, NOW, given, Known(), None)
    assert found.verdict == "unknown"
    assert found.chance is None
    assert health(PLANT, CAPPER, 28_800, NOW, {}, Known(), None).verdict == "unknown"


def test_what_was_read_while_it_stood_does_not_count():
    """A machine that stands does not shake."""
    assert seen(running=2.0, vibration=RISE).verdict == "unknown"


def test_a_learnt_risk_far_above_usual_is_a_sign():
    """And one as usual is none, though it is told."""
    assert seen(known=Known(risk=risk(0.4, 0.05))).verdict == "sign"
    usual = seen(known=Known(risk=risk(0.05, 0.05)))
    assert usual.verdict == "no_sign"
    assert usual.chance.mean == pytest.approx(0.05)


def test_faults_found_before_are_counted_exactly():
    """Twice in a hundred hours: eight hours hold another with 1 - exp(-0.16), in its interval."""
    orders = [fault(100), fault(50), fault(70, f"{LINE4}/packer")]
    found = seen(orders=orders)
    assert found.verdict == "past"
    assert (found.found.faults, found.found.over_h) == (2, 100)
    assert found.chance.mean == pytest.approx(1 - np.exp(-0.16))
    assert found.chance.low < found.chance.mean < found.chance.high
    assert found.lasts.failed_by(8 * 3600) == pytest.approx(found.chance.mean)


def test_no_fault_found_has_an_upper_end_and_no_chance():
    """What never happened is not impossible."""
    found = seen(orders=[fault(100, f"{LINE4}/packer")])
    assert found.verdict == "no_sign"
    assert found.found.chance.mean == 0
    assert found.found.chance.high > 0
    assert found.chance is None


def test_signs_and_past_are_one_chance():
    """It fails by either: more likely than by each alone."""
    orders = [fault(100), fault(50)]
    both, sign, past = (
        seen(orders=orders, vibration=RISE),
        seen(vibration=RISE),
        seen(orders=orders),
    )
    assert both.chance.mean >= max(sign.chance.mean, past.chance.mean)
    assert both.chance.mean <= sign.chance.mean + past.chance.mean


def test_past_its_limit_now_needs_no_trend():
    """It stands above its alarm limit."""
    given = trails()
    given[VIBRATION.id] = Trail(HOURS, given[VIBRATION.id].value + 20.0)
    found: Any = health(PLANT, CAPPER, 28_800, NOW, given, Known(), ())
    assert found.verdict == "sign"
    assert found.heading[0].passed
    assert found.hours.middle == 0.0


def test_the_likeliest_stands_first():
    """Signs, then what failed before, then what shows nothing, then what cannot be told."""
    silent: Any = health(PLANT, CAPPER, 28_800, NOW, {}, Known(), None)
    found: Any = ranked(
        [silent, seen(), seen(orders=[fault(9)]), seen(vibration=RISE), seen(vibration=2 * RISE)]
    )
    assert [one.verdict for one in found] == ["sign", "sign", "past", "no_sign", "unknown"]
    assert found[0].chance.mean >= found[1].chance.mean


def test_assets_that_may_fail_are_asked_for():
    """Those of a line at or below it; each leading reading has a limit."""
    units = asked_units(PLANT, LINE4)
    assert CAPPER in units
    assert asked_units(PLANT, CAPPER.id) == (CAPPER,)
    assert all(limits for unit in units for limits in leads(PLANT, unit).values())
