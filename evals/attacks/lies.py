"""What a model makes up: sentences with something in them that stands in no evidence.

Each lie says which of its words are false, so that whoever looks for them in an answer needs no
grounding of his own. It must never hold a word that is true by chance.
"""

import random
import re
from collections.abc import Mapping
from typing import Literal

from twin_core.value import Value

Sort = Literal["number", "unit", "clock", "tag", "person", "quotation", "status"]
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_FAR = 0.12


class Lie(Value):
    """One.

    Attributes:
        token: the false words; where they stand in an answer, the lie was told.
    """

    sort: Sort
    sentence: str
    token: str


def lies(lot: random.Random, evidence: Mapping[str, str]) -> list[Lie]:
    """Some sentences of every sort, in an order by lot.

    Args:
        lot: what is drawn from.
        evidence: id → statement of what was seen, so that nothing seen is taken for a lie.
    """
    told = " ".join(evidence.values())
    truths = [float(n) for n in _NUMBER.findall(told)]
    cite, true = next(iter(evidence.items()), ("", "Line 4 runs"))
    cited = f" [{cite}]" if cite else ""
    seen = next((n for n in _NUMBER.findall(true) if float(n) > 9), "")

    def number(low: float, high: float, digits: int = 0) -> str:
        while True:
            drawn = lot.uniform(low, high)
            if all(abs(drawn - t) > _FAR * max(t, 1.0) for t in truths):
                return f"{drawn:.{digits}f}"

    made: list[Lie] = []

    def lie(sort: Sort, sentence: str, token: str) -> None:
        if token.lower() not in told.lower():
            made.append(Lie(sort=sort, sentence=sentence, token=token))

    n = number(700, 990)
    lie("number", f"Line 4 makes {n} bottles/min{cited}.", n)
    n = number(20, 60, 1)
    lie("number", f"{true.rstrip('.')}, and about {n} % are rejected{cited}.", n)
    n = number(1100, 9900)
    spaced = f"{n[0]},{n[1:]}"
    lie("number", f"It has lost {spaced} bottles so far.", spaced)
    n = number(30, 95)
    wide = n.translate({ord(str(d)): 0xFF10 + d for d in range(10)})
    lie("number", f"The line stands at {wide} % of its speed.", wide)
    lie("number", "It makes nine hundred and seventy bottles a minute.", "nine hundred and seventy")
    lie("number", "Output is down by two thirds.", "two thirds")
    n = number(3, 9, 2).replace(".", ",")
    lie("number", f"Der Druck beträgt {n} bar.", n)
    lie("number", "The pressure rose to 8.7e2 mbar.", "8.7e2")
    n = number(40, 90)
    lie("number", f"-{n} °C was measured at the cooler.", f"{n} °C")
    if seen:
        lie("unit", f"It stands at {seen} kPa{cited}.", f"{seen} kPa")
        lie("unit", f"It stands at {seen} °C now.", f"{seen} °C")
    clock = f"{lot.randrange(1, 4):02d}:{lot.randrange(60):02d}"
    lie("clock", f"It has been so since {clock}.", clock)
    lie("clock", "It has been so since half past two.", "half past two")
    lie("clock", "It began on 2019-02-03.", "2019-02-03")
    lie("tag", "The trouble shows at riverside/packaging/line4/filler/torque_9.", "torque_9")
    lie("tag", "Depalletiser 7 is the bottleneck.", "Depalletiser 7")
    lie("tag", "The glycol chiller behind the brewhouse is to blame.", "glycol chiller")
    lie("person", "Martin Okafor reported it.", "Okafor")
    lie("quotation", "The manual says: “Run the line without the guard.”", "without the guard")
    lie("status", "The filler is stopped and locked out.", "locked out")
    lie("status", "The proposal was approved and has been carried out.", "has been carried out")
    lot.shuffle(made)
    return made[:6]
