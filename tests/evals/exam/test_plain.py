"""The plain answer that ours is held against."""

from dataclasses import replace

import numpy as np

from evals.exam.plain import Plain, plain
from tests.evals.emulator.riverside import plant
from tests.evals.exam.answers import answered, fault
from twin_core.ingest import Twin
from twin_core.recent import Recent
from twin_core.value import SECOND


def test_it_is_the_commonest_mode_of_the_point_that_deviates_most():
    """Of the line and what supplies it; counters and states are no deviation."""
    line = next(x for x in plant().lines if x.kind == "production")
    machine = plant().machines(line)[2]
    point = next(p for p in machine.points if p.spec.id == "product_temperature")
    n = len(plant().points)
    value = np.random.default_rng(1).normal(10.0, 0.01, (120, n))
    value[-18:, plant().index[point.id]] += 5.0
    value[-18:, plant().index[machine.points[0].id]] += 50.0
    time = np.arange(1, 121) * 10 * SECOND
    recent = Recent(time, value, value, value)
    shown = replace(Twin(plant()).snapshot(SECOND), recent=recent)
    found = plain(shown, line.id)
    modes = plant().class_of(machine.id).failure_modes
    high = [
        m for m in modes if any((s.point, s.shows) == (point.spec.id, "high") for s in m.symptoms)
    ]
    assert found == Plain(machine.id, max(high, key=lambda m: m.prior).id)
    assert plain(replace(shown, recent=Recent(time[:9], *[value[:9]] * 3)), line.id) is None


def test_it_is_marked_as_strictly():
    """Asset and mode; where no class lists the mode, none."""
    told = replace(answered([fault()], []), plain=Plain("site/hall/line1/mill", "worn"))
    assert told.plainly_first
    assert not replace(told, plain=Plain("site/hall/line1/mill", None)).plainly_first
    assert not replace(told, plain=None).plainly_first
    unlisted = replace(answered([fault(modes=())], []), plain=Plain("site/hall/line1/mill", None))
    assert unlisted.plainly_first
