"""What people do that makes a machine stand by intent: the trade's words for it.

It must never name an asset or a product.
"""

import re

_CHANGED = r"(?:chang\w+|swap\w*|replac\w+|splic\w+|new)"
_REEL = r"(?:reels?|rolls?|spools?|bobbins?|film|foil|ribbon)"
_WORDS = {
    "reel change": rf"\b{_REEL}\W+{_CHANGED}\b|\b{_CHANGED}\W+(?:\w+\W+){{0,3}}?{_REEL}\b",
    "change-over": r"\bchange-?\s?overs?\b|\bchanged\s+over\b|\b(?:format|product|size)\s+change\b"
    r"|\bset-?ups?\b",
    "cleaning": r"\bclean(?:ing|ed|s)?\b|\bwash(?:ing|ed)?\b|\bcip\b|\brins(?:e|ed|ing)\b",
    "refilling": r"\brefill(?:ed|ing|s)?\b|\btopp?(?:ed|ing)?\s+up\b",
    "adjustment": r"\badjust\w*\b|\balign(?:ed|ing|ment)\b",
    "sampling": r"\bsampl(?:e|es|ed|ing)\b|\bquality\s+check\b",
    "lubrication": r"\blubricat\w+\b|\bgreas(?:ed|ing)\b|\boil(?:ed|ing)\b",
    "maintenance": r"\bmaintenance\b|\bserviced?\b|\bservicing\b|\binspect(?:ed|ion|ing)\b",
    "break": r"\b(?:lunch|coffee|tea)?\s?breaks?\b(?!\W+down)|\blunch\b|\bmeeting\b"
    r"|\bshift\s+(?:change|handover)\b",
    "nobody at the machine": r"\bnobody\s+(?:was\s+)?(?:there|at)\b"
    r"|\bno\s+(?:operator|staff)\b",
    "stopped by hand": r"\b(?:we|i)\s+(?:had\s+|have\s+|just\s+)*(?:stopped|paused|halted)\b"
    r"|\b(?:we|i)\s+(?:had\s+|have\s+|just\s+)*(?:switched|turned|shut|took|taken)\b"
    r"(?:\W+\w+){0,4}?\W+(?:off|down|out\s+of\s+service)\b"
    r"|\bby\s+hand\b|\bon\s+purpose\b|\b(?:was|is|were)\s+(?:only\s+|just\s+)?"
    r"(?:us|me|ours|mine|our\s+doing)\b",
}
_FORMS = {act: re.compile(form, re.IGNORECASE) for act, form in _WORDS.items()}
ACTS: tuple[str, ...] = tuple(_WORDS)
"""Every act we know, the one that says most first."""


def act_in(words: str) -> str:
    """The planned act that words speak of; empty where they speak of none."""
    return next((act for act, form in _FORMS.items() if form.search(words)), "")


def without_act(words: str, act: str) -> str:
    """The words without those that speak of an act."""
    return _FORMS[act].sub(" ", words) if act else words
