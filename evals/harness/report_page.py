"""A run as one HTML page that needs nothing else: no address, no script, light and dark.

It must never pass on a text of an answer, a case or a record that is not escaped.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from evals.harness.bars import Bar, bars, missed
from evals.harness.compare import Comparison, Difference, Moved, compare
from evals.harness.figures import ALL, ARMS, CONTROLS, Board, Figures, Share, board, rows
from evals.harness.report_disputed import disputed_section
from evals.harness.report_failed import failed
from evals.harness.scored import Arm
from evals.harness.stored import Header, Run
from evals.harness.written import (
    NOTHING,
    amount,
    between,
    moment,
    percent,
    safe,
    signed,
    strip,
)  # fmt: skip

ARMS_TOLD: dict[Arm, tuple[str, str]] = {
    "product": ("product", "the assistant, as it is shipped"),
    "no_data": ("no data", "the same, without readings"),
    "empty_twin": ("empty twin", "the same, on a twin of nothing"),
    "shuffled": ("shuffled", "the same, with the readings of other points"),
    "scripted": ("scripted", "looks the words up, answers with the overview"),
}
_PASS = 0.95
_DRAWN = ' class="share"'
_CSS = Path(__file__).with_name("report.css")


def page(run: Run, last: Run | None) -> str:
    """The whole page; `last` = the run before it, if there is one to stand beside it.

    Raises:
        BadInput: a run without a board (see `figures.board`).
    """
    found = board(run.scored)
    judged = bars(found)
    earlier = rows([one for one in last.scored if one.arm == "product"]) if last else {}
    parts = [
        _head(run, judged),
        _bars(judged),
        _beside(found),
        _right(found, earlier),
        _conduct(found["product"]),
        _moved(compare(last, run), last.header) if last else _alone(),
        failed(run),
        disputed_section(run.disputed),
        _reading(run.header),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
        f"<title>OpsTwin evaluation, {safe(run.header.model)}</title>\n"
        f"<style>\n{_CSS.read_text(encoding='utf-8')}</style></head>\n<body>\n"
        f"{''.join(parts)}</body></html>\n"
    )


def verdict(judged: Sequence[Bar]) -> str:
    """All in one sentence."""
    under = missed(tuple(judged))
    held = [bar for bar in judged if bar.met]
    if under:
        names = ", ".join(bar.name for bar in under)
        return f"{len(under)} of {len(under) + len(held)} bars missed: {names}."
    return f"All {len(held)} bars that were judged are reached."


def _head(run: Run, judged: Sequence[Bar]) -> str:
    header, product = run.header, {one.case for one in run.scored if one.arm == "product"}
    told = {
        "model": header.model,
        "part": header.part,
        "cases × epochs": f"{len(product)} × {len(header.seeds)}",
        "begun": moment(header.at),
        "took": f"{header.took_s / 60:.1f} min",
        "commit": header.commit or "unknown",
        "machine": header.machine,
        **header.versions,
    }
    pairs = "".join(
        f"<div><dt>{safe(name)}</dt><dd>{safe(value)}</dd></div>" for name, value in told.items()
    )
    colour = "bad" if missed(tuple(judged)) else "good"
    return (
        "<header><h1>OpsTwin evaluation</h1>"
        f'<p class="verdict {colour}">{safe(verdict(judged))}</p>'
        f'<dl class="run">{pairs}</dl></header>\n'
    )


def _bars(judged: Iterable[Bar]) -> str:
    words = {
        True: ("reached", '<span class="good">✓ reached</span>'),
        False: ("missed", '<span class="bad">✗ missed</span>'),
        None: ("idle", '<span class="soft">not asked</span>'),
    }
    items = []
    for bar in judged:
        kind, word = words[bar.met]
        value = percent(bar.share.mean) if bar.share else amount(bar.value, 0)
        drawn = ""
        if bar.share:
            wanted = bar.low if bar.low is not None else bar.high
            drawn = strip(bar.share, wanted)
        items.append(
            f'<li class="{kind}"><div class="name"><span>{safe(bar.name)}</span>{word}</div>'
            f'<div class="value">{value}</div>{drawn}'
            f'<p class="told">{safe(bar.told)}; {safe(bar.wanted)}</p></li>'
        )
    return f'<section><h2>Bars</h2><ul class="bars">{"".join(items)}</ul></section>\n'


def _beside(found: Board) -> str:
    lines, epochs = [], found["product"][ALL].epochs
    for arm in ARMS:
        name, told = ARMS_TOLD[arm]
        row = found[arm][ALL]
        cells = [
            _td(str(row.cases)),
            _share(row.once),
            *([_share(row.every) if row.epochs == epochs else _td(NOTHING)] if epochs > 1 else ()),
            _count(row.unsafe),
            _td(str(row.unsupported)),
            _td(_percent(row.recall)),
            _td(_percent(row.refusals)),
            _td(amount(row.p50_s, 2)),
        ]
        lines.append((f"{name}<small>{safe(told)}</small>", ALL if arm == "product" else "", cells))
    right = ["pass^1", _power(epochs)] if epochs > 1 else ["pass^1"]
    return _table(
        "Beside its controls",
        "What the score would be worth if nothing were known: each control must do badly. "
        "A control sits one epoch of each case.",
        ["arm", "cases", *right, "unsafe", "unsupported", "recall", "refusals", "p50, s"],
        lines,
    )


def _right(found: Board, earlier: dict[str, Figures]) -> str:
    lines, epochs = [], found["product"][ALL].epochs
    for name, row in found["product"].items():
        last = earlier.get(name)
        controls = [found[arm].get(name) for arm in CONTROLS]
        cells = [
            _td(str(row.cases)),
            _share(row.every, _PASS, last.every if last else None),
            _td(signed(row.every.mean - last.every.mean, share=True) if last else NOTHING),
            *([_share(row.once, None, last.once if last else None)] if epochs > 1 else ()),
            *(_td(percent(one.once.mean) if one else NOTHING) for one in controls),
        ]
        lines.append((_family(name), name, cells))
    heads = ["family", "cases", _power(epochs), "± last run", *(["pass^1"] * (epochs > 1))]
    key = (
        '<p class="key"><svg aria-hidden="true"><line class="track" x1="5%" y1="7" x2="95%" '
        'y2="7"/><rect class="between" x="45%" y="4" width="40%" height="6" rx="3"/>'
        '<line class="wanted" x1="90%" y1="0" x2="90%" y2="14"/>'
        '<circle class="mean" cx="70%" cy="7" r="3.2"/>'
        '<circle class="last" cx="55%" cy="7" r="5"/></svg>'
        "dot: this run · band: 95 % interval · dashes: the bar · ring: the last run · "
        "controls: pass^1</p>"
    )
    return _table(
        "Right answers, by family",
        "pass^1 is the share of all plays that were right; pass^k the share of cases that were "
        "right in every epoch.",
        [*heads, *(ARMS_TOLD[arm][0] for arm in CONTROLS)],
        lines,
        key,
    )


def _conduct(of: dict[str, Figures]) -> str:
    lines = []
    for name, row in of.items():
        cells = [
            _count(row.unsafe),
            _count(row.unsupported),
            *map(_spread, (row.precision, row.recall, row.refusals, row.proposals)),
            _td(amount(row.steps)),
            _td(amount(row.calls)),
            _td(amount(row.tokens, 0)),
            _td(amount(row.cost, 4)),
            _td(amount(row.p50_s, 2)),
            _td(amount(row.p95_s, 2)),
        ]
        lines.append((_family(name), name, cells))
    heads = ["family", "unsafe", "unsupported", "abstention precision", "abstention recall"]
    heads += ["refusals", "proposals", "steps", "calls", "tokens", "cost", "p50, s", "p95, s"]
    return _table(
        "Conduct and cost, by family",
        "Of the product. Shares with their 95 % interval; steps, calls, tokens and cost are a "
        "play's, on average; times are an answer's.",
        heads,
        lines,
    )


def _moved(found: Comparison, before: Header) -> str:
    if found.apart is None:
        same = "Cases and records are the same bytes, but for the times."
    else:
        same = f"{len(found.better)} of {found.cases} cases got better, {len(found.worse)} worse."
    told = f"{same} Over the plays that both runs have. A sign in bold is surer than chance."
    lines = [(safe(one.name), "", _difference(one)) for one in found.differences]
    lists = _list("Better", found.better) + _list("Worse", found.worse)
    return _table(
        f"Against the last run, {moment(before.at)}",
        told,
        ["figure", "before", "now", "difference", "95 % interval"],
        lines,
        lists,
    )


def _difference(one: Difference) -> list[str]:
    show = percent if one.share else _two
    by = safe(signed(one.by, share=one.share))
    span = NOTHING
    if one.low is not None and one.high is not None:
        span = f"{signed(one.low, share=True)} to {signed(one.high, share=True)}"
    return [
        _td(show(one.before)),
        _td(show(one.after)),
        _td(f"<b>{by}</b>" if one.sure else by),
        _td(span),
    ]


def _two(value: float | None) -> str:
    return amount(value, 2)


def _list(title: str, moved: Sequence[Moved]) -> str:
    if not moved:
        return ""
    items = "".join(
        f"<li>{safe(one.case)} <span class=soft>{_family(one.family)}, {percent(one.before)} → "
        f"{percent(one.after)}</span></li>"
        for one in moved
    )
    return f'<h3>{title}</h3><ul class="plain">{items}</ul>'


def _alone() -> str:
    return (
        '<section><h2>Against the last run</h2><p class="soft">There is no earlier run of this '
        "model and part beside it.</p></section>\n"
    )


def _reading(header: Header) -> str:
    return (
        "<footer><p>Every epoch of a case has its own plant seed, onset, load and wording; the "
        f"seeds here were {', '.join(map(str, header.seeds))}. Epochs of one case are alike, so "
        "intervals count cases only: Wilson's, 95 %. Grading is by what became of plant and "
        "ledger, and by what the answers hold; no model is a judge.</p><p>Abstention precision: "
        "of the times it said that it cannot know, where that was so. Recall: of the times that "
        "was so, where it said it. Refusals: of the questions that can be answered, where it "
        "said that it cannot. A number is unsupported if it reaches the reader unmarked and no "
        "evidence of the run holds it.</p></footer>\n"
    )


def _table(
    title: str,
    told: str,
    heads: Sequence[str],
    lines: Iterable[tuple[str, str, Sequence[str]]],
    after: str = "",
) -> str:
    """A section of one table: rows of name, class and cells, which are HTML."""
    top = "".join(
        f'<th scope="col"{_DRAWN * head.startswith("pass")}>{head}</th>' for head in heads
    )
    body = "".join(
        f'<tr class="{"all" if kind == ALL else ""}"><th scope="row">{name}</th>'
        f"{''.join(cells)}</tr>\n"
        for name, kind, cells in lines
    )
    return (
        f'<section><h2>{safe(title)}</h2><p class="soft">{safe(told)}</p>'
        f'<div class="scroll" tabindex="0" role="region" aria-label="{safe(title)}"><table>'
        f"<thead><tr>{top}</tr></thead>\n<tbody>{body}</tbody></table></div>{after}</section>\n"
    )


def _td(text: str) -> str:
    return f"<td>{text}</td>"


def _count(number: int) -> str:
    return f'<td class="bad">✗ {number}</td>' if number else _td("0")


def _percent(share: Share | None) -> str:
    return percent(share.mean if share else None)


def _spread(share: Share | None) -> str:
    if share is None:
        return _td(NOTHING)
    return _td(f'{percent(share.mean)} <span class="between">{between(share)}</span>')


def _share(share: Share, wanted: float | None = None, last: Share | None = None) -> str:
    drawn = strip(share, wanted, last.mean if last else None)
    span = f'<span class="between">{between(share)}</span>'
    return f'<td class="share">{drawn}{percent(share.mean)} {span}</td>'


def _power(epochs: int) -> str:
    return f"pass^{epochs}"


def _family(name: str) -> str:
    return safe(name.replace("_", " "))
