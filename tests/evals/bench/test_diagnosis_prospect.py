"""The figures of what could run better and of windows, from answers made by hand."""

import pytest

from evals.bench import diagnosis_improvements, diagnosis_windows
from evals.exam.planted import Idea, Looked
from evals.exam.windows import Agreed, Drawn
from evals.exam.worse import Job, Planting
from tests.evals.emulator.riverside import plant
from twin_core.prospect.improvement import Improvement
from twin_core.prospect.window import Job as Work
from twin_core.simulation.scenario import Estimate

LINE = "riverside/packaging/line2"
GAIN = Estimate(mean=10.0, low=8.0, high=12.0, unit="{bottle}/min")


def idea(gained):
    told = Improvement(kind="speed", asset=f"{LINE}/capper", gain=GAIN, share=0.02, why="seen")
    return Idea(told, LINE, gained)


def looked(right=None, wrong=(), *, planted=True):
    planting = Planting(LINE, f"{LINE}/capper") if planted else None
    return Looked(
        Job("speed" if planted else "balanced", 1), planting, right, (), wrong,
        4 - planted, plain=False, worth=0.02, passed="",
    )  # fmt: skip


def test_what_is_named_is_found_and_whether_its_gain_lies_in_the_interval_is_told_apart():
    """And every idea about a balanced line counts."""
    some = [
        looked(idea(9.0)),
        looked(idea(20.0)),
        looked(),
        looked(wrong=(idea(0.0),), planted=False),
    ]
    found = {r.name: r for r in diagnosis_improvements.rows(some)}
    assert found["diagnosis.improvements.found_inside"].value == 1 / 3
    assert found["diagnosis.improvements.found"].value == 2 / 3
    assert found["diagnosis.improvements.inside"].value == 1 / 2
    assert found["diagnosis.improvements.balanced"].met is False
    assert found["diagnosis.improvements.balanced"].peer_value == 4.0
    assert found["diagnosis.improvements.untouched"].value == 0.0


def agreed(start_s, cost, *, forbidden=False):
    drawn = Drawn(
        plant(), Work(asset=f"{LINE}/filler", duration_s=600.0), LINE, 1.0, None, None, 0.0
    )
    return Agreed(
        seed=1, drawn=drawn, start_s=start_s, cost=cost, best_s=0.0, best=1000.0, minute=500.0,
        forbidden=forbidden, ended=start_s is not None, first=1000.0, planned=None, off=0.01,
        told=GAIN, lost=11.0,
    )  # fmt: skip


def test_a_window_is_near_if_it_is_allowed_and_costs_hardly_more_than_the_best():
    """None at all, a forbidden one and a dear one are not."""
    some = [agreed(0.0, 1020.0), agreed(0.0, 1040.0), agreed(0.0, 900.0, forbidden=True)]
    found = {r.name: r for r in diagnosis_windows.rows([*some, agreed(None, float("inf"))])}
    assert found["diagnosis.windows.near"].value == 0.25
    assert found["diagnosis.windows.near"].peer_value == 1.0
    assert found["diagnosis.windows.near.planned_stop"].value == 0.0
    assert found["diagnosis.windows.excess"].value == pytest.approx(0.04)
    assert found["diagnosis.windows.ended"].met is False
    assert found["diagnosis.windows.inside"].value == 1.0
