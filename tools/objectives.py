"""What options are ranked by, as people say it: “throughput”, “cost then risk”, “2 rate, energy”.

It must never decide what is better than what people usually want.
"""

import re

from tools.numeral import NUMERAL, value_of
from twin_core.errors import UnknownName, WrongKind
from twin_core.simulation.objective import Objective, Term

_NAMES = {
    "rate": "throughput",
    "count": "output",
    "oee": "OEE",
    "availability": "availability",
    "effectiveness": "effectiveness",
    "quality": "quality",
    "wip": "work in progress",
    "rejected": "rejects",
    "energy": "energy",
    "energy_cost": "cost of energy",
    "crew_cost": "cost of people",
    "cost": "cost",
    "unit_cost": "cost of a unit",
    "margin": "margin",
    "lateness": "lateness",
    "late": "chance of being late",
    "risk": "risk that a limit is left",
}
"""Indicator of a forecast → what it is called."""
SHARES = frozenset({"oee", "availability", "effectiveness", "quality", "late", "risk"})
"""Indicators that are shares of one; people are told per cent."""
_SAID = {
    "throughput": "rate", "speed": "rate", "bpm": "rate", "output": "count", "made": "count",
    "stock": "wip", "work in process": "wip", "scrap": "rejected", "waste": "rejected",
    "power": "energy", "electricity": "energy", "money": "cost", "costs": "cost",
    "unit cost": "unit_cost", "cost per unit": "unit_cost", "tardiness": "lateness",
    "profit": "margin", "delay": "lateness", "risks": "risk",
}  # fmt: skip
_THEN = re.compile(r"\bthen\b", re.IGNORECASE)
_WEIGHT = re.compile(rf"^(?P<weight>{NUMERAL})\s*[×x*]?\s+(?P<name>.+)$", re.IGNORECASE)
_MOST_WEIGHT = 1e6


def objective_said(text: str) -> Objective:
    """What to rank by: names with commas weigh together, names with “then” decide one by one.

    A number before a name is its weight; nothing said is throughput.

    Raises:
        UnknownName: no indicator is called that.
        WrongKind: a weight that is none, or an indicator named twice.
    """
    if not text.strip():
        return Objective()
    if _THEN.search(text) and re.search(r"[,+]", text):
        raise WrongKind("What to rank by", f"“{text}”", "commas or “then” between names, not both")
    first = _THEN.search(text) is not None
    parts = _THEN.split(text) if first else re.split(r"[,+]|\band\b", text)
    terms = tuple(_term(part.strip(), text) for part in parts)
    if len({term.indicator for term in terms}) < len(terms) or len(terms) > 20:
        raise WrongKind("What to rank by", f"“{text}”", "each indicator once")
    return Objective(kind="lexicographic" if first else "weighted", terms=terms)


def indicator_name(name: str) -> str:
    """What an indicator is called."""
    return _NAMES.get(name, name.replace("_", " "))


def _term(said: str, text: str) -> Term:
    found = _WEIGHT.match(said)
    weight = value_of(found.group("weight")) if found is not None else 1.0
    if weight is None or not 0 < weight <= _MOST_WEIGHT:
        raise WrongKind("What to rank by", f"“{text}”", "a weight above 0 before a name")
    name = (found.group("name") if found is not None else said).lower().strip()
    named = {called.lower(): own for own, called in _NAMES.items()}
    indicator = named.get(name) or _SAID.get(name) or name.replace(" ", "_")
    if indicator not in _NAMES:
        raise UnknownName("indicator", said, sorted(_NAMES.values()))
    return Term(indicator=indicator, weight=weight)
