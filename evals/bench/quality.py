"""`bench quality`: how fast each rule finds a planted fault, how often it is wrong, beside limits.

Signals are the stand-in's, in process; where real data is present soft sensors are held against
it. The figures are of seeds on which nothing was chosen: development used `DEVELOPED`. It must
never report a seed that a rule was made on.
"""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from api.plant_file import read_plant
from evals.bench.planting import CLOCKS, KINDS, Clock, Kind
from evals.bench.quality_day import Day, Found
from evals.bench.quality_plant import Hours, live
from evals.bench.quality_rigs import Rig, chemical, pump
from evals.bench.row import Bar, Row

DEVELOPED = (1, 2, 5, 101, 102)
FULL_SEEDS, QUICK_SEEDS = (201, 202), (201,)
MONTH_S = 365.25 / 12 * 86_400

FALSE = Bar(high=0.0083)
"""One false quarantine in ten years of a point: at 600 points one in six days, and an operator who
is told once a week that he may disbelieve a good instrument still reads it."""
BLAMED = Bar(high=0.0)
"""A fault of the process that is called a drift hides the fault, and its alarm with it."""
FOUND: dict[Kind | Clock, Bar] = {
    "stuck": Bar(low=0.95),
    "spikes": Bar(low=0.85),
    "dropout": Bar(low=0.99),
    "unit": Bar(low=0.9),
    **dict.fromkeys(CLOCKS, Bar(low=1.0)),
}
DELAY: dict[Kind | Clock, Bar] = {
    "stuck": Bar(high=120),
    "dropout": Bar(high=60),
    "unit": Bar(high=60),
    **dict.fromkeys(CLOCKS, Bar(high=180)),
}
"""An alarm comes 20 s after its limit is passed: what is found later than some minutes after that
is found by somebody else."""
TOLD = Bar(low=0.9)
"""Of drifts and biases on instruments that a soft sensor may accuse."""


@dataclass(frozen=True, slots=True)
class Size:
    """Seeds, hours, and how many of the catalogue's process faults each seed lives."""

    seeds: tuple[int, ...]
    hours: Hours
    cases: int


FULL = Size(FULL_SEEDS, Hours(learn=6.0, live=1.0), cases=8)
QUICK = Size(QUICK_SEEDS, Hours(learn=5.0, live=0.7), cases=2)


def measure(
    plant_file: Path, catalogue: Path, size: Size, datasets: Path | None, workers: int
) -> tuple[tuple[Row, ...], tuple[Found, ...]]:
    """The rows of the bench, and every planted fault."""
    read_plant(plant_file)  # what is wrong with it is said here, not by every worker
    first = {seed: i * size.cases for i, seed in enumerate(size.seeds)}
    days = []
    with ProcessPoolExecutor(max_workers=min(workers, len(size.seeds))) as pool:
        waiting = [
            pool.submit(live, plant_file, catalogue, seed, size.hours, size.cases, first[seed])
            for seed in size.seeds
        ]
        days = [done.result() for done in waiting]
    rigs = {"skab": (pump, "real pump rig"), "tep": (chemical, "chemical plant, 3 min a row")}
    rows = list(plant_rows(days, f"seeds {', '.join(map(str, size.seeds))}"))
    for name, (judged, load) in rigs.items():
        found = None if datasets is None else judged(datasets, size.seeds[0])
        rows += rig_rows(name, load, found)
    return tuple(rows), tuple(found for day in days for found in day.found)


def plant_rows(days: Sequence[Day], seeds: str) -> list[Row]:
    """The figures of days on the stand-in."""
    found = [f for day in days for f in day.found]
    months = sum(day.point_s for day in days) / MONTH_S
    false = [rule for day in days for rule, _ in day.false]
    # With none seen, 3 is the 95 % bound (Hanley and Lippman-Hand, JAMA 249, 1983).
    spread = max(3.0, 1.645 * len(false) ** 0.5) / months
    lived = f"{months:.1f} point-months healthy, too few to show less than {spread:.2g}; {seeds}"
    rows = [
        Row(
            name="quality.false",
            value=len(false) / months,
            unit="a point-month",
            load=f"quarantines of healthy points ({_counts(false)}); {lived}",
            n=len(false),
            spread=spread,
            peer="fixed limits",
            peer_value=sum(day.limits for day in days) / months,
            bar=FALSE,
        ),
        Row(
            name="quality.beside",
            value=float(sum(len(day.beside) for day in days)),
            unit="quarantines",
            load=f"of good points while others were faulty ({_beside(days)}); {seeds}",
            n=len(found),
            bar=Bar(high=0),
        ),
        Row(
            name="quality.blamed",
            value=float(sum(len(day.blamed) for day in days)),
            unit="quarantines",
            load=f"for drift under faults of the process, 25 min each; {seeds}",
            n=sum(day.processes for day in days),
            bar=BLAMED,
        ),
        Row(
            name="quality.models",
            value=sum(d.sensors for d in days) / max(1, sum(d.points for d in days)),
            unit="of measurements",
            load=f"have a soft sensor that may accuse them; {seeds}",
            n=sum(d.points for d in days),
        ),
    ]
    kinds: tuple[Kind | Clock, ...] = (*KINDS, *CLOCKS)
    for kind in kinds:
        mine = [f for f in found if f.kind == kind]
        rows += _kind_rows(f"quality.{kind}", mine, seeds, FOUND.get(kind), DELAY.get(kind))
        if kind in {"drift", "bias"}:
            told = [f for f in mine if f.modelled]
            rows += _kind_rows(f"quality.{kind}.modelled", told, seeds, TOLD, None)
    return rows


def _kind_rows(
    name: str, mine: Sequence[Found], seeds: str, found: Bar | None, delay: Bar | None
) -> list[Row]:
    if not mine:
        why = "none of that kind was planted"
        return [Row(name=name, value=None, unit="found", load=seeds, n=0, why=why)]
    held = [f.delay_s for f in mine if f.delay_s is not None]
    by_limits = [f.limit_s for f in mine if f.limit_s is not None]
    share = len(held) / len(mine)
    called = sum(f.right for f in mine if f.delay_s is not None)
    rules = _counts([f.rule for f in mine if f.rule])
    rows = [
        Row(
            name=name,
            value=share,
            unit="found",
            load=f"{called} of {len(held)} under the right name ({rules}); {seeds}",
            n=len(mine),
            spread=1.645 * (share * (1 - share) / len(mine)) ** 0.5,
            peer="fixed limits",
            peer_value=len(by_limits) / len(mine),
            bar=found,
        )
    ]
    if held:
        rows.append(
            Row(
                name=f"{name}.delay",
                value=float(np.median(held)),
                unit="s (median)",
                load=f"from onset to quarantine, of those found; {seeds}",
                n=len(held),
                peer="fixed limits" if by_limits else None,
                peer_value=float(np.median(by_limits)) if by_limits else None,
                bar=delay,
            )
        )
    return rows


def rig_rows(name: str, load: str, rig: Rig | None) -> list[Row]:
    """The figures of one set of others' data."""
    names = (f"quality.{name}.false", f"quality.{name}.drift", f"quality.{name}.blamed")
    if rig is None:
        why = "data not present (OPSTWIN_DATASETS)"
        return [Row(name=n, value=None, unit="", load=load, n=0, why=why) for n in names]
    of = f"{load}; {rig.accusing} of {rig.channels} instruments have a soft sensor"
    hours = rig.rows * rig.row_s / 3600
    return [
        Row(
            name=names[0],
            value=float(rig.false),
            unit="instruments held",
            load=f"healthy, {hours:.1f} h after what was learned; {of}",
            n=rig.channels,
            peer="4 sigma limits",
            peer_value=float(rig.limit_false),
            bar=Bar(high=0),
        ),
        Row(
            name=names[1],
            value=rig.found / rig.planted if rig.planted else None,
            unit="found",
            load=f"a drift of 2 to 6 % of the span on each of these, one at a time; {of}",
            n=rig.planted,
            peer="4 sigma limits",
            peer_value=rig.limit_found / rig.planted if rig.planted else None,
            why=None if rig.planted else "no instrument has a soft sensor",
        ),
        Row(
            name=names[2],
            value=float(rig.blamed),
            unit="instruments held",
            load=f"for drift under {rig.disturbed} disturbances of the process; {of}",
            n=rig.disturbed,
            bar=BLAMED,
        ),
    ]


def _counts(rules: Sequence[str]) -> str:
    return ", ".join(f"{rules.count(r)} {r}" for r in sorted(set(rules))) or "none"


def _beside(days: Sequence[Day]) -> str:
    return _counts([rule for day in days for rule, _ in day.beside])
