"""Whether a question asks when something is planned: a stop, a shift, an order; and which.

What the plan says is the tool's to tell. It must never take what is supposed, done or to be
bettered for a question of when: those have kinds of their own.
"""

import re

_STOP = (
    r"(?<!after )(?<!before )(?<!until )(?<!till )"
    r"(?:planned\s+(?:stops?|stoppages?|downtime|breaks?|changeovers?|cleanings?)"
    r"|breaks?(?!\s*(?:down|age))|change\s?-?\s?overs?|cleanings?|lunch(?:\s+break)?|pauses?)"
)
_STOPS = re.compile(
    rf"\b(?:when|what time|how soon|how long (?:is|are|does|do|will|until|till|before))\b"
    rf".{{0,60}}?\b{_STOP}\b(?!\s+(?:temperature|pressure|speed|program))"
    r"|\b(?:is there|are there|any|which|what|whats|next|show|list|how many|has|have|does)\s+"
    r"(?:(?:are|is|me|have|has|line|lines|\d+|the|its|their|a|an|all|more|other|next|coming"
    rf"|kinds? of)\s+){{0,5}}{_STOP}\b(?!\s+(?:temperature|pressure|speed|program))"
    r"|\b(?:stops|stand\s?stills?|stoppages|downtimes?)\b.{0,30}?\b(?:on|in) (?:the )?plan\b"
    r"|\b(?:when|what time)\b.{0,60}?\bstop\b.{0,30}?\b(?:by|according to) (?:the )?plan\b"
    r"|\b(?:when|what time)\b.{0,60}?\b(?:due|planned|scheduled) to stop\b"
)
_TERSE = re.compile(
    rf"\b{_STOP}\s+(?:(?:this|next|in this|in the next)\s+shift|today|tomorrow|tonight|when"
    r"|times?)$"
)
"""“Line 2 cleaning, this shift”."""
_REASONS = {
    "break": re.compile(
        r"(?<!after )(?<!after the )(?<!before )(?<!before the )(?<!until )(?<!until the )"
        r"\b(?:breaks?(?!\s*down)|lunch|pauses?)\b"
    ),
    "changeover": re.compile(
        r"\bchange\s?-?\s?overs?\b|\b(?:change|switch) of (?:product|size|format)s?\b"
        r"|\b(?:product|format|label|size) changes?\b|\bc\s?/?\s?o\b"
        r"|\b(?:chang|switch|swap|convert)(?:e|es|ing|s)? (?:over|(?:the )?"
        r"(?:product|format|size)s?)\b"
    ),
    "cleaning": re.compile(
        r"\bclean(?:ings?|ed|\s?downs?|s)?\b|\bwash(?:ed|ing)?\s?downs?\b|\bcip\b"
    ),
    "maintenance": re.compile(r"\bmaintenance\b"),
}
_SHIFT = re.compile(
    r"\b(?:when|what time|how long|how soon)\b.*\bshifts?\b.*\b(?:end|ends|over|start|starts|begin"
    r"|begins|finish|finishes|last|lasts|change|changes)\b"
    r"|\b(?:when|what time)\b.*\b(?:next|coming)\s+shift\b"
    r"|\b(?:which|what)\s+shifts?\s+(?:is|are)\b"
    r"|\bhow long\b.*\b(?:is|does)\s+(?:the|this|a|each)\s+shift\b|\bshift\s+(?:times?|hours)\b"
    r"|(?<!since )(?<!since the )(?<!from )(?<!from the )\b(?:end|start|beginning)"
    r"\s+of\s+(?:the|this)\s+shift\b"
)
_SHIFTS_SAID = r"(?:shifts?|earl(?:ies|iest|ier)|lates?|nights?)"
_OF_SHIFTS = re.compile(
    rf"\b{_SHIFTS_SAID}\b.*\b(?:ends?|over|starts?|begins?|finish(?:es)?|hours|times?)\b"
    rf"|\b(?:ends?|start|beginning|until when|till when)\b.*\b{_SHIFTS_SAID}\b"
)
"""Of what is planned, the shifts: “earlies finish when?”."""
_ORDERS = re.compile(
    r"\b(?:which|what|list|show|how many|any)\b.*\borders?\b.*\b(?:due|planned|next|coming|today"
    r"|tomorrow|tonight|on|for)\b"
    r"|\b(?:when|what time)\b.*\b(?:orders?|po-?\s?\d+)\b.*\b(?:due|wanted|needed|finished|ready)\b"
    r"|\borders?\s+due\b|^(?:production\s+)?orders\b|\borders$"
    r"|\bwhat(?:s| is)?\s+due\b|\b(?<!by )(?<!to )(?:orders|plan)\s+(?:planned\s+)?(?:on|for)\b"
)
_OTHER_ORDERS = re.compile(
    r"\b(?:work|maintenance|repair|service|job|picking|pick|purchase|better|best|late|in time"
    r"|on time|after|deadlines?|overdue|behind|wont|miss\w*|slip\w*|in what|in which|sequen\w+"
    r"|not (?:(?:be|going to|be going to|going to be) )?(?:finished|done|ready|delivered|made)"
    r"|delay\w*|beyond)\b"
)
_PRODUCTS = (
    r"\s+(?:from\s+)?(?:the\s+)?(?!(?:is|are|was|will|has|have|going|due|planned|on|at)\b)"
    r"(?P<before>\S+(?: \S+){0,4}?) to (?:the )?"
    r"(?P<after>\S+(?: \S+){0,4}?)(?=\s+(?:on|at|for|takes?|last|lasts|line|need|needs|in)\b|$)"
)
_BETWEEN = re.compile(rf"\bchange\s?-?\s?overs?(?: times?)?(?: takes?)?{_PRODUCTS}")
_CHANGING = re.compile(
    r"\bhow (?:longs?|many minutes)\b.{0,40}?\bchange(?: [a-z]+ \d+| it| over)?(?= from\b)"
    + _PRODUCTS
)
"""“How long is the change from …”, “how many minutes to change line 3 from …”."""
_FOLLOWING = re.compile(
    r"\b(?:next|following) (?:production )?(?:orders?|products?)\b(?! changes?\b)"
    r"(?!.*\b(?:due|wanted|when)\b)"
    r"|(?<!work )\border\b.*\b(?:follows?|comes after|comes next|is next)\b"
    r"|\b(?:what|which)\b.*\b(?:make|run|fill|bottle|pack|produce)s?\b.*"
    r"\b(?:next|after (?:this|that))(?: (?:on|at) [\w ]+)?$"
)
"""“Which product comes next”, “what will line 2 make next”."""
_NOT = re.compile(
    r"\b(?:if|suppose|supposing|simulate|why|cause|caused|did|took|lasted|fewer|less|shorter|longer"
    r"|better|best|how to|how do i|how should|procedure|manual|instructions?|skip|move|postpone"
    r"|leave out|cheapest|cost|costs|window|fail|fails|going to break|about to break|will break"
    r"|might break|may break|could break|happened)\b|\b(?:until|till|before)\b.*\bbreaks$"
)


_BETTER = re.compile(
    r"\b(?:best|better|optim\w*|smarter|cleverer|fewer|fewest)\b"
    r"(?=.*\b(?:orders?|jobs?|schedule|sequence|plan)\b)"
)
FAR = re.compile(
    r"\b(?:tomorrow|week(?:end)?|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b", re.IGNORECASE
)
STRETCH = re.compile(
    r"\b(?:today|tonight|tomorrow|day|morning|afternoon|evening|night|shift|week(?:end)?"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|hours?|h|rest)\b",
    re.IGNORECASE,
)
"""A time that something goes on in: then stops count beside orders."""


def follows(plain: str) -> bool:
    """Whether a normalised question asks what a line makes after what it makes now."""
    return _FOLLOWING.search(plain) is not None and _NOT.search(plain) is None


def bettered(plain: str) -> bool:
    """Whether a normalised question asks for a better order of the jobs than is planned."""
    return _BETTER.search(plain) is not None


def change_over(plain: str) -> tuple[str, str]:
    """Between which products a normalised question asks for the changeover; empty: of none."""
    found = _BETWEEN.search(plain) or _CHANGING.search(plain)
    return ("", "") if found is None else (found.group("before"), found.group("after"))


def sought(plain: str) -> str:
    """What of the plan a normalised question is about that asks for a part of it."""
    found = asked(plain)
    if found not in {"", "stops"}:
        return found
    reasons = [reason for reason, form in _REASONS.items() if form.search(plain)]
    if len(reasons) == 1:
        return reasons[0]
    return "shift" if not (found or reasons) and _OF_SHIFTS.search(plain) else found


def asked(plain: str) -> str:
    """What of the plan a normalised question asks for, as the tool takes it; empty: nothing."""
    if _NOT.search(plain):
        return ""
    if all(change_over(plain)):
        return "changeover"
    if _STOPS.search(plain) or _TERSE.search(plain):
        reasons = [reason for reason, form in _REASONS.items() if form.search(plain)]
        return reasons[0] if len(reasons) == 1 else "stops"
    if _SHIFT.search(plain):
        return "shift"
    if _ORDERS.search(plain) and not _OTHER_ORDERS.search(plain):
        return "orders"
    return ""
