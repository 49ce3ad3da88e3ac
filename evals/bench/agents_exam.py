"""`bench agents`, part exam: what stored runs of `opstwin eval` came to, and how long they took.

It plays nothing, and must never tell a figure of a run that asked less than is told.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from evals.bench.row import Bar, Row
from evals.harness.bars import bars
from evals.harness.case import EPOCHS
from evals.harness.figures import board
from evals.harness.stored import Run, read_run, runs_in

OFFLINE = "offline"
COLD_MIN, CACHED_MIN, SMOKE_MIN = 15.0, 8.0, 3.0


def measure(folder: Path, *, quick: bool) -> Iterator[Row]:
    """The rows of the newest runs in a folder, or why there are none."""
    runs = [] if quick else [run for at in runs_in(folder) if _is_ours(run := read_run(at))]
    missing = "not looked at in --quick" if quick else "no such run is stored: opstwin eval"
    yield from _judged(next(filter(_is_whole, runs), None), missing)
    yield _time("suite_cold", COLD_MIN, runs, lambda run: _is_whole(run) and _cold(run), missing)
    yield _time(
        "suite_cached", CACHED_MIN, runs, lambda run: _is_whole(run) and _cached(run), missing
    )
    smoke = lambda run: run.header.part == "smoke" and _cold(run)  # noqa: E731 (beside the others)
    yield _time("smoke_cold", SMOKE_MIN, runs, smoke, f"{missing} --smoke")


def _judged(run: Run | None, missing: str) -> Iterator[Row]:
    """Every bar of the exam."""
    if run is None:
        yield Row(
            name="agents.exam", value=None, unit="1", n=0, why=missing,
            load=f"every case in {EPOCHS} epochs, offline operator, beside its controls",
        )  # fmt: skip
        return
    plays = sum(one.arm == "product" for one in run.scored)
    for bar in bars(board(run.scored)):
        name = f"agents.exam.{bar.name.replace(' ', '_')}"
        load = f"{bar.told}; {len(run.cases)} cases, offline operator, {_of(run)}"
        limit = Bar(low=bar.low, high=bar.high)
        if bar.value is None:
            yield Row(name=name, value=None, unit="1", load=load, n=0, why="no case asks for it")
        else:
            yield Row(name=name, value=bar.value, unit="1", load=load, n=plays, bar=limit)


def _time(
    name: str, most: float, runs: Sequence[Run], fits: Callable[[Run], bool], missing: str
) -> Row:
    run = next(filter(fits, runs), None)
    given = {"name": f"agents.exam.{name}", "unit": "min", "bar": Bar(high=most)}
    if run is None:
        return Row(**given, value=None, load="wall time", n=0, why=missing)
    load = f"wall time, {run.header.machine}, {run.header.made} pasts made, {_of(run)}"
    return Row(**given, value=run.header.took_s / 60, load=load, n=len(run.scored))


def _of(run: Run) -> str:
    return f"commit {run.header.commit or 'unknown'}"


def _is_ours(run: Run) -> bool:
    return run.header.model == OFFLINE


def _is_whole(run: Run) -> bool:
    return run.header.part == "all" and len(run.header.seeds) == EPOCHS


def _cold(run: Run) -> bool:
    """Whether every past that it was played on had to be made."""
    product = (one for one in run.scored if one.arm == "product")
    history = {case.id: case.history for case in run.cases}
    pasts = {(history[one.case], one.epoch) for one in product}
    return run.header.made is not None and run.header.made >= len(pasts)


def _cached(run: Run) -> bool:
    return run.header.made == 0
