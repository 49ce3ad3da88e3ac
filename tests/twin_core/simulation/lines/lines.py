"""Lines of every kind that hypothesis may think of, and small ones by name."""

from hypothesis import strategies as st

from twin_core.simulation.lines.line import (
    ENDLESS,
    SHAPES,
    Buffer,
    Duration,
    Failure,
    Line,
    Machine,
)


def durations(low, high):
    return st.builds(
        Duration,
        mean_s=st.floats(low, high),
        law=st.sampled_from(SHAPES),
        shape=st.sampled_from([0.5, 0.8, 1.0, 1.5, 3.0]),
    )


def failures():
    return st.builds(
        Failure, life=durations(2, 60), repair=durations(0.5, 10), calendar=st.booleans()
    )


@st.composite
def machines(draw, horizon_s):
    at = st.floats(0, horizon_s).map(lambda t: round(t, 3))
    times = sorted(draw(st.sets(at, max_size=3)))
    factors = st.sampled_from([0.0, 0.5, 0.9, 1.0, 1.3, 2.0])
    return Machine(
        cycle=draw(st.just(Duration(1.0)) | durations(0.3, 3)),
        speeds=tuple((time, draw(factors)) for time in times),
        failures=tuple(draw(st.lists(failures(), max_size=2))),
        outages=tuple(draw(st.lists(st.tuples(at, st.floats(0, 20)), max_size=2))),
        rejects=draw(st.sampled_from([0.0, 0.0, 0.1, 1.0])),
    )


@st.composite
def buffers(draw, source, target):
    one = st.just((1,))
    puts = draw(one | st.sampled_from([(2,), (1, 0), (3, 1), (0, 0, 4)]))
    takes = draw(one | st.sampled_from([(2,), (12,), (0, 1), (1, 2)]))
    least = max(*puts, *takes)
    capacity = draw(st.integers(least, least + 8) | st.just(ENDLESS))
    travel_s = draw(st.just(0.0) | st.floats(0, 5))
    contents = draw(st.integers(0, max(puts)))
    return Buffer(source, target, capacity, travel_s, puts, takes, contents)


@st.composite
def lines(draw):
    """Up to six machines, one after the other, with branches that meet again and joins."""
    horizon_s = draw(st.sampled_from([20.0, 60.0, 150.0]))
    n = draw(st.integers(1, 6))
    ends = [(j, j + 1) for j in range(n - 1)]
    others = [(i, j) for j in range(n) for i in range(j - 1)]
    ends += draw(st.lists(st.sampled_from(others), max_size=2)) if others else []
    return Line(
        tuple(draw(machines(horizon_s)) for _ in range(n)),
        tuple(draw(buffers(*pair)) for pair in ends),
        horizon_s,
    )
