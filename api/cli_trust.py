"""`opstwin trust`: how far an asset is trusted, what speaks for it, and setting it."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from api.cli_export import Url, connected


def trust(
    asset: Annotated[str, typer.Argument(help="Path or name of a site, area, line or unit.")],
    step: Annotated[
        str,
        typer.Argument(
            help="Set it: observe, advise, act_on_approval or act_by_standing_rule; "
            "absent = show what speaks for it."
        ),
    ] = "",
    url: Url = None,
    reason: Annotated[str, typer.Option(help="Why; for setting it.")] = "",
) -> None:
    """Show what speaks for trusting an asset, or set the step on which it stands (engineers).

    Where nothing is done yet (observe, advise), what would have been proposed is kept and held
    against what then happened. A failed write, a missed forecast or a drifted model lowers a step
    by itself; only an engineer raises it.
    """
    if step:
        found = connected(url).post("/trust", {"asset": asset, "step": step, "reason": reason})
        for path, where in sorted(found.items()):
            typer.echo(f"{path}: {where}")
        return
    record = connected(url).get("/trust/record", asset=asset)
    lowered = f", lowered by itself: {record['why']}" if record["why"] else ""
    typer.echo(f"{record['asset']} stands at {record['step']}{lowered}.")
    for name, what, nothing in _LINES:
        typer.echo(f"{name:<12}{_said(record[what], nothing)}")
    thought = f"{record['shadows']} would have been proposed"
    taken = _said(record["shadows_taken"], "none could be seen")
    held = _said(record["shadows_held"], "none could be judged")
    typer.echo(f"{'in thought':<12}{thought}; people did the same: {taken}; forecasts held: {held}")
    for failure in record["failures"]:
        typer.echo(f"{'wrong':<12}{failure}")


_LINES = (
    ("causes", "causes", "no diagnosis was confirmed or corrected yet"),
    ("forecasts", "forecasts", "none of something carried out was judged yet"),
    ("proposals", "proposals", "none was decided yet"),
    ("writes", "writes", "none was sent yet"),
)


def _said(count: Mapping[str, Any], nothing: str) -> str:
    return f"{count['n']} of {count['of']}" if count["of"] else nothing
