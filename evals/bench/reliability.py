"""Whether stated probabilities are kept: Brier score, and the reliability diagram as SVG.

G. W. Brier, Monthly Weather Review 78 (1950); bins of equal count. It must never leave out a cause
that was named first and was wrong.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from evals.bench.row import Bar, Row

BETTER = Bar(low=0.20)
_BINS = 5
_SIDE, _MARGIN = 320, 48


@dataclass(frozen=True, slots=True)
class Bin:
    """Causes of similar probability: its mean, the share that was right, how many."""

    stated: float
    right: float
    n: int


def rows(prefix: str, stated: Sequence[float], right: Sequence[bool], told: str) -> Iterator[Row]:
    """The Brier score beside that of the best constant, and how much better it is.

    The best constant is the share that was right; a constant of any other mean scores worse.
    """
    n = len(stated)
    if not n or len(set(right)) < 2:
        why = "no cause was named" if not n else "all were right, or all wrong"
        for name, unit in (("brier", "1"), ("brier.better", "of the constant's")):
            yield Row(name=f"{prefix}.{name}", value=None, unit=unit, load=told, n=n, why=why)
        return
    p, o = np.asarray(stated), np.asarray(right, dtype=float)
    score, constant = float(np.mean((p - o) ** 2)), float(o.mean() * (1.0 - o.mean()))
    yield Row(
        name=f"{prefix}.brier", value=score, unit="1", load=told, n=n,
        peer="the share that was right, for all", peer_value=constant,
    )  # fmt: skip
    yield Row(
        name=f"{prefix}.brier.better", value=1.0 - score / constant, unit="of the constant's",
        load=f"{told}; mean stated {p.mean():.2f}, right {o.mean():.2f}", n=n, bar=BETTER,
    )  # fmt: skip


def bins(stated: Sequence[float], right: Sequence[bool]) -> tuple[Bin, ...]:
    """Bins of equal count in ascending order of probability; fewer where there are few causes."""
    order = np.argsort(stated, kind="stable")
    p, o = np.asarray(stated)[order], np.asarray(right, dtype=float)[order]
    parts = np.array_split(np.arange(len(p)), min(_BINS, max(1, len(p))))
    return tuple(Bin(float(p[i].mean()), float(o[i].mean()), len(i)) for i in parts if len(i))


def diagram(some: Sequence[Bin], title: str) -> str:
    """Share that was right over the stated probability, a dot a bin, as large as its count."""
    total = max(1, sum(b.n for b in some))
    whole = _SIDE + 2 * _MARGIN
    ends = f'x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="{whole}">',
        "<style>text {font: 11px sans-serif} .frame {fill: none; stroke: #7f7f7f}</style>",
        f'<rect width="{whole}" height="{whole}" fill="white"/>',
        f'<text x="{_MARGIN}" y="24">{title}</text>',
        f'<rect x="{_x(0)}" y="{_y(1)}" width="{_SIDE}" height="{_SIDE}" class="frame"/>',
        f'<line {ends} class="frame" stroke-dasharray="4 4"/>',
    ]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(f'<text x="{_x(tick)}" y="{_y(0) + 16}" text-anchor="middle">{tick:g}</text>')
        parts.append(f'<text x="{_x(0) - 6}" y="{_y(tick) + 4}" text-anchor="end">{tick:g}</text>')
    for b in some:
        radius = 3.0 + 10.0 * b.n / total
        parts.append(
            f'<circle cx="{_x(b.stated):.1f}" cy="{_y(b.right):.1f}" r="{radius:.1f}" '
            f'fill="#1f77b4"><title>{b.n} causes</title></circle>'
        )
    middle = _MARGIN + _SIDE / 2
    parts.append(f'<text x="{middle}" y="{whole - 12}" text-anchor="middle">stated</text>')
    parts.append(
        f'<text x="14" y="{middle}" text-anchor="middle" transform="rotate(-90 14 {middle})">'
        "was right</text>"
    )
    return "\n".join([*parts, "</svg>", ""])


def _x(share: float) -> float:
    return _MARGIN + _SIDE * share


def _y(share: float) -> float:
    return _MARGIN + _SIDE * (1.0 - share)
