"""`opstwin kb`: documents of a plant, filed, found and taken away. A thin HTTP client."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli_export import Url, connected
from twin_core.errors import BadInput, OpsTwinError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

app = typer.Typer(help="Manuals and instructions: file, find, remove.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="As JSON.")]

_WAIT_S = 600.0
_INCIDENT = re.compile(r"[A-Za-z0-9_-]+")


@app.command()
def add(
    paths: Annotated[
        list[Path], typer.Argument(metavar="FILE|FOLDER…", help="Their endings tell.")
    ],
    document: Annotated[str, typer.Option(help="Its number; of one file only.")] = "",
    title: Annotated[str, typer.Option(help="Its title; of one file only.")] = "",
    version: Annotated[str, typer.Option(help="Its version.")] = "",
    equipment: Annotated[
        list[str] | None, typer.Option("--class", help="Equipment class it is about; repeatable.")
    ] = None,
    site: Annotated[
        list[str] | None, typer.Option(help="Where it holds; absent = everywhere. Repeatable.")
    ] = None,
    url: Url = None,
) -> None:
    """File documents (engineers): Markdown, AsciiDoc, HTML, CSV, DOCX, PDF, text.

    What is not said is taken from the file. One of a number that is filed already supersedes it.
    A file that is refused is told, and the others are filed: a link inside a folder, and all of a
    name, which would take each other's place.
    """
    from api.printable import printable

    files = list(_files(paths))
    if len(files) > 1 and (document or title):
        raise BadInput("--document and --title are of one file; leave them out.")
    unfit = _unfit(files, {path for path in paths if not path.is_dir()})
    client, refused = connected(url), 0
    said = {"document": document, "title": title, "version": version}
    given: dict[str, Any] = {name: value for name, value in said.items() if value}
    given |= {"equipment": equipment or [], "site": site or []}
    for number, path in enumerate(files, 1):
        try:
            if path in unfit:
                raise BadInput(unfit[path])
            found = client.upload("/documents", _bytes(path), _WAIT_S, file=path.name, **given)
            text = _outcome(found)
        except OpsTwinError as problem:
            if len(files) == 1:
                raise
            refused, text = refused + 1, f"refused: {problem}"
        typer.echo(printable(f"{number}/{len(files)}  {path.name}: {text}"))
    if refused:
        typer.echo(f"{refused} of {len(files)} files were refused.", err=True)
        raise typer.Exit(1)


@app.command("list")
def list_(
    ended: Annotated[bool, typer.Option("--all", help="Superseded and removed ones too.")] = False,
    as_json: Json = False,
    url: Url = None,
) -> None:
    """List the documents that hold: number, version, title, what they are about."""
    found = connected(url).get("/documents", ended=ended)
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    from api.printable import printable

    for one in found:
        about = ", ".join(one["classes"]) or "any equipment"
        state = "" if one["status"] == "current" else f"  ({one['status']} by {one['ended_by']})"
        typer.echo(
            printable(
                f"{one['number']:<16} {one['version']:<10} {one['passages']:>5}  "
                f"{one['title']}  [{about}]{state}"
            )
        )


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="What to look for, in quotes.")],
    asset: Annotated[str, typer.Option(help="Machine or line that it is about.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=50, help="How many passages.")] = 5,
    as_json: Json = False,
    url: Url = None,
) -> None:
    """Show the passages nearest to a query, with where they stand."""
    found = connected(url).get("/documents/passages", query=query, asset=asset, limit=limit)
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    from api.printable import printable

    if not found:
        typer.echo("No document says anything about it.")
    for one in found:
        page = f", page {one['page']}" if one["page"] else ""
        head = f"{one['document']} {one['title']} ({one['version']}), {one['section']}{page}"
        typer.echo(printable(f"{head}  [{one['score']:.2f}]"))
        typer.echo(printable("    " + one["text"].replace("\n", "\n    ")))


@app.command()
def remove(
    document: Annotated[str, typer.Argument(help="Its number, from `opstwin kb list`.")],
    reason: Annotated[str, typer.Option(help="Why it no longer holds.")],
    url: Url = None,
) -> None:
    """Take a document away (engineers); its record stays."""
    gone = connected(url).post("/documents/removals", {"document": document, "reason": reason})
    typer.echo(f"{gone['number']} version {gone['version']} no longer holds.")


@app.command()
def confirm(
    incident: Annotated[str, typer.Argument(help="Its id, e.g. in-1a2b3c4d.")],
    asset: Annotated[str, typer.Argument(help="Path or name of the machine where the cause was.")],
    words: Annotated[str, typer.Option(help="What it was and what helped, in your words.")],
    mode: Annotated[str, typer.Option(help="A failure mode of its class, by id.")] = "",
    url: Url = None,
) -> None:
    """Confirm what an incident was, in your name: it is found when the like happens again."""
    if not _INCIDENT.fullmatch(incident):
        raise BadInput("INCIDENT is not an id; allowed: letters, digits, - and _.")
    said = {"asset": asset, "words": words} | ({"failure_mode": mode} if mode else {})
    found = connected(url).post(f"/incidents/{incident}/confirmations", said)
    from api.printable import printable

    typer.echo(printable(found["passage"]["text"]))


@app.command()
def check(as_json: Json = False, url: Url = None) -> None:
    """Tell whether everything that holds can be found; exit 1 if not."""
    found = connected(url).get("/documents/check")
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    else:
        typer.echo(
            f"{found['documents']} documents of {found['passages']} passages; {found['held']} "
            f"passages can be found, work orders among them; {found['missing']} are missing.\n"
            f"Library: {found['state']}. Model: {found['model']}, {found['meaning']}."
        )
    if found["missing"] or {found["state"], found["meaning"]} != {"up"}:
        raise typer.Exit(1)


def _files(paths: "Sequence[Path]") -> "Iterator[Path]":
    from knowledge.filing import READERS

    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.suffix.lower()[1:] in READERS)
            if not inside:
                raise BadInput(f"{path} holds no document; read are: {', '.join(READERS)}.")
            yield from inside
        else:
            yield path


def _unfit(files: "Sequence[Path]", named: "set[Path]") -> dict[Path, str]:
    """Why files are not filed: links that nobody named, and those of one name.

    The name is the number where none is given: two of one name would take each other's place. What
    a link in a folder leads to may lie anywhere, and nobody said that it is a document.
    """
    alike: dict[str, list[Path]] = {}
    for path in dict.fromkeys(files):
        alike.setdefault(path.stem.lower(), []).append(path)
    unfit = {
        path: f"{' and '.join(map(str, those))} would be one document; file one of them by itself, "
        "with --document."
        for those in alike.values()
        if len(those) > 1
        for path in those
    }
    for path in files:
        if path not in named and path.is_symlink():
            unfit[path] = f"{path} is a link to {path.readlink()}; name that file itself."
    return unfit


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise BadInput(f"{path} cannot be read: {problem.strerror}.") from problem


def _outcome(found: dict[str, Any]) -> str:
    one, before = found["document"], found["before"]
    told = {
        "filed": f"{one['number']} version {one['version']}, {one['passages']} passages",
        "unchanged": f"{one['number']} version {one['version']} is filed already",
    }
    if found["outcome"] == "superseded":
        text = f"{told['filed']}, in the place of version {before['version']}"
    else:
        text = told[found["outcome"]]
    return text if found["library"] == "up" else f"{text}; not found yet: {found['library']}"
