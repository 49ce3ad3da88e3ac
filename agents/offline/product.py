"""Whether it is asked which product a line makes now: “what’s line 2 on?”, “which juice is on 3”.

It must never take a question of what comes next, of how much was made or of what a thing measures.
"""

import re
from dataclasses import replace

from agents.offline import grammar
from agents.offline.ahead import is_over
from agents.offline.assets import about, its_line, production
from agents.offline.quantities import products_said
from agents.offline.question import Reading, Said, blanked
from twin_core.plant.names import Names

_KINDS = (
    r"(?:products?|recipe|article|sku|brand|drinks?|beverages?|juice|flavou?r|variety|stuff"
    r"|sort(?! of (?:an? )?(?:state|shape|condition|morning|day|night|shift|time|trouble)))"
)
_DOES = (
    r"(?:runs?|running|makes?|making|fills?|filling|bottl(?:e|es|ing)|packs?|packing"
    r"|produc(?:e|es|ing)|on)"
)
_NOW = r"(?:now|right now|at the moment|at present|please|pls)"
_ASKED = re.compile(
    rf"\b(?:which|what|whats)(?: is| are)?(?: the)?(?: [a-z]+)? {_KINDS}\b"
    rf"|^(?:(?:whats|what is|what|the|and|current|present|actual) )*{_KINDS}"
    rf"(?: (?:of|on|at|is|for))*(?: {_NOW})*$"
    rf"|\b(?:what|whats)(?: (?:do|does|are|is))?(?: (?:we|they|it|being))?(?: {_NOW})?"
    r" (?:fill(?:s|ing|ed)?|bottl(?:e|es|ing|ed)|run(?:s|ning)?|pack(?:s|ing|ed)?)"
    rf"(?: (?:on|at))?(?:$| {_NOW}\b)"
    rf"|\b{_KINDS} (?:currently |now |just now )?(?:on|at)$"
    rf"|\bwhat(?: is|s)? on {_NOW}$|\b(?:running|making|filling|bottling) what$"
)
_OWN = re.compile(rf"{_KINDS}|{_DOES}|filled|bottled|packed|run|made", re.IGNORECASE)
_ON = re.compile(rf"\b(?:still|now|currently|already)?\s*(?:{_DOES})\b")
_ELSE = re.compile(
    r"\b(?:next|after|then|plan\w*|sequence|schedul\w*|tomorrow|later|will|would|if|how|why|when"
    r"|rejects?|oee|temperature|temp|pressure|changeovers?|change-overs?|long|orders?|lots?|best"
    r"|better|best|should|could|made|many|much|was|were|did|yesterday|last)\b"
)
_NEXT = re.compile(r"\b(?:next|after|afterwards|then|follow(?:s|ing)?|will|later)\b")
"""Asks what comes when this is done."""
_BESIDE = frozenset(
    {"current", "currently", "present", "presently", "moment", "minute", "actual", "kind", "type",
     "still", "already", "being", "clue", "idea", "tell", "find", "line", "lines", "one"}
)  # fmt: skip
"""Words beside what is asked that ask nothing else."""


def with_product(reading: Reading, said: Said, names: Names) -> Reading | None:
    """The reading, about the rate of the lines named, if their product is asked; else None.

    With how much a line makes it is told of which product.
    """
    lines = list(dict.fromkeys(map(its_line, reading.paths)))
    ours = products_said(names)
    timed = reading.span or said.horizon
    if not lines or timed or not names.plant.products or not set(lines) <= set(production(names)):
        return None
    places = [m for m in said.mentions if m.kind in {"unit", "line", "area", "site"}]
    bare = grammar.normal(blanked(said.text, places))
    if _ELSE.search(bare) or not (_ASKED.search(bare) or _named(said, names)):
        return None
    left = {word for word in said.content if not word.isdigit()} - _BESIDE - ours
    if not all(_OWN.fullmatch(word) for word in left):
        return None  # “the carbon dioxide of the drink on line 4”
    return replace(about(reading, lines, names), measurement="rate")


def of_product(reading: Reading, said: Said, names: Names) -> Reading:
    """The same where it is like such a question: of every line, where none is named.

    Of what makes none, or of a time that is not now, it is the state that is told.
    """
    lines = list(dict.fromkeys(map(its_line, reading.paths)))
    open_ = reading.choices or reading.unknown
    if not (lines or open_):
        named = products_said(names) & set(said.content)
        if not named and any(word.isalpha() for word in grammar.unheard(said.content)):
            return replace(reading, kind="unclear")
        lines = list(production(names))
    if _NEXT.search(said.plain):
        return replace(reading, kind="orders", measurement="")
    past = reading.span and not re.search(r"today|shift|ago", reading.span)
    if past or said.horizon or not names.plant.products or not set(lines) <= set(production(names)):
        if (past or said.horizon) and lines and not is_over(said.text):
            return replace(about(reading, lines, names), kind="orders", measurement="")
        return replace(reading, kind="trend" if past and reading.paths else "state")
    reading = replace(reading, kind="value", measurement="rate", span="", against="")
    return reading if open_ else about(reading, lines, names)


def _named(said: Said, names: Names) -> bool:
    """Whether it is asked if a product that is named is the one: “still on cola?”."""
    content = [word for word in said.content if not word.isdigit()]
    ours = [word for word in content if word in products_said(names)]
    return bool(ours) and len(content) <= len(ours) + 1 and _ON.search(said.bare) is not None
