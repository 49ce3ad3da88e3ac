"""`bench governance --part machines` and `--part mutants`: the gate's stateful test, run at length.

A mutant lives in a forked process, and must be found within a bounded number of machines. What is
found in the gate itself is told, and misses the bar.
"""

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from evals.bench.governance_drive import MOST, remember_digests
from evals.bench.governance_judge import Violation
from evals.bench.governance_machine import Machine
from evals.bench.governance_mutants import MUTANTS
from evals.bench.row import Bar, Row

MACHINES, QUICK_MACHINES = 20_000, 300
SOUGHT, QUICK_SOUGHT = 3_000, 1_000
"""Machines within which a mutant must be found."""
STEPS, LEAST = 33, 30
_BATCH = 500
_NONE = Bar(high=0)


def run(machines: int, seed_: int) -> str:
    """Run so many machines; what the first violation was, empty if there was none."""
    chosen = settings(
        max_examples=machines, stateful_step_count=STEPS, deadline=None, database=None,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate],
        verbosity=Verbosity.quiet,
    )  # fmt: skip
    try:
        run_state_machine_as_test(seed(seed_)(Machine), settings=chosen, _min_steps=LEAST + 1)
    except Violation as found:
        return str(found)
    return ""


def machines(count: int, seed_: int, told: Callable[[str], None]) -> Row:
    """So many machines on the gate as it is."""
    remember_digests()
    Machine.ran.clear()
    Machine.writes, violations = 0, []
    batch = 0
    while _whole() < count:
        batch += 1
        if problem := run(min(_BATCH, count), seed_ * 1000 + batch):
            violations.append(problem)
            told(f"machine {_whole()}, seed {seed_ * 1000 + batch}: {problem}")
        told(f"{_whole()} machines, {sum(Machine.ran)} steps, {Machine.writes} writes")
    load = (
        f"hypothesis, {LEAST} to {max(Machine.ran)} steps each, {sum(Machine.ran)} in all; "
        f"{Machine.writes} writes sent, each judged; 9 people, {MOST} proposals, clock, crashes"
    )
    return Row(
        name="governance.machines", unit="writes without a valid approval", n=_whole(),
        value=len(violations), bar=_NONE, load=load,
    )  # fmt: skip


def _whole() -> int:
    """Machines that came as far as they had to."""
    return sum(steps >= LEAST for steps in Machine.ran)


def mutants(sought: int, seed_: int, told: Callable[[str], None]) -> Row:
    """Every mutant, and how many machines found it."""
    found: dict[str, int] = {}
    for name in MUTANTS:
        context = multiprocessing.get_context("fork")
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_hunted, args=(theirs, name, sought, seed_), daemon=True)
        process.start()
        theirs.close()
        try:
            count, why = ours.recv()
        except EOFError:
            count, why = 0, ""
            told(f"{name}: the gate breaks under it, which is no finding")
        process.join()
        if why:
            found[name] = count
        told(f"{name}: " + (f"found by machine {count}: {why}" if why else f"not in {count}"))
    missed = sorted(MUTANTS.keys() - found)
    load = "; ".join(f"{name} (machine {count})" for name, count in found.items())
    return Row(
        name="governance.mutants", unit="of the planted mutants found", n=len(MUTANTS),
        value=len(found) / len(MUTANTS), bar=Bar(low=1),
        load=f"within {sought} machines: {load}" + (f"; missed: {missed}" if missed else ""),
    )  # fmt: skip


def _hunted(pipe: Connection, name: str, sought: int, seed_: int) -> None:
    """Plant a mutant in this process, and look for it; one that breaks the gate tells nothing."""
    remember_digests()
    MUTANTS[name]()
    Machine.ran.clear()
    why, batch = "", 0
    while not why and len(Machine.ran) < sought:
        batch += 1
        why = run(min(_BATCH, sought), seed_ * 1000 + batch)
    pipe.send((len(Machine.ran), why))
