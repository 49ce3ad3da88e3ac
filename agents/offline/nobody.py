"""What is named that nothing in the plant is called: “is the sleever on line 2 running?”.

It must never take for a machine that is not there what is only asked for.
"""

import re

from agents.offline import grammar
from agents.offline.pieces import pieces
from agents.offline.question import POSSESSIVES, Said
from agents.offline.slots import does
from tools.vocabulary import strange
from twin_core.plant.mentions import Mention
from twin_core.plant.names import Names

_ON_A_LINE = re.compile(
    r"(?:\b(?:is|are|does|do|did|has|was|were)|^(?:hows|show|check)(?: me)?|(?P<of>\bof)) the "
    r"(?P<thing>[a-z][a-z-]*) (?:[a-z]+ )?(?:on|of|at) $"
)
_ASKED_FOR = re.compile(
    r"\b(?:(?:what|which) (?:machine|one|unit|station|part|bit|thing)|who|whats?|which)"
    r"(?: is| are| was| were| has been) $"
)
"""“Which machine is the …”: what is asked for, and no machine of that name."""
_BEFORE_A_LINE = re.compile(
    r"^\W*(?:the )?(?P<thing>[a-z]+(?: [a-z]+)?) (?:(?:on|of|at) (?:the )?)?$"
)
_QUALIFIED = re.compile(r"\b(?:the|our) (?P<word>[a-z]{4,}) $")
_DESCRIBES = re.compile(r"(?:[^e]y|ed|en|ing|est|ous|ful|ish)$|^(?:damn|poor|good|very|whole)$")
"""Says how something is, not which it is: “the squeaky conveyor”."""
_WHY_IS = re.compile(
    r"\W*(?:and |so |but )*(?:why|how come|how fast|where)(?: is| are| was| has| did| does)? the "
    r"(?P<thing>[a-z][a-z-]*) "
)
_WHOSE = re.compile(
    r"\b(?:why|how come|what|whats|how high|how low) (?:is|are|was|were) (?:(?:the|our|its) )?"
    r"(?P<thing>[a-z]+(?: [a-z]+)?) $"
)


def other_than(mention: Mention, said: Said, names: Names) -> str:
    """The name of one of several alike by a word that none of them bears: “the jockey pump”."""
    found = _QUALIFIED.search(said.text[: mention.start].lower())
    if len(mention.paths) < 2 or found is None:
        return ""
    word = found["word"]
    own = grammar.knows([word]) or not strange(word, names) or _DESCRIBES.search(word)
    return "" if own else f"{word} {mention.text}"


def strange_on_a_line(said: Said, names: Names) -> tuple[str, str]:
    """What is said to be on a line, and is neither a name of ours nor the grammar's; the line."""
    for line in said.of_kind("line"):
        found = _ON_A_LINE.search(said.text[: line.start].lower())
        found = None if found is None or _is_asked_for(found) else found
        thing = found.group("thing") if found is not None else ""
        if found is not None and found["of"]:
            # “The speed of the labeller of …” speaks of a machine, “the cause of the …” may not.
            told = (m for m in said.of_kind("measurement") if set(m.paths) - does(names))
            ends = {m.end + 1 for m in told}
            found = found if found.start("of") in ends else None
        if found is not None and not grammar.knows([thing]) and strange(thing, names):
            place = found.start("thing")
            if not any(m.start <= place < m.end for m in said.mentions):
                return thing, line.paths[0]
        alone = _BEFORE_A_LINE.match(said.text[: line.start].lower())
        owned = said.text[line.end :][:2] in POSSESSIVES  # “bump line 2’s filler”
        if alone is not None and not owned and not any(m.start < line.start for m in said.mentions):
            words = grammar.normal(alone.group("thing")).split()
            made = {word.removesuffix("s") for word in words} <= pieces(names)
            if len(grammar.unheard(words)) == len(words) and not made:
                return alone.group("thing"), line.paths[0]
    return "", ""


def _is_asked_for(found: "re.Match[str]") -> bool:
    """Whether it is asked which machine it is: “what machine is the slowcoach on line 1”."""
    return _ASKED_FOR.search(found.string[: found.start("thing") - len("the ")]) is not None


def nobody_asked_for(said: Said, names: Names) -> str:
    """What is asked about, of which nothing is measured or nothing is called so; empty if known."""
    return _measured_of_nothing(said, names) or _nothing(said, names)


def _measured_of_nothing(said: Said, names: Names) -> str:
    """Whose measurement is asked for, where that is no name here: “why is tower pressure low?”."""
    for measured in said.of_kind("measurement"):
        if set(measured.paths) <= does(names):  # “what is sat there waiting”
            continue
        found = _WHOSE.search(said.text[: measured.start].lower())
        if found is not None:
            place = found.start("thing")
            plain = grammar.content(grammar.normal(found.group("thing")))
            free = all(m.end <= place or m.start >= measured.start for m in said.mentions)
            if plain and free and not any(grammar.knows([word]) for word in plain):
                return found.group("thing").strip()
    return ""


def _nothing(said: Said, names: Names) -> str:
    """The machine that is asked about, where nothing is called so: “why is the sleever slow?”."""
    found = None if said.mentions else _WHY_IS.match(said.text.lower())
    thing = found["thing"] if found is not None else ""
    return thing if thing and not grammar.knows([thing]) and strange(thing, names) else ""
