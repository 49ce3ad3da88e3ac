"""A change with a range where its number stands: “filler at 80..100 by 5 % of its speed”.

It becomes one change a value. It must never guess a step that was not said.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

from twin_core.errors import BadInput, TooLarge

ALLOWED = (
    "a change with a range where its number stands, “80..100 by 5” or “80|90|100”: "
    "“filler on line 4 at 80..100 by 5 % of its speed”"
)
_MOST = 1000
_COUNTED = 10**12
"""Beyond so many it no longer matters how many there are."""
_NUMBER = r"[+\-−]?\d{1,9}(?:\.\d{1,15})?(?:e[+\-]?\d{1,2})?"
_ENDS = r"(?!\d|[\w.]\d|e[+\-]?\d)"
_STEPPED = re.compile(
    rf"(?<![\w.])(?P<low>{_NUMBER})\s?(?:\.\.|…)\s?(?P<high>{_NUMBER})"
    rf"\s{{1,3}}(?:by|step|in steps of)\s{{1,3}}(?P<step>{_NUMBER}){_ENDS}"
)
_LISTED = re.compile(rf"(?<![\w.]){_NUMBER}(?:\s?\|\s?{_NUMBER})+{_ENDS}")
_RANGE = re.compile(rf"{_STEPPED.pattern}|(?P<list>{_LISTED.pattern})")


@dataclass(frozen=True, slots=True)
class Ranged:
    """A text with one range in it.

    Attributes:
        name: the text with `…` in its place.
        values: the numbers, as they are written into the text, in order.
    """

    name: str
    values: tuple[str, ...]

    def said(self, value: str) -> str:
        """The text with one of the numbers in the range's place."""
        return self.name.replace("…", value)


def ranged(text: str) -> Ranged:
    """The range in a text and its numbers, both ends included where the steps reach them.

    Raises:
        BadInput: no range, two, one without end or step, or a number twice.
        TooLarge: more than a thousand numbers.
    """
    said = " ".join(text.split())
    found = list(_RANGE.finditer(said))
    if len(found) != 1 or "…" in said[: found[0].start()] + said[found[0].end() :]:
        many = "no range" if not found else "more than one range"
        raise BadInput(f"“{said[:200]}” has {many}; allowed: {ALLOWED}.")
    (match,) = found
    if match["list"]:
        _counted(match[0], match["list"].count("|") + 1)
        numbers = [_exact(one) for one in match["list"].split("|")]
    else:
        low, high, step = (_exact(match[name]) for name in ("low", "high", "step"))
        if step <= 0 or high < low:
            raise BadInput(f"“{match[0]}” has no steps upwards; allowed: {ALLOWED}.")
        numbers = [low + k * step for k in range(_counted(match[0], (high - low) // step + 1))]
    # A number that the grammar of changes could not read would be refused there, not here.
    written = tuple(f"{float(number):.12g}" for number in numbers)
    if len(set(written)) < len(written):
        raise BadInput(f"“{match[0][:200]}” names a number twice; allowed: {ALLOWED}.")
    return Ranged(f"{said[: match.start()]}…{said[match.end() :]}", written)


def _counted(said: str, count: int) -> int:
    """How many numbers, before one of them is made.

    Raises:
        TooLarge: more than are taken.
    """
    if count > _MOST:
        many = f"{count:,}" if count < _COUNTED else f"{count:.1e}"
        raise TooLarge(f"“{said[:200]}” with {many} numbers", f"{_MOST:,}")
    return count


def _exact(written: str) -> Fraction:
    return Fraction(written.strip().replace("−", "-"))
