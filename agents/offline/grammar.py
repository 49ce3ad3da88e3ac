"""The grammar of question types: which words speak for which kind of question, and how strongly.

Words of the trade and of English only. It must never name an asset, a point, a fault or a case:
those come from the plant file.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

_MAY = ("can *", "could *", "should *", "shall *", "may *", "do *", "would *", "to", "best to")
_JOBS = ("service", "fix", "repair", "maintain", "overhaul", "mend")
CUES: dict[str, dict[str, float]] = {
    "cause": {
        "why": 8, "root cause": 7, "cause": 4, "causes": 4, "causing": 5, "caused": 4, "reason": 4,
        "what is wrong": 5, "whats wrong": 5, "wrong with": 4, "went wrong": 4, "diagnose": 6,
        "diagnosis": 6, "explain": 3, "how come": 5, "what happened": 4, "what is going on": 4,
        "whats going on": 4, "the matter with": 5, "problem with": 4, "down again": 4,
        "playing up": 4, "acting up": 4, "losing": 3, "lost": 2, "drop": 2,
        "dropped": 2, "slow": 3, "slower": 3, "holding * back": 5,
        "holds * back": 6, "slows": 4, "what holds": 4, "done wrong": 5, "the matter": 4,
        "real": 3, "trust": 3, "does not move": 4, "stands": 3, "again and again": 3,
        "holding * up": 4, "limiting": 4, "limits": 3, "slowing": 4, "what stopped": 5,
        "blame": 4, "behind the": 3, "struggling": 3, "keeps stopping": 5, "investigate": 5,
        "what is the problem": 5, "whats the problem": 5, "what is the issue": 5,
        "broken": 3, "what went": 2, "loss": 2, "losses": 2,
    },
    "bottleneck": {
        "bottleneck": 12, "bottlenecks": 12, "help most": 12, "help the most": 12,
        "helps most": 12, "helps the most": 12, "help * most": 10, "gain most": 10,
        "gain the most": 10, "gains most": 10, "limiting machine": 10, "which machine limits": 12,
        "most sensitive": 10, "sensitivity": 10, "sensitivities": 10, "slowest machine": 8,
    },
    "state": {
        "how is": 3, "hows": 3, "how are": 3, "how does * look": 4, "status": 4, "state": 3,
        "doing": 2, "running": 2, "what is * doing": 4, "whats * doing": 4, "is * running": 4,
        "up and running": 4, "condition": 3, "is * ok": 4, "is * okay": 4, "is * fine": 4,
        "is * stopped": 4, "is * blocked": 4, "is * starved": 4, "is * down": 4,
        "everything": 3, "all good": 4, "all well": 4, "anything i should": 4,
        "is * working": 4, "is * up": 3,
        "tell me about": 3, "check": 2, "show": 1, "what is": 1, "whats": 1, "current": 2,
        "currently": 2, "right now": 2, "now": 1, "at the moment": 2, "overview": 5, "summary": 4,
        "how are things": 5, "anything new": 3, "at present": 2, "reading": 2, "value": 2,
        "how high": 3, "how low": 3, "how hot": 3, "how cold": 3, "how warm": 3, "how full": 3,
    },
    "trend": {
        "trend": 6, "trends": 6, "trending": 6, "history": 5, "over time": 5, "over the last": 4,
        "over the past": 4, "in the last": 3, "how has": 5, "how have": 5, "how did": 4,
        "chart": 5, "plot": 5, "graph": 5, "curve": 5, "changed": 2, "developed": 4,
        "development": 4, "evolution": 4, "evolved": 4, "rising": 3, "falling": 3, "going up": 3,
        "going down": 3, "drifting": 3, "when did": 4, "did * drop": 5, "the mean": 4, "past": 1,
        "average": 4, "the lowest": 4, "the highest": 4, "minimum": 4, "maximum": 4, "peak": 4,
        "did * rise": 5, "did * fall": 5, "did * change": 4, "been": 1, "since": 2, "yesterday": 2,
    },
    "indicators": {
        "oee": 7, "availability": 6, "effectiveness": 6, "kpi": 6, "kpis": 6, "indicators": 6,
        "indicator": 6, "rate": 3, "throughput": 3, "output": 3, "performance": 4, "how much": 2,
        "how many": 4, "making": 4, "make now": 4, "producing": 4, "produce": 3, "production": 3,
        "how fast": 4, "downtime": 5, "state times": 6, "how long was": 4, "how long has": 4,
        "how long were": 4, "efficiency": 5, "efficient": 5, "quality rate": 5, "times in": 3,
        "scrap": 4, "rejects": 4, "rejected": 4, "waste": 4, "how well": 4, "bpm": 4,
        "supposed to": 4, "did we lose": 4, "how often": 4, "mtbf": 7, "mttr": 7, "failures": 4,
        "which line is worst": 9, "worst line": 8, "which line did worst": 9, "break down": 4,
        "which line runs worst": 9, "breakdowns": 5, "rank the lines": 8,
    },
    "alarms": {
        "alarm": 6, "alarms": 6, "incident": 6, "incidents": 6, "alert": 5, "alerts": 5,
        "warning": 5, "warnings": 5, "events": 3, "any trouble": 5, "any problems": 5,
        "any problem": 5, "any issues": 5, "anything wrong": 5, "faults": 3,
    },
    "what_if": {
        "what if": 9, "what would happen": 9, "what happens if": 9, "what happens when": 8,
        "what happens": 6,
        "suppose": 6, "simulate": 7, "simulation": 4, "forecast": 7, "predict": 6,
        "prediction": 6, "expect": 4, "in the next": 6, "over the next": 6, "within the next": 6,
        "next hour": 5, "if we": 6, "if i": 5, "if the": 3, "would": 2, "will": 3,
        "going to make": 6, "impact of": 5, "effect of": 5, "projected": 6,
        "for the next": 5,
    },
    "compare": {
        "compare": 8, "comparison": 8, "versus": 8, "vs": 8, "better": 5, "best option": 5,
        "which is best": 6, "difference between": 8, "compared to": 7, "compared with": 7,
        "which line": 3, "rather": 3,
    },
    "documents": {
        "manual": 8, "manuals": 8, "instruction": 7, "instructions": 7, "procedure": 7,
        "procedures": 7, "document": 7, "documents": 7, "documentation": 7, "guide": 7,
        "guides": 7, "sop": 7, "handbook": 7, "how do i": 5, "how to": 5, "how do you": 5,
        "how should i": 5, "how can i": 4, "steps to": 5, "look up": 4, "troubleshooting": 6,
        "says about": 4, "say about": 4, "written about": 5, "spec": 6, "specification": 6,
    },
    "remedies": {
        "what should we do": 9, "what should i do": 9, "what can we do": 9, "what can i do": 9,
        "what could we do": 9, "what to do": 8, "can be done": 8, "could be done": 8,
        "do about": 8, "how do we fix": 9, "how can we fix": 9, "how to fix": 8, "fix": 4,
        "remedy": 6, "remedies": 7, "options": 5, "recommend": 7, "recommendation": 7,
        "recommendations": 7, "advice": 6, "advise": 6, "suggest": 6, "suggestion": 6,
        "solve": 5, "solution": 5, "mitigate": 6, "improve": 4, "countermeasure": 6,
        "get * back": 4, "how do we": 4, "should we": 4, "should i": 4,
    },
    "propose": {
        "propose": 10, "make a proposal": 12, "draft a proposal": 12, "submit": 8,
        "hand it in": 10, "hand in": 10, "raise a work order": 11, "create a work order": 11,
        "open a work order": 11, "make a work order": 11, "write a work order": 11,
        "order a repair": 10, "go ahead": 7, "do it": 7, "send the crew": 9, "send a crew": 9,
        "call the crew": 9, "send maintenance": 9, "call maintenance": 9,
        "ask for approval": 9, "request approval": 9, "put it forward": 9, "yes": 4,
        "send someone": 9, "send somebody": 9, "yes please": 6, "ok do": 6, "suggest it": 8,
        "initiate": 6,
    },
    "proposals": {
        "proposals": 8, "the proposal": 7, "proposal status": 9, "status of proposal": 10,
        "my proposal": 8, "pending": 5, "waiting for approval": 9, "approvals": 7,
        "awaiting": 5, "became of": 6, "been approved": 7, "was it approved": 8, "approved yet": 8,
        "proposed": 8, "submitted": 6, "who approved": 8, "who * approve": 9, "proposal": 5,
    },
    "work_orders": {
        "work order": 7, "work orders": 8, "workorder": 7, "workorders": 8, "maintenance": 6,
        "maintenance doing": 4, "maintenance find": 3, "maintenance schedule": 9, "crew": 6,
        "crew doing": 4, "technician": 4, "technicians": 4, "jobs": 4, "repairs": 4, "tickets": 5,
        "ticket": 5, "being repaired": 5, "mechanic": 4, "mechanics": 4, "fitter": 4,
        "last serviced": 10, "last maintained": 10, "last repaired": 10, "serviced": 6,
        "recurring faults": 9, "recurring fault": 9, "work history": 9, "ordered": 7,
    },
    "schedule": {
        "schedule": 8, "schedules": 8, "reschedule": 10, "scheduling": 8, "replan": 9,
        "order of the jobs": 10, "order of jobs": 10, "order of the orders": 10,
        "order of work": 10, "job order": 8, "better order": 9, "best order": 9,
        "in what order": 9, "in which order": 9, "better sequence": 9, "best sequence": 9,
        "sequence of": 7, "production plan": 8, "production orders": 7, "fewer changeovers": 9,
        "less changeover": 9, "orders * late": 9, "orders late": 9, "jobs * late": 9,
        "jobs late": 9, "orders * in time": 9, "due dates": 8,
    },
    "picking": {
        "picking": 8, "picking strategy": 6, "pick the orders": 9, "pick todays orders": 9,
        "batch picking": 8, "zone picking": 8, "wave picking": 8, "pickers": 6, "wave or": 4,
    },
    "cell": {
        "robot": 6, "robots": 6, "robot cell": 9, "palletizing cell": 12, "palletising cell": 12,
        "cell": 4, "collide": 8, "collision": 8, "collisions": 8, "sequence": 2, "safe": 2,
        "task sequence": 8, "cycle time of the": 3,
    },
    "risk": {
        "how likely": 15, "how probable": 15, "likelihood": 14, "probability": 14, "chance of": 13,
        "chances of": 13, "chance that": 14, "chances that": 14, "risk of": 12, "risk that": 13,
        "going to fail": 12, "likely to fail": 14, "about to fail": 10,
    },
    "prognosis": {
        "what is likely to fail": 30, "whats likely to fail": 30, "what will fail": 26,
        "what might fail": 26, "what may fail": 26, "what could fail": 26, "what fails next": 26,
        "what is going to fail": 30, "whats going to fail": 30, "what is about to fail": 30,
        "anything * about to fail": 30, "anything * likely to fail": 30, "going to break": 18,
        "which machine * fail": 26, "which machines * fail": 26, "which * likely to fail": 26,
        "fail next": 14, "likely to break": 18, "how healthy": 18, "health of": 14,
        "anything wearing out": 22, "what is wearing": 22, "wearing out": 14,
    },
    "window": {
        "maintenance window": 24, "window": 8, "best time to service": 24, "best time to fix": 24,
        "best time to repair": 24, "best time for maintenance": 24, "cheapest time": 18,
        "when is the best time": 16, "which window": 20, "when does * cost least": 24,
        "when does * cost the least": 24, "when would * cost least": 24, "costs least to fix": 24,
        "when is * cheapest": 20, "when is it cheapest": 20,
        **{f"when {may} {job}": 26 for may in _MAY for job in _JOBS},
    },
    "improve": {
        "what could run better": 26, "could run better": 20, "run better": 14,
        "what can be improved": 22, "what could be improved": 22, "any improvements": 20,
        "improvements": 12, "improve": 8, "inefficient": 14, "inefficiencies": 18,
        "inefficiency": 18, "do we waste": 18, "are we wasting": 18, "is wasted": 14,
        "what could we do better": 22, "better when nothing is wrong": 20, "out of balance": 14,
    },
    "life": {
        "remaining life": 14, "remaining useful life": 14, "useful life": 10, "life left": 14,
        "how long will * last": 15, "how long does * last": 14, "how long can * last": 14,
        "how long until * fails": 15, "how long before * fails": 15, "when will * fail": 15,
        "going to last": 12, "hold out": 10, "time to failure": 12, "until it fails": 10,
    },
    "quality": {
        "what quality": 16, "quality will": 16, "quality of the lot": 18, "quality of this lot": 18,
        "lot be good": 16, "lot be any good": 16, "lot turn out": 16, "lot * good": 8,
        "rejects will": 10, "predict * quality": 12, "quality prediction": 14,
    },
    "model_error": {
        "model off": 15, "is the model wrong": 15, "how wrong": 10, "model error": 15,
        "forecast error": 16, "forecasts off": 16, "forecast off": 16, "forecasts been": 12,
        "how good are * forecasts": 16, "how good is * forecast": 16, "how good is the model": 15,
        "how accurate": 16, "forecast corrected": 16, "forecasts corrected": 16, "residuals": 12,
        "model corrected": 15, "is it corrected": 12, "are they corrected": 12,
    },
    "slotting": {
        "slotting": 12, "slot the": 8, "where should goods lie": 14, "where should the goods": 12,
        "where should * lie": 10, "goods lie": 8, "laid out": 6, "misplaced": 8,
    },
    "replenishing": {
        "replenish": 12, "replenishment": 12, "replenishing": 12, "replenished": 10,
        "fetch goods": 10, "goods be fetched": 12, "fetched from reserve": 12, "min max": 8,
    },
    "rebalancing": {
        "rebalance": 14, "rebalanced": 14, "rebalancing": 14, "wrong warehouse": 12,
        "between warehouses": 12, "between the warehouses": 12, "stock be moved": 10,
    },
    "recurring": {
        "keeps coming back": 16, "keep coming back": 16, "coming back": 9, "comes back": 9,
        "come back": 6, "came back": 6, "keeps happening": 14, "keeps going wrong": 14,
        "happened before": 12, "had this before": 12, "have we had": 8, "came up before": 12,
        "first time": 8, "how many times": 9, "repeat offender": 12, "repeat offenders": 12,
        "again and again": 3, "recurring causes": 14, "recurring cause": 14, "recurring": 4,
    },
    "report": {
        "that was us": 12, "that was me": 12, "i cleared": 10, "we cleared": 10, "i fixed": 10,
        "we fixed": 10, "i repaired": 10, "we repaired": 10, "i unjammed": 10, "no it was": 10,
        "it was * again": 6, "we changed the": 8, "i changed the": 8, "reel change": 8,
    },
    "handover": {
        "handover": 24, "hand over": 24, "handing over": 20, "shift report": 26, "taking over": 20,
        "take over": 18, "report of the shift": 26, "report for the shift": 26,
        "report on the shift": 26, "shift summary": 26, "summary of the shift": 26,
        "summarise the shift": 26, "summarize the shift": 26, "sum up the shift": 26,
        "what happened on the last shift": 24, "what happened last shift": 24,
        "what happened this shift": 24, "what did i miss": 20, "what have i missed": 20,
        "bring me up to speed": 20, "catch me up": 20, "next shift needs to know": 28,
        "next shift need to know": 28, "next shift must know": 28, "next shift should know": 28,
    },
    "assets": {
        "sites": 9, "what assets": 10, "which assets": 10, "list * assets": 10, "assets at": 6,
        "assets are": 6, "what machines": 8, "which machines are there": 10, "list * machines": 9,
        "what equipment": 9, "which equipment": 9, "list * equipment": 9, "facilities": 6,
    },
    "details": {
        "metadata": 12, "meta data": 12, "asset details": 12, "details for": 8, "details of": 8,
        "master data": 12, "nameplate": 10, "data sheet": 10, "describe": 6,
        "what is known about": 10, "what do we know about": 10,
    },
    "data": {
        "sensor data": 14, "raw data": 12, "all data": 9, "historical data": 12, "telemetry": 10,
        "download": 5, "export": 8, "time series": 9, "measurement data": 12, "readings for": 8,
        "readings from": 8, "all readings": 10, "get readings": 9, "retrieve": 3, "csv": 7,
    },
    "help": {
        "help": 4, "what can you": 9, "who are you": 9, "what are you": 8, "what do you do": 8,
        "what can i ask": 9, "how do you work": 8,
    },
    "greeting": {"hello": 3, "hi": 3, "hey": 3, "good morning": 4, "thanks": 3, "thank you": 4},
}  # fmt: skip
"""Question type → phrase → weight. `*` stands for up to six words."""

ORDER: tuple[str, ...] = tuple(CUES)

_ACTS = """
approve reject acknowledge ack start stop switch turn write open close reset restart shut set
change increase raise lower reduce decrease release execute override cancel withdraw revoke silence
mute shelve
"""
ACTS = re.compile(
    r"^(?:please |now |can you |could you |you should |just )*"
    rf"(?P<verb>{'|'.join(_ACTS.split())})\b"
)
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
    r"|efficien\w+|quality|scrap|mtbf|mttr|failures?|breakdowns?)\b"
)
RANKS = re.compile(r"\b(?:worst|rank)\b")
STANDS_BY = re.compile(r"\b(?:mtbf|mttr|failures?|how often)\b")
"""Asks for what is counted over a span, also where none was said."""
SUPPOSES = re.compile(
    r"(?<!tell me )(?<!see )(?<!know )(?<!check )(?<!say )\bif\b|\bsuppos(?:e|ing)\b"
    r"|\bwhat would happen\b|\bwhat happens when\b|\b(?:impact|effect) of\b"
    r"|\bat (?:full|half|double|maximum|max|top|minimum) \w+"
)
"""Words that suppose a change: it must be understood, or things as they are would be told."""
MAY_CHANGE = re.compile(r"\d|\bsimulat", re.IGNORECASE)
AS_IT_IS = re.compile(
    r"\b(?:nothing (?:changes|changed|is done)|as it is|do nothing|did nothing|leave|carry on"
    r"|carries on|continues?|keeps? (?:on|going)|goes on)\b"
)
SITES = re.compile(r"\b(?:sites|facilities)\b(?!.*\b(?:assets|machines|equipment)\b)")
"""Asks which sites there are, not what stands on one."""
NUMBER_ALONE = re.compile(
    r"(?:and|also|what about|how about|or|then)\s+(?:on\s+|for\s+)?(?P<number>\d+)"
)
OF_CAUSE = re.compile(r"\b(?:why|causes?|caused|reason|diagnos\w+|wrong)\b")
"""Asks for the cause of an incident, not for what happened in it."""
THAN = re.compile(r"\bthan\b")
FOLLOWS = re.compile(r"^(?:and|also|what about|how about|same for|or|then|now)\b")
REFERS = re.compile(r"\b(?:it|its|that|this|(?<!are )(?<!is )there|them|same|one)\b")
WHOLE = re.compile(
    r"\b(?:plant|site|factory|everything|everywhere|overall|whole|all lines|every line"
    r"|each line|things)\b"
)
ALL_LINES = re.compile(r"\b(?:all|every|each|the|which|any)\s+lines?\b(?!\s*\d)|^lines\b(?!\s*\d)")
_STOP_WORDS = """
a an and any are about as at be been but by can could did do does for from get give had
has have how i if in is it its let me much my no of on or our please show so some tell
that the their them then there these they this to us was we were what whats when where
which who why will with would you your now right again also just like look see say says
want need know
"""
_STOP = frozenset(_STOP_WORDS.split())
_SHORT = {
    "wo": "work order", "wos": "work orders", "thx": "thanks", "pls": "please", "plz": "please",
    "cases": "cases",  # no causes
}  # fmt: skip
_FUZZY_FROM = 5
_ALIKE = 87.0


def normal(text: str) -> str:
    """Lower case, plain apostrophes gone, single spaces, punctuation out, cue words spelled."""
    plain = text.lower().replace("’", "'").replace("'s ", "s ").replace("'", "")
    plain = re.sub(r"[^\w\s%:.,/+-]", " ", plain)
    return " ".join(
        _spelled(word) for word in re.sub(r"(?<!\d)[.,]|[.,](?!\d)", " ", plain).split()
    )


def weights(text: str) -> dict[str, float]:
    """How strongly a normalised text speaks for each question type."""
    return {
        kind: sum(weight for form, weight in cues if form.search(text)) for kind, cues in _forms()
    }


def content(text: str) -> list[str]:
    """The words of a normalised text that carry meaning of their own."""
    return [word for word in text.split() if word not in _STOP]


@cache
def _forms() -> tuple[tuple[str, tuple[tuple["re.Pattern[str]", float], ...]], ...]:
    return tuple(
        (kind, tuple((_form(cue), weight) for cue, weight in cues.items()))
        for kind, cues in CUES.items()
    )


def _form(cue: str) -> "re.Pattern[str]":
    words = [re.escape(word) if word != "*" else r"\S+(?:\s+\S+){0,5}?" for word in cue.split()]
    return re.compile(r"(?<!\S)" + r"\s+".join(words) + r"(?!\S)")


@cache
def _orders() -> frozenset[str]:
    """Words that ask for something to be done."""
    return ACTING | {word for cue in CUES["propose"] for word in cue.split()}


@cache
def _vocabulary() -> frozenset[str]:
    return frozenset(_cue_words()) | _STOP | ACTING


def _cue_words() -> Iterator[str]:
    for cues in CUES.values():
        for cue in cues:
            yield from (word for word in cue.split() if word != "*")


def knows(words: Iterable[str]) -> bool:
    """Whether every word is one of the grammar's own."""
    return set(words) <= _vocabulary()


@cache
def _long_words() -> tuple[str, ...]:
    return tuple(sorted(word for word in _vocabulary() if len(word) >= _FUZZY_FROM))


def _spelled(word: str) -> str:
    """A cue word that a short or misspelled word was meant to be, or the word."""
    if word in _SHORT:
        return _SHORT[word]
    if len(word) < _FUZZY_FROM or not word.isalpha() or word in _vocabulary():
        return word
    near = process.extractOne(word, _long_words(), scorer=fuzz.ratio, score_cutoff=_ALIKE)
    if near is None:
        # Two letters changed places: the commonest slip of all.
        return next((known for known in _long_words() if _swapped(word, known)), word)
    if near[0] in _orders() and word.startswith(near[0]):
        # “Rejects on that line?” is no order to reject, “what was proposed?” none to propose.
        return word
    return near[0]


def _swapped(word: str, known: str) -> bool:
    return sorted(word) == sorted(known) and OSA.distance(word, known) == 1
