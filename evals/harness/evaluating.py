"""From a plan and a player to a folder with records, page, table and, with Inspect, its log.

It must never publish a board that `figures.board` refuses: the records are kept all the same.
"""

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter

from evals.harness.bars import Bar, bars
from evals.harness.compare import Comparison, compare
from evals.harness.disputed import Disputed
from evals.harness.figures import Board, board
from evals.harness.history import WORLD
from evals.harness.report_page import page
from evals.harness.report_table import table
from evals.harness.scored import Scored
from evals.harness.sittings import Player, Sitting, sit
from evals.harness.stored import Header, Run, keep, last_like
from twin_core.value import Instant, Value

PAGE, TABLE, LOGS, VIEWER = "report.html", "report.md", "inspect", "viewer"
_PACKAGES = ("opstwin", "langgraph", "langchain", "inspect-ai")
_ROOT = Path(__file__).resolve().parents[2]


class Asked(Value):
    """What is to be evaluated.

    Attributes:
        plan: who sits what.
        model: who answers in the arm `product`.
        part: which part of the exam, as the report names it.
        out: the folder of runs; this one gets a folder of its own in it.
        pasts: the folder in which they are kept.
        at: host time.
        disputed: what people called wrong since.
    """

    plan: tuple[Sitting, ...]
    model: str
    part: str
    out: Path
    pasts: Path
    at: Instant
    disputed: tuple[Disputed, ...] = ()


class Evaluated(Value):
    """What came of it, and where it lies."""

    folder: Path
    run: Run
    board: Board
    bars: tuple[Bar, ...]
    against: Comparison | None


def evaluate(asked: Asked, player: Player, tell: Callable[[str], None]) -> Evaluated:
    """Play the plan, keep the records, draw the report.

    Raises:
        BadInput: there is no board of what was scored; the records are kept.
    """
    began, kept = perf_counter(), _pasts(asked)
    folder = asked.out / _name(asked)
    found = _played(asked, player, folder, tell)
    cases = {case.id: case for sitting in asked.plan for case in sitting.cases}
    header = Header(
        at=asked.at,
        took_s=round(perf_counter() - began, 1),
        commit=commit(_ROOT),
        machine=f"{platform.machine()}, {os.cpu_count()} cores",
        versions={"python": platform.python_version(), **_versions()},
        model=asked.model,
        seeds=tuple(range(max(sitting.epochs for sitting in asked.plan))),
        part=asked.part,
        made=len(_pasts(asked) - kept),
    )
    run = Run(header=header, cases=tuple(cases.values()), scored=found, disputed=asked.disputed)
    tell(f"records: {keep(run, folder)}")
    judged, last = board(run.scored), last_like(asked.out, header)
    (folder / PAGE).write_text(page(run, last), encoding="utf-8")
    (folder / TABLE).write_text(table(run), encoding="utf-8")
    return Evaluated(
        folder=folder,
        run=run,
        board=judged,
        bars=bars(judged),
        against=compare(last, run) if last else None,
    )


def commit(root: Path) -> str:
    """The commit of the code, and whether it was changed since; empty where there is no git."""
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        return ""

    def said(*words: str) -> str:
        return subprocess.run(  # noqa: S603 (git, with words of ours)
            [git, "-C", str(root), *words], capture_output=True, text=True, check=False
        ).stdout.strip()

    head = said("rev-parse", "--short=12", "HEAD")
    changed = head and said("status", "--porcelain", "--untracked-files=no")
    return f"{head}, changed" if changed else head


def _played(
    asked: Asked, player: Player, folder: Path, tell: Callable[[str], None]
) -> tuple[Scored, ...]:
    """By Inspect if it is installed, else by our own runner: the same plays, the same records."""
    told = _teller(sum(1 for sitting in asked.plan for _ in sitting.each()), tell)
    if find_spec("inspect_ai") is None:
        tell("Inspect's log is not written: it is not installed (pip install 'opstwin[evals]').")
        return sit(asked.plan, player, asked.model, told)
    from evals.harness.inspected import inspected, viewer

    logs = folder / LOGS
    found = inspected(asked.plan, player, asked.model, told, logs)
    viewer(logs, folder / VIEWER)
    return found


def _teller(plays: int, tell: Callable[[str], None]) -> Callable[[Scored], None]:
    """A line a play, numbered."""
    done = 0

    def told(one: Scored) -> None:
        nonlocal done
        done += 1
        wrong = one.broke or ", ".join(check.name for check in one.checks if not check.held)
        wire = ", wire" if one.plays == "wire" else ""
        mark = "✓" if one.passed else f"✗ {wrong or 'nothing was checked'}"
        tell(f"[{done:{len(str(plays))}}/{plays}] {one.arm}{wire}: {one.case}.{one.epoch} {mark}")

    return told


def _pasts(asked: Asked) -> set[Path]:
    return {world.parent for world in asked.pasts.glob(f"*/{WORLD}")}


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _name(asked: Asked) -> str:
    """`20261127T221500Z-offline-all`: sorts by time."""
    stamp = f"{datetime.fromtimestamp(asked.at / 1e6, UTC):%Y%m%dT%H%M%SZ}"
    return "-".join([stamp, *(_slug(part) for part in (asked.model, asked.part))])


def _slug(text: str) -> str:
    return re.sub(r"[^a-zA-Z0-9_.]+", "_", text)[:40]
