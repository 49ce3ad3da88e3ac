"""What a sentence says was done, set or permitted: nobody who answers here may say so.

We look, compare, simulate and propose; that we did anything else is never true, nor that a setting
was changed, nor that something need not be: it may be an approval. Whether a thing is so is for
`statuses.py`. It must never hold a list of forbidden deeds: what is not among those allowed is one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from agents.harmless import root

_LOOKED = """
look looked check checked find found see saw seen read compare compared simulate simulated search
searched propose proposed hand handed submit submitted ask asked do did don't didn't cannot can't
couldn't won't wouldn't haven't hadn't not never only no nothing know think believe suggest
recommend need want wish understand understood get got say said tell told assume conclude expect
estimate note cite mean show list report rank offer lack hope apologise apologize sorry unable able
infer count rely quote refer explain describe summarise summarize recall judge consider examine
review try tried analyse analyze wait hear heard help happy glad afraid certain sure aware have has
had been be would will may might could should must shall can also then still just already now
therefore of in on for with and from to at a an the it that this your any all some both one more
geprüft überprüft gefunden verglichen simuliert vorgeschlagen eingereicht gesucht gelesen
nachgesehen gesehen angesehen betrachtet untersucht bekommen erhalten verstanden gehört prüfen
nachsehen suchen vergleichen simulieren vorschlagen einreichen melden
trouvé vérifié comparé simulé proposé soumis cherché lu consulté regardé constaté vu examiné
"""
"""What may follow “I have”, “ich habe”, “j'ai”: that we looked or proposed, and small words."""
_HAPPENED = """
affected blocked confirmed decreased dropped given held increased limited lost measured noticed
observed open recorded reduced rejected reported running slowed starved steady stopped
"""
"""What may follow “it has been”: what is seen of a plant; `statuses.py` has what else."""
_WE = re.compile(
    r"(?<!\w)(?:"
    r"(?:I|[Ww]e)(?:['’](?:ve|m|ll|d|re))?(?:\s(?:have|had|am|are|was|were|will|shall|just|already"
    r"|now|also|then|can|may|been|going\sto|about\sto)(?=\s)){0,4}\s(?P<en>[a-z]+(?:['’]t)?)"
    r"|(?i:ich\s(?:habe|werde)|wir\s(?:haben|werden)|habe\sich|haben\swir)\s"
    r"(?P<between>[^.;:,\n]{0,80}?)(?P<de>\w{0,12}ge\w{2,20}(?:t|en)"
    r"|(?:be|er|ver|zer|ent|über|unter)\w{2,20}(?:t|en)|\w{2,20}ier(?:t|en))"
    r"|(?i:j['’]ai|nous\savons)(?:\sdéjà|\saussi){0,2}\s(?P<fr>\w{2,20}(?:é|i|u|is|it|ert))"
    r")(?!\w)(?!\s(?:nothing|no|nichts|rien)\b)"
)
_BEEN = re.compile(
    r"\b(?:has|have|had)(?:\s(?:now|already|just|also)){0,2}\sbeen\s(?P<act>\w{2,20}(?:ed|en|wn)|made|put|cut|sent|built|shut)\b",
    re.IGNORECASE,
)
_CHANGED = (
    r"(?:changed|corrected|adjusted|raised|lowered|increased|decreased|reduced|set|reset|restarted"
    r"|started|stopped|switched(?:\s(?:on|off))?|opened|closed|removed|disabled|enabled|bypassed"
    r"|muted|cleared)"
)
_SET = re.compile(
    rf"\b(?:has|have|was|were|is|are)\s(?:now\s|already\s|been\s|just\s){{0,3}}{_CHANGED}"
    r"\s(?:to|from|by|for)\b"
    r"|\b(?:setpoints?|set\svalues?|settings?|recipes?|limits?|interlocks?|alarms?|valves?)\b"
    r"(?:\s[\w-]{1,20}){0,4}\s(?:(?:has|have|had)\s(?:now\s|already\s|just\s)?been|was|were)"
    rf"\s(?:now\s|already\s|just\s)?{_CHANGED}\b",
    re.IGNORECASE,
)
_PERMITS = (
    r"(?<!\w)(?:approv|authori[sz]|permission|consent|clearance|genehmig|freigab|freigegeb|erlaub"
    r"|zustimm|approb|autoris|aprob|autoriz|autorizz|goedkeur|toestemm|aprova|zatwierdz|zgod"
    r"|godkänn|tillstånd)\w*"
)
_PERMIT = re.compile(_PERMITS, re.IGNORECASE)
_NEEDS = (
    r"(?<!\w)(?:need|requir|necess(?!arily)|ha[sv]e?\sto\b|nötig|notwend|erforder|brauch|nécess|besoin"
    r"|faut\b|hace\sfalta|serv[eo]|bisogn|occorr|nodig|vereis|hoef|precis[ao]\b|potrzeb|wymag|behöv"
    r"|krävs|nödvänd)"
)
_NEED = re.compile(_NEEDS, re.IGNORECASE)
_NEVERS = (
    r"(?<!\w)(?:not?|never|nobody|nothing|none|\w+n['’]t|kein\w{0,2}|nicht|nie|niemand|nichts|pas"
    r"|aucune?|personne|rien|jamais|nadie|nada|nunca|ningun\w?|non|nessun\w?|niente|niet|geen"
    r"|nooit|não|nenhum\w?|ninguém|żadn\w+|nikt|inte|ingen|inget|inga|aldrig)(?!\w)"
)
_NEVER = re.compile(_NEVERS, re.IGNORECASE)
_NEEDLESS = re.compile(rf"{_NEVERS}[^.,;:]{{0,40}}?{_NEEDS}", re.IGNORECASE)
"""What need not be is nothing that was seen."""
_WITHOUT = re.compile(
    rf"(?<!\w)(?:without|ohne|sans|sin|senza|zonder|sem|bez|utan)\s(?:\w{{1,12}}\s){{0,2}}{_PERMITS}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Deed:
    """Something said to have been done or permitted, where it stands, and whether by us."""

    said: str
    start: int
    end: int
    ours: bool = False


def deeds(text: str) -> Iterator[Deed]:
    """What a sentence says was done or need not be."""
    for found in _WE.finditer(text):
        act = found.group("en") or found.group("de") or found.group("fr")
        if root(act) not in _rooted(_LOOKED) and not _NEVER.search(found.group(0)):
            yield Deed(act.lower(), *found.span(), ours=True)
    for found in _BEEN.finditer(text):
        act = found.group("act").lower()
        if root(act) not in _rooted(_LOOKED) | _rooted(_HAPPENED):
            yield Deed(act, *found.span("act"))
    for found in _SET.finditer(text):
        yield Deed("set", *found.span())
    permits, needs = _PERMIT.search(text), _NEED.search(text)
    if needs is not None:
        for found in _NEEDLESS.finditer(text):
            yield Deed("not needed", *found.span(), ours=True)
        if permits and _NEVER.search(text, 0, max(permits.start(), needs.start())):
            yield Deed("needs no approval", *permits.span(), ours=True)
    if permits is not None and not _NEVER.search(text):
        for found in _WITHOUT.finditer(text):
            yield Deed("done without approval", *found.span(), ours=True)


@cache
def _rooted(text: str) -> frozenset[str]:
    return frozenset(map(root, text.split()))
