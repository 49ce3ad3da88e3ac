"""What words say of an instrument: that what it shows is not so, that it is, or only what it shows.

“don't believe the torque”, “the level gauge is lying”, “the torque reading is fine”. That is said
of what measures, and of no process. It must never know a plant or a class by name.
"""

import re
from typing import Literal

from tools.mode_words import INSTRUMENT, stems
from tools.mood import NEGATOR
from twin_core.plant.classes import EquipmentClass, FailureMode

Stance = Literal["", "doubted", "trusted", "observed"]

_WORTHLESS = (
    r"(?:wrong\w*|rubbish|nonsense|garbage|junk|bogus|bullshit|crap|false\w*|fake|fantasy|lying|lies"
    r"|implausibl\w+|impossible|unreliable|unbelievable|misleading|inaccurate|off)"
)
_SHOWS = r"(?:reads?|reading|shows?|showing|says?|displays?|indicates?|tells?|reports?)"
_BELIEVE = (
    r"(?:believ\w+|trust\w*|rel(?:y|ied|ying)|go(?:es|ing)?\s+by|count\s+on"
    r"|tak(?:e|ing)\b.{0,30}\bseriously)"
)
_NOT_THAT = r"(?!\W+(?:that\s+)?(?:it|this|that)\W*(?:is|was|were|has|wasn|isn|s)\b)"
"""It is no word of an instrument that a thing was so or not."""
_NEGATED = r"(?:not|n['’]t|cannot|cant|dont|never|nobody|hardly|stop(?:ped)?)"
_DOUBT = re.compile(
    rf"\b(?:\w+)?{_NEGATED}\b(?:\W+\w+){{0,4}}?\W+{_BELIEVE}{_NOT_THAT}"
    r"|\b(?:no|little|lost|without)\s+(?:faith|trust|confidence)\b"
    rf"|\b(?:ignore|disregard|distrust|mistrust|doubt|disbelieve)\b{_NOT_THAT}"
    rf"|\b{_SHOWS}\b(?:\W+\w+){{0,2}}?\W+{_WORTHLESS}\b"
    r"|\b(?:is|are|was|were|been|looks?|seems?)\W+(?:\w+\W+){0,2}?"
    r"(?:rubbish|nonsense|garbage|junk|bogus|lying|implausible|unreliable|misleading)\b|\blies\b"
    r"|\bcan(?:not|['’]?t|\s+not)\s+be\s+(?:right|true|correct|real)\b"
    r"|\b(?:mis|over|under)-?read(?:s|ing)?\b|\bspik(?:es?|ing|ed)\b"
    r"|\bno\s+(?:signal|values?)\b|\bflat-?lin\w+\b",
    re.IGNORECASE,
)
"""That something shown is not so, whatever it is called."""
_REBUTTED = re.compile(
    rf"(?:\bnot|n['’]t|\b(?:is|are|was|were|do|does|did)nt|\bnever)\W+(?:\w+\W+){{0,2}}?"
    rf"(?:{_WORTHLESS}|implausible|bogus|spik\w+"
    r"|drift\w*|(?:mis|over|under)-?read\w*|flat-?lin\w+)\b",
    re.IGNORECASE,
)
"""That what is shown is no rubbish."""
_BELIEVED = re.compile(rf"\b{_BELIEVE}{_NOT_THAT}", re.IGNORECASE)
_FAULTY = re.compile(
    rf"\b{_WORTHLESS}\b|\b(?:{_SHOWS}|is|are|was|were)\W+(?:\w+\W+){{0,2}}?(?:too|far|way|much)\b"
    r"|\b(?:bad|faulty|broken?|defective|fail\w*|dead|gone|missing|lost|drift\w*|creep\w*|stuck"
    r"|frozen|froze|hang(?:s|ing)?|hung|jump\w*|flicker\w*|noisy|erratic|dodgy|iffy|kaput\w*|dirty"
    r"|foul\w*|loose|calibrat\w*|miscalibrat\w*|uncalibrated)\b|\bacting\s+up\b|\bplaying\s+up\b",
    re.IGNORECASE,
)
_FINE = re.compile(
    r"\b(?:fine|ok|okay|right|correct|true|good|healthy|accurate|plausible|real|all\s+right)\b"
    rf"|\b{_BELIEVE}|\b(?:is|was)\s+not\b|\b(?:is|was)n['’]?t\b|\bnot\s+(?:the|a|an)\b",
    re.IGNORECASE,
)
_OBSERVED = re.compile(
    r"\b(?:low|lower|high|higher|ris(?:es|ing)|rose|fall(?:s|ing)|fell|dropp\w+|drops|climb\w*"
    r"|up|down|zero|normal|above|below|over|under|\d+)\b",
    re.IGNORECASE,
)
_WAYS = (
    (
        r"\b(?:stuck|froze|frozen|hang(?:s|ing)?|hung|flat|same\s+value|move)\b|\bflat-?lin\w+",
        "stuck",
    ),
    (r"\b(?:drift\w*|creep\w*|wander\w*|calibrat\w*|miscalibrat\w*)\b", "rising"),
    (r"\b(?:spik\w+|jump\w*|flicker\w*|noisy|erratic)\b", "spiking"),
    (r"\b(?:gone|missing|dead|lost|no\s+signal|no\s+values?|dropped\s+out)\b", "missing"),
)
"""How an instrument fails, as people say it, and how a failure mode's symptom shows it."""
_WAY_FORMS = tuple((re.compile(form, re.IGNORECASE), shows) for form, shows in _WAYS)
_WAY = 0.25
"""What it is worth that an instrument can fail in the way that is said."""
_ANY = 0.5
"""What a word for an instrument is worth that names no quantity."""


def stance(words: str) -> Stance:
    """What a clause says of an instrument; empty where it speaks of none.

    `observed`: what it shows, and not whether that is so.
    """
    noun = INSTRUMENT.search(words) is not None
    believed = _BELIEVED.search(words) is not None
    if _REBUTTED.search(words):
        return "trusted"
    if doubts(words):
        return (
            "observed" if doubts(NEGATOR.sub(" ", words)) and NEGATOR.search(words) else "doubted"
        )
    if not noun and not believed:
        return ""
    if _FINE.search(words):
        return "trusted"
    if _FAULTY.search(words) or not _OBSERVED.search(words):
        return "doubted"
    return "observed"


def doubts(words: str) -> bool:
    """Whether words say that something shown is not to be believed."""
    return _DOUBT.search(words) is not None


def instruments_said(words: str, kind: EquipmentClass) -> tuple[tuple[str, ...], float]:
    """The failure modes of a class's instruments that words are about, and how well they fit.

    The instruments whose quantity fits best; where it is said how one fails, only what shows so.
    What the class lists as a failure of a part of the machine (a dirty photocell) is none of an
    instrument: then none and 0.0.
    """
    noun = INSTRUMENT.search(words)
    if is_part(words, kind):
        return (), 0.0
    said = stems([words])
    modes = [mode for mode in kind.failure_modes if mode.sensor]
    worth = {mode.id: float(len(said & _quantity(mode, kind))) for mode in modes}
    best = max(worth.values(), default=0.0)
    if best <= 0.0 and noun is not None and not said & stems(p.name for p in kind.points):
        best, worth = _ANY, {mode.id: _ANY for mode in modes}
    if best <= 0.0:
        return (), 0.0
    found = [mode for mode in modes if worth[mode.id] == best]
    ways = {shows for form, shows in _WAY_FORMS if form.search(words)}
    so = [mode for mode in found if any(symptom.shows in ways for symptom in mode.symptoms)]
    return tuple(mode.id for mode in so or found), best + (_WAY if so else 0.0)


def is_part(words: str, kind: EquipmentClass) -> bool:
    """Whether the instrument that words name is a part whose failure the class lists."""
    noun = INSTRUMENT.search(words)
    said = stems([noun.group(0)]) if noun is not None else frozenset()
    return any(said & stems([mode.name]) for mode in kind.failure_modes if not mode.sensor)


def _quantity(mode: FailureMode, kind: EquipmentClass) -> frozenset[str]:
    """The words for what an instrument measures."""
    point = kind.point(mode.instrument or "")
    names = [str(mode.instrument or "").replace("_", " "), *([] if point is None else [point.name])]
    return stems([*names, INSTRUMENT.sub(" ", mode.name)]) - _WAY_STEMS


_WAY_STEMS = stems(["stuck drifting spiking gone"])
