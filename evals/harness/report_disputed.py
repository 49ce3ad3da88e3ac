"""The answers that people called wrong, as page and table show them.

It must never pass on a text of an answer or a person that is not escaped.
"""

from collections.abc import Iterator, Sequence

from evals.harness.disputed import Disputed
from evals.harness.written import markdown, moment, safe

_HEADS = ("when", "who", "asked", "was answered", "it was", "confirmed by")
_LONG = 300


def disputed_section(found: Sequence[Disputed]) -> str:
    """The section of the page; nothing where no answer was called wrong."""
    if not found:
        return ""
    heads = "".join(f'<th scope="col">{head}</th>' for head in _HEADS)
    lines = "".join(
        "<tr>" + "".join(f"<td>{safe(cell)}</td>" for cell in cells) + "</tr>\n"
        for cells in _rows(found)
    )
    return (
        '<section><h2>Disputed answers</h2><p class="soft">What people at the plant called wrong. '
        "It counts in no figure here, and weighs nothing until somebody confirms it.</p>"
        '<div class="scroll" tabindex="0" role="region" aria-label="Disputed answers"><table>'
        f'<thead><tr>{heads}</tr></thead>\n<tbody class="words">{lines}</tbody></table></div>'
        "</section>\n"
    )


def disputed_lines(found: Sequence[Disputed]) -> Iterator[str]:
    """The same as Markdown."""
    if found:
        yield ""
        yield "Disputed answers"
        yield ""
        yield f"| {' | '.join(_HEADS)} |"
        yield f"|{'---|' * len(_HEADS)}"
        for cells in _rows(found):
            yield f"| {' | '.join(map(markdown, cells))} |"


def _rows(found: Sequence[Disputed]) -> Iterator[tuple[str, ...]]:
    for one in found:
        told = one.dispute
        by = "not known" if one.confirmed is None else ", ".join(one.confirmed) or "nobody yet"
        meant = f" ({told.asset}: {', '.join(told.modes) or 'any'})" if told.asset else ""
        said = told.answer if len(told.answer) <= _LONG else f"{told.answer[:_LONG]} …"
        yield moment(told.at), told.user, told.question, said, f"{told.words}{meant}", by
