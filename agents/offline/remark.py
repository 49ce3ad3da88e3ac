"""What of a sentence only remarks, before it asks or behind: it says nothing of what is asked.

“The boss is here, how is line 2?”; “is pump 3 on, I want to go there”. It must never take the words
apart that a question itself is made of.
"""

import re

_ASKED = "what|whats|how|hows|which|when|why|where|whether|who"
_TURNING = (
    r"what|whats|why|how|hows|whether"
    r"|(?:when|where|who)(?= (?:is|are|do|does|did|can|could|will)\b)"
    r"|which(?! (?:is|are|was|were|has|have|had|can|will|would|i|we|you|he|she|it|they)\b)"
    r"|can|could|should|show|list|give|tell|do|put|draw|write|make"
)
_VERBS = (
    r"is|are|was|were|does|do|did|has|have|can|could|should|shall|will|would|any|anything|show|list"
    r"|give|tell|say|look|see|check|find|read|put|compare|propose|explain"
)
_TURNS = re.compile(
    rf"(?:,|\s[-–—]+|:)\s+(?:(?:so|and|but|yet|now|please"
    rf"|let\s+(?:me|us)\s+(?:see|know|hear))\s+)*(?=(?:{_TURNING})\b)"
    rf"|\b(?:wants?|like|need(?:s|ed)?|has|have) to (?:know|hear|see) (?={_ASKED})"
    rf"|\b(?:wonder(?:s|ing)?|ask(?:s|ing)?(?: me)?|not sure|no idea) (?={_ASKED}|if\b)",
    re.IGNORECASE,
)
"""Where what is only remarked turns to what is asked: “the boss is here, how is line 2?”."""
_SAID_FIRST = re.compile(r"(?=(?:\S+ ){4,}?\S+:\s)[^:]*:\s+")
"""A whole clause before a colon: “the boss waits for me and I have no figure: line 3 OEE”."""
_ASKS = re.compile(rf"\b(?:{_ASKED})\b|(?:^|[,;:–-])\s*(?:please\s+)?(?:{_VERBS})\b", re.IGNORECASE)
"""Asks: with a word that does anywhere, or with a verb before all else."""
_JOINTS = re.compile(r",\s+|\s[-–—]+\s+|;\s+")
_REMARKS = re.compile(
    r"(?:(?:and|so|but|then)\s+)*(?:i|i['’]?m|i['’]?ve|i['’]?d|i['’]?ll|we|we['’]re|we['’]ve|they|they['’]re"
    r"|he|he['’]s|she|she['’]s|(?:the|my|our)\s+\w+(?:['’]s|\s+(?:is|are|has|have|wants?|needs?|was|says?))"
    r"|nobody|somebody|someone|everybody|everyone|because|since\s+(?:i|we)|as\s+(?:i|we)"
    r"|so\s+(?:that|i|we)|before\s+(?:i|we)|there\s+(?:is|are)|there['’]s|that['’]s|it['’]s|thanks|thx"
    r"|cheers|please)\b",
    re.IGNORECASE,
)
"""Words that a clause begins with which goes on about who asks, or why he does."""
_ASKS_BEHIND = re.compile(rf"\b(?:{_ASKED}|{_VERBS})\b", re.IGNORECASE)
_OWN = re.compile(r"\W*(?:\S+\s+){1,3}")
"""The first words of a clause, of which “are” and “have” ask nothing: “we are short”."""


def turned(text: str) -> tuple[str, str] | None:
    """What is remarked and what is asked, where one sentence does both."""
    turn = _TURNS.search(text)
    if turn is not None:
        return text[: turn.start()], text[turn.end() :]
    first = _SAID_FIRST.match(text)
    return None if first is None else (first.group(), text[first.end() :])


def asking(text: str) -> tuple[str, ...]:
    """What may be the question of a sentence: itself, and what is left without what it remarks."""
    whole = _unended(text)
    turn = turned(whole)
    return (whole,) if turn is None else (whole, turn[1])


def _unended(text: str) -> str:
    """The text without a clause behind the question that only remarks."""
    joints = list(_JOINTS.finditer(text))
    if not joints:
        return text
    before, behind = text[: joints[-1].start()], text[joints[-1].end() :]
    asks = _ASKS_BEHIND.search(_OWN.sub(" ", behind, count=1)) is not None
    remarks = _REMARKS.match(behind) is not None and not asks
    return before if remarks and _ASKS.search(before) is not None else text
