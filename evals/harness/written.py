"""Figures as people read them, and as small drawings: what page, table and terminal share.

It must never judge, and never pass on text from outside that is not escaped.
"""

from datetime import UTC, datetime
from html import escape

from api.printable import printable
from evals.harness.figures import Share

NOTHING = "–"
"""Where there is no figure."""
_EDGE = 5.0  # per cent of a drawing at either side, so that the dot of 0 and of 1 is whole


def safe(text: str) -> str:
    """Text from outside as it may stand in HTML, in an element or between quotes."""
    return escape(printable(text))


def markdown(text: str) -> str:
    """Text from outside that makes no Markdown."""
    plain = printable(text).replace("\n", " ")
    return "".join(f"\\{c}" if c in r"\`*_[]<>|#" else c for c in plain)


def moment(at: int) -> str:
    """A host time, to the minute, UTC."""
    return f"{datetime.fromtimestamp(at / 1e6, UTC):%Y-%m-%d %H:%M} UTC"


def percent(share: float | None) -> str:
    """`97 %`; a decimal where it would else look like all or none."""
    if share is None:
        return NOTHING
    shown = f"{share * 100:.0f}"
    if (shown == "100" and share < 1) or (shown == "0" and share > 0):
        shown = f"{min(99.9, max(0.1, share * 100)):.1f}"
    return f"{shown} %"


def between(share: Share) -> str:
    """`92–99`, per cent."""
    low, high = share.between
    return f"{low * 100:.0f}–{high * 100:.0f}"


def amount(value: float | None, places: int = 1) -> str:
    """A number with so many places at most."""
    if value is None:
        return NOTHING
    shown = f"{value:,.{places}f}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return shown.rstrip("0").rstrip(".") if places else shown


def signed(by: float | None, *, share: bool) -> str:
    """`+3 %-points` of a share, `−1.5` of an amount, `±0` where nothing moved."""
    if by is None:
        return NOTHING
    size = f"{abs(by) * 100:.1f}" if share else f"{abs(by):.2g}"
    size = size.removesuffix(".0")
    if float(size) == 0:
        return "±0"
    return f"{'+' if by > 0 else '−'}{size}"


def strip(share: Share, wanted: float | None = None, last: float | None = None) -> str:
    """A share from 0 to 1 as a drawing: its interval, a dot, what was wanted, the last run."""
    low, high = share.between
    long = f"{(high - low) * (100 - 2 * _EDGE):.2f}%"
    told = f"{percent(share.mean)}, 95 % interval {between(share)} %"
    parts = [
        f'<line class="track" x1="{_at(0)}" y1="7" x2="{_at(1)}" y2="7"/>',
        f'<rect class="between" x="{_at(low)}" y="4" width="{long}" height="6" rx="3"/>',
    ]
    if wanted is not None:
        at = _at(wanted)
        parts.append(f'<line class="wanted" x1="{at}" y1="0" x2="{at}" y2="14"/>')
    parts.append(f'<circle class="mean" cx="{_at(share.mean)}" cy="7" r="3.2"/>')
    if last is not None:
        told += f", last run {percent(last)}"
        parts.append(f'<circle class="last" cx="{_at(last)}" cy="7" r="5"/>')
    return f'<svg role="img" aria-label="{safe(told)}">{"".join(parts)}</svg>'


def _at(share: float) -> str:
    return f"{_EDGE + share * (100 - 2 * _EDGE):.2f}%"
