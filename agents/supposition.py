"""A what-if in plain words as changes that can be simulated: understood as the assistant would.

The grammar of the offline operator reads it, whichever model answers questions; the same words
mean the same for ever. It must never pass over what it does not understand, nor run anything.
"""

from dataclasses import dataclass, replace

from agents.offline.grammar import SUPPOSES, normal
from agents.offline.plan import line_of, needs_asking
from agents.offline.question import Reading
from agents.offline.reading import read
from agents.offline.wording import asked_back
from tools.change_said import ChangeSaid
from twin_core.errors import BadInput
from twin_core.plant.names import Names


@dataclass(frozen=True, slots=True)
class Supposition:
    """What was supposed.

    Attributes:
        options: the changes of each alternative; one of none is things as they are.
        line: whose rate is asked, as it was said; empty = the lines concerned, as
            where several are said.
        horizon: how far ahead, as it was said; empty = not said.
        start: from where, as it was said (“22:00”, “healthy”); empty = now.
    """

    options: tuple[tuple[ChangeSaid, ...], ...]
    line: str = ""
    horizon: str = ""
    start: str = ""


def suppose(text: str, names: Names) -> Supposition:
    """What a text supposes: “slow filler 4 by 5 %”, “what if …”, “… or …”.

    Raises:
        BadInput: it is not understood, or could mean several things; with what is understood.
    """
    readings = read(text, names)
    if not (SUPPOSES.search(normal(text)) or readings[0].kind == "compare"):
        readings = read(f"What if {text.strip()}", names)
    reading = readings[0]
    nothing = reading.kind == "compare" and not (reading.options or reading.changes)
    supposes = reading.kind in {"what_if", "compare"} and not nothing
    if len(readings) > 1 or not supposes or needs_asking(reading):
        raise BadInput(asked_back(_plainly(reading, text)))
    options = [[one] for one in reading.options] or [list(reading.changes)]
    return Supposition(
        options=tuple(tuple(ChangeSaid(**change) for change in option) for option in options),
        line=line_of(reading),
        horizon=reading.horizon,
        start=reading.start,
    )


def _plainly(reading: Reading, text: str) -> Reading:
    """The reading with the words that were said, not those put before them."""
    unread = reading.unread.removeprefix("What if").strip() or text.strip()
    return replace(reading, question=text.strip(), unread=unread if reading.unread else "")
