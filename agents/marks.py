"""What a sentence must add to what it says: of what quality it is, and who wrote it.

Only where the sentence does not say so itself. It must never judge whether it is true.
"""

import re
from collections.abc import Iterator, Sequence

from agents.seen import Seen, Stated

DOCUMENT = re.compile(
    r"\b(?:manual|document|section|handbook|procedure|handbuch|manuel|passage)\b", re.IGNORECASE
)
_NOT = (
    r"\b(?:no|not|nothing|cannot|nobody|none|unknown|unable|outside|kein\w{0,2}|nicht|nichts"
    r"|unbekannt|ne|pas|rien|aucune?|nada|ning\w{1,4}|non|nessun\w?|niente|niet|geen|niets|não"
    r"|nenhum\w?|nie|brak|żadn\w{1,3}|inte|ingen|inget|inga)\b|n['’]t\b"
)
_KNOW = (
    r"(?:know|find|found|tell|told|data|information|evidence|answer|help|say|see|called|named|about"
    r"|weiß|sagen|daten|finden|gefunden|beleg|auskunft|sais|donnée|trouv|inform|datos|encontr|dati"
    r"|trov|gegevens|gevonden|weet|dados|danych|wiem|znal|hitta|vet\b|uppgift)"
)
_KNOWS_NOT = re.compile(rf"(?:{_NOT}).{{0,80}}{_KNOW}|{_KNOW}\w{{0,3}}\s(?:{_NOT})", re.IGNORECASE)
_SAYS = {
    "simulated": re.compile(
        r"simul|forecast|would|will\b|predict|expect|prognos|prévi|prévu|pronóst|pronost|previs"
        r"|likel|probab|risk"
        r"|\bif\b|effect|estimat|\bplan|learnt|model|interval|propos|wäre|würde|serait|could"
        r"|verwacht|prognoz"
        r"|better order|next \d|\bin the next|what-if|scenario|what limits|limits",
        re.IGNORECASE,
    ),
    "": re.compile(
        r"uncertain|unsure|\bbad\b|no data|no value|not known|not to be had|no reading|stale"
        r"|quarantin|not believed"
        r"|unsicher|veraltet|keine daten|incertain|périm|aucune donnée|inciert|sin datos|incert"
        r"|onzeker|niepewn|osäker"
        r"|lost|doubt|cannot be heard|not remembered|not given|cannot be told",
        re.IGNORECASE,
    ),
}


def marks_of(used: Sequence[Seen | Stated], text: str) -> tuple[str, ...]:
    """What a sentence must add, being silent of the quality of what it uses."""
    marks = dict.fromkeys(one.mark for one in used if one.mark)
    return tuple(m for m in marks if not _SAYS.get(m, _SAYS[""]).search(text))


def sources_of(written: Sequence[Seen], text: str) -> Iterator[str]:
    """Who wrote what the sentence says in his words, where it does not say so itself."""
    for one in written:
        if one.origin and one.origin.lower() not in text.lower() and not DOCUMENT.search(text):
            yield f"according to {one.origin}"


def asks_or_knows_not(text: str) -> bool:
    """Whether a sentence asks, or says that something is not known: it may name what was asked."""
    return text.rstrip().endswith("?") or _KNOWS_NOT.search(text) is not None
