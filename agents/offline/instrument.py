"""Whether a question asks if an instrument is at fault, and which words say something of a value.

It must never decide what is at fault: a diagnosis does.
"""

import re

_NAMED = r"\b(?:sensors?|probes?|gauges?|transmitters?|instruments?)\b"
_ASKS = re.compile(
    r"^(?:and |or |so |then |but )*(?:is|are|was|were|could|can|does|may|might|has|have)\b"
    rf".*{_NAMED}"
)
_TRUSTS = re.compile(
    r"\b(?:trust(?:ed|worthy)?|believ(?:e|ed|able)|reli(?:ed|able|es)|rely|plausible|accurate"
    r"|go by|to be right|^can (?:the |that |it )?.{0,60}\bbe right"
    r"|(?:is|be|are) (?:the |it )?(?:real|true))\b"
)
_WELL = re.compile(r"\b(?:ok|okay|fine|working|healthy)\b")
_REFERS = re.compile(r"\b(?:it|that|this|they)\b")
_HELD_BACK = re.compile(
    r"\bwhat(?:s| is| has| have| does| do| was)?\b.*"
    r"\b(?:hold(?:s|ing)?|held|slow(?:s|ing|ed)?|drag\w*)\b"
)
_WHICH_MACHINE = re.compile(
    r"\b(?:which|who|whos|where|wheres|machines?|units?|stations?|equipment|bottle\s?necks?|limit\w*"
    r"|constrain\w*|pace|link|point|spot)\b|\bmost\b|\bis it\b"
)


def held_back(plain: str) -> bool:
    """Whether a normalised question asks what holds something back, and not which machine is it.

    Where nothing is wrong it is told what limits it.
    """
    return _HELD_BACK.search(plain) is not None and _WHICH_MACHINE.search(plain) is None


def suspected(plain: str) -> bool:
    """Whether a normalised question is answered by whether an instrument is at fault.

    Not one that asks whether it works: its yes and no would be the other way round.
    """
    return _ASKS.search(plain) is not None and _WELL.search(plain) is None


def doubted(plain: str) -> bool:
    """Whether a normalised question asks if what is shown is so: “can I trust the pressure?”.

    Its value is told, what is thought of it, and what is wrong with the instrument.
    """
    return _TRUSTS.search(plain) is not None


def refers_back(plain: str) -> bool:
    """Whether such a question is about what was spoken of: “is it the sensor?”."""
    return suspected(plain) and _REFERS.search(plain) is not None
