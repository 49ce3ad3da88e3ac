"""`opstwin bottleneck`: what limits a line and where more would help. A thin HTTP client."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli_export import Url, connected

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

_WHAT = {
    "speed": "{asset}: speed",
    "capacity": "{asset}: capacity",
    "life": "{asset}: time between stops",
    "repair": "{asset}: quickness of repair",
    "buffer": "{asset} to {target}: room",
}
_FLOWS = frozenset({"speed", "capacity"})


def bottleneck(
    line: Annotated[str, typer.Argument(help="A line as people call it, or its path.")],
    faster: Annotated[float, typer.Option(help="Per cent that speeds are turned by.")] = 5,
    ahead: Annotated[str, typer.Option(help="How far ahead, such as “2 h”.")] = "30 min",
    as_json: Annotated[bool, typer.Option("--json", help="The whole of it as JSON.")] = False,
    url: Url = None,
) -> None:
    """Say what limits a line: simulated, with intervals; rules of thumb stand beside it.

    Each row: what the line's rate grows by, in per cent, for 1 % more of it; and what is gained
    by as much more as the row says. `*` is the bottleneck, or cannot be told from it. Stops
    and room are told where they surely gain; `--json` has all.
    """
    import json

    from rich.console import Console

    body = connected(url).get("/bottleneck", line=line, faster=faster, horizon=ahead)
    if as_json:
        typer.echo(json.dumps(body, indent=2, ensure_ascii=False))
        return
    screen = Console()
    for part in lines(body):
        screen.print(part, markup=False, highlight=False)


def lines(body: dict[str, Any]) -> "Iterator[RenderableType]":
    """The verdict, the table, then what the rules of thumb say."""
    from rich.text import Text

    from api.printable import printable

    first, *others = (Text(printable(said)) for said in body["said"])
    yield first
    yield _table(body["sensitivity"], body["called"])
    yield Text("In brackets: 90 % interval of the mean.", style="dim")
    yield from others


def _table(found: dict[str, Any], called: dict[str, str]) -> "Table":
    from rich.table import Table

    from api.printable import printable
    from twin_core.units import number_text, unit_text

    def about(estimate: dict[str, Any], places: int) -> str:
        ends = (number_text(round(estimate[end], places)) for end in ("mean", "low", "high"))
        return "{} ({} to {})".format(*ends)

    unit, rate = unit_text(found["rate"]["unit"]), found["rate"]["mean"]
    places = max(0, 3 - len(str(int(rate)))) + 1  # a thousandth of the rate or so
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    table.add_column("turned up by")
    for head in ("1 % gives %", f"gives {unit}"):
        table.add_column(head, no_wrap=True)
    for lever in found["levers"]:
        if lever["kind"] not in _FLOWS and lever["gain"]["low"] <= 0:
            continue
        names = {"asset": called[lever["asset"]], "target": called.get(lever["target"], "")}
        up = lever["factor"] - 1.0
        step = f" +{number_text(100 * up)} %" if up > 0 else " at its end"
        mark = "* " if lever["limits"] else "  "
        table.add_row(
            printable(mark + _WHAT[lever["kind"]].format(**names) + step),
            about(lever["elasticity"], 2),
            about(lever["gain"], places) if up > 0 else "",
        )
    return table
