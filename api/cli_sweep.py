"""`opstwin sweep`: what a line would make over a grid of changes. A thin HTTP client.

Ctrl-C ends the connection, and with it the sweep.
"""

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli_export import Url, connected
from api.printable import printable
from twin_core.errors import BadInput, SourceDown

_BEST = 10
_COLUMNS = 12
"""Of a grid that is shown whole."""


def sweep(
    vary: Annotated[
        list[str],
        typer.Argument(
            metavar="CHANGE…",
            help="A change with a range where its number stands, in quotes: "
            "“filler on line 4 at 80..100 by 5 % of its speed”, “… at 80|90|100 % of its speed”; "
            "several: every value of one with every value of the others.",
        ),
    ],
    line: Annotated[str, typer.Option(help="Whose rate; absent = the one line concerned.")] = "",
    horizon: Annotated[str, typer.Option(help="How far ahead: “30 min”; absent = 15 min.")] = "",
    replications: Annotated[
        int | None, typer.Option(min=2, max=1000, help="Of each scenario; absent = 20.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="A CSV file of all scenarios.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole of it as JSON.")] = False,
    url: Url = None,
) -> None:
    """Simulate thousands of what-ifs from the state now, beside all else the server does."""
    client = connected(url)
    body: dict[str, Any] = {"vary": vary, "line": line, "horizon": horizon}
    if replications is not None:
        body["replications"] = replications
    swept: dict[str, Any] | None = None
    for event, told in _shown(client.events("/sweeps", body)):
        if event == "problem":
            raise SourceDown(client.url, str(told["message"]))
        swept = told
    if swept is None:
        raise SourceDown(client.url, "it was stopped before the sweep was done")
    if out is not None:
        _write(out, swept)
    if as_json:
        typer.echo(json.dumps(swept, indent=1, ensure_ascii=False))
        return
    _print(swept, client.zone())
    if out is not None:
        typer.echo(f"{out}: {len(swept['names'])} scenarios")


def _shown(events: Iterator[tuple[str, dict[str, Any]]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The events that are not progress; that is shown as it comes."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
               TextColumn("{task.fields[pace]}"), TimeRemainingColumn())  # fmt: skip
    done = 0
    try:
        with Progress(*columns, console=Console(stderr=True), transient=True) as screen:
            task = screen.add_task("Simulating", total=None, pace="")
            for event, told in events:
                if event != "progress":
                    yield event, told
                    continue
                done = told["done"]
                pace = f"{done / told['took_s']:.0f} a second" if told["took_s"] > 0 else ""
                screen.update(task, completed=done, total=told["of"], pace=pace)
    except KeyboardInterrupt:
        sys.stderr.write(f"Stopped; {done} scenarios were done.\n")
        raise


def _write(out: Path, swept: dict[str, Any]) -> None:
    rate, axes = swept["rate"], swept["sweep"]["axes"]
    try:
        with out.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow([*(a["name"] for a in axes), "mean", "low", "high", rate["unit"]])
            for number in range(len(swept["names"])):
                place = _place(number, axes)
                values = [a["values"][i] for a, i in zip(axes, place, strict=True)]
                table.writerow([*values, *(rate[part][number] for part in ("mean", "low", "high"))])
    except OSError as problem:
        raise BadInput(f"--out: {out} cannot be written: {problem.strerror}.") from problem


def _place(number: int, axes: list[dict[str, Any]]) -> list[int]:
    """Where a scenario stands on each axis; the last is the fastest."""
    found = []
    for axis in reversed(axes):
        number, at = divmod(number, len(axis["values"]))
        found.append(at)
    return found[::-1]


def _print(swept: dict[str, Any], zone: str) -> None:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from rich.console import Console

    from tools.wording import duration, estimate
    from twin_core.simulation.scenario import Estimate
    from twin_core.value import SECOND

    screen, baseline = Console(), swept["sweep"]["baseline"]
    start = datetime.fromtimestamp(swept["start"] / SECOND, ZoneInfo(zone))
    count, took_s = len(swept["names"]), swept["took_s"]

    def say(text: str, style: str = "") -> None:
        screen.print(printable(text), markup=False, highlight=False, style=style, soft_wrap=True)

    say(
        f"{baseline['line']} over the next {duration(baseline['horizon_s'])} from "
        f"{start:%Y-%m-%d %H:%M:%S %Z}: {count:,} scenarios of {swept['replications']} "
        f"replications in {took_s:.1f} s, {count / took_s:.1f} a second."
    )
    screen.print(_table(swept))
    best = swept["best"]
    rate = {part: swept["rate"][part][best] for part in ("mean", "low", "high")}
    most = Estimate(unit=swept["rate"]["unit"], **rate)
    say(f"The most: {estimate(most)} with {swept['names'][best]}.")
    say(
        "Options that lie close together are told apart by comparing them: ask which is better.",
        "dim",
    )
    say(
        f"seed {swept['seed']}, {swept['model_version']}, state {swept['state_digest'][:12]}, "
        f"results {swept['digest'][:12]}",
        "dim",
    )


def _table(swept: dict[str, Any]) -> Any:
    """A grid of mean rates where there are two axes and it is narrow; else the best scenarios."""
    from rich.table import Table
    from rich.text import Text

    rate, axes = swept["rate"], swept["sweep"]["axes"]
    best = swept["best"]
    if len(axes) == 2 and len(axes[1]["values"]) <= _COLUMNS:
        rows, columns = axes
        table = Table(title=Text(printable(f"down: {rows['name']}; across: {columns['name']}")))
        table.add_column("", justify="right")
        for value in columns["values"]:
            table.add_column(f"{value:g}", justify="right")
        width = len(columns["values"])
        for i, value in enumerate(rows["values"]):
            cells = [
                Text(f"{rate['mean'][n]:.1f}", style="bold" if n == best else "")
                for n in range(i * width, (i + 1) * width)
            ]
            table.add_row(f"{value:g}", *cells)
        return table
    order = range(len(swept["names"]))
    if len(axes) > 1:
        order = sorted(order, key=lambda n: -rate["mean"][n])[:_BEST]  # type: ignore[assignment]
    table = Table()
    table.add_column("" if len(axes) == 1 else f"the best {len(order)}")
    for part in ("mean", "low", "high"):
        table.add_column(part, justify="right")
    for n in order:
        cells = [Text(f"{rate[part][n]:.1f}") for part in ("mean", "low", "high")]
        table.add_row(Text(printable(swept["names"][n])), *cells)
    return table
