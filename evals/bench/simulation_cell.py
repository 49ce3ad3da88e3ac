"""The robot cell: how much faster than real time, what a sweep finds, what a camera misses.

It must never be told where a collision was planted, nor be taught on what it is scored on.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from evals.bench.planted_cell import Planted, clean, least_slack, planted, sample
from evals.bench.row import Bar, Row
from twin_core.errors import EngineMissing
from twin_core.plant.cell import Cell
from twin_core.simulation.robots.body import arm_body, build, client, engine, furniture
from twin_core.simulation.robots.cell import motion, validate
from twin_core.simulation.robots.dynamics import run
from twin_core.simulation.robots.inspection import HeightRule, Inspector, Score, score
from twin_core.simulation.robots.layers import layers
from twin_core.simulation.robots.motion import TICK_S, Carried, Track, carried
from twin_core.simulation.robots.sweep import sweep
from twin_core.simulation.robots.task import Sequence as Tasks
from twin_core.simulation.robots.task import in_turn
from twin_core.simulation.robots.watch import Watch

PLANTS_SEED, TAUGHT_SEED, UNSEEN_SEED = 20_401, 20_402, 20_403
_ROWS = {
    "dynamics": "x real time",
    "sweep": "x real time",
    "torque": "% of the drive's limit",
    "planted": "of planted",
    "contact": "of planted",
    "false": "sequences",
    "near": "of drawn",
    "miss": "%",
    "alarm": "%",
}
_SELDOM_S = 0.25
_OFTEN_S = 0.005
_Z90 = 1.645


@dataclass(frozen=True, slots=True)
class Size:
    """How many of each.

    Attributes:
        cases: of the sequence that is timed, `repeats` times.
        planted, clean: sequences; `run` of either with masses too.
        taught, unseen: layers taught on, and scored on.
    """

    cases: int
    repeats: int
    planted: int
    clean: int
    run: int
    taught: int
    unseen: int


FULL = Size(cases=6, repeats=9, planted=120, clean=40, run=30, taught=400, unseen=400)
QUICK = Size(cases=6, repeats=3, planted=24, clean=6, run=6, taught=200, unseen=100)


def rows(*, quick: bool) -> Iterator[Row]:
    """The figures of the robot cell."""
    size = QUICK if quick else FULL
    cell = sample()
    try:
        engine()
    except EngineMissing as problem:
        for name, unit in _ROWS.items():
            load = "not run"
            yield Row(
                name=f"simulation.cell_{name}",
                value=None,
                unit=unit,
                load=load,
                n=0,
                why=str(problem),
            )
        return
    yield from _speed(cell, size)
    yield from _collisions(cell, size)
    yield from _sight(cell, size)


def _speed(cell: Cell, size: Size) -> Iterator[Row]:
    sequence = in_turn(cell, size.cases, first=len(cell.pallet.pattern))
    stood = sequence.standing
    slots = range(2 * len(cell.pallet.pattern))
    with client() as (bullet, world):
        bodies = build(cell, slots, bullet, world)
        tracks = motion(cell, sequence, bodies).tracks
        cases = carried(tracks, sequence, cell)
        lasts_s = max(track.ends_s for track in tracks)
        looked = [0]

        def swept() -> float:
            looked[0] = sweep(Watch(cell, bodies, tracks, cases, stood)).looks
            return lasts_s

        sweeps = _faster(swept, size.repeats)
    plain = _faster(lambda: _often(cell, sequence, lasts_s), 1, warm=False)
    ran = _faster(lambda: run(cell, tracks, cases, stood).lasts_s, size.repeats)
    steps = _faster(lambda: _steps(cell, lasts_s), size.repeats)
    load = (
        f"two arms of five joints, {len(cases)} cases onto {len(stood)} in {lasts_s:.1f} s, "
        f"{len(cell.fixtures)} fixtures"
    )
    yield Row(
        name="simulation.cell_dynamics",
        value=_middle(ran),
        unit="x real time",
        load=f"run with masses at 240 Hz: {load}",
        n=len(ran),
        spread=_half(ran),
        peer="Bullet's steps alone, no case",
        peer_value=_middle(steps),
        bar=Bar(low=15),
    )
    yield Row(
        name="simulation.cell_sweep",
        value=_middle(sweeps),
        unit="x real time",
        load=f"grid of moments and {looked[0]} looks by distance, clearance "
        f"{cell.clearance * 1000:.0f} mm: {load}",
        n=len(sweeps),
        spread=_half(sweeps),
        peer=f"looking every {_OFTEN_S * 1000:.0f} ms",
        peer_value=_middle(plain),
        bar=Bar(low=100),
    )
    yield _agreement(cell, sequence, tracks, cases, load)


def _agreement(
    cell: Cell, sequence: Tasks, tracks: Sequence[Track], cases: Sequence[Carried], load: str
) -> Row:
    """How far the drives of a run give something else than inverse dynamics says."""
    report = validate(cell, sequence)
    apart = [
        abs(joint.ran_effort - joint.effort) / joint.effort_limit
        for joint in report.joints
        if joint.ran_effort is not None
    ]
    most = max(joint.effort / joint.effort_limit for joint in report.joints)
    return Row(
        name="simulation.cell_torque",
        value=100 * max(apart),
        unit="% of the drive's limit",
        load=f"peak of a joint, inverse dynamics against run with masses; {load}; "
        f"{len(report.troubles)} troubles, {len(tracks)} robots, {len(cases)} cases",
        n=len(apart),
        peer="the largest peak of a joint",
        peer_value=100 * most,
    )


def _collisions(cell: Cell, size: Size) -> Iterator[Row]:
    random = np.random.default_rng(PLANTS_SEED)
    found, seldom, kinds = [], [], dict[str, int]()
    touched: list[bool] = []
    for one in planted(cell, random, size.planted):
        masses = len(touched) < size.run
        report = validate(one.cell, one.sequence, dynamics=masses)
        if masses:
            touched.append(any(trouble.kind == "contact" for trouble in report.troubles))
        found.append(one.found(report.troubles))
        seldom.append(_seen_seldom(one))
        kinds[one.what] = kinds.get(one.what, 0) + 1
    said = ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items()))
    yield Row(
        name="simulation.cell_planted",
        value=float(np.mean(found)),
        unit="of planted",
        load=f"collisions told with who, what and when: {said}; solids from 1 mm; "
        f"seed {PLANTS_SEED}",
        n=len(found),
        peer=f"looking every {_SELDOM_S:g} s",
        peer_value=float(np.mean(seldom)),
        bar=Bar(low=1.0),
    )
    yield Row(
        name="simulation.cell_contact",
        value=float(np.mean(touched)),
        unit="of planted",
        load=f"collisions that a run with masses, told nothing, has too; seed {PLANTS_SEED}",
        n=len(touched),
    )
    false, judged = 0, 0
    near: list[bool] = []
    while judged < size.clean:
        sequence = clean(cell, random, cases=4)
        slack = least_slack(cell, sequence, _OFTEN_S)
        report = validate(cell, sequence, dynamics=judged < size.run)
        told = len(report.troubles) > 0
        if slack >= 0:
            judged += 1
            false += told
        elif slack < -cell.clearance / 10:  # to which the sweep claims to know a gap
            near.append(told)
    yield Row(
        name="simulation.cell_false",
        value=float(false),
        unit="sequences",
        load=f"clean ones with a trouble, {min(size.run, judged)} of them run with masses too; "
        f"clean by looking every {_OFTEN_S * 1000:.0f} ms; seed {PLANTS_SEED}",
        n=judged,
        bar=Bar(high=0),
    )
    if near:
        yield Row(
            name="simulation.cell_near",
            value=float(np.mean(near)),
            unit="of drawn",
            load="sequences drawn as clean in which something comes nearer than nine tenths of "
            f"the clearance: told; seed {PLANTS_SEED}",
            n=len(near),
            bar=Bar(low=1.0),
        )


def _seen_seldom(one: Planted) -> bool:
    """Whether looking now and then would have seen a contact, or a gap as small as planted."""
    need = one.cell.clearance
    return least_slack(one.cell, one.sequence, _SELDOM_S) < one.below_m - need


def _sight(cell: Cell, size: Size) -> Iterator[Row]:
    camera = next(c for c in cell.cameras if c.id == "above")
    inspector = Inspector.taught(cell, camera, TAUGHT_SEED, size.taught)
    unseen = list(layers(cell, camera, UNSEEN_SEED, size.unseen))
    ours, plain = score(inspector, unseen), score(HeightRule(cell, camera), unseen)
    how = (
        f"taught on {size.taught} drawn layers (seed {TAUGHT_SEED}), scored on {size.unseen} "
        f"others (seed {UNSEEN_SEED}); {camera.width} x {camera.height} pixels of depth"
    )
    yield _rate(
        "simulation.cell_miss",
        f"wrong slots called right ({_by_kind(ours)}; tilts of 1.5 to 12 deg); {how}",
        (sum(ours.missed.values()), ours.wrong),
        sum(plain.missed.values()) / plain.wrong,
    )
    yield _rate(
        "simulation.cell_alarm",
        f"right slots called wrong; {how}",
        (ours.false_alarms, ours.right),
        plain.false_alarms / plain.right,
    )


def _rate(name: str, load: str, of: tuple[int, int], plain: float) -> Row:
    count, n = of
    rate = count / n
    # None seen: 3/n is the 95 % bound (Hanley and Lippman-Hand, JAMA 249, 1983).
    spread = _Z90 * (rate * (1 - rate) / n) ** 0.5 if count else 3 / n
    return Row(
        name=name,
        value=100 * rate,
        unit="%",
        load=load,
        n=n,
        spread=100 * spread,
        peer="a rule of heights",
        peer_value=100 * plain,
    )


def _by_kind(scored: Score) -> str:
    return ", ".join(
        f"{missed} of {scored.of[kind]} {kind}" for kind, missed in scored.missed.items()
    )


def _faster(once: Callable[[], float], repeats: int, *, warm: bool = True) -> list[float]:
    """How many times faster than real time each repeat was, after one that is not measured."""
    if warm:
        once()
    found = []
    for _ in range(repeats):
        began = perf_counter()
        lived_s = once()
        found.append(lived_s / (perf_counter() - began))
    return found


def _often(cell: Cell, sequence: Tasks, lasts_s: float) -> float:
    least_slack(cell, sequence, _OFTEN_S)
    return lasts_s


def _steps(cell: Cell, lasts_s: float) -> float:
    """The same bodies, stepped for as long."""
    with client() as (bullet, world):
        for robot in cell.robots:
            arm_body(robot, bullet, world)
        furniture(cell, bullet, world)
        for _ in range(int(lasts_s / TICK_S)):
            bullet.stepSimulation(physicsClientId=world)
    return lasts_s


def _middle(values: Sequence[float]) -> float:
    return float(np.median(values))


def _half(values: Sequence[float]) -> float:
    """Half-width of the 90 % interval of the middle, by the spread of the repeats."""
    return float(1.253 * _Z90 * np.std(values, ddof=1) / len(values) ** 0.5)
