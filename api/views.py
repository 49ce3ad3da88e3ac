"""Answers, proposals and errors in each channel's form: JSON, terminal; Slack and HTML later.

The only module that turns an error into HTTP. Text from the plant, documents or a model is
escaped here and never read as markup.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tools.view import ProposalStatus
from twin_core.answer import Answer
from twin_core.errors import (
    BadInput,
    Conflict,
    NotAllowed,
    NotSignedIn,
    OpsTwinError,
    Unavailable,
    UnknownName,
)
from twin_core.value import SECOND, Instant

if TYPE_CHECKING:
    from rich.console import RenderableType

_HTTP: tuple[tuple[type[OpsTwinError], int], ...] = (
    (NotSignedIn, 401),
    (NotAllowed, 403),
    (Conflict, 409),
    (UnknownName, 404),
    (BadInput, 422),
    (Unavailable, 503),
)


def http_status(error: OpsTwinError) -> int:
    """The HTTP status of an error; what is damaged is a 500."""
    return next((status for kind, status in _HTTP if isinstance(error, kind)), 500)


def problem(error: OpsTwinError) -> dict[str, str]:
    """An error as JSON: its kind and its one sentence."""
    message = str(error).encode("utf-8", "replace").decode()
    return {"error": type(error).__name__, "message": message}


def clock_time(instant: Instant) -> str:
    """An instant as ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(instant / SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def answer_json(answer: Answer) -> dict[str, Any]:
    """An answer as JSON; each evidence with its id."""
    body = answer.model_dump(mode="json")
    body["evidence"] = [{"id": item.id, **item.model_dump(mode="json")} for item in answer.evidence]
    return body


def answer_lines(body: dict[str, Any]) -> "Iterable[RenderableType]":
    """An answer (as JSON) for the terminal: text, what it rests on, who worded it."""
    from rich.table import Table
    from rich.text import Text

    yield Text(body["text"])
    cited = {i for finding in body["findings"] for i in finding["evidence"]}
    evidence = [item for item in body["evidence"] if item["id"] in cited] or body["evidence"]
    if evidence:
        table = Table(title="Evidence", title_justify="left", show_edge=False, pad_edge=False)
        table.add_column("id", style="cyan", no_wrap=True)
        for heading in ("kind", "about", "from", "plant time"):
            table.add_column(heading, overflow="fold")
        for item in evidence:
            about = Text(item["subject"].split("/", 1)[-1])
            table.add_row(
                item["id"], item["kind"], about, Text(item["origin"]), clock_time(item["time"])
            )
        yield table
    for line in body["unknown"]:
        yield Text(f"Not known: {line}", style="yellow")
    for proposal in body["proposals"]:
        yield Text(f"Proposal {proposal} waits for a decision: opstwin approve {proposal}")
    yield Text(f"— {body['model']}", style="dim")


def proposal_lines(statuses: Sequence[ProposalStatus]) -> "Iterable[RenderableType]":
    """Proposals for the terminal."""
    from rich.table import Table
    from rich.text import Text

    if not statuses:
        yield Text("No proposals.")
        return
    table = Table(show_edge=False, pad_edge=False)
    for heading in ("id", "state", "what", "needs", "votes", "result"):
        table.add_column(heading, no_wrap=heading == "id")
    for status in statuses:
        table.add_row(
            *(
                Text(cell)
                for cell in (
                    status.proposal,
                    status.state,
                    status.title,
                    status.needs,
                    "\n".join(status.votes),
                    status.result,
                )
            )
        )
    yield table
