"""Small shops: written by hand, drawn at random, and solved by trying everything."""

from itertools import combinations, pairwise, permutations, product

from hypothesis import strategies as st

from twin_core.simulation.scheduling.run import run
from twin_core.simulation.scheduling.schedule import Schedule, Stint, Trip
from twin_core.simulation.scheduling.shop import Fleet, Job, Machine, Operation, Shop, Way, Window

FAMILIES = ("red", "blue")


def op(*ways):
    """An operation by ways like ("saw", 3)."""
    return Operation(ways=tuple(Way(machine=m, duration_s=s) for m, s in ways))


def job(name, *ways, **more):
    """A job of operations with one way each."""
    return Job(id=name, operations=tuple(op(way) for way in ways), **more)


def machine(name, *closed, **more):
    """A machine closed from..to."""
    windows = tuple(Window(start=start, end=end) for start, end in closed)
    return Machine(id=name, closed=windows, **more)


def shop(machines, jobs, **more):
    return Shop(machines=tuple(machines), jobs=tuple(jobs), **more)


@st.composite
def machines(draw, name):
    edges = sorted(draw(st.sets(st.integers(0, 30), max_size=4)))
    closed = list(zip(edges[::2], edges[1::2], strict=False))
    apart = [w for i, w in enumerate(closed) if i == 0 or closed[i - 1][1] < w[0]]
    changes = draw(st.booleans())
    seconds = st.integers(0, 4)
    table = {a: {b: draw(seconds) for b in FAMILIES if b != a} for a in FAMILIES}
    if draw(st.booleans()):
        table["red"]["red"] = draw(seconds)
    return machine(
        name, *apart, pauses=draw(st.booleans()), changeovers=table if changes else {},
        family=draw(st.sampled_from([None, *FAMILIES])),
    )  # fmt: skip


@st.composite
def shops(draw, most_jobs=4, most_operations=3, vehicles=2):
    """Anything a shop may be, small."""
    names = ["a", "b", "c"][: draw(st.integers(1, 3))]
    jobs = []
    for i in range(draw(st.integers(0, most_jobs))):
        ways = st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True)
        operations = [
            op(*((m, draw(st.integers(1, 6))) for m in draw(ways)))
            for _ in range(draw(st.integers(1, most_operations)))
        ]
        jobs.append(
            Job(
                id=f"j{i}", operations=tuple(operations), family=draw(st.sampled_from(FAMILIES)),
                release=draw(st.integers(0, 5)), due=draw(st.none() | st.integers(0, 25)),
                weight=draw(st.integers(1, 3)),
            )
        )  # fmt: skip
    fleet = None
    if vehicles and draw(st.booleans()):
        places = [*names, "dock"]
        fleet = Fleet(
            vehicles=draw(st.integers(1, vehicles)),
            travel={a: {b: draw(st.integers(0, 4)) for b in places if b != a} for a in places},
            dock=draw(st.sampled_from([None, "dock"])),
        )
    return shop([draw(machines(m)) for m in names], jobs, fleet=fleet)


def best_of_all(given, cost):
    """The least cost over every choice of machines, every sequence and every round, as run."""
    steps = [(j.id, k, o) for j in given.jobs for k, o in enumerate(j.operations)]
    costs = []
    for ways in product(*([w.machine for w in o.ways] for _, _, o in steps)):
        at = dict(zip([(j, k) for j, k, _ in steps], ways, strict=True))
        names = sorted(set(ways))
        orders = [permutations([key for key in at if at[key] == m]) for m in names]
        for queues in product(*orders):
            stints = [
                Stint(job=j, operation=k, machine=m, start=i, end=i + 1)
                for m, queue in zip(names, queues, strict=True)
                for i, (j, k) in enumerate(queue)
            ]
            for trips in _rounds(given, at):
                plan = Schedule(stints=tuple(stints), trips=trips)
                ran = run(given, plan)
                if not ran.waiting:
                    costs.append(cost(ran))
    return min(costs, default=0)


def _rounds(given, at):
    """Every way of sharing the trips among the vehicles, in every order."""
    if given.fleet is None:
        yield ()
        return
    wanted = []
    for one in given.jobs:
        places = [given.fleet.dock, *(at[one.id, k] for k, _ in enumerate(one.operations))]
        for k, (origin, target) in enumerate(pairwise(places)):
            if origin is not None and origin != target:
                wanted.append((one.id, k, origin, target))
    for order in permutations(wanted):
        cuts = combinations(range(len(order) + 1), given.fleet.vehicles - 1)
        for cut in cuts:
            parts = pairwise([0, *cut, len(order)])
            yield tuple(
                Trip(vehicle=v, job=j, operation=k, origin=a, target=b, start=i, end=i + 1)
                for v, (low, high) in enumerate(parts)
                for i, (j, k, a, b) in enumerate(order[low:high])
            )
