"""Lines of every kind that hypothesis may think of, and small ones by name."""

from dataclasses import replace

from hypothesis import strategies as st

from twin_core.simulation.lines.line import (
    ENDLESS,
    SHAPES,
    Buffer,
    Crew,
    Duration,
    Failure,
    Line,
    Machine,
    Rework,
    Setting,
    one_by_one,
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
    laws = draw(st.lists(failures(), max_size=2))
    settings = st.builds(
        Setting,
        at_s=st.just(0.0),
        speed=st.sampled_from([0.0, 0.5, 0.9, 1.0, 1.3, 2.0]),
        rejects=st.sampled_from([0.0, 0.0, 0.1, 1.0]),
        haste=st.lists(st.sampled_from([0.0, 0.3, 1.0, 4.0]), max_size=len(laws)).map(tuple),
    )
    return Machine(
        cycle=draw(st.just(Duration(1.0)) | durations(0.3, 3)),
        failures=tuple(laws),
        outages=tuple(draw(st.lists(st.tuples(at, st.floats(0, 20)), max_size=2))),
        settings=tuple(replace(draw(settings), at_s=time) for time in times),
    )


@st.composite
def buffers(draw, source, target, horizon_s):
    one = st.just((1,))
    puts = draw(one | st.sampled_from([(2,), (1, 0), (3, 1), (0, 0, 4)]))
    takes = draw(one | st.sampled_from([(2,), (12,), (0, 1), (1, 2)]))
    contents, underway = draw(st.integers(0, max(puts))), draw(st.integers(0, 2))
    least = max(*puts, *takes, contents + underway)
    capacity = draw(st.integers(least, least + 8) | st.just(ENDLESS))
    at = st.floats(0, horizon_s)
    sizes = st.tuples(at, st.integers(max(*puts, *takes), least + 8))
    return Buffer(
        source,
        target,
        capacity,
        draw(st.just(0.0) | st.floats(0, 5)),
        puts,
        takes,
        contents,
        underway,
        closed=tuple(draw(st.lists(st.tuples(at, st.floats(0, 20)), max_size=2))),
        resized=draw(st.none() | sizes),
    )


@st.composite
def conveyors(draw, line):
    """Where a machine only passes on, what is before it may take up room until it is taken."""
    found: list[tuple[int, int]] = []
    for b, buffer in enumerate(line.buffers):
        m = buffer.target
        into = [one for one in line.buffers if one.target == m]
        after = [k for k, one in enumerate(line.buffers) if one.source == m]
        if len(into) == len(after) == 1 and draw(st.booleans()):
            last = line.buffers[after[0]]
            lies = buffer.contents + buffer.underway + last.contents + last.underway
            ones = {buffer.puts, buffer.takes, last.puts, last.takes} == {(1,)}
            passes = not any(one.rejects for one in line.machines[m].settings)
            free = b not in {k for _, k in found}
            if ones and passes and free and lies <= buffer.capacity:
                found.append((b, after[0]))
    return replace(
        line,
        buffers=tuple(replace(one, until=dict(found).get(b)) for b, one in enumerate(line.buffers)),
    )


@st.composite
def lines(draw):
    """Up to six machines, one after the other, with branches that meet again and joins."""
    horizon_s = draw(st.sampled_from([20.0, 60.0, 150.0]))
    n = draw(st.integers(1, 6))
    ends = [(j, j + 1) for j in range(n - 1)]
    others = [(i, j) for j in range(n) for i in range(j - 1)]
    ends += draw(st.lists(st.sampled_from(others), max_size=2)) if others else []
    found = Line(
        tuple(draw(machines(horizon_s)) for _ in range(n)),
        tuple(draw(buffers(*pair, horizon_s)) for pair in ends),
        horizon_s,
    )
    if not one_by_one(found):
        found = replace(found, buffers=tuple(replace(b, resized=None) for b in found.buffers))
    return draw(conveyors(found))


@st.composite
def reworking(draw):
    """A row of machines, part by part, that send back what they throw out, and a crew or none."""
    line, crews = draw(shared())
    ends = [
        Buffer(
            j, j + 1, draw(st.integers(1, 8)), draw(st.just(0.0) | st.floats(0, 5)),
            contents=draw(st.integers(0, 1)), closed=line.buffers[j].closed,
            resized=draw(st.none() | st.tuples(st.floats(0, line.horizon_s), st.integers(1, 8))),
        )
        for j in range(len(line.machines) - 1)
    ]  # fmt: skip
    row = draw(conveyors(Line(line.machines, tuple(ends), line.horizon_s)))
    carriers = {b.target for b in row.buffers if b.until is not None}
    able = [m for m in range(len(row.machines)) if m not in carriers]
    senders = draw(st.sets(st.sampled_from(able)))
    share = st.sampled_from([0.0, 0.5, 1.0])
    back = [
        Rework(m, draw(st.sampled_from([t for t in able if t <= m])), draw(share)) for m in senders
    ]
    return row, draw(st.sampled_from([crews, []])), back


@st.composite
def shared(draw):
    """A line whose machines fail often, buffers with an end, and one or two crews that mend all."""
    found = draw(lines())
    whole = st.integers(1, 8).map(lambda s: Duration(float(s)))  # so that several call at once
    laws = st.builds(Failure, life=whole | durations(2, 15), repair=whole | durations(2, 20))
    machines = []
    for one in found.machines:
        failures = tuple(draw(st.lists(laws, max_size=2)))
        settings = (replace(s, haste=s.haste[: len(failures)]) for s in one.settings)
        machines.append(replace(one, failures=failures, settings=tuple(settings)))
    ends = (replace(b, capacity=50) if b.capacity == ENDLESS else b for b in found.buffers)
    found = replace(found, machines=tuple(machines), buffers=tuple(ends))
    order = draw(st.permutations(range(len(found.machines))))
    cut = draw(st.integers(1, len(order)))
    crews = [Crew(tuple(part), draw(st.integers(1, 2)), tuple(part[: draw(st.integers(0, 2))]))
             for part in (order[:cut], order[cut:]) if part]  # fmt: skip
    return found, crews
