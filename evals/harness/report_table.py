"""A run as one Markdown table, for a pull request or a file beside the code.

It must never hold what the page has not.
"""

from evals.harness.bars import bars
from evals.harness.figures import ALL, ARMS, Figures, Share, board
from evals.harness.report_disputed import disputed_lines
from evals.harness.report_page import ARMS_TOLD, verdict
from evals.harness.stored import Run
from evals.harness.written import NOTHING, amount, between, markdown, moment, percent

_EVERY = ("pass^k", "k")
_HEADS = (
    "", "cases", "pass^1", *_EVERY, "unsafe", "unsupported", "abstention precision",
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
    once = found["product"][ALL].epochs == 1  # then right in every epoch is right in that one
    heads = [head for head in _HEADS if not (once and head in _EVERY)]
    of = (header.model, moment(header.at), header.commit or "commit unknown", header.machine)
    lines = [
        f"{', '.join(map(markdown, of))}; {markdown(header.part)}, {header.took_s / 60:.1f} min.",
        markdown(verdict(bars(found))),
        "",
        f"| {' | '.join(heads)} |",
        f"|{'---|' * len(heads)}",
        *(f"| {' | '.join((name, *_cells(row, once=once)))} |" for name, row in named),
        *disputed_lines(run.disputed),
    ]
    return "\n".join(lines) + "\n"


def _cells(row: Figures, *, once: bool) -> tuple[str, ...]:
    return (
        str(row.cases),
        _share(row.once),
        *(() if once else (_share(row.every), str(row.epochs))),
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
