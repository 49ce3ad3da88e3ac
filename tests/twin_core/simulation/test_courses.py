"""How a line goes over the horizon, and the risks of its buffers."""

from pathlib import Path

import numpy as np
import pytest

from tests.twin_core.simulation.paid_sawmill import BREAK_S, paid_mill
from tests.twin_core.simulation.sawmill import (
    BELT,
    FAN,
    LINE,
    MAIN,
    PLANER,
    SAW,
    STACKER,
    Mill,
)
from twin_core.plant.document import load
from twin_core.simulation.courses import Followed, told
from twin_core.simulation.forecaster import compare, forecast
from twin_core.simulation.objective import Objective, Term
from twin_core.simulation.ranking import rank
from twin_core.simulation.scenario import BufferSize, Capacity, Outage, Scenario

GO_ON = Scenario(name="go on", line=LINE)
MILL = paid_mill().snapshot()
BELT_LEVEL = f"{BELT}/level"


def limited_mill():
    """The sawmill, whose file gives limits of what lies on a belt."""
    given = 'role: level, unit: "{board}", limits: {low: 0, high: 500}'
    folder = Path(__file__).parent / "sawmill_files"
    text = (folder / "plant.yaml").read_text()

    def classes(name):
        told = (folder / name).read_text()
        assert told.count(given) == 1
        return told.replace(given, f"{given}, alarm_low: 5, alarm_high: 60")

    return load(text[: text.index("shifts:")], "plant.yaml", classes)


def gone(*changes, snapshot=MILL, n=24, **more):
    scenario = GO_ON.model_copy(update={"changes": changes, **more})
    return forecast(snapshot, scenario, 1, n, courses=True)


def course(found, subject):
    (one,) = [c for c in found.courses if c.subject == subject]
    return one


def risk(found, subject, side):
    chances = [r.probability.mean for r in found.risks if (r.subject, r.side) == (subject, side)]
    return chances[0] if chances else 0.0


def test_courses_are_told_where_they_are_asked_for():
    """Nowhere else: a sweep of a thousand forecasts, or a proposal, has no use for them."""
    assert forecast(MILL, GO_ON, 1, 4).courses == ()
    (compared,) = compare(MILL, GO_ON, [GO_ON.model_copy(update={"name": "b"})], 1, 4, courses=True)
    assert compared.baseline.courses == compared.candidate.courses != ()
    ranked = rank(MILL, [GO_ON, GO_ON], Objective(terms=(Term(indicator="rate"),)), 1, 4)
    assert all(one.courses == () for one in ranked.forecasts)


def test_the_rate_over_time_comes_to_the_mean_rate():
    """Each step counts what the last machine let go of in it."""
    found = gone()
    rate = course(found, LINE)
    assert (rate.kind, rate.unit) == ("rate", found.rate.unit)
    assert len(rate.at_s) == 48
    assert np.mean(rate.mean) == pytest.approx(found.rate.mean, rel=1e-4)
    in_the_break = [m for m, at in zip(rate.mean, rate.at_s, strict=True)
                    if BREAK_S + 60 < at < BREAK_S + 270]  # fmt: skip
    assert max(in_the_break) == 0


def test_a_band_holds_its_mean():
    """Low <= mean <= high, at every moment of every course."""
    for one in gone(Outage(asset=SAW, after_s=60, duration_s=120)).courses:
        assert len(one.at_s) == len(one.mean) == len(one.low) == len(one.high) <= 49
        assert all(a < b for a, b in zip(one.at_s, one.at_s[1:], strict=False))
        for low, mean, high in zip(one.low, one.mean, one.high, strict=True):
            assert low <= mean <= high


def test_a_belt_fills_before_a_machine_that_stands_and_empties_after_it():
    """The level is that of its point; where no point shows it, it is the machine's before it."""
    found = gone(Outage(asset=PLANER, duration_s=150), horizon_s=180.0)
    belt = course(found, BELT_LEVEL)
    assert belt.unit == "{board}"
    assert belt.mean[0] == pytest.approx(10, abs=2)
    assert max(belt.mean) > 70
    assert course(found, PLANER).kind == "level"
    assert min(course(found, PLANER).mean) < 1


def test_a_belt_that_fills_is_a_risk_of_running_full_and_a_stock_used_up_of_running_empty():
    """Told of buffers that are neither at the start; each replication is full or is not."""
    quiet, out = gone(horizon_s=180.0), gone(Outage(asset=PLANER, duration_s=150), horizon_s=180.0)
    assert risk(out, BELT_LEVEL, "full") > 0.95
    assert risk(quiet, BELT_LEVEL, "full") < 0.3
    (full,) = [r for r in out.risks if r.subject == BELT_LEVEL]
    assert (full.limit, full.unit) == (80, "{board}")
    assert out.others["risk"].mean == quiet.others["risk"].mean  # nobody set such a limit
    stocked = paid_mill(columns={BELT_LEVEL: 60.0}).snapshot()
    dry = gone(Outage(asset=SAW, duration_s=170), snapshot=stocked, horizon_s=180.0)
    assert risk(dry, BELT_LEVEL, "empty") > 0.95
    assert risk(gone(snapshot=stocked, horizon_s=180.0), BELT_LEVEL, "empty") < 0.3


def test_a_buffer_of_another_size_is_full_at_that_size():
    """Twenty instead of eighty fill where eighty do not."""
    size = BufferSize(source=SAW, target=PLANER, capacity=20)
    stop = Outage(asset=PLANER, after_s=30, duration_s=40)
    assert risk(gone(size, stop, horizon_s=120.0), BELT_LEVEL, "full") > 0.95
    assert risk(gone(stop, horizon_s=120.0), BELT_LEVEL, "full") < 0.3


def test_media_are_followed_and_what_stays_as_it_is_is_told_at_its_ends():
    """A fan at a fifth of its capacity: the draft falls; coolant does not move."""
    found = gone(Capacity(asset=FAN, factor=0.2), after_s=60)
    draft = course(found, f"{MAIN}/draft")
    assert draft.kind == "value"
    assert draft.unit == "kPa"
    assert draft.mean[-1] < 0.8 * draft.mean[0]
    flat = {Followed("value", "a/b", "bar", (0.0, 1.0, 2.0)): np.ones((5, 3))}
    assert [(c.at_s, c.mean) for c in told(flat)] == [((0.0, 2.0), (1.0, 1.0))]


def test_nothing_comes_after_the_last_machine():
    """Where no store takes what it makes there is no buffer behind it."""
    found = gone(snapshot=Mill().snapshot(), n=2)
    assert {c.subject for c in found.courses} >= {LINE, BELT_LEVEL}
    assert STACKER not in {c.subject for c in found.courses}


def test_a_limit_of_a_level_is_a_risk_like_any_other():
    """Whether or not courses are asked for; and it counts among all that may break."""
    mill = Mill(plant=limited_mill())
    out = GO_ON.model_copy(
        update={"changes": (Outage(asset=PLANER, duration_s=150),), "horizon_s": 180.0}
    )
    for courses in (False, True):
        found = forecast(mill.snapshot(), out, 1, 24, courses=courses)
        assert risk(found, BELT_LEVEL, "above") > 0.95
        assert found.others["risk"].mean >= risk(found, BELT_LEVEL, "above")
        assert (
            found.others["risk"].mean == forecast(mill.snapshot(), out, 1, 24).others["risk"].mean
        )
    assert forecast(MILL, out, 1, 24).risks == ()  # how full buffers get was not asked for
