"""A change of what only the answer before named: “what if we set it back to 5.45 bar?”.

The first machine of the answer that can be changed so is meant. It must never put one in the place
of a machine that the question names.
"""

import re
from dataclasses import dataclass

from agents.offline.changes import Changes, changes_in
from twin_core.plant.names import Names

_IT = re.compile(
    r"\b(?:it|this|that)\b(?=\s+(?:be|is|was|were|goes|went|go|should|back|to|at)\b)", re.IGNORECASE
)
_ITS = re.compile(r"\bits\b(?!\s+own\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Spoken:
    """What “it” may go back to.

    Attributes:
        units: paths of machines, the likeliest first.
        measured: what was spoken of to be measured there; empty if nothing was.
    """

    units: tuple[str, ...] = ()
    measured: str = ""

    def change(self, text: str, names: Names) -> Changes:
        """The one change that a text says of the first machine that it fits.

        Nothing where the text names a machine, or it fits none.
        """
        if any(m.kind == "unit" for m in names.mentions(text)):
            return Changes()
        for unit in self.units:
            name = names.full_name(unit)
            text = _ITS.sub(f"{name}’s", text, count=1)
            told = _IT.sub(f"the {self.measured} of {name}", text, count=1)
            for said in (told, text) if self.measured else (text,):
                found = changes_in(said, names, (unit,))
                if len(found.said) == 1 and not found.unread:
                    return found
        return Changes()
