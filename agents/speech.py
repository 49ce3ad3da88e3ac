"""The words of a draft, told sentence by sentence while a model still writes.

A sentence is told when the next one begins and all before it is bound to evidence. It must never
tell one that is not: from there on the draft is held back, until it was repaired or struck.
"""

import re
from collections.abc import Callable

from agents.grounding import Grounded

_BEGINS = re.compile(
    r"(?:[.!?][”\")]?(?:\s*\[ev-[^\]]*\])?\s+|\n)(?=[^\W\d_a-z]|[“\"„«(–•*¿¡-])", re.UNICODE
)
"""Where a sentence has ended and the next one begins, with a capital or a mark."""


class Speech:
    """What a reader has been told of an answer.

    Args:
        bind: the words bound to evidence; None while they cannot be.
        tell: takes the next piece.

    Attributes:
        told: all of it so far.
    """

    def __init__(self, bind: Callable[[str], Grounded | None], tell: Callable[[str], None]) -> None:
        self._bind, self._tell = bind, tell
        self._heard = 0
        self._held = False
        self.told = ""

    def begin(self) -> None:
        """Another draft begins; of it is told what goes on from what was told."""
        self._heard, self._held = 0, False

    def hear(self, draft: str) -> None:
        """The draft so far.

        Words that rest on nothing yet wait: a model may only be saying what it will look up.
        """
        if self._held:
            return
        ends = [end.end() for end in _BEGINS.finditer(draft, self._heard)]
        if not ends:
            return
        self._heard = ends[-1]
        found = self._bind(draft[: self._heard])
        if found is None or found.struck or not found.text.startswith(self.told):
            self._held = True
        elif found.cited:
            self._say(found.text)

    def end(self, text: str) -> None:
        """The answer's text as it is given; what of it was not told yet is."""
        if text.startswith(self.told):
            self._say(text)

    def _say(self, text: str) -> None:
        piece = text[len(self.told) :]
        if piece:
            self._tell(piece)
            self.told = text
