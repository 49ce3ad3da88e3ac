"""Two runs side by side as text, for a terminal or a pull request. It must never judge."""

from collections.abc import Iterator, Sequence

from evals.harness.compare import Comparison, Difference, Moved
from evals.harness.written import NOTHING, amount, percent, signed

_SHOWN = 400


def comparison_lines(found: Comparison) -> Iterator[str]:
    """A Markdown table of the figures, then the cases that moved."""
    yield "| figure | before | after | difference | 95 % interval |"
    yield "|---|---|---|---|---|"
    for one in found.differences:
        yield f"| {' | '.join(_cells(one))} |"
    yield ""
    yield from _moved("better", found.better)
    yield from _moved("worse", found.worse)
    for word, names in (("only before", found.gone), ("only after", found.new)):
        if names:
            yield f"{word}: {', '.join(names)}"
    if found.apart is None:
        yield "The runs are the same bytes, but for the times."
        return
    yield "The runs are not the same bytes; first apart at:"
    for sign, line in zip("−+", found.apart, strict=True):
        yield f"{sign} {line[:_SHOWN] or NOTHING}"


def _cells(one: Difference) -> tuple[str, ...]:
    span = NOTHING
    if one.low is not None and one.high is not None:
        span = f"{signed(one.low, share=True)} to {signed(one.high, share=True)}"
    shown = [percent(x) if one.share else amount(x, 2) for x in (one.before, one.after)]
    by = signed(one.by, share=one.share)
    return one.name, *shown, f"**{by}**" if one.sure else by, span


def _moved(word: str, moved: Sequence[Moved]) -> Iterator[str]:
    for one in moved:
        yield f"{word}: {one.case} ({percent(one.before)} → {percent(one.after)})"
