"""The tables of `RESULTS.md` beside this file: one section a bench, replaced when it is run again.

Text in, text out; the command reads and writes the file.
"""

import platform
import re

from evals.bench.row import Row

HEAD = """# Measured

Written by `opstwin bench NAME`; each section is the newest run that was not `--quick`, on the
machine it names. One that was shorter than a full run, or put together of two, says so.
"""
_COLUMNS = ("figure", "value", "±", "bar", "met", "peer", "peer's", "n", "load")


def machine(cores: int) -> str:
    """The machine in one clause."""
    return f"{platform.machine()}, {cores} cores, Python {platform.python_version()}"


def section(bench: str, rows: tuple[Row, ...], made_on: str, took_s: float) -> str:
    """One bench as Markdown."""
    lines = [
        f"## {bench}",
        "",
        f"{made_on}; took {took_s:.0f} s.",
        "",
        "| " + " | ".join(_COLUMNS) + " |",
        "|" + "---|" * len(_COLUMNS),
    ]
    lines += ["| " + " | ".join(_cells(row)) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def put(text: str, bench: str, new: str) -> str:
    """`text` with the bench's section replaced, or added at the end."""
    text = text or HEAD
    found = re.compile(rf"^## {re.escape(bench)}\n.*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)
    if found.search(text):
        return found.sub(lambda _: new + "\n", text).rstrip() + "\n"
    return text.rstrip() + "\n\n" + new


def _cells(row: Row) -> tuple[str, ...]:
    met = {None: "", True: "yes", False: "NO"}[row.met]
    value = f"not run: {row.why}" if row.value is None else f"{row.value:.4g} {row.unit}"
    return (
        row.name,
        value.strip(),
        "" if row.spread is None else f"{row.spread:.2g}",
        "" if row.bar is None else str(row.bar),
        met,
        row.peer or "",
        "" if row.peer_value is None else f"{row.peer_value:.4g}",
        str(row.n),
        row.load,
    )
