"""JSPLIB: published job shops with their proven optima. Read where it lies, never copied."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Instance:
    """A job shop.

    Attributes:
        jobs: by job, (machine from 0, duration) in the order of its operations.
        optimum: its proven least makespan; None where none is.
    """

    name: str
    jobs: tuple[tuple[tuple[int, int], ...], ...]
    optimum: int | None


def instances(folder: Path) -> tuple[Instance, ...]:
    """Those that are present, by name; none where the data is not present."""
    index = folder / "jsplib" / "instances.json"
    if not index.is_file():
        return ()
    found = []
    for told in json.loads(index.read_text(encoding="utf-8")):
        path = index.parent / told["path"]
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            found.append(Instance(told["name"], table(text), told.get("optimum")))
    return tuple(sorted(found, key=lambda one: one.name))


def table(text: str) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Jobs of the standard form: a line `jobs machines`, then machine and duration in turn.

    Raises:
        ValueError: another number of lines or figures than the first line says.
    """
    lines = [line.split() for line in text.splitlines() if line.strip() and line[0] != "#"]
    jobs, machines = (int(one) for one in lines[0])
    rows = [[int(one) for one in line] for line in lines[1:]]
    if len(rows) != jobs or any(len(row) != 2 * machines for row in rows):
        msg = f"{jobs} lines of {2 * machines} figures are needed"
        raise ValueError(msg)
    return tuple(tuple(zip(row[::2], row[1::2], strict=True)) for row in rows)
