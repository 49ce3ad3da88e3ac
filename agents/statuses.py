"""Words that say how something stands, in nine languages, and what each of them means.

A closed vocabulary: PackML states of machines, ISA-18.2 states of alarms, states of incidents and
of proposals. Only what says that something *is* so counts: what must be, could be, is not yet or is
asked for says nothing. It must never decide whether a status is true: `grounding.py` does.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from agents.deeds import deeds

Domain = Literal["machine", "alarm", "case", "decision"]

_MACHINE = {
    "execute": (
        "execute|running|producing|in production|in operation|läuft|produziert"
        "|en marche|tourne|en marcha|produciendo|in marcia|in funzione|draait|em marcha"
        "|em produção|działa|pracuje|i drift"
    ),
    "stopped": (
        "stopped|at a standstill|standing still|shut down|is down|not running"
        "|steht still|gestoppt|angehalten|stillgestanden|arrêtée?s?|à l['’]arrêt"
        "|parad[oa]s?|detenid[oa]s?|ferm[oai]|staat stil|zatrzyman\\w{1,3}|stoppad\\w?"
        "|står stilla"
    ),
    "held": "held|on hold",
    "suspended": "suspended",
    "idle": "idle|idling",
    "aborted": "aborted|tripped",
    "starting": "starting(?: up)?",
    "stopping": "stopping",
    "holding": "holding",
    "unholding": "unholding",
    "suspending": "suspending",
    "unsuspending": "unsuspending",
    "resetting": "resetting",
    "completing": "completing",
    "completed": "completed?",
    "clearing": "clearing",
    "aborting": "aborting",
    "starved": "starved",
    "blocked": "blocked|blockiert",
}
_ALARM = {
    "unacknowledged": "unacknowledged|unquittiert|nicht quittiert",
    "acknowledged": (
        "acknowledged|quittiert|acquittée?s?|reconocid[oa]s?|riconosciut[oaie]"
        "|bevestigd|reconhecid[oa]s?|potwierdzon\\w{1,3}|kvitterad\\w?"
    ),
    "shelved": "shelved",
    "suppressed": "suppressed|unterdrückt",
    "out_of_service": "out of service|out_of_service|außer betrieb|hors service",
    "returned": "returned(?: to normal)?",
}
_CASE = {
    "open": ("open|offen|ouverte?s?|abiert[oa]s?|apert[oaie]|abert[oa]s?|otwart\\w{1,3}|öppe[nt]"),
    "closed": (
        "closed|resolved|geschlossen|fermée?s?|cerrad[oa]s?|chius[oaie]|gesloten"
        "|fechad[oa]s?|zamknięt\\w{1,3}|stängd"
    ),
}
_DECISION = {
    "pending": (
        "pending|waiting|waits? for|awaiting|wartet|en attente|pendiente|in attesa|oczekuje"
    ),
    "approved": (
        "approved|authori[sz]ed|signed off|cleared to run|has approval|have approval"
        "|genehmigt|freigegeben|approuvée?s?|aprobad[oa]s?|autorizad[oa]s?|approvat[oaie]|goedgekeurd"
        "|aprovad[oa]s?|zatwierdzon\\w{1,3}|godkänt?|godkänd"
    ),
    "rejected": (
        "rejected|declined|denied|abgelehnt|rejetée?s?|refusée?s?|rechazad[oa]s?"
        "|rifiutat[oaie]|afgewezen|rejeitad[oa]s?|odrzucon\\w{1,3}|avslagen"
    ),
    "executed": (
        "executed|carried out|written|applied|implemented|put into effect|ausgeführt"
        "|umgesetzt|geschrieben|exécutée?s?|ejecutad[oa]s?|eseguit[oaie]|uitgevoerd"
        "|executad[oa]s?|wykonan\\w{1,3}|utförd|genomförd"
    ),
    "verified": (
        "verified|read back|verifiziert|vérifiée?s?|verificad[oa]s?|geverifieerd|verifierad"
    ),
    "confirmed": "confirmed|bestätigt|confirmée?s?|confirmad[oa]s?|confermat[oaie]",
    "done": "done|erledigt|fait|hecho|fatto|gedaan|feito|zrobione|gjort",
    "expired": "expired|abgelaufen",
    "withdrawn": "withdrawn|cancell?ed|zurückgezogen",
    "rolled_back": "rolled back|rolled_back|undone",
    "failed": "failed",
    "released": "released from quarantine",
}
_PLAIN = frozenset({"failed", "pending"})
"""Said of much else too."""
_SHOWN = frozenset({"confirmed", "verified", "done"})
"""Said of much else where nothing *is* said to be so."""
_DOMAINS: dict[Domain, dict[str, str]] = {
    "machine": _MACHINE, "alarm": _ALARM, "case": _CASE, "decision": _DECISION,
}  # fmt: skip


@cache
def _by_beginning() -> "dict[str, list[tuple[re.Pattern[str], Domain, str]]]":
    """The vocabulary by the first two letters of its words: few are tried at each."""
    table: dict[str, list[tuple[re.Pattern[str], Domain, str]]] = {}
    for domain, words in _DOMAINS.items():
        for status, many in words.items():
            for said in many.split("|"):
                form = re.compile(rf"(?:{said})(?![\w-])", re.IGNORECASE)
                table.setdefault(said[:2].lower(), []).append((form, domain, status))
    return table


_WORD = re.compile(r"(?<![\w-])[^\W\d_]+")
_IS = re.compile(
    r"(?:\b(?:is|are|was|were|be|been|being|has|have|had|stays?|stayed|remains?|remained|became"
    r"|becomes|went|goes|in|state|status|still|now|currently|again|ist|sind|war|waren|wird|wurde"
    r"|est|sont|était|está|están|es|è|sono|wordt|jest|są|är|and|or)|[:=,(])\s*(?:\w{1,12}\s){0,2}$",
    re.IGNORECASE,
)
_VERBS = re.compile(
    r"läuft|produziert|tourne|draait|działa|pracuje|is down|steht|står|staat|not running",
    re.IGNORECASE,
)
_UNREAL = re.compile(
    r"\b(?:(?:must|can|cannot|could|may|might|will|would|should|shall|needs?|has|have|to)"
    r"(?:\s(?:first|then|still|only|also|not|never|yet|now|to)){0,2}\s(?:be|have\sbeen|get)"
    r"(?:\s\w{1,12}){0,2}"
    r"|(?:if|once|until|till|unless|whether|before|falls|wenn|bevor|sobald|si|se|jeśli)"
    r"(?:\s[\w'’-]{1,20}){0,4}"
    r"|(?:never|nobody|nothing|none|niemand|nichts|rien|nadie|nessuno|niets)(?:\s\w{1,12}){0,3}"
    r"|(?:muss|müssen|kann|soll|doit|peut|debe|puede|deve|può|moet|kan|musi|może|måste|ska)"
    r"(?:\s[\w'’-]{1,20}){0,4})\s*$",
    re.IGNORECASE,
)
"""What is not said to be so: what must, can or will be, or is so only if something else is."""
_NOT = re.compile(
    r"(?:\b(?:not|no|n['’]t|never|without|neither|nor|nicht|kein\w{0,2}|pas|non|niet|geen|não|nie"
    r"|inte|aucune?|ning\w{1,4}|isn['’]t|wasn['’]t|aren['’]t|hasn['’]t|no longer)\b)"
    r"\s*(?:\w{1,12}\s){0,3}$",
    re.IGNORECASE,
)
_NOUNS = re.compile(
    r"\b(?:incident|work order|proposal|alarm|case|vorfall|in-|p-|wo-)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Status:
    """A status that a text claims.

    Attributes:
        domain: of what; `acted`: what nobody here may say: that we did something, that something
            was set, that no approval is needed.
        start, end: where the word stands.
        denied: whether it is said not to be so.
    """

    domain: Domain | Literal["acted"]
    name: str
    start: int
    end: int
    denied: bool = False


def statuses(text: str) -> Iterator[Status]:
    """What a sentence says of how something stands."""
    for deed in deeds(text):
        before = text[max(0, deed.start - 60) : deed.start]
        if deed.ours or not (_UNREAL.search(before) or _is_status(deed.said)):
            yield Status("acted", deed.said, deed.start, deed.end)
    for found, domain, name in _said(text):
        start = found.start()
        before = text[max(0, start - 60) : start]
        if _UNREAL.search(before):
            continue
        said = found.group(0)
        if domain == "machine" and not (_VERBS.fullmatch(said) or _IS.search(before)):
            continue
        if name in _SHOWN and not _IS.search(before):
            continue
        if (domain == "case" or name in _PLAIN) and not _NOUNS.search(text):
            continue
        yield Status(domain, name, *found.span(), _NOT.search(before) is not None)


def _is_status(word: str) -> bool:
    return any(True for _ in _said(word))


def _said(text: str) -> "Iterator[tuple[re.Match[str], Domain, str]]":
    """Words of the vocabulary, the longest that begins at each place."""
    end, table = 0, _by_beginning()
    for word in _WORD.finditer(text):
        if word.start() < end:
            continue
        forms = table.get(word.group(0)[:2].lower(), ())
        tried = [(m, d, n) for f, d, n in forms if (m := f.match(text, word.start()))]
        if tried:
            longest = max(tried, key=lambda one: one[0].end())
            end = longest[0].end()
            yield longest


def seen_statuses(text: str) -> frozenset[str]:
    """The statuses that a text which was seen speaks of as they are."""
    return frozenset(
        name
        for found, _, name in _said(text)
        if not _UNREAL.search(text, max(0, found.start() - 60), found.start())
        and not _NOT.search(text, max(0, found.start() - 40), found.start())
    )
