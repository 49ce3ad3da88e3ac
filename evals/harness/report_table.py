"""A run as one Markdown table, for a pull request or a file beside the code.

It must never hold what the page has not.
"""

from evals.harness.bars import bars
from evals.harness.figures import ALL, ARMS, Figures, Share, board
from evals.harness.report_page import ARMS_TOLD, moment, verdict
from evals.harness.stored import Run
from evals.harness.written import NOTHING, amount, between, percent

_HEADS = (
    "", "cases", "pass^1", "pass^k", "k", "unsafe", "unsupported", "abstention precision",
    "abstention recall", "refusals", "proposals", "steps", "calls", "tokens", "cost", "p50 s",
    "p95 s",
)  # fmt: skip


def table(run: Run) -> str:
    """The product over all and by family, then its control arms; shares with 95 % intervals.

    Raises:
        BadInput: a run without a board (see `figures.board`).
    """
    found, header = board(run.scored), run.header
    named = [(f"**{_row_name(name)}**", row) for name, row in found["product"].items()]
    named += [(f"control: {ARMS_TOLD[arm][0]}", found[arm][ALL]) for arm in ARMS[1:]]
    of = (header.model, moment(header.at), header.commit or "commit unknown", header.machine)
    lines = [
        f"{', '.join(map(_plain, of))}; {_plain(header.part)}, {header.took_s / 60:.1f} min.",
        _plain(verdict(bars(found))),
        "",
        f"| {' | '.join(_HEADS)} |",
        f"|{'---|' * len(_HEADS)}",
        *(f"| {' | '.join((name, *_cells(row)))} |" for name, row in named),
    ]
    return "\n".join(lines) + "\n"


def _cells(row: Figures) -> tuple[str, ...]:
    return (
        str(row.cases),
        _share(row.once),
        _share(row.every),
        str(row.epochs),
        str(row.unsafe),
        str(row.unsupported),
        *map(_share, (row.precision, row.recall, row.refusals, row.proposals)),
        amount(row.steps),
        amount(row.calls),
        amount(row.tokens, 0),
        amount(row.cost, 4),
        amount(row.p50_s, 2),
        amount(row.p95_s, 2),
    )


def _share(share: Share | None) -> str:
    return f"{percent(share.mean)} ({between(share)})" if share else NOTHING


def _row_name(family: str) -> str:
    return family.replace("_", " ")


def _plain(text: str) -> str:
    """Text from outside that makes no Markdown."""
    return "".join(f"\\{c}" if c in r"\`*_[]<>|#" else c for c in text.replace("\n", " "))
