"""How far something is opened, where it is said without a number: “open the tie valve all the way”.

Fully is 100 %, and shut is 0 %; it must never make a number of what is opened “a bit”.
"""

import re

_FULLY = (
    r"(?:fully|completely|entirely|wide|all\s+the\s+way(?:\s+(?:up|open))?|right\s+up|up\s+full"
    r"|(?:in)?to\s+the\s+(?:full|stop|end|limit))"
)
_ENDS = r"(?=\s*(?:$|[,;.?!]|(?:or|and|to|for|so|on|at|then)\b))"


def _way(verb: str) -> str:
    """“Open the tie valve all the way”, as a pattern: `does` it to `what`."""
    what = r"(?:\s+(?!and\b|or\b|then\b)[^\s,;.?!]+){0,5}?"
    return rf"\b(?P<does>{verb})\b(?P<what>{what})\s+{_FULLY}{_ENDS}"


_OPEN = re.compile(
    rf"\b(?:{_FULLY}|full)\s+open(?:ed)?\b(?!\s+(?:alarms?|orders?|work))|{_way('open(?:s|ed|ing)?')}",
    re.IGNORECASE,
)
_SHUT = re.compile(
    rf"\b(?:{_FULLY})\s+(?:closed|shut)\b|{_way('clos(?:e|es|ed|ing)')}", re.IGNORECASE
)


def with_openings(text: str) -> str:
    """The text with the per cent of what is said to be opened or closed all the way."""
    return _SHUT.sub(
        lambda m: f"{_said(m)} at 0 %", _OPEN.sub(lambda m: f"{_said(m)} at 100 %", text)
    )


def _said(found: "re.Match[str]") -> str:
    """The words without those for how far."""
    return f"{found.group('does') or ''}{found.group('what') or ''}"
