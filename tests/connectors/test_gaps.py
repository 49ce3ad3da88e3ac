"""Holes between connections: every value of the server comes exactly once, whatever happens."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from connectors.gaps import Gaps
from twin_core.reading import Batch
from twin_core.value import SECOND

POINTS = 2
T0 = 1000 * SECOND


class Story:
    """A server that remembers everything, and a client that loses it again and again."""

    def __init__(self):
        self.now = T0
        self.history: list[list[int]] = [[] for _ in range(POINTS)]
        self.came: list[list[int]] = [[] for _ in range(POINTS)]
        self.live = False
        self.gaps = Gaps(np.zeros(POINTS, np.int64))

    def show(self, point):
        """The value changes."""
        self.now += 1
        self.history[point].append(self.now)
        if self.live:
            self.take(point, self.now)

    def connect(self):
        """Every point's present value is told first."""
        self.gaps.begin()
        self.live = True
        for point in range(POINTS):
            if self.history[point]:
                self.take(point, self.history[point][-1])

    def outage(self, points):
        """What is shown meanwhile does not come."""
        self.live = False
        for point in points:
            self.show(point)
        self.connect()

    def fill(self, at_most):
        """Read back so many values, and then be interrupted."""
        for missing in self.gaps.missing(0):
            for point, start, end in zip(missing.point, missing.start, missing.end, strict=True):
                found = [t for t in self.history[point] if start < t < end]
                taken, at_most = found[:at_most], max(0, at_most - len(found))
                self.came[point] += taken
                whole = len(taken) == len(found)
                Gaps.filled(missing.gap, int(point), None if whole else max([start, *taken]))

    def take(self, point, time):
        if time not in self.came[point]:  # a present value is told again at each connect
            self.came[point].append(time)
        self.gaps.hear(Batch.of([(point, time, 1.0, 0, self.now)]), 0)


_POINT = st.integers(0, POINTS - 1)
_OUTAGES = 6  # fewer than gaps are remembered
_STEP = st.one_of(
    st.tuples(st.just("show"), _POINT),
    st.tuples(st.just("outage"), st.lists(_POINT, max_size=6)),
    st.tuples(st.just("fill"), st.integers(0, 3)),
)


@given(st.lists(_STEP, max_size=20))
def test_every_value_comes_once_however_often_the_filling_is_interrupted(steps):
    """From the first value told on, nothing is missing in the end and nothing comes twice."""
    story, outages = Story(), 0
    story.connect()
    for name, argument in steps:
        outages += name == "outage"
        if outages <= _OUTAGES:
            getattr(story, name)(argument)
    story.fill(1000)
    for point in range(POINTS):
        came = sorted(story.came[point])
        first = came[0] if came else 0
        assert came == [t for t in story.history[point] if came and t >= first]


def test_of_too_many_gaps_the_oldest_are_given_up():
    """A server that comes and goes all day costs no memory."""
    gaps = Gaps(np.full(1, T0))
    for i in range(100):
        gaps.begin()
        gaps.hear(Batch.of([(0, T0 + 10 * i + 10, 1.0, 0, T0 + 10 * i + 10)]), 0)
    missing = gaps.missing(0)
    assert [m.end[0] for m in missing] == [T0 + 10 * i for i in range(100, 92, -1)]


def test_a_value_of_a_wrong_clock_ends_no_gap():
    """A time far ahead of its arrival is not taken for the newest that is known."""
    gaps = Gaps(np.full(1, T0))
    gaps.begin()
    gaps.hear(Batch.of([(0, T0 + 3600 * SECOND, 1.0, 0, T0 + 10)]), 0)
    assert not gaps.missing(0)
    gaps.hear(Batch.of([(0, T0 + 10, 1.0, 0, T0 + 10)]), 0)
    assert [(m.start[0], m.end[0]) for m in gaps.missing(0)] == [(T0, T0 + 10)]
    assert [m.start[0] for m in gaps.missing(T0 + 5)] == [T0 + 5]
