"""A set-point with its value that a person asks to have proposed, out of plain words.

What stands behind the words that ask for a proposal is read as a change is. It must never take a
number for a set-point where words are left that it does not understand.
"""

import re

from agents.offline.changes import Changes, changes_in
from agents.offline.question import SETTABLE, Said
from agents.offline.spoken import Spoken
from agents.offline.telling import told
from twin_core.plant.names import Names

_ASKS = re.compile(
    r"(?:^|(?<=\W))(?:(?:please|kindly|i|we|you|can|could|would|will|may|like|want|wish|need|id"
    r"|i['’]d|let['’]?s|us|to|now|ok|okay|and|then|also)\s+)*"
    r"(?:(?:it\s+)?propos(?:ed?|ing)|submit(?:ting)?|hand(?:ing)?\s+in|put(?:ting)?\s+(?:it\s+)?forward"
    r"|initiat(?:e|ing)|suggest(?:ing)?|(?:ask|request)(?:ing)?\s+(?:for\s+)?(?:approval|permission)"
    r"|(?:(?:make|have|draft|raise|create|write|open|(?:put|send|hand)\s+in|draw\s+up)\s+)?an?\s+"
    r"(?:proposal|change(?:\s+request)?)"
    r"(?:\s+(?:submitted|handed\s+in|put\s+(?:in|forward|up)|made|drawn\s+up|raised|sent\s+in))?"
    r"(?:\s+for\s+approval)?)\b"
    r"(?:\s+(?:a\s+|the\s+)?(?:proposal|change))?(?:\s+request)?[:,]?"
    r"(?:\s+(?:for|to|with|that|we|you|they|us|please|should|be|is|are|me)\b)*",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    r"[,;:–-]?\s*(?:(?:please|and|then)\s+)*(?:i(?:['’]d|\s+would)?\s+)?"
    r"(?:(?:propose|submit|suggest)(?:\s+(?:it|that|this))?|(?:hand|put|send)\s+(?:it|that|this)"
    r"(?:\s+(?:in|forward|up))?(?:\s+for\s+approval)?)(?:\s+(?:please|pls|ok|thanks))*\W*$",
    re.IGNORECASE,
)
"""“…, propose it”: asked behind what is wanted."""


def wish_in(said: Said, names: Names, near: tuple[str, ...]) -> Changes:
    """The one change that a proposal is asked to make; nothing where none is said.

    What cannot be taken for its unit, or as a number, is left unread: it must be asked back.
    """
    found = changes_in(_wished(said, names), names, near)
    wished = len(found.said) == 1 and found.said[0]["kind"] in SETTABLE
    return found if (wished and not found.unread) or found.unit or found.numeral else Changes()


def wish_of(said: Said, names: Names, spoken: Spoken) -> Changes:
    """The same of what was spoken of before."""
    found = spoken.change(_wished(said, names), names)
    return found if found.said and found.said[0]["kind"] in SETTABLE else Changes()


def _wished(said: Said, names: Names) -> str:
    """The words behind those that ask for a proposal, and of them those that say a number."""
    text = _BEHIND.sub(" ", said.text, count=1)
    text = _ASKS.sub(", ", text, count=1).strip(" ,:;")
    return told(text, names, numbered=True).text
