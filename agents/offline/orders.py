"""Production orders by their number: “4120”, “PO 4120”, “order no. 4120”.

They are written as the plan calls them. It must never take an amount for the number of an order,
nor make an order of one that the plant does not have.
"""

import re

from agents.offline.pieces import pieces
from twin_core.plant.names import Names
from twin_core.plant.production import Order

_NUMBER = re.compile(
    r"(?<![\w.,:/%+°-])(?P<said>(?:(?:(?:production|prod\.?) )?(?:order|job)s? )?"
    r"(?:(?:po|no\.?|nr\.?|number|#)[\s#-]?\s?)*)(?P<n>\d{3,})(?![\w%°/:]|[.,-]\d)",
    re.IGNORECASE,
)
_SHORT = re.compile(r"\bpo(?P<many>s?)\b(?![\s-]?\d|-)", re.IGNORECASE)
_ID = re.compile(r"(?<!\w)[a-z]+-\d{3,}\b", re.IGNORECASE)
_MADE = re.compile(
    r"\b(?:ma[dk]es?|making|produc(?:es?|ed|ing)|reach(?:es|ed)?|to|at|than|over|under|nearly|exactly"
    r"|another|by|did|do|got|lost|filled|packed)\s+$",
    re.IGNORECASE,
)
"""What stands before an amount: “did it make 4120”."""
_AMOUNT = re.compile(r"\s?(?P<word>[a-z]+)", re.IGNORECASE)


def with_orders(text: str, names: Names) -> str:
    """The text with every order that is named by its number called as in the plan.

    Args:
        text: as said.
        names: of the plant.
    """
    called = {one.id.rpartition("-")[2]: one.id for one in names.plant.orders}
    if not called:
        return text

    def whole(found: "re.Match[str]") -> str:
        behind = text[found.end() :]
        word = _AMOUNT.match(behind)
        made = word is not None and word["word"].lower().removesuffix("s") in pieces(names)
        known = called.get(found["n"])
        bare = not found["said"] and _MADE.search(text[: found.start()])
        if known is None or made or bare or names.is_amount(behind):
            return found.group()
        return f"order {known}"

    return _NUMBER.sub(whole, _SHORT.sub(r"order\g<many>", text))


def named_in(text: str, names: Names) -> list[Order]:
    """The production orders that are named: “po-4101 done by 22:00?”."""
    said = {found.group().lower() for found in _ID.finditer(text)}
    return [one for one in names.plant.orders if one.id.lower() in said]


def lines_of(text: str, names: Names) -> tuple[str, ...]:
    """Their lines."""
    return tuple(dict.fromkeys(one.line for one in named_in(text, names)))
