"""“Since then”: a time of day that was said before, put where it is pointed back to.

“I took over at 06:45, how many since then” asks how many since 06:45, and so does “since I took
over at 06:45”. It must never make up a time that was not said.
"""

import re

from tools.clock import CLOCK, HOUR, SPOKEN

_THEN = re.compile(
    r"\b(?:(?:ever\s+)?since\s+then"
    r"|from\s+(?:then|there)(?:\s+on(?:wards?)?)?\s+(?:to|until|till?|up\s+to)\s+(?:now|this\s+moment)"
    r"|(?:ever\s+)?since(?=\s*(?:$|[?!;]|\.(?!\d))))(?!\w)",
    re.IGNORECASE,
)
_FROM_THEN = re.compile(r"\bfrom\s+then\s+on(?:wards?)?\b", re.IGNORECASE)
_OVER = re.compile(r"\b(?:has|have|had|did|was|were|been)\b", re.IGNORECASE)
"""What is asked is over: “from then on” may else be to come."""
_SAID = re.compile(
    rf"\b(?:at|from|around|about)\s+(?:about\s+|around\s+)?(?P<clock>{CLOCK}|{SPOKEN}"
    rf"|{HOUR}(?=\s*(?:[,;]|and\b|so\b)))(?!\w)",
    re.IGNORECASE,
)

_WHEN = re.compile(
    r"\bsince\s+(?:i|we|you|he|she|it|they|the\s+(?:shift|crew|team|lads|day|plant))\s+"
    r"(?!at\b)[a-z]+(?:\s+(?!at\b)[a-z]+){0,3}?\s+"
    rf"(?:at|around|about)\s+(?=(?:about\s+)?(?:{CLOCK}|{SPOKEN}|{HOUR})(?!\w))",
    re.IGNORECASE,
)
"""“Since we clocked in at six”: what began then makes no other time of it."""
_WHEN_ELSE = re.compile(
    r"\bsince\s+(?!yesterday\b|last\b|this\b|the\s+(?:start|beginning)\b)"
    rf"(?P<what>(?:[\w'’-]+\s+){{2,5}}?)(?:at|around|about)\s+(?P<clock>{CLOCK}|{SPOKEN})(?!\w)",
    re.IGNORECASE,
)
"""“Since compressor 1 tripped at 06:40”: of what is named more may be asked, so it stays."""


def with_then(text: str) -> str:
    """The text with “since then” as the time of day that was last said before it; or as it is."""
    text = _WHEN_ELSE.sub(r"since \g<clock> \g<what>", _WHEN.sub("since ", text))
    then = _THEN.search(text)
    if then is None:
        then = _FROM_THEN.search(text) if _OVER.search(text) else None
    said = list(_SAID.finditer(text[: then.start()])) if then is not None else []
    if then is None or not said:
        return text
    last = said[-1]
    between = text[last.end() : then.start()]
    return f"{text[: last.start()]}{between}since {last.group('clock')}{text[then.end() :]}"
