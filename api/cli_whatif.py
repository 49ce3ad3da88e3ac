"""`opstwin whatif` and `opstwin compare`: what would happen, what is better. Thin HTTP clients."""

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli_export import Url, connected, whole
from twin_core.errors import BadInput

Line = Annotated[str, typer.Option(help="Whose rate is asked; absent = the lines concerned.")]
Horizon = Annotated[str, typer.Option(help="How far ahead, “30min”, at most 8 h; absent = 15min.")]
Start = Annotated[
    str,
    typer.Option(
        "--from",
        help="From where: “22:00”, “2026-11-25 22:00”, “2 h ago” as the history knows it, or "
        "“healthy”, nothing being wrong; absent = now.",
    ),
]
Png = Annotated[Path | None, typer.Option("--png", help="Draw the charts into this file.")]
Whole = Annotated[bool, typer.Option("--json", help="The whole of it as JSON.")]


def whatif(
    text: Annotated[str, typer.Argument(help="What is supposed, in plain words, in quotes.")],
    line: Line = "",
    horizon: Horizon = "",
    start: Start = "",
    png: Png = None,
    as_json: Whole = False,
    url: Url = None,
) -> None:
    """Simulate what would happen if something changed, from the state the plant is in now.

    Nothing is written. It says when a difference may be chance.

    \b
    opstwin whatif "slow the filler on line 4 by 5 %"
    opstwin whatif "add 20 bottles of buffer between filler 4 and capper 4"
    opstwin whatif "compressor 1 stops for 20 min in 5 min" --line "line 4"
    opstwin whatif "repairs take half as long on capper 4" --horizon 4h
    opstwin whatif "capper 4 fails twice as often" --horizon 8h --png out.png
    opstwin whatif "one mechanic on line 4" --horizon 4h
    opstwin whatif "nothing changes on line 4" --horizon 1h
    opstwin whatif "move the break on line 4 to 14:30"
    opstwin whatif "capper 4 stops for 10 min" --from "2026-11-25 22:00"
    """  # noqa: D301 (a backslash tells the help to leave lines as they are)
    asked = {"text": text, "line": line, "horizon": horizon, "start": start}
    body = connected(url).post("/whatif", asked)
    _tell(body, url, png, as_json=as_json)


def compare(
    options: Annotated[
        list[str], typer.Argument(metavar="OPTION…", help="One option each, in quotes.")
    ],
    by: Annotated[
        str,
        typer.Option(
            help="What makes one better: “throughput”, “cost, risk” weighed together, “2 "
            "throughput, energy” with weights, “risk then throughput” one after the other."
        ),
    ] = "throughput",
    line: Line = "",
    horizon: Horizon = "",
    start: Start = "",
    png: Png = None,
    as_json: Whole = False,
    url: Url = None,
) -> None:
    """Compare options with one another and with things as they are, the best first.

    All meet the same luck, so a difference is theirs. Nothing is written.

    \b
    opstwin compare "slow filler 4 by 5 %" "slow capper 4 by 5 %"
    opstwin compare "filler 4 at 110 %" --by "throughput, energy" --png out.png
    opstwin compare "two mechanics on line 4" --by "risk then cost"
    """  # noqa: D301 (as above)
    asked = {"options": options, "by": by, "line": line, "horizon": horizon, "start": start}
    _tell(connected(url).post("/compare", asked), url, png, as_json=as_json)


def draw(charts: list[Any], out: Path, url: str | None) -> None:
    """Have the server draw charts into a file, and say so."""
    if not charts:
        raise BadInput(f"--png: the answer has no chart, so {out} was not written.")
    with whole("--png", out) as file:
        connected(url).picture(charts, file)
    typer.echo(f"{out}: {out.stat().st_size} bytes", err=True)


def _tell(body: dict[str, Any], url: str | None, png: Path | None, *, as_json: bool) -> None:
    import json

    from rich.console import Console

    from api.views import supposed_lines

    if as_json:
        typer.echo(json.dumps(body, indent=2, ensure_ascii=False))
    else:
        screen = Console()
        for told in supposed_lines(body):
            screen.print(told, markup=False)
    if png is not None:
        draw(body["charts"], png, url)
