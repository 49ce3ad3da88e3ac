"""The rules of crew and orders as the exam of windows has them."""

from dataclasses import replace

import numpy as np
import pytest

from evals.exam import windows
from evals.exam.windows import Drawn
from tests.evals.emulator.riverside import plant
from twin_core.prospect.window import Busy, Job
from twin_core.value import SECOND

NOW = 1_772_600_400 * SECOND
"""2026-03-04 05:00, in Dublin as well."""
LINE = "riverside/packaging/line2"


def crew(**job):
    whole = plant()
    some = {"early": (2, ("mechanic",)), "late": (1, ()), "night": (0, ())}
    shifts = tuple(
        s.model_copy(update={"people": some[s.id][0], "skills": some[s.id][1]})
        for s in whole.shifts
    )
    whole = whole.model_copy(update={"shifts": shifts})
    given = Job(asset=f"{LINE}/filler", duration_s=1800.0, horizon_s=7200.0, **job)
    return Drawn(whole, given, LINE, 1.0, None, None, 300.0)


def able(drawn):
    starts = windows._starts(drawn.job)
    return [int(s // 60) for s in starts[windows._manning(drawn, NOW, starts)]]


def test_a_job_begins_where_enough_people_are_there_to_its_end():
    """Nobody is there at night; the early shift begins an hour from now."""
    assert able(crew(people=2)) == list(range(60, 121))
    assert able(crew(people=3)) == []
    assert able(crew(people=1, skill="electrician")) == []


def test_who_is_taken_by_another_job_is_not_there():
    """Until the minute it ends."""
    taken = Busy(start=NOW + 4000 * SECOND, end=NOW + 5400 * SECOND, people=1)
    assert able(crew(people=2, busy=(taken,))) == list(range(90, 121))


def test_an_order_is_late_for_sure_only_far_from_its_date():
    """A short stop, one after it, and one too near to tell are not."""
    drawn = replace(crew(), due_s=6000.0)
    starts = np.array([0.0, 0.0, 3000.0, 7200.0])
    late = windows._late(drawn, starts, np.array([1800.0, 600.0, 1800.0, 1800.0]))
    assert late.tolist() == [True, False, True, False]
    assert not windows._late(drawn, np.array([4000.0]), np.array([1800.0])).any()


def test_an_asset_fails_by_its_weibull_life_and_never_without_one():
    """By its scale with probability 1 - 1/e."""
    assert crew().fails_by(1e6) == 0.0
    assert replace(crew(), scale_s=7200.0).fails_by(7200.0) == pytest.approx(0.632, abs=1e-3)
