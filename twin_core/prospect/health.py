"""How likely an asset fails or leaves its limits in a time ahead, by all that is known of it.

Readings on their way to a limit, what was learnt of its failing, how often a fault was found in
it: prognostic assessment (ISO 13374). What nothing is known of is said to be unknown, which is
another answer than “no sign”. It must never take silence for health.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import exp, log1p, sqrt
from typing import Literal

import numpy as np

from twin_core.plant.assets import Plant, Unit
from twin_core.ports import WorkOrderRecord
from twin_core.prospect.leading import Leading, Limit, Trail, leading, leads
from twin_core.prospect.prognosis import FaultsFound, Heading, Health, Hours, Known
from twin_core.prospect.reaching import finite
from twin_core.prospect.wear import worn
from twin_core.prospect.window import Life
from twin_core.simulation.calibrating.estimated import Z90
from twin_core.simulation.calibrating.failing import Failing
from twin_core.simulation.scenario import Estimate
from twin_core.value import SECOND, Instant

_SOON = 0.05
"""A limit that is passed less likely than this within the time ahead is no sign."""
_ABOVE_USUAL = 2.0
_GRID_H = 24.0
_LONGEST_H = 24.0


def health(
    plant: Plant,
    unit: Unit,
    horizon_s: float,
    now: Instant,
    trails: Mapping[str, Trail],
    known: Known,
    orders: Sequence[WorkOrderRecord] | None,
) -> Health:
    """All that is known of one asset.

    Args:
        plant: whose.
        unit: the asset.
        horizon_s: the time asked about, seconds > 0.
        now: plant time.
        trails: the past of its points, as `leading.wanted` names them.
        known: what was learnt.
        orders: work orders of the whole site; None = there is no maintenance system to ask.
    """
    hours = horizon_s / 3600.0
    readings = leading(plant, unit, trails)
    heading = [h for one in readings for h in _headings(one, hours)]
    heading.sort(key=lambda one: (not one.passed, -one.within, one.point))
    heard = sum(one.now is not None for one in readings)
    found = None if orders is None else _found(unit.id, orders, now, hours)
    soon = [one for one in heading if one.passed or one.within >= _SOON]
    life = _life(readings, known, found)
    furthest = max(
        (one for one in readings if one.away is not None),
        key=lambda one: abs(one.away or 0.0),
        default=None,
    )
    verdict: Literal["sign", "past", "no_sign", "unknown"] = "unknown"
    if soon or (known.risk is not None and _raised(known.risk)):
        verdict = "sign"
    elif found is not None and found.faults:
        verdict = "past"
    elif heard or known.risk is not None:
        verdict = "no_sign"
    return Health(
        asset=unit.id,
        verdict=verdict,
        chance=_chance(soon, known.risk, found),
        anomaly=None if furthest is None else _anomaly(furthest, trails),
        anomalous=None if furthest is None else furthest.point.id,
        hours=_soonest(heading, known),
        heading=tuple(soon),
        wear=worn(plant, unit, readings) if soon else (),
        risk=known.risk,
        life=known.life,
        found=found,
        lasts=life,
        heard=heard,
        leads=len(readings),
        unlearnt=known.unlearnt,
    )


def ranked(healths: Iterable[Health]) -> list[Health]:
    """Those with signs first, then those that failed before, the likeliest first."""
    order = ("sign", "past", "no_sign", "unknown")
    return sorted(
        healths,
        key=lambda one: (
            order.index(one.verdict),
            -(one.chance.mean if one.chance is not None else 0.0),
            one.asset,
        ),
    )


def _headings(one: Leading, hours: float) -> list[Heading]:
    if one.now is None:
        return []
    found = []
    for limit in one.limits:
        above = limit.side == "above"
        passed = one.now > limit.value if above else one.now < limit.value
        line = one.line
        if line is None or (not passed and (line.slope > 0) != above):
            if passed:
                found.append(_standing(one, limit))
            continue
        low, middle, high = line.hours_to(limit.value, above=above)
        spread = Z90 * line.slope_sd
        unit = f"{one.point.spec.unit}/h"
        found.append(
            Heading(
                point=one.point.id,
                now=line.now,
                slope=Estimate(
                    mean=line.slope, low=line.slope - spread, high=line.slope + spread, unit=unit
                ),
                over_h=line.over_h,
                limit=limit.value,
                side=limit.side,
                by=limit.by,
                within=line.passed_by(hours, limit.value, above=above),
                hours=Hours(low=finite(low), middle=finite(middle), high=finite(high)),
                passed=passed,
            )
        )
    return found


def _standing(one: Leading, limit: Limit) -> Heading:
    """A reading that is past its limit and heads nowhere."""
    assert one.now is not None
    unit = f"{one.point.spec.unit}/h"
    none = Hours(low=0.0, middle=0.0, high=0.0)
    return Heading(
        point=one.point.id, now=one.now, slope=Estimate(mean=0.0, low=0.0, high=0.0, unit=unit),
        over_h=0.0, limit=limit.value, side=limit.side, by=limit.by, within=1.0, hours=none,
        passed=True,
    )  # fmt: skip


def _raised(risk: Failing) -> bool:
    """Whether it is far above what is usual."""
    if risk.value is None or risk.usual is None or risk.low is None:
        return False
    return risk.low > risk.usual and risk.value >= _ABOVE_USUAL * risk.usual


def _found(
    asset: str, orders: Sequence[WorkOrderRecord], now: Instant, hours: float
) -> FaultsFound | None:
    """Faults found in it: a Poisson process's rate with Jeffreys' interval.

    The rate is Gamma(n + 1/2) over the time watched (Brown, Cai and DasGupta, *Journal of
    Statistical Planning and Inference* 112, 2003). None where no time was watched.
    """
    from scipy.special import gammaincinv

    began = min((order.created for order in orders), default=now)
    over = (now - began) / SECOND / 3600.0
    if over <= 0:
        return None
    mine = [order for order in orders if order.asset == asset and order.found_fault]
    n = len(mine)
    rates = [n / over, *(float(gammaincinv(n + 0.5, q)) / over for q in (0.05, 0.95))]
    mean, low, high = (1.0 - exp(-rate * hours) for rate in rates)
    return FaultsFound(
        faults=n,
        over_h=over,
        last=max((order.created for order in mine), default=None),
        chance=Estimate(mean=mean, low=min(low, mean), high=high, unit="1"),
    )


def _chance(
    soon: Sequence[Heading], risk: Failing | None, found: FaultsFound | None
) -> Estimate | None:
    """One or the other happens: each by itself, what was learnt in the place of what was counted.

    Of the readings the likeliest counts alone: they show one wear.
    """
    by_limit = max((one.within for one in soon), default=None)
    base = None
    if risk is not None and risk.value is not None:
        base = (risk.value, risk.low or 0.0, 1.0 if risk.high is None else risk.high)
    elif found is not None and found.faults:
        base = (found.chance.mean, found.chance.low, found.chance.high)
    if by_limit is None and base is None:
        return None
    spared = 1.0 - (by_limit or 0.0)
    mean, low, high = (1.0 - spared * (1.0 - p) for p in base or (0.0, 0.0, 0.0))
    return Estimate(mean=mean, low=low, high=high, unit="1")


def _soonest(heading: Sequence[Heading], known: Known) -> Hours | None:
    told = [one.hours for one in heading if one.hours.middle is not None]
    if known.life is not None:
        by = known.life
        high = None if by.capped else by.high
        told.append(Hours(low=by.low, middle=by.value, high=high))
    return min(told, key=lambda one: one.middle or 0.0, default=None)


def _anomaly(one: Leading, trails: Mapping[str, Trail]) -> Estimate:
    """A difference in standard deviations, with its interval.

    Hedges and Olkin, *Statistical Methods for Meta-Analysis*, 1985, chapter 5.
    """
    assert one.away is not None
    known = int(np.isfinite(trails[one.point.id].value).sum())
    new, before = 3, max(2, known - 3)
    half = Z90 * sqrt(1 / new + 1 / before + one.away**2 / (2 * before))
    size = abs(one.away)
    return Estimate(mean=size, low=max(0.0, size - half), high=size + half, unit="1")


def _life(readings: Sequence[Leading], known: Known, found: FaultsFound | None) -> Life | None:
    """The chance over the day ahead, of the readings and of what was learnt or counted."""
    lines = [
        (one.line, limit.value, limit.side == "above")
        for one in readings
        for limit in one.limits
        if one.line is not None and (one.line.slope > 0) == (limit.side == "above")
    ]
    hazard, why = 0.0, []
    if known.risk is not None and known.risk.value is not None:
        hazard = -log1p(-min(known.risk.value, 0.999)) / (known.risk.horizon_s / 3600.0)
        why.append("what was learnt of its failing")
    elif found is not None and found.faults:
        hazard = found.faults / found.over_h
        why.append(f"{found.faults} faults found in {found.over_h:.0f} h")
    if lines:
        why.append("readings on their way to a limit")
    if not why:
        return None
    points, last = [], 0.0
    for hour in np.linspace(_LONGEST_H / _GRID_H, _LONGEST_H, int(_GRID_H)):
        passed = max(
            (line.passed_by(float(hour), limit, above=above) for line, limit, above in lines),
            default=0.0,
        )
        last = max(last, 1.0 - (1.0 - passed) * exp(-hazard * float(hour)))
        points.append((float(hour) * 3600.0, min(last, 1.0)))
    return Life(points=tuple(points), why=" and ".join(why))


def asked_units(plant: Plant, subject: str) -> tuple[Unit, ...]:
    """The units at or below a path that may fail: those with failure modes, or limits to pass."""
    return tuple(
        unit
        for unit in plant.units.values()
        if f"{unit.id}/".startswith(f"{subject}/")
        and (plant.class_of(unit.id).failure_modes or leads(plant, unit))
    )
