"""Names whose numbers are said as a range or a list: “filler 3/4”, “L1-L4”, “lines 1 to 4”.

They are written out, one name each. It must never take a value or a time for a number of a name.
"""

import re

from twin_core.plant.names import Names

_RANGE = re.compile(
    r"\b(?P<word>[a-z]+?)(?P<many>s?)(?P<gap>\s?)(?P<first>\d{1,2})\s?"
    r"(?P<how>[-–/&+]|to|through|thru)\s?(?:(?P=word)s?\s?)?(?P<last>\d{1,2})\b"
    r"(?!\s*(?:[:./]\s?\d|,\d|%|°))",
    re.IGNORECASE,
)
_LETTER_FIRST = re.compile(r"\b(?P<letter>[A-H])\s+(?P<name>[a-z]+(?:\s[a-z]+)?)\b")
_EACH = frozenset("/&+")
_MOST = 12


def written_out(text: str, names: Names) -> str:
    """The text with every name of a range or a list of numbers written out.

    So is “the B air header”.
    """

    def each(found: "re.Match[str]") -> str:
        first, last = int(found["first"]), int(found["last"])
        if found["how"].isalpha() and not found["many"]:  # “set line 3 to 4 bar”
            return found.group()
        numbers = [first, last] if found["how"] in _EACH else [*range(first, last + 1)]
        said = [f"{found['word']}{found['gap']}{n}" for n in numbers]
        known = 1 < len(said) <= _MOST and all(_one(name, names) for name in said)
        return " and ".join(said) if known else found.group()

    def turned(found: "re.Match[str]") -> str:
        first, _, second = found["name"].partition(" ")
        whole, short = f"{found['name']} {found['letter']}", f"{first} {found['letter']}"
        if second and _one(whole, names):
            return whole
        return f"{short} {second}".strip() if _one(short, names) else found.group()

    return _LETTER_FIRST.sub(turned, _RANGE.sub(each, text))


def _one(name: str, names: Names) -> bool:
    """Whether that is a name, as a whole, of one asset."""
    return any(
        mention.text.lower() == name.lower() and len(mention.paths) == 1
        for mention in names.mentions(name)
        if mention.kind in {"unit", "line"}
    )
