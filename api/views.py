"""Answers, proposals and errors in each channel's form: JSON, terminal; Slack and HTML later.

The only module that turns an error into HTTP. Text from the plant, documents or a model is
escaped here and never read as markup. What is drawn for the terminal is readable at 80 columns.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from api.printable import printable
from tools.view import ProposalStatus
from twin_core.answer import Answer
from twin_core.errors import (
    BadInput,
    BeyondModel,
    Busy,
    CannotLearn,
    Conflict,
    Denied,
    NoData,
    NotAllowed,
    NotLearnt,
    NotRelied,
    NotSignedIn,
    OpsTwinError,
    TooLarge,
    TooSlow,
    Unavailable,
    UnknownName,
)
from twin_core.value import SECOND, Instant

if TYPE_CHECKING:
    from rich.console import RenderableType

_BESIDE = 3
"""Columns of scenarios that fit beside one another."""
_PATH = re.compile(r"[a-z0-9_-]+(/[a-z0-9_-]+)+")

# What the plant's past does not tell or no model knows is no failure of the service.
_HTTP: tuple[tuple[type[OpsTwinError], int], ...] = (
    (NotSignedIn, 401),
    (NotAllowed, 403),
    (Denied, 403),
    (Conflict, 409),
    (UnknownName, 404),
    (TooSlow, 408),
    (TooLarge, 413),
    (BadInput, 422),
    (Busy, 429),
    (NoData, 422),
    (CannotLearn, 422),
    (BeyondModel, 422),
    (NotLearnt, 422),
    (NotRelied, 422),
    (Unavailable, 503),
)


def http_status(error: OpsTwinError) -> int:
    """The HTTP status of an error; what is damaged is a 500."""
    return next((status for kind, status in _HTTP if isinstance(error, kind)), 500)


def problem(error: OpsTwinError) -> dict[str, str]:
    """An error as JSON: its kind and its one sentence."""
    message = str(error).encode("utf-8", "replace").decode()
    return {"error": type(error).__name__, "message": message}


def headers(error: OpsTwinError) -> dict[str, str]:
    """What HTTP says beside an error: when to come again."""
    return {"Retry-After": str(error.retry_s)} if isinstance(error, Busy) else {}


def file_time(instant: Instant) -> str:
    """A time as part of a file's name: `20260504T131500Z`."""
    return datetime.fromtimestamp(instant / SECOND, UTC).strftime("%Y%m%dT%H%M%SZ")


def clock_time(instant: Instant) -> str:
    """An instant as ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(instant / SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def answer_json(answer: Answer, timezone: str) -> dict[str, Any]:
    """An answer as JSON; each evidence with its id, and the plant's time zone beside its times."""
    body = answer.model_dump(mode="json")
    body["evidence"] = [{"id": item.id, **item.model_dump(mode="json")} for item in answer.evidence]
    return {**body, "timezone": timezone}


def answer_lines(body: dict[str, Any], *, told: bool = False) -> "Iterable[RenderableType]":
    """An answer (as JSON) for the terminal: text, unless it was told already, and what it rests on.

    Last who worded it.
    """
    from rich.text import Text

    for line in () if told else printable(body["text"]).splitlines():
        yield _rows([(Text("-"), Text(line[2:]))]) if line.startswith("- ") else Text(line)
    zone = ZoneInfo(body["timezone"])
    day = datetime.fromtimestamp(body["time"] / SECOND, zone)
    rows = []
    for item in body["evidence"]:
        at = datetime.fromtimestamp(item["time"] / SECOND, zone)
        shown = f"{at:%H:%M:%S}" if at.date() == day.date() else f"{at:%m-%d %H:%M:%S}"
        rows.append((Text(item["id"], style="cyan"), Text(shown), Text(_about(item))))
    if rows:
        yield Text(f"\nEvidence ({day:%Y-%m-%d, times in %Z})", style="bold")
        yield _rows(rows)
    for line in body["unknown"]:
        yield Text(f"Not known: {printable(line)}", style="yellow")
    for proposal in body["proposals"]:
        yield Text(f"Proposal {proposal} waits for a decision: opstwin approve {proposal}")
    yield Text(f"— {printable(body['model'])}", style="dim")


def spent_line(spent: dict[str, Any]) -> str:
    """What an answer cost (as JSON) in one line."""
    told = [f"{spent['seconds']:.1f} s"]
    for name, one in (("steps", "step"), ("calls", "look-up")):
        told.append(f"{spent[name]} {one}{'' if spent[name] == 1 else 's'}")
    if spent["tokens_in"] or spent["tokens_out"]:
        about = "" if spent["counted"] else "about "
        told.append(
            f"{about}{spent['tokens_in']} tokens read ({spent['tokens_cached']} of them cached), "
            f"{spent['tokens_out']} written"
        )
    if spent["cost"] is not None:
        told.append(f"{spent['cost']:.4f} {printable(spent['currency'])}")
    return f"Spent: {'; '.join(told)}."


def supposed_lines(body: dict[str, Any]) -> "Iterable[RenderableType]":
    """What was simulated (as JSON) for the terminal: sentences, indicators, what they rest on."""
    from rich.text import Text

    first, *rest = body["text"]
    yield Text(printable(first))
    if rest:
        yield _rows([(Text("-"), Text(printable(line))) for line in rest])
    for table in body["indicators"]:
        for at in range(0, len(table["scenarios"]), _BESIDE):
            yield Text("")
            yield _indicators(table, range(at, min(at + _BESIDE, len(table["scenarios"]))))
    yield Text("")
    for line in body["rests_on"]:
        yield Text(printable(line), style="dim")
    for line in body["unknown"]:
        yield Text(f"Not known: {printable(line)}", style="yellow")


def _indicators(body: dict[str, Any], shown: Sequence[int]) -> "RenderableType":
    """A row an indicator, a column a scenario; intervals in brackets."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column(Text(printable(body["line"])))
    for at in shown:
        table.add_column(Text(printable(body["scenarios"][at])), overflow="fold")
    for name, *values in body["rows"]:
        cells = (values[at].replace("90 % interval ", "") for at in shown)
        table.add_row(Text(printable(name)), *(Text(printable(cell)) for cell in cells))
    return table


def proposal_lines(statuses: Sequence[ProposalStatus]) -> "Iterable[RenderableType]":
    """Proposals for the terminal."""
    from rich.text import Text

    if not statuses:
        yield Text("No proposals.")
    for status in statuses:
        told = [
            f"{status.state}: {status.title}",
            *([f"needed: {status.needs}"] if status.needs else []),
            *(f"rehearsed: {found}" for found in status.rehearsals),
            *status.votes,
            *([f"result: {status.result}"] if status.result else []),
        ]
        yield _rows([(Text(status.proposal, style="cyan"), Text(printable("\n".join(told))))])


def _about(item: dict[str, Any]) -> str:
    """What an evidence is and is about, the site left out of its path, and who says so.

    That the twin does, or a point's own controller, or the document itself, goes without saying.
    """
    subject, origin = item["subject"], item["origin"]
    short = subject.split("/", 1)[1] if _PATH.fullmatch(subject) else subject
    seen = item["kind"] in {"reading", "series", "state"}
    own = seen or origin == "twin" or subject.startswith(origin)
    return printable(f"{item['kind']}: {short}" + ("" if own else f", from {origin}"))


def _rows(rows: "Sequence[tuple[RenderableType, ...]]") -> "RenderableType":
    """Cells in aligned columns, all whole but the last, broken between words where it must be."""
    from rich.table import Table

    table = Table.grid(padding=(0, 1))
    for _ in rows[0][1:]:
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table
