"""The commands `opstwin slack`: the app's manifest, and who you are there."""

import json
from typing import Annotated

import typer

from api.cli_export import Url, connected
from api.printable import printable

app = typer.Typer(
    help="Slack: the app's manifest; link yourself to your member there.", no_args_is_help=True
)


@app.command("manifest")
def manifest(
    name: Annotated[str, typer.Option(help="The app's name.")] = "OpsTwin",
    url: Annotated[
        str,
        typer.Option(help="Where Slack shall call us (https://HOST/slack/events); absent = it "
                          "need not, we call it (Socket Mode)."),
    ] = "",
) -> None:  # fmt: skip
    """Print the manifest that makes the app: paste it at api.slack.com/apps, “From a manifest”.

    Install the app; give its bot token (OPSTWIN_SLACK_BOT_TOKEN) and, for Socket Mode, an app-level
    token with connections:write (OPSTWIN_SLACK_APP_TOKEN); else the signing secret.
    """
    from api.slack_manifest import COMMAND
    from api.slack_manifest import manifest as made

    if url and not url.startswith("https://"):
        raise typer.BadParameter("allowed: https://HOST/slack/events", param_hint="--url")
    typer.echo(json.dumps(made(name, COMMAND, url), indent=2))


@app.command("link")
def link(url: Url = None) -> None:
    """Print a code that links you, who are signed in here, to your member of Slack."""
    from api.slack_manifest import COMMAND

    found = connected(url).post("/slack/codes", {})
    minutes = round(found["seconds"] / 60)
    typer.echo(f"In Slack, within {minutes} minutes:\n\n    {COMMAND} link {found['code']}\n")
    typer.echo("Whoever says it there acts as you: say it yourself, and tell it to nobody.")


@app.command("unlink")
def unlink(url: Url = None) -> None:
    """Take every link to members of Slack from you."""
    found = connected(url).post("/slack/unlinkings", {})
    typer.echo(f"{found['unlinked']} link(s) taken.")


@app.command("links")
def links(url: Url = None) -> None:
    """Show the members of Slack that you are."""
    found = connected(url).get("/slack/links")
    for one in found:
        typer.echo(printable(f"{one['member']} of workspace {one['team']}"))
    if not found:
        typer.echo("None: opstwin slack link.")
