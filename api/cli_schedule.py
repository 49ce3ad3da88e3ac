"""`opstwin schedule`: the best order of work beside the planned one. A thin HTTP client."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from api.cli_export import Url, connected
from api.cli_whatif import Png, draw
from twin_core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

_MOST_BYTES = 20_000_000
_MOST_THINGS = 1_000_000


def schedule(
    line: Annotated[
        list[str] | None, typer.Option(help="Its path or name; absent = every line with orders.")
    ] = None,
    horizon: Annotated[
        str, typer.Option(help='E.g. "12 h", tonight, tomorrow, "this week"; absent = all orders.')
    ] = "",
    aim: Annotated[
        Literal["lateness", "end"] | None,
        typer.Option(help="What to make small; absent = lateness, if anything is due."),
    ] = None,
    any_line: Annotated[
        bool, typer.Option("--any-line", help="Orders may go to another line that can make them.")
    ] = False,
    made: Annotated[
        list[str] | None, typer.Option(metavar="ORDER=QUANTITY", help="What is made already.")
    ] = None,
    pace: Annotated[
        float | None, typer.Option(help="Per cent of the nominal rate that is really made.")
    ] = None,
    spread: Annotated[
        float | None,
        typer.Option(help="Per cent by which durations vary: both plans are tried under it."),
    ] = None,
    shop: Annotated[
        Path | None,
        typer.Option(help="A shop of its own (YAML or JSON): machines, jobs, vehicles."),
    ] = None,
    png: Png = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole of it as JSON.")] = False,
    url: Url = None,
) -> None:
    """Show the order of work that is planned beside the best that was found.

    When all is done, lateness, changeovers, use of the lines; whether anything better can exist.
    What is offered was run by the simulation. Nothing is changed. While it searches the best so far
    is shown; Ctrl-C ends the search with that, a second one ends all.
    """
    from api.cli_searching import searched
    from api.plan_lines import plan_lines, shop_lines

    aims = {"lateness": "tardiness", "end": "makespan"}
    if shop is not None:
        beside = {
            "--line": line, "--horizon": horizon, "--any-line": any_line, "--made": made,
            "--pace": pace is not None, "--spread": spread is not None,
        }  # fmt: skip
        ignored = [flag for flag, is_given in beside.items() if is_given]
        if ignored:
            raise BadInput(
                f"{', '.join(ignored)}: a shop of --shop brings its own machines and jobs; allowed "
                "beside it: --aim, --png, --json, --url."
            )
        told = {"shop": read_yaml("--shop", shop), **({"aim": aims[aim]} if aim else {})}
        body = searched(connected(url), "/schedules/shop", told)
        show(body, shop_lines(body), as_json=as_json)
        if png is not None:
            draw(body["charts"], png, url)
        return
    wanted: dict[str, Any] = {"lines": line or [], "horizon": horizon, "any_line": any_line}
    if aim is not None:
        wanted["aim"] = aims[aim]
    if made:
        wanted["made"] = dict(_made(one) for one in made)
    for name, given in (("pace", pace), ("spread", spread)):
        if given is not None:
            if not 0 < given <= 200:
                raise BadInput(f"--{name}: {given:g} %; allowed: above 0, up to 200.")
            wanted[name] = given / 100
    body = searched(connected(url), "/schedules", wanted)
    show(body, plan_lines(body), as_json=as_json)
    if png is not None:
        draw(body["charts"], png, url)


def _made(given: str) -> tuple[str, float]:
    order, mark, quantity = given.partition("=")
    try:
        number = float(quantity)
    except ValueError:
        mark = ""
        number = 0.0
    if not mark or not order or not 0 <= number < float("inf"):
        from api.printable import clipped

        raise BadInput(f"--made: “{clipped(given)}” is not ORDER=QUANTITY, like po-4110=120000.")
    return order, number


def read_yaml(flag: str, file: Path) -> Any:
    """A file of YAML, of which JSON is a part.

    Raises:
        BadInput: it cannot be read, or is none.
    """
    import json

    import yaml

    try:
        if not file.is_file():
            raise BadInput(f"{flag}: {file} cannot be read: it is no file.")
        if file.stat().st_size > _MOST_BYTES:
            raise BadInput(f"{flag}: {file} is larger than {_MOST_BYTES // 1_000_000} MB.")
        told = yaml.safe_load(file.read_text(encoding="utf-8"))
        _bounded(flag, file, told)
        return json.loads(json.dumps(told, allow_nan=False, default=str))
    except OSError as problem:
        raise BadInput(f"{flag}: {file} cannot be read: {problem.strerror}.") from problem
    except (ValueError, TypeError, yaml.YAMLError, RecursionError) as problem:
        raise BadInput(f"{flag}: {file} is neither YAML nor JSON in UTF-8.") from problem


def _bounded(flag: str, file: Path, told: Any) -> None:
    """Refuse what stands for too much: by aliases half a kilobyte may be a hundred million things.

    Raises:
        BadInput: more than a million things.
    """
    waiting, n = [told], 0
    while waiting:
        one = waiting.pop()
        n += 1
        if n > _MOST_THINGS:
            raise BadInput(f"{flag}: {file} stands for more than {_MOST_THINGS:,} things.")
        if isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


def said(told: str, *, quiet: bool) -> None:
    """Tell who waits at a screen what is going on."""
    import sys

    if not quiet and sys.stderr.isatty():
        typer.echo(f"· {told}", err=True)


def show(body: Any, lines: "Iterable[RenderableType]", *, as_json: bool) -> None:
    """Print an answer, drawn or as JSON."""
    import json

    from rich.console import Console

    if as_json:
        typer.echo(json.dumps(body, indent=2, ensure_ascii=False))
        return
    screen = Console()
    for line in lines:
        screen.print(line, markup=False)
