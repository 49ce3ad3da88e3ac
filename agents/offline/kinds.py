"""Which kind of question was asked: by what it is like, by form, and by what went before.

It must never turn an order into an action: who asks us to act is told that people do.
"""

import re

from agents.offline import calendar, grammar, handed, instrument, learnt
from agents.offline.changes import ALTERNATIVES, changes_in, options_in
from agents.offline.examples import UNCLEAR
from agents.offline.learnt import Ranked
from agents.offline.openings import with_openings
from agents.offline.outcome import outcome
from agents.offline.quantities import MONEY, counts, outweighs
from agents.offline.question import NEEDS_ASSET, OF_VALUES, Reading, Said
from agents.offline.remark import asking
from agents.offline.shared_unit import with_units
from agents.offline.slots import does, of_question
from agents.offline.telling import told as told_in
from twin_core.plant.mentions import Mention
from twin_core.plant.names import Names

_AN = r"(?<!in )(?<!half )(?<!within )(?<!over )(?<!of )(?<!for )(?<!about )an?"
"""“Bottles an hour”, not “in an hour”, “half an hour”."""
_RATES = re.compile(
    r"\b(?:rate|throughput|output|production|makes?(?! (?:sure|certain)\b)|making"
    r"|producing|produced?|fast"
    r"|how quick\w*|bpm|bph|pace)\b"
    r"|\b(?:runs?|running|going|goes) at\W*$|\w\s?/\s?(?:min|minute|m|h|hr|hour)\b"
    rf"|\b(?:per|{_AN}) (?:minute|hour)\b(?! (?:ago|and a half|from now|ahead|to come|more|later))"
    r"|\b(?:off|below|under|short of|from)\W+(?:its |the )?nominal\b"
)
_WHICH_PRODUCT = re.compile(r"\b(?:which|what) (?:[a-z]+ )?products?\b")
_TIMELY = re.compile(
    r"\s+(?!(?:of|on|in|at|for|over|since|during|now|right|draw\w*|is|was|has|please|pls|last|today)\b)"
    r"[a-z]"
)
"""A word behind “current” or “present” that it belongs to: it is of now, not in amperes."""
_ENOUGH = 0.2
"""How probable a kind is at least that is taken for the one that is asked."""
_SURE = 0.4
_LIKELY = 0.3
_TIMES = 2.0
"""How probable a grave kind is at least, and how many times the next one, if it is not sure."""
_STRANGE = 0.6
"""How sure it must be where nothing of ours is named, and half of the words are of no trade."""
_MAYBE = 0.1
_AS_IT_IS = frozenset(
    {
        "planned",
        "value",
        "state",
        "trend",
        "orders",
        "schedule",
        "made",
        "indicators",
        "bottleneck",
        "window",
    }
)
"""Kinds that tell how things are, were or are planned: never why, nor what is supposed."""
_AS_IT_WILL_BE = frozenset({"value", "trend", "made"})
"""Kinds of what is measured or counted: of a time that is to come it is forecast."""
_PLANNED = frozenset({"orders", "planned", "window"})
_COMPARED = frozenset({"value", "state", "indicators"})
"""Kinds that are compared where two things are set against each other."""
_CAUSED = _AS_IT_IS | {"cause"}
_SUPPOSED = frozenset({"what_if", "compare", "propose"})
"""Kinds that say what would be changed, and to what."""
_SURER = 0.1
"""How much more probable a part of a question makes a kind than the whole, to be believed."""
_GRAVE = frozenset({"propose"})
"""Kinds that something comes of; they must be surer."""
_OF_MASTER = re.compile(
    r"\b(?:limits?|ranges?|max\w*|min\w*|sensors?|instruments?|nominal|design\w*|rated|units?)\b"
)
"""Says that it is not the value of a measurement that is asked, but what is known of it."""
_WHY = re.compile(r"\b(?:why|how come|how is come|hows come)\b")
_COURSE = re.compile(
    r"\b(?:trend\w*|ris(?:e|es|en|ing)|rose|fall\w*|fell|climb\w*|drop\w*|develop\w*|chart|plot|graph"
    r"|curve|histor\w+|stead\w+|stable|drift\w*|chang\w+|gone|going|went|mov\w+|been|was|were|did|had"
    r"|lately|recently|since|average|avg|mean|highest|lowest|most|least|max\w*|min\w*|peak|last|past"
    r"|over|course|up|down|swing\w*|spike\w*|dip\w*)\b"
)
"""Asks how something went, not only how it is."""
_CITED = re.compile(
    r"\b(?:does|do|according to|per|by|in|see) (?:the |our |its )?(?:\w+ ){0,2}?"
    r"(?:manuals?|handbooks?|instructions?|guides?|rules|book|procedures?)\b"
)
"""Asks what a paper says."""
_TWO = re.compile(
    r"\b(?:or|vs|versus|compar\w+|better|best|worse|than|against|both|difference|same|each|which"
    r"|rather|apart|lines|all|whichever|between|deciding|choos\w+)\b"
)
"""Sets one thing against another."""
_GETS = re.compile(
    r"\b(?:get(?:s|ting)?|got|gone|going|becom(?:e|es|ing)|became|grow(?:n|s|ing)?) (?:any )?"
    r"(?:better|worse)(?: or (?:better|worse))?\b|\b(?:better or worse|worse or better)\b"
)
"""Asks which way one thing goes."""
_WEIGHS = re.compile(
    r"\b(?:which(?:ever)?|better|best|worse|more|most|less|least|fewer|rather|versus|vs|against)\b"
)
"""Asks which of two is better."""
_AGAINST = re.compile(r"\b(?:against|versus|vs|beside|compar\w+|apart|side by side|next to)\b")
"""Sets two things against each other, whatever else is said."""
_A_RATE = re.compile(
    rf"\b(?:per|{_AN}) (?:second|minute|hour)\b(?! (?:ago|and a half))"
    r"|\w\s?/\s?(?:min|m|h|hr)\b|\bbp[mh]\b"
)
_BEHIND = re.compile(r"\b(?:last|past|previous|since)\b")
"""Says of a span that it is over."""
_UP_TO_NOW = re.compile(r"today|shift|ago", re.IGNORECASE)
_MOVING_WORDS = """
and also or then now what how about same for on in at of the is it that there this please too
finally next else do we have has does ?
"""
_ONLY_MOVED = frozenset(_MOVING_WORDS.split())
"""Words beside names that ask nothing of their own: “and for that one, please?”."""
_AT_ONCE = re.compile(r"\b(?<!from )now\b|\b(?:immediately|at once|(?:right|straight) away)\b")
"""Makes an order of what could be a supposition."""


def measurement_of(said: Said, names: Names) -> str:
    """What is to be measured: the last of neighbouring words ("current torque"), else the longest.

    Words for what a machine does ("state", "blocked") ask for its state, not for a value.
    """
    states = does(names)
    found = [
        m
        for m in said.of_kind("measurement")
        if not set(m.paths) <= states
        and not _of_now(m, said)
        and (not m.text.endswith("ly") or m.text.lower() in names.words)
    ]
    heads = [m for i, m in enumerate(found) if not _qualifies(m, found[i + 1 : i + 2])]
    if heads:
        return _single(max((m.text for m in heads), key=len), names)
    low = said.rest.lower()
    return "rate" if _RATES.search(low) and not _WHICH_PRODUCT.search(low) else ""


def _single(measured: str, names: Names) -> str:
    """The measurement without the plural of several assets: “pressures of A and B”."""
    one = measured.removesuffix("s")
    alike = [m for m in names.mentions(one) if m.kind == "measurement" and m.text == one]
    return one if alike else measured


def _of_now(mention: Mention, said: Said) -> bool:
    """Whether “current” only says when: “current status”, “current bottles/min”."""
    if mention.text.lower() != "current":
        return False
    behind = _TIMELY.match(said.text.lower(), mention.end)
    return behind is not None and not any(
        m.start < behind.end() <= m.end and m.kind != "measurement" for m in said.mentions
    )


def kind_of(reading: Reading, said: Said, names: Names, before: Reading | None) -> str:
    """The question type."""
    if handed.received(reading, said) or handed.went_on(reading, said):
        return "handover"
    if calendar.follows(said.plain) and reading.measurement in {"", "rate"}:
        return "orders"
    planned = calendar.asked(said.unnamed)
    if planned and not reading.measurement:
        return "orders" if planned == "orders" else "planned"
    words = of_question(said, names)
    ranked = _ranked(words, said, names)
    if ranked is None:
        return UNCLEAR
    if ranked.of("propose") < _SURE and _weighed(reading, said, names):
        return "compare"
    told = _told(reading, said, names, before, proposes=ranked.of("propose") >= _SURE)
    if told and ranked.of(UNCLEAR) < _SURE:
        return told
    best, sure = _likeliest(ranked, reading, said)
    again = _again(reading, said, before, words, sure=sure) if before is not None else ""
    if again and before is not None:
        return again
    if not sure and _changes(reading, said, names):
        return "what_if"
    valued = reading.measurement and (best == "state" or not sure)
    if said.horizon and (valued or best in _AS_IT_WILL_BE):
        return "what_if"
    if best in _AS_IT_IS and ranked.chances[0] < _SURE and _changes(reading, said, names, to=True):
        return "what_if"
    if not sure:
        best = (
            "state"
            if best not in _GRAVE | {UNCLEAR} and _short(ranked, reading, said, before)
            else ""
        )
    return _measured(best or UNCLEAR, reading, said, before)


def _ranked(words: str, said: Said, names: Names) -> Ranked | None:
    """The kinds it may be of, by its words or those without a remark, whichever say it surer.

    None where there are none. What is none of our business no part of it makes ours.
    """
    whole = learnt.ranked(words) if words else None
    if whole is None or (whole.kinds[0] == UNCLEAR and whole.chances[0] >= _ENOUGH):
        return whole
    parts = (Said(part, names) for part in asking(said.text) if part != said.text)
    heard = (of_question(part, names) for part in parts if _tells(part, said, whole))
    best = max(map(learnt.ranked, filter(None, heard)), key=_surely, default=whole)
    surer = best.kinds[0] != UNCLEAR and _surely(best) > _surely(whole) + _SURER
    return best if surer else whole


def _surely(ranked: Ranked) -> float:
    return ranked.chances[0]


def _tells(part: Said, said: Said, whole: Ranked) -> bool:
    """Whether a part of a question may say alone what is asked.

    Not where what is supposed stands beside it, nor one word of what is named there.
    """
    supposed = whole.kinds[0] in _SUPPOSED and re.search(r"\d", said.bare) is not None
    if supposed and not re.search(r"\d", part.bare):
        return False
    return bool(part.mentions) or len(part.content) > (1 if said.mentions else 0)


def _changes(reading: Reading, said: Said, names: Names, *, to: bool = False) -> bool:
    """Whether it says one change and no time that is past: then that is what it supposes.

    Or, `to` a number only.
    """
    found = changes_in(told_in(with_openings(said.rest), names).text, names, reading.paths)
    alone = len(found.said) == 1 and not (found.unread or reading.span)
    return alone and (not to or "value" in found.said[0])


def _weighed(reading: Reading, said: Said, names: Names) -> bool:
    """Whether it says two changes, and asks which of them is better."""
    if not (ALTERNATIVES.search(said.rest) and _WEIGHS.search(said.plain)):
        return False
    text = with_units(told_in(with_openings(said.rest), names).text, names)
    return len(options_in(text, names, reading.paths, compared=True).said) > 1


def _short(ranked: Ranked, reading: Reading, said: Said, before: Reading | None) -> bool:
    """Whether little more is said than of what, and all of it in words of ours."""
    if before is not None and before.paths and reading.measurement:
        return True
    named = bool(reading.paths or reading.choices or reading.unknown)
    if not named or not reading.measurement:
        return named and len(said.content) <= 2 and not _unheard(reading, said)
    return ranked.kinds[0] in OF_VALUES or len(said.content) <= 1


def _measured(best: str, reading: Reading, said: Said, before: Reading | None) -> str:
    """The type, where a measurement or a time that is past says more than the words beside it."""
    if best == "indicators" and reading.measurement == "rate":
        best = best if grammar.STRICT.search(said.plain) else "value"
    if best == "made" and reading.measurement and MONEY.search(said.plain):
        best = "value"
    if best == "made" and _A_RATE.search(said.plain) and reading.measurement:
        best = "value"
    if best in {"state", "made"} and reading.measurement and not (best == "made" and reading.span):
        best = "value"
    if best == "value" and reading.span and reading.measurement:
        return "trend"
    if best == "trend" and not (reading.span or _COURSE.search(said.plain)):
        best = "value"
    if best == "details" and reading.measurement and not _OF_MASTER.search(said.plain):
        best = "value"
    spoken = before is not None and before.measurement
    of_units = any(path.count("/") > 2 for path in reading.paths)
    if best == "value" and of_units and not (reading.measurement or spoken):
        best = UNCLEAR if _unheard(reading, said) else "state"
    if best == "trend" and of_units and not (reading.measurement or spoken):
        best = UNCLEAR if _unheard(reading, said) else best
    if best == "state" and reading.unset and not grammar.WHOLE.search(said.plain):
        best = UNCLEAR if _unheard(reading, said) else best
    past = reading.span and not _UP_TO_NOW.search(reading.span)
    return "trend" if best == "state" and past else best


def _told(
    reading: Reading, said: Said, names: Names, before: Reading | None, *, proposes: bool
) -> str:
    """The type that a form of words decides, whatever else is like it; empty where none does."""
    if grammar.ORDERED.match(said.plain) and said.of_kind("unit") and _task(said):
        return "propose"
    act = None if _opens_with_name(said) else grammar.ACTS.match(said.plain)
    at_once = _AT_ONCE.search(said.plain) is not None and "?" not in said.text
    if act is not None and act.group("verb") in grammar.DECISIONS:
        return "decide"
    if act is not None and not proposes and (said.mentions or before is not None):
        return "what_if" if re.search(r"\d", said.bare) and not at_once else "decide"
    if grammar.CHANGES.match(said.plain) and not proposes and said.of_kind("unit"):
        return "decide" if at_once else "what_if"
    past = _BEHIND.search(reading.span) is not None
    if reading.measurement and not (proposes or past) and outcome(said.text, names) is not None:
        return "what_if"
    if reading.span and (counts(said, names) or outweighs(reading, said, names)):
        return "made"
    if reading.incident:
        return "cause" if grammar.OF_CAUSE.search(said.plain) else "alarms"
    if reading.paths and grammar.HALTED.search(said.plain) and not reading.measurement:
        return "indicators"
    shown = reading if reading.measurement or before is None else before
    if shown.measurement and shown.paths and instrument.doubted(said.plain):
        return "cause"
    troubled = grammar.TROUBLE.search(said.plain) is not None
    if troubled and reading.machines:
        return "alarms" if reading.span else "cause"
    return ""


def _opens_with_name(said: Said) -> bool:
    """Whether its first word is part of a name: “lower zone, m3 since 6” lowers nothing."""
    start = len(said.text) - len(said.text.lstrip())
    return any(m.start <= start and m.kind != "measurement" for m in said.mentions)


def _task(said: Said) -> bool:
    """Whether more is said than that it is a work order of something: what is to be done."""
    return bool(set(said.content) - {"work", "order"}) and "?" not in said.text


def _unheard(reading: Reading, said: Said) -> list[str]:
    """The words of their own that neither the examples know nor a time is said with."""
    timed = set(grammar.normal(f"{reading.span} {reading.against} {said.horizon}").split())
    return grammar.unheard(w for w in said.content if w not in timed and w.isalpha())


def _likeliest(ranked: Ranked, reading: Reading, said: Said) -> tuple[str, bool]:
    """The kind that it most likely is of, and whether that is sure enough for what follows."""
    best, chance = ranked.kinds[0], ranked.chances[0]
    supposes = grammar.SUPPOSES.search(said.plain) is not None
    numbered = supposes or re.search(r"\d", said.bare) is not None
    alone = len(reading.paths) < 2 and not reading.against
    two = _TWO.search(_GETS.sub(" ", said.plain))
    if best == "compare" and not two and (numbered or alone):
        # one thing alone is compared with nothing, nor are changes made together
        best = "what_if" if supposes else ranked.kinds[1]
    if best == "bottleneck" and instrument.held_back(said.plain):
        return "cause", True
    if best in _COMPARED and len(reading.paths) > 1 and _AGAINST.search(said.plain):
        return "compare", True
    if best == "compare" and grammar.OF_CAUSE.search(said.plain) and ranked.of("cause") >= _MAYBE:
        return "cause", True
    if best in _PLANNED and calendar.bettered(said.plain) and not said.of_kind("unit"):
        return "schedule", True
    if best == "risk" and reading.unset and ranked.of("prognosis") >= _MAYBE:
        best = "prognosis"  # of one machine it is asked how probable it is, of all which it is
    if best == "what_if" and _BEHIND.search(reading.span) and not supposes:
        best = ranked.kinds[1]  # “would like to see how it went” supposes nothing
    if best == "ruled_out":  # nothing was told that could be ruled out
        best = "cause"
    if instrument.refers_back(said.plain) and best != UNCLEAR:
        return "cause", True
    if _CITED.search(said.plain) and ranked.of("documents") >= _MAYBE:
        return "documents", True
    if supposes and best in _AS_IT_IS and ranked.of("what_if") >= _MAYBE:
        return "what_if", True
    if _WHY.search(said.plain) and best in _CAUSED and ranked.of("cause") >= _MAYBE:
        return "cause", True
    ours = said.mentions or reading.unknown or grammar.WHOLE.search(said.plain)
    unheard = _unheard(reading, said)
    strange = unheard and 2 * len(unheard) >= len(said.content)
    if strange and not ours and chance < _STRANGE and best != "greeting":
        return UNCLEAR, True
    if best not in _GRAVE:
        return best, chance >= _ENOUGH
    if grammar.OF_CAUSE.search(said.plain):  # “find out why, and hand in what helps”
        chance = ranked.of("cause", *_GRAVE)
    return best, chance >= _SURE or (chance >= _LIKELY and chance >= _TIMES * ranked.chances[1])


def _again(reading: Reading, said: Said, before: Reading, words: str, *, sure: bool) -> str:
    """The type of the question before, where this one only moves it to something else."""
    if before.choices and reading.paths and len(said.content) <= 2:
        return before.kind
    follows = grammar.FOLLOWS.match(said.plain) is not None
    plain = {word for word in words.split() if word[0] != "_"}
    moved = (follows and plain <= _ONLY_MOVED) or plain <= {"?"}
    if before.kind == UNCLEAR or (sure and not moved):
        return ""
    # Handing in for another asset must be asked for in so many words.
    again = "cause" if before.kind == "propose" else before.kind
    if follows:
        return again if before.kind in OF_VALUES or not reading.measurement else ""
    anew = bool(reading.paths) and before.kind not in NEEDS_ASSET | OF_VALUES
    short = len(said.content) <= 1 and not reading.measurement
    return again if short and not anew else ""


def _qualifies(mention: Mention, after: list[Mention]) -> bool:
    """Whether a name only qualifies the one right behind it."""
    return bool(after) and after[0].start - mention.end <= 1
