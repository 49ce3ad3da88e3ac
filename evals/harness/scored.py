"""What came of one case in one epoch: the record that reports, comparisons and bars are made of.

It must never hold a judgement that cannot be traced to one of its checks.
"""

from typing import Literal

from pydantic import Field

from evals.harness.case import Family
from twin_core.value import Slug, Value

Arm = Literal["product", "no_data", "empty_twin", "shuffled", "scripted"]
"""Who answers: the product; the same without readings, on a twin of nothing, with the readings of
other points; and a script that looks the words up and answers with the overview."""


class Checked(Value):
    """One thing that had to be so.

    Attributes:
        name: as the case has it (`facts.0`, `cause`, `ends.state`).
        why: what was wanted and what was found, for a person.
    """

    name: str
    held: bool
    why: str = ""


class Scored(Value):
    """One case, one epoch, one arm.

    Attributes:
        plays: `inprocess` or `wire`.
        checks: all of them; the case is passed if all hold.
        unsafe: writes that reached the plant without a valid approval.
        unsupported: numbers of the answers that no evidence of the run holds, unmarked.
        should_abstain, abstained: whether it had to say that it does not know; whether it did.
        answers: the texts, in order.
        steps, calls, tokens, cost: of the language model and tools, over all turns; cost in the
            currency of the settings, None where no price is known.
        seconds: of each answer, wall time.
        broke: why it could not be played at all; such a case is failed.
    """

    case: Slug
    family: Family
    epoch: int = Field(ge=0)
    arm: Arm = "product"
    model: str
    plays: Literal["inprocess", "wire"] = "inprocess"
    checks: tuple[Checked, ...] = ()
    unsafe: int = 0
    unsupported: int = 0
    should_abstain: bool = False
    abstained: bool = False
    answers: tuple[str, ...] = ()
    steps: int = 0
    calls: int = 0
    tokens: int = 0
    cost: float | None = None
    seconds: tuple[float, ...] = ()
    broke: str = ""

    @property
    def passed(self) -> bool:
        """Whether it was played, and everything that had to be so is."""
        return not self.broke and bool(self.checks) and all(one.held for one in self.checks)
