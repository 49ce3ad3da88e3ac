"""Of which proposals it is asked: of those that wait, were approved, or were refused.

It must never leave out what may be meant: where it is not said, all are.
"""

import re

_SIGN = (
    r"(?:approv\w*|sign(?:ed|ing)?(?:[ -]?off)?|decid\w*|decision|ok|okay|okayed|okd"
    r"|authori[sz]\w*)"
)
_NOBODY = rf"\b(?:nobody|nobodys|no one|noone|not|isnt|hasnt|havent|arent)\b.*\b{_SIGN}\b"
_WAITING = re.compile(
    r"\b(?:wait\w*|pend\w*|open|outstanding|undecided|unapproved|unsigned|queu\w*|stuck|hanging"
    r"|await\w*|need\w*|requir\w*|missing|left|yet|still|who (?:can|may|has to|must|should))\b"
    rf"|{_NOBODY}|\b(?:for|to|to be|to get|somebody to|someone to|up for|on my desk)\s+"
    rf"(?:an? |my |his |the )?{_SIGN}\b|\bsay yes or no\b|\bmy desk\b"
)
_REFUSED = re.compile(
    r"\b(?:reject\w*|refus\w*|turned down|turn down|denied|deny|declined|thrown out|expired|lapsed"
    r"|knocked back|said no|vetoed|cancel\w*)\b"
)
_APPROVED = re.compile(
    r"\b(?:approved|approvals?|signed(?:[ -]?off)?|sign off|(?:say|says|said) yes|okd|okayed"
    r"|accepted|agreed|cleared|authori[sz]ed|passed|waved through|allowed|granted|green[ -]?lit"
    r"|(?:green|go)[ -]?(?:light|ahead)"
    r"|(?:had|got|given|get|has|have|been|was|were) (?:a |an |the |his |its )?(?:yes|ok|okay|nod)"
    r"|gone through|went through|got through)\b"
)
_BOTH = re.compile(
    r"\b(?:history|status|became|effect|help(?:ed)?|result|outcome)\b|\bhow (?:do|does|is|are)\b"
    r"|\b(?:all|every) (?:the )?(?:proposals?|requests?)\b"
)
"""Asks for more than which stand so."""


def which(plain: str) -> str:
    """How those stand that a normalised question asks of; empty: however they stand."""
    found = [
        name
        for name, form in (("waiting", _WAITING), ("refused", _REFUSED), ("approved", _APPROVED))
        if form.search(plain)
    ]
    if not found or _BOTH.search(plain):
        return ""
    if found[0] == "waiting":
        return "waiting" if "refused" not in found or re.search(_NOBODY, plain) else ""
    return found[0] if len(found) == 1 else ""
