"""A run as it lies on the disk: what was asked, of what, by whom, and what came of it.

JSON lines: a header, the cases, the records, each in one order, so that the same run twice is the
same bytes but for the times. It must never hold a figure: those are worked out of the records.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from evals.harness.case import Case
from evals.harness.disputed import Disputed
from evals.harness.scored import Scored
from twin_core.errors import BadInput
from twin_core.value import Instant, Value

RUN = "run.jsonl"
"""Its name in the folder of a run."""
_LINES = ("header", "case", "scored", "disputed")


class Header(Value):
    """Of one run.

    Attributes:
        at: when it began, host time; `took_s`: how long it was.
        commit: of the code, and whether that was changed since; empty = unknown.
        machine: in one clause.
        versions: of the packages that matter.
        model: who answered in the arm `product`.
        seeds: of the emulator, one an epoch.
        part: which part of the exam; `all`, `smoke` or families.
        made: how many pasts were not there yet; None = not known.
    """

    version: Literal[1] = Field(default=1, alias="schema")
    at: Instant
    took_s: float = Field(ge=0)
    commit: str = ""
    machine: str
    versions: dict[str, str] = Field(default_factory=dict)
    model: str
    seeds: tuple[int, ...]
    part: str = "all"
    made: int | None = None


class Run(Value):
    """Header, cases asked, records; and what people had called wrong before it."""

    header: Header
    cases: tuple[Case, ...]
    scored: tuple[Scored, ...]
    disputed: tuple[Disputed, ...] = ()


def text_of(run: Run) -> str:
    """The lines, in one order whatever order they were played in."""
    cases = sorted(run.cases, key=lambda case: (case.family, case.id))
    scored = sorted(
        run.scored, key=lambda one: (one.arm, one.family, one.case, one.epoch, one.plays)
    )
    lines: list[tuple[str, Value]] = [("header", run.header)]
    lines += [("case", case) for case in cases]
    lines += [("scored", one) for one in scored]
    lines += [("disputed", one) for one in run.disputed]
    return "".join(
        json.dumps({kind: value.model_dump(mode="json", by_alias=True)}, ensure_ascii=False) + "\n"
        for kind, value in lines
    )


def timeless(run: Run) -> list[str]:
    """The lines of cases and records without the times: equal for the same run twice."""
    still = tuple(one.model_copy(update={"seconds": ()}) for one in run.scored)
    return text_of(run.model_copy(update={"scored": still, "disputed": ()})).splitlines()[1:]


def keep(run: Run, folder: Path) -> Path:
    """Write it into the folder, and say where."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / RUN
    file.write_text(text_of(run), encoding="utf-8")
    return file


def read_run(where: Path) -> Run:
    """A stored run, of its file or folder.

    Raises:
        BadInput: there is none, or a line that is none of it.
    """
    file = where / RUN if where.is_dir() else where
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise BadInput(
            f"{file} is no stored run: give a folder that `opstwin eval` wrote, or its {RUN}."
        ) from problem
    found: dict[str, list[object]] = {kind: [] for kind in _LINES}
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            ((kind, value),) = json.loads(line).items()
            found[kind].append(value)
        except (ValueError, AttributeError, KeyError) as problem:
            raise BadInput(f"{file}, line {number}: not a line of a stored run.") from problem
    if len(found["header"]) != 1:
        raise BadInput(f"{file}: a stored run has one header, here are {len(found['header'])}.")
    try:
        return Run.model_validate(
            {
                "header": found["header"][0],
                "cases": found["case"],
                "scored": found["scored"],
                "disputed": found["disputed"],
            }
        )
    except ValidationError as problem:
        first = problem.errors()[0]
        at = ".".join(map(str, first["loc"]))
        raise BadInput(f"{file}: {at}: {first['msg'].lower()}.") from problem


def runs_in(folder: Path) -> Iterator[Path]:
    """The folders of runs in a folder, newest name first."""
    yield from sorted((file.parent for file in folder.glob(f"*/{RUN}")), reverse=True)


def last_like(folder: Path, header: Header) -> Run | None:
    """The newest run before this one of the same model, part and seeds, if there is one."""
    for one in runs_in(folder):
        run = read_run(one)
        before = run.header
        alike = (before.model, before.part, before.seeds) == (
            header.model,
            header.part,
            header.seeds,
        )
        if alike and before.at < header.at:
            return run
    return None
