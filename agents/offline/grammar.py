"""The grammar of questions: how words are spelled, and which forms decide what is asked.

Words of the trade and of English only. It must never name an asset, a point, a fault or a case:
those come from the plant file.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from agents.offline import examples
from agents.offline.figures import counted, figures
from agents.offline.since import with_then
from tools import span

_ACTS = """
approve reject acknowledge ack start stop switch turn write open close reset restart shut set
change increase raise lower reduce decrease release execute override cancel withdraw revoke silence
mute shelve
"""
ACTS = re.compile(
    r"^(?:please |now |can you |could you |you should |just )*"
    rf"(?P<verb>{'|'.join(_ACTS.split())})\b"
    # “Reject rate of …”, “open work orders”: words of a thing, no order to act.
    r"(?!\s+(?:rates?|ratio|counts?|shares?|reasons?|times?|percentage|quota)\b)"
    r"(?!(?<=set)\s.*\b(?:beside|against|side by side|next to)\b)"
    r"(?!(?<=set)\s+(?:\w+\s+)?(?:speeds?|values?|pressures?|temperatures?|torques?|rates?)\b"
    r"(?!.*\b(?:to|at|by)\b))"
    r"(?!(?<=open)\s+(?:work orders|proposals|alarms|incidents|tickets|jobs|orders)\b)"
)
CHANGES = re.compile(
    r"^(?:please |now |can you |could you |you should |just |let us |lets )*"
    r"(?:(?:slow|speed|throttle|ramp|run|bring|put|drop|cut|back) (?!up to speed\b|(?:in|of|on)\b)"
    r"(?!.*\b(?:why|how come|report|diagnos\w+)\b).*?\b(?:to|at|by) [+-]?\d)"
)
"""An order that says a number: it is simulated, and offered as a proposal, not done."""
ACTING = frozenset(_ACTS.split())
_DECISIONS = """
approve reject release acknowledge ack execute override cancel withdraw revoke silence mute shelve
"""
DECISIONS = frozenset(_DECISIONS.split())

_PROPOSING = """
propose proposal submit hand make draft best remedy remedies fix solution option go ahead ask
request approval yes ok create open raise put forward suggest initiate write send call good sure
something anything whatever thing things help helps most think now tonight someone somebody please
"""
PROPOSING = frozenset(_PROPOSING.split())
STRICT = re.compile(
    r"\b(?:oee|kpis?|availability|effectiveness|indicators?|performance|downtime|times?|long"
    r"|efficien\w+|quality|scrap|rejects?|rejection|uptime|yield|mtbf|mttr|failures?|breakdowns?"
    r"|rejected|(?:throw(?:s|n)?|threw|kick(?:s|ed)?) out)\b"
)
RANKS = re.compile(r"\b(?:worst|rank)\b")
HALTED = re.compile(
    r"\b(?:when|what time) (?:did|was|has|were)\b.*\b(?:stop|stopped|trip|tripped|fail|failed"
    r"|break down|broke down"
    r"|go down|went down|go off|went off|halt|halted)\b"
    r"|^(?:and |so )*did\b.*\b(?:stop|trip|fail|halt|break down"
    r"|go down)\b|\b(?:stop|trip|fail|stopped|tripped|failed),? when\b"
)
"""Asks when something stopped; whether it did at all is told first."""
ORDERED = re.compile(
    r"^(?:(?:please|now|so|just|can you|could you|would you) )*"
    r"(?:(?:propose|submit|request|draft|raise|write|create|make|draw up|put in|hand in) )?"
    r"(?:an? (?:\w+ )?)?work order\b(?!.*\b(?:status|open|done|finished|closed|when|who|which"
    r"|history|result|findings?|list|state|last|any)\b)"
)
"""A single work order, said before what it is for."""
STANDS_BY = re.compile(rf"\b(?:mtbf|mttr|failures?|how often)\b|{HALTED.pattern}")
"""Asks for what is counted over a span, also where none was said."""
SUPPOSES = re.compile(
    r"(?<!tell me )(?<!see )(?<!know )(?<!check )(?<!say )(?<!sure )(?<!asks )(?<!asking )"
    r"(?<!wonder )(?<!wondering )(?<!work out )(?<!find out )(?<!figure out )(?<!decide )\bif\b"
    r"(?! (?:so|any|anyone|anybody|not|ever|need be|at all|it (?:wasnt|werent|isnt) for)\b)"
    r"|\bsuppos(?:e|ing)\b|\bimagin(?:e|ing)\b|\bassum(?:e|ing)\b"
    r"|\bwhat would happen\b|\bwhat happens when\b|\b(?:impact|effect) of\b"
    r"|\bat (?:full|half|double|maximum|max|top|minimum) \w+"
)
"""Words that suppose a change: it must be understood, or things as they are would be told."""
AS_IT_IS = re.compile(
    r"\b(?:nothing (?:changes|changed|is done)|as it is|do nothing|did nothing|leave|carry on"
    r"|carries on|continues?|keeps? (?:on|going)|goes on)\b"
)
UNCHANGED = re.compile(
    r",?\s*\b(?:if|when|assuming|provided|as long as)\s+(?:(?:it|this|that|things|all|everything"
    r"|we)\s+"
    r"(?:just\s+)?(?:goes|go|carr(?:y|ies)|keeps?|continues?|stays?|remains?)"
    r"|nothing\s+(?:\w+\s+)?(?:changes|changed|happens|is\s+(?:done|changed)))\b"
    r"(?:\s+(?:on|going|running|as|it|they|we|is|are|(?:it|that)['’]?s|been|has|have|now|like|this"
    r"|that|so|the|same|way|until|then))*"
    r"(?:\s+with\s+(?:the\s+)?\w+)?(?=\s*(?:$|[,.;:?!]|(?:what|how|where|which|will)\b))",
    re.IGNORECASE,
)
"""Supposes nothing but that all goes on."""
SITES = re.compile(r"\b(?:sites|facilities)\b(?!.*\b(?:assets|machines|equipment)\b)")
"""Asks which sites there are, not what stands on one."""
NUMBER_ALONE = re.compile(
    r"(?:and|also|what about|how about|or|then)\s+(?:on\s+|for\s+)?(?P<number>\d+)"
)
OF_CAUSE = re.compile(r"\b(?:why|causes?|caused|reason|diagnos\w+|wrong)\b")
"""Asks for the cause of an incident, not for what happened in it."""
TROUBLE = re.compile(
    r"^(?!.*\b(?:alarms?|alerts?|incidents?|warnings?)\b).*"
    r"(?:\b(?:any(?:thing)?|something)\b(?! idea).*\b(?:wrong|amiss|troubles?|problems?|issues?"
    r"|matter|worry)\b"
    r"|\bneeds? (?:a |an |some |to be )?(?:mechanic|fitter|technician|electrician|repair\w*|service"
    r"|servicing|maintenance|attention|mend\w*|fix\w*|look(?:ing|ed)? (?:at|after)|look$)\b"
    r"|\b(?:wants?|needs?) look(?:ing|ed) at\b)"
)
"""Asks whether anything is wrong: its cause is looked for, and its alarms are told."""
THAN = re.compile(r"\bthan\b")
FOLLOWS = re.compile(r"^(?:and|also|what about|how about|same for|or|then|now)\b")
REFERS = re.compile(r"\b(?:it|its|that|this|(?<!are )(?<!is )there|them|same|one)\b")
WHOLE = re.compile(
    r"\b(?:plant|site|factory|everything|everywhere|overall|whole|all lines|every line"
    r"|each line|things)\b"
)
ALL_LINES = re.compile(
    r"\b(?:all|every|each|the|our|which|any)(?:\s+of)?(?:\s+(?:the|our))?"
    r"(?:\s+(?:two|three|four|five|six|\d))?\s+lines?\b(?!\s*\d)|^lines\b(?!\s*\d)"
)
_STOP_WORDS = """
a an and any are about as at be been but by can could did do does for from get give had
has have how i if in is it its let me much my no of on or our please show so some tell
that the their them then there these they this to us was we were what whats when where
which who why will with would you your now right again also just like look see say says
want need know pls plz mate guys hey ok okay quick quickly real actually exactly currently roughly
should shall active got there's id ill im ive were going
"""
_STOP = frozenset(_STOP_WORDS.split())
_SHORT = {
    "wo": "work order", "wos": "work orders", "thx": "thanks", "pls": "please", "plz": "please",
    "cases": "cases",  # no causes
    "wot": "what", "wat": "what", "wots": "whats", "wats": "whats", "y": "why", "wy": "why",
    "whys": "why", "u": "you", "r": "are", "atm": "at the moment", "rn": "right now",
    "cud": "could", "shud": "should", "wud": "would", "dwn": "down", "wheres": "where is",
    "whos": "who is", "bout": "about", "abt": "about", "smth": "something", "sth": "something",
}  # fmt: skip
_JOINED = tuple(
    (re.compile(rf"\b{first}[ -]{second}\b", re.IGNORECASE), first + second)
    for first, second in (
        ("bottle", "neck"), ("set", "point"), ("through", "put"), ("up", "time"),
        ("down", "time"), ("over", "view"),
    )
)  # fmt: skip
_ASKED = r"what|how|when|where|who|why|which"
_AGO = (
    "last|past|next|only|after|every|than|over|about|within|around|another|takes?|lasts?|stops?"
    "|down"
)
"""Words that a number of seconds may stand behind: “line 1s filler” has none."""
_WRITTEN_OUT = (
    (re.compile(r"\bw[ao]t(?P<s>['’]?s)?\b", re.IGNORECASE), r"what\g<s>"),
    (re.compile(rf"\b(?P<asked>{_ASKED})['’]?s\b", re.IGNORECASE), r"\g<asked> is"),
    (re.compile(r"\bhow (?P<much>[a-z]{3,9})['’]s\b", re.IGNORECASE), r"how \g<much> is"),
    (re.compile(r"\b(?P<asked>what|how|where|who)['’]?d\b", re.IGNORECASE), r"\g<asked> would"),
    (re.compile(r"\bsp\b", re.IGNORECASE), "setpoint"),
    (
        re.compile(
            rf"\b(?!(?:{_AGO})\b)(?P<of>[a-z]{{4,}} \d{{1,2}})s(?= (?!ago|later|long)[a-z]{{3}})",
            re.IGNORECASE,
        ),
        r"\g<of>'s",
    ),
    (re.compile(r"(?<![\w.,])n(?= [a-z])", re.IGNORECASE), "and"),
    (re.compile(r"\s*(?:-+>|=+>|→)\s*"), " to "),
    (re.compile(r"\s@\s?(?=\d)"), " at "),
    (
        re.compile(
            r"\b(?!(?:other|like|clock|length)-?wise)(?P<of>[a-z]{4,})[- ]?wise\b", re.IGNORECASE
        ),
        r"\g<of>",
    ),
    (
        re.compile(
            r"(?<![\w.,:/-])(?P<n>\d+(?:\.\d+)?)(?P<unit>m?bar|bp[mh]|cpm|rpm|kpa|kwh?|degc?)\b",
            re.IGNORECASE,
        ),
        r"\g<n> \g<unit>",
    ),
    (re.compile(r"(?<![\w.,:/-])(?P<n>\d{2,3}(?:\.\d+)?)c\b", re.IGNORECASE), r"\g<n> °C"),
    (
        re.compile(r"\bswitch(?=(?:\s+[^\s,;.?!]+){0,4}?\s+(?:off|on|out)\b)", re.IGNORECASE),
        "turn",
    ),
    (re.compile(r"\bfrm\b", re.IGNORECASE), "from"),
    (re.compile(r"\bnite\b", re.IGNORECASE), "night"),
    (re.compile(r"\btoday(?:['’]?s)?(?= (?:morning|afternoon|evening)\b)", re.IGNORECASE), "this"),
    (
        re.compile(
            r"(?P<of>\b(?:happened|happen|went|go|gone|going on|was|were|been|did|had|made"
            r"|missed)\b"
            r"[^.?!]{0,40}?)\bover\s?night\b",
            re.IGNORECASE,
        ),
        r"\g<of>last night",
    ),
    (re.compile(r"\btoday,? pm\b", re.IGNORECASE), "this afternoon"),
    (re.compile(r",?\s*\bif (?:you please|i may|possible)\b,?", re.IGNORECASE), " please"),
    (
        re.compile(
            r"\b(?:up to|up until|until|till?) (?:this (?:very )?(?:moment|minute)"
            r"|this point(?: in time)?|the present(?: (?:moment|time))?)\b",
            re.IGNORECASE,
        ),
        "until now",
    ),
    (
        re.compile(
            r"\b(?P<of>(?:hours?|hrs?|minutes?|mins?) )back\b"
            r"(?! (?:to|up|in|on|into|at|with|down)\b)",
            re.IGNORECASE,
        ),
        r"\g<of>ago",
    ),
    (
        re.compile(
            r"(?P<of>^|[,;:]\s*|\bthe )shift (?=(?:oee|kpis?|availability|performance|output"
            r"|total|average|rejects?|scrap|quality|production|figures?|numbers?)\b)",
            re.IGNORECASE,
        ),
        r"\g<of>this shift's ",
    ),
    (re.compile(r"\bgonna\b", re.IGNORECASE), "going to"),
    (re.compile(r"\bgotta\b", re.IGNORECASE), "have to"),
    (re.compile(r"\bwanna\b", re.IGNORECASE), "want to"),
    (re.compile(r"\bgimme\b", re.IGNORECASE), "give me"),
    (re.compile(r"\blemme\b", re.IGNORECASE), "let me"),
    (re.compile(r"\b(?:pct|percent)\b", re.IGNORECASE), "per cent"),
)
"""Words of speech as they are written out: “whens”, “n line 2”, “gonna”, “155c”.

“Switch it off” is “turn it off”, and no beginning of the name of a switchboard.
"""
_POINT = re.compile(r"\b(\d+) point (\d+)\b", re.IGNORECASE)
"""“Five point seven”."""
_TWICE = re.compile(r"\b(?P<n>\d+(?:\.\d+)?) \((?P=n)\)")
"""A number in words and again in figures: “twenty (20) minutes”."""
_FUZZY_FROM = 5
_SLIPPED_FROM = 4
_LONG = 9
"""Letters of a word in which more than one slip is likelier than another word."""
_TURNED_FROM = 3
_PLAIN_WORD = re.compile(r"\b[A-Za-z][a-z]{2,}\b(?!['’])")
_ALIKE = 87.0
_LATELY = 4096
"""Words whose spelling is remembered."""


def joined(text: str) -> str:
    """The text with words of speech written out, and those put together that are one."""
    for spoken, written in _WRITTEN_OUT:
        text = spoken.sub(written, text)
    for apart, one in _JOINED:
        text = apart.sub(one, text)
    return with_then(_POINT.sub(r"\1.\2", _TWICE.sub(r"\g<n>", figures(text))))


def respelled(text: str, named: Callable[[str], str]) -> str:
    """The text with known words in place of those misspelled.

    Args:
        text: as written.
        named: which word of a name one is, or was meant to be; empty for none.
    """

    def meant(found: "re.Match[str]") -> str:
        word = found.group().lower()
        known = spelled(word)
        return found.group() if known == word or named(word) not in {"", known} else known

    return _PLAIN_WORD.sub(meant, text)


def normal(text: str) -> str:
    """Lower case, plain apostrophes gone, single spaces, punctuation out, cue words spelled."""
    plain = text.lower().replace("’", "'").replace("'s ", "s ").replace("'", "")
    plain = re.sub(r"[^\w\s%:.,/+-]", " ", plain)
    return " ".join(
        spelled(word) for word in re.sub(r"(?<!\d)[.,:]|[.,:](?!\d)", " ", plain).split()
    )


def content(text: str) -> list[str]:
    """The words of a normalised text that carry meaning of their own."""
    return [word for word in text.split() if word not in _STOP]


@cache
def _vocabulary() -> frozenset[str]:
    return examples.vocabulary() | _STOP | ACTING


def knows(words: Iterable[str]) -> bool:
    """Whether every word is one of the grammar's own."""
    return not unheard(words)


def unheard(words: Iterable[str]) -> list[str]:
    """The words that are not the grammar's own."""
    return [word for word in words if not _is_known(word)]


def _is_known(word: str) -> bool:
    return word in _STOP or word in ACTING or examples.knows(word)


@cache
def _long_words() -> tuple[str, ...]:
    return tuple(sorted(word for word in _vocabulary() if len(word) >= _FUZZY_FROM))


@cache
def _by_letters() -> dict[str, list[str]]:
    """The words of at least three letters, by their letters in order."""
    found: dict[str, list[str]] = {}
    for word in sorted(_vocabulary()):
        if len(word) >= _TURNED_FROM:
            found.setdefault("".join(sorted(word)), []).append(word)
    return found


@cache
def _everyday() -> tuple[str, ...]:
    """The words of which every sentence is made, and those times are said with."""
    return tuple(sorted(word for word in _STOP | span.WORDS if len(word) >= _SLIPPED_FROM))


@lru_cache(_LATELY)
def spelled(word: str) -> str:
    """A known word that a short or misspelled word was meant to be, or the word."""
    if word in _SHORT:
        return _SHORT[word]
    if len(word) < _TURNED_FROM or not word.isalpha() or counted(word):
        return word
    if len(word) >= _SLIPPED_FROM and not examples.has(word) and f"{word}e" in _vocabulary():
        return f"{word}e"  # “sinc”, “befor”
    if _is_known(word):
        return word
    if word.endswith("in") and word + "g" in _vocabulary():
        return word + "g"  # “doin”, “makin”
    if len(word) >= _FUZZY_FROM:
        near = process.extractOne(word, _long_words(), scorer=fuzz.ratio, score_cutoff=_ALIKE)
        if near is not None and (len(word) >= _LONG or OSA.distance(word, near[0]) == 1):
            # “Rejects on that line?” is no order to reject, and “undecided” the contrary.
            return word if word.startswith(near[0]) or word.endswith(near[0]) else str(near[0])
    # Two letters changed places: the commonest slip of all.
    alike = _by_letters().get("".join(sorted(word)), [])
    turned = next((known for known in alike if OSA.distance(word, known) == 1), "")
    if turned or len(word) < _SLIPPED_FROM or examples.has(word):
        return turned or word
    slips = [known for known in _everyday() if _slipped(word, known)]
    return slips[0] if len(slips) == 1 else word


def _slipped(word: str, known: str) -> bool:
    """Whether one letter is left out or too much, or stands for another of its sound."""
    if len(word) == len(known):
        return word.replace("s", "c") == known.replace("s", "c")
    return word[0] == known[0] and OSA.distance(word, known) == 1
