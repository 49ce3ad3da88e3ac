"""Where in a sentence a number stands as a name does, and no amount, time or count can.

“What is holding four up”, “how much has three put out”. It knows no names, and must never take “at
two”, “two of them”, “3 bottles” or the “one” of “which one” for the place of one.
"""

import re
from typing import Literal

Place = Literal["sure", "alone", "weighed", ""]
"""Where a name is sure; where it is if nothing else is named; where several are weighed."""

_BE = r"(?:is|was|has|had)"
_DO = r"(?:does|did|will|would|can|could|should|shall|may|might|must)"
_NOT = r"(?:isn|wasn|hasn|hadn|doesn|didn|won|wouldn|can|couldn|shouldn)['’]?t"
_VERBS = (
    "achieve|averag|bottl|break|broke|broken|bring|climb|come|came|cop|deliver|do|did|don|drop|end"
    "|fail|fall|fell|fallen|fill|finish|get|got|giv|gave|given|go|went|gon|gone|had|hav|hit|hold|held"
    "|improv|jam|keep|kept|kick|knock|lag|left|los|lost|mak|made|manag|miss|mov|need|pack|perform|pick"
    "|produc|push|put|ran|reach|recover|reject|run|runn|scrap|send|sent|show|shut|sit|sitt|sat|slow"
    "|spit|spat|stand|stood|starv|stay|stop|set|stopp|struggl|suffer|switch|tak|took|taken|throw|threw"
    "|thrown|trip|tripp|turn|wait|work|lin|schedul|plan|plann|chang"
)
_ACTS = rf"(?:be|been|being|due|(?:{_VERBS})(?:e|es|s|ed|ing)?|putting|getting|hitting)"
_HOW = (
    "so|still|already|just|only|now|right|really|actually|always|currently|again|even|ever|not"
    "|also|all|up|down|back|out|off|in|over|through|behind|ahead|late|ready|slow|slower|slowly|fast"
    "|faster|short|long|ok|okay|alright|fine|well|good|better|worse|bad|busy|blocked|idle|stuck"
    "|booked|meant|supposed|going|low|high|weak|under|below"
)
_GOES_ON = (
    r"\s*(?:$|[?!;,:)–—]|-\s|\.(?!\d)|['’]s\b|\s(?:(?:and|or|vs|versus|but|than|as|so|if|when|while"
    r"|since|till?|until|from|to|at|over|in|on|for|with|by|during|because|cos|after|before|between"
    r"|this|that|these|the|we|i|they|you|he|she|today|tonight|tomorrow|yesterday|overnight|earlier|then|there|here"
    r"|now|right|just|again|still|already|currently"
    r"|please|pls|plz|mate|lately|recently|first|next|too(?! many| much| few)|up|down|back|off"
    r"|(?:out|in)(?! of \d| \d)|behind|ahead|are|like|looking|what|whats|why|how|hows|which|who"
    rf"|where|keeps|needs|looks|seems|gets|runs|makes|goes|wants|lags|lies|{_BE}|{_DO}|{_NOT}"
    rf"|{_HOW}|{_ACTS})"
    r"(?!['’-]?\w)))"
)
"""What may stand behind a name, and behind no count: there a noun stands."""
_BEHIND = re.compile(_GOES_ON, re.IGNORECASE)
_DOES = re.compile(
    rf"\s+(?:(?:{_HOW}|the|any|much|many)\s+)*(?:{_ACTS}|{_HOW}|on|for|to|at|like|the matter)"
    r"(?!['’-]?\w)(?!\s+(?:enough|sufficient|too)\b)",
    re.IGNORECASE,
)
"""What a line or a machine does, or how it is."""
_STATES = re.compile(
    rf"(?:['’]s\s+(?:been|down|up|still|not|slow|running|going|making)\b"
    rf"|\s+(?:{_BE}|{_NOT}|does|keeps|seems)\s+(?!enough|sufficient|too\b|plenty)[a-z])",
    re.IGNORECASE,
)
"""Of one thing it is told how it is: “four isn’t giving what I would expect”."""
_FALLS = re.compile(
    r"\s+(?:stops|trips|goes|drops|runs|fails|falls|slows|starts|comes|packs)\b", re.IGNORECASE
)

_ON = re.compile(
    r"(?<!\bbased )(?<!\bcount )(?<!\brely )(?<!\bdepends )(?<!\bdepend )(?<!\bput )(?<!\bswitch )"
    r"(?<!\bswitched )(?<!\bturn )(?<!\bturned )(?<!\blog )(?<!\bsign )(?<!\bgoing )(?<!\bkeep )"
    r"(?<!\bagree )(?<!\bpage )(?<!\bstands )(?<!\bit is )(?<!\bis it )(?<!\bit[’']s )\bon\s+$",
    re.IGNORECASE,
)
_OFF = re.compile(
    r"\b(?:com(?:e|es|ing)|came|going|went|gone|left|off|ran|runs?|made|got|get|gets|getting|had|have"
    r"|has|out|[a-z]{4,}s) off\s+$|(?<!\d )(?<!one )(?<!two )(?<!three )(?<!\bof them )"
    r"\b(?:more|most|anything|much|more [a-z]+|much [a-z]+|bottles|cases) out of\s+$",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"\b(?:matter|wrong|up|happening|going on|troubles?|problems?|issues?|deal|amiss|stand|stands"
    r"|fixed|getting on) with\s+$"
    r"|\b(?:tell me|know|what|how|anything|something|worried|worry|hear|heard|word) about\s+$"
    r"|\b(?:happen(?:s|ed|ing)?|done|doing|going on) to\s+$",
    re.IGNORECASE,
)
_HELD = re.compile(
    r"\b(?:hold(?:s|ing)?|held|slow(?:s|ed|ing)?|chok(?:es?|ed|ing)|throttl(?:es?|ed|ing)|drag(?:s|ged"
    r"|ging)?|limit(?:s|ed|ing)?|hurt(?:s|ing)?|starv(?:es?|ed|ing)|block(?:s|ed|ing)?|keep(?:s|ing)?"
    r"|restrict(?:s|ed|ing)?|constrain(?:s|ed|ing)?|crippl(?:es?|ed|ing)|hamper(?:s|ed|ing)?"
    r"|brak(?:es?|ed|ing)|delay(?:s|ed|ing)?|strangl(?:es?|ed|ing)|squeez(?:es?|ed|ing)"
    r"|stop(?:ping)?|killing|shut(?: down)?|restart|speed up"
    r"|feed(?:s|ing)?|suppl(?:y|ies|ying)|serv(?:es?|ing))(?:\s+(?:up|back|down))?\s+$",
    re.IGNORECASE,
)
"""What is done to a line: “what is holding four up”."""
_OF = re.compile(
    r"(?<!\w)(?!(?:an?|each|every|one|two|three|four|value|setpoint|setting|total|minimum|maximum|min"
    r"|max|factor|pack|packs|batch|batches|group|groups|set|sets|pair|team|crew|number|count|score"
    r"|rank|number|page|layer|layers|row|rows|kind|out|some|most|many|half|none|all|any|both|sum"
    r"|average|mean|multiple|temperature|pressure|torque|level|age|best|first|last|next) of\s)"
    r"(?P<head>[a-z]{3,}) of\s+$",
    re.IGNORECASE,
)
_VALUED = re.compile(r"\b(?:an?|set|put|raise|lower|to|at)\s+(?:[a-z]+\s+){0,2}$", re.IGNORECASE)
"""“A speed of 4”, “at an output of 3”: what it is, not whose."""
_FOR = re.compile(
    r"(?!\b(?:due|booked|scheduled|planned|arranged|set|ready|wanted|needed|good|enough|late|time|go"
    r"|except|run|runs|running|stop|stops|stopped|down|wait|waiting|last|lasts|meeting|but|as|ask"
    r"|asked|room|stand|stands|call|table|break|lunch|back|here|there|on|off|up)\s+for\s)"
    r"\b[a-z]{2,} for\s+$",
    re.IGNORECASE,
)
_ASKING = (
    r"(?:what|whats|why|how|when|where|which|who|whose|and|so|but|also|then|please|tell me|is|has)"
)
_AUX = re.compile(
    rf"(?:^|[?!.;:,–—]\s*|\b(?:and|so|but|or)\s+)\W*(?:{_BE}|{_DO}|{_NOT})\s+$"
    rf"|\b(?P<wh>what|why|how|when|where)(?P<between>\s[^?!.;]*?)?\s(?:{_BE}|{_DO}|{_NOT})\s+$"
    r"|\b(?P<short>what|how|when|why|where)['’]?s\s+$",
    re.IGNORECASE,
)
"""Asks of what follows: “how much has …”, “whats …”, “is …”."""
_NO_SUBJECT = re.compile(
    r"\b(?:that|which|who|it|this|there|they|we|you|he|she|i|if|when|and|while)\b[^?!.;,]*$",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"(?:^|[?!.;:,–—]|\s-)\s*(?:(?:and|so|but|or|well|ok|now|that|because|cos|if|when|once|whether"
    r"|while|until|say|suppose|supposing|i think|i see|see|think|thinks|says|reckon|know)\s+)*$"
    r"|\b(?:that|because|cos|if|when|once|whether|while|say|suppose|supposing|think|reckon)\s+$",
    re.IGNORECASE,
)
"""Where a clause begins."""
_OPENS = re.compile(
    rf"\s*(?:[,:;–—]|\s-)\s*(?=(?:{_ASKING}|what['’]s|how['’]s|where['’]s|who['’]s|anything|any)\b)",
    re.IGNORECASE,
)
"""“4, where is the bottleneck”."""
_WEIGHED = re.compile(
    r"\b(?:which(?: one)?|who|whos|whose|who['’]s|whichever|better|best|worse|worst|more|most|less"
    r"|least|higher|highest|lower|lowest|faster|fastest|slower|slowest|compare|compared|difference)\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\b(?:how (?:long|far|often)|which (?:lines?|machines?)|hours?|o['’]?clock|a\.?m|p\.?m)\b",
    re.IGNORECASE,
)
_APART = re.compile(
    r"(?:(?:^|[,;:–—])\s*(?:and |so |now )?|\b(?:difference|comparison|choice|choose|gap) )"
    r"between\s+$|\b(?:across|comparing|compare|both|either|out of)\s+$",
    re.IGNORECASE,
)
_SEVERAL = re.compile(r"[\s/&+]")
_AGAINST = re.compile(r"\b(?:vs|versus|against)\b", re.IGNORECASE)
_COMPARED = re.compile(r"\bcompar(?:e|ing)\s+$", re.IGNORECASE)
_AFTER_ALL = re.compile(r"(?:^|[,:;–—?]|\s-)\s*(?:and |so |is it |was it )?$", re.IGNORECASE)
_ENDS = re.compile(r"\s*(?:$|[?!.,;:–—]|-\s)")
_HOW_IS = re.compile(r"^\W*(?:(?:and|so|but)\s+)*how(?:['’]?s|\s+(?:is|was))?\s+$", re.IGNORECASE)
"""“Hows 2?”."""
_PLURAL = re.compile(r"\s+(?!(?:is|was|has|does|this|as|us|plus|whats|hows|keeps)\b)[a-z]{2,}s\b")
"""“The chance of 3 stops”."""
_THAN = re.compile(r"\bthan\s+$", re.IGNORECASE)
_OWNS = re.compile(r"['’]s\s+(?!(?:enough|plenty|company|too|fine|all|the|an?)\b)", re.IGNORECASE)


_THE_ONE = re.compile(r"\b(?:the|an?|this|that|any|some|each|every|no)\s+[a-z]+\s+$", re.IGNORECASE)
"""“The slow one” is no number."""


def place_of(before: str, after: str, run: str, *, one: bool = False) -> Place:
    """As what a number stands between these; empty where it is none of a name.

    Args:
        before: the text up to it.
        after: the text behind it.
        run: the number, or the list of them.
        one: whether it is the word or figure for one, which stands for much else.
    """
    if not _BEHIND.match(after) or (one and _THE_ONE.search(before)):
        return ""
    if _is_placed(before, after, one=one):
        return "sure"
    if _SEVERAL.search(run) and _is_weighed(before, after, run):
        return "weighed"
    opens = not before.strip() and _OPENS.match(after)
    return "alone" if opens or _is_object(before, after) else ""


def is_owner(after: str) -> bool:
    """Whether a number has something, or is something: “three’s packer”, “two’s next stop”."""
    return _OWNS.match(after) is not None


def goes_on(before: str, after: str) -> bool:
    """Whether a number goes on with a name before it: “is line 2 better than three”."""
    return _THAN.search(before) is not None and _ENDS.match(after) is not None


def _is_placed(before: str, after: str, *, one: bool) -> bool:
    """Whether a number stands where a name is sure, whatever else is said."""
    if any(lead.search(before) for lead in (_ON, _OFF, _ABOUT, _HELD)):
        return True
    if _HOW_IS.match(before) and _ENDS.match(after):
        return True
    aux = _AUX.search(before)
    if aux is not None and not (aux["between"] and _NO_SUBJECT.search(aux["between"])):
        pronoun = one and re.search(r"\b(?:does|can|could|should|would|may|must|will)\s+$", before)
        if not pronoun and _DOES.match(after):
            return True
    if one or not _CLAUSE.search(before):
        return False
    told = _STATES.match(after) or (before.strip()[-1:].isalpha() and _FALLS.match(after))
    return bool(told)


def _is_object(before: str, after: str) -> bool:
    """Whether it is whose something is, or for which: sure where nothing else is named."""
    if _PLURAL.match(after):
        return False
    of = _OF.search(before)
    if of is not None:
        return not _VALUED.search(before[: of.start()])
    return _FOR.search(before) is not None


def _is_weighed(before: str, after: str, run: str) -> bool:
    """Whether several numbers are what is weighed against each other."""
    if _AGAINST.search(run) and not before.strip():
        return True
    text = f"{before} {after}"
    if not _WEIGHED.search(text) or _COUNTED.search(text):
        return False
    ends = _ENDS.match(after) is not None
    return bool(_APART.search(before) if ends else _COMPARED.search(before)) or bool(
        ends and _AFTER_ALL.search(before)
    )
