"""What one question may cost, and what it has cost so far. Neither is ever told to a model."""

from dataclasses import dataclass, field

from langchain_core.messages.ai import UsageMetadata
from pydantic import Field

from twin_core.answer import Spent
from twin_core.value import Value

_MILLION = 1e6


class Budget(Value):
    """Bounds of one run. What is used up ends in the operator's answer.

    Attributes:
        steps: answers of the language model, the repair included.
        calls: tool calls in one step; more are not run. `all_calls`: in the whole run.
        repeats: how often the same call with the same arguments is run.
        retries: how often a refusal or lost connection of the model's endpoint is tried again.
        tokens: read and written by the language model.
        cost: of them, in the currency of the prices; None = not bounded.
        result_chars: of one tool's answer that a language model is shown.
        model_s: seconds for one answer of the model, waits and retries included.
        tool_s: seconds for one tool.
        total_s: seconds for the whole run.
    """

    steps: int = Field(default=10, gt=0)
    calls: int = Field(default=6, gt=0)
    all_calls: int = Field(default=30, gt=0)
    repeats: int = Field(default=2, gt=0)
    retries: int = Field(default=1, ge=0, le=3)
    tokens: int = Field(default=200_000, gt=0)
    cost: float | None = Field(default=None, gt=0)
    result_chars: int = Field(default=16_000, gt=0)
    model_s: float = Field(default=45.0, gt=0)
    tool_s: float = Field(default=60.0, gt=0)
    total_s: float = Field(default=150.0, gt=0)


class Prices(Value):
    """What an endpoint takes for a million tokens.

    Attributes:
        read, cached, written: read anew, read from its cache, written.
        currency: as it is to be shown.
    """

    read: float = Field(ge=0)
    cached: float = Field(ge=0)
    written: float = Field(ge=0)
    currency: str = ""


@dataclass(slots=True)
class Tally:
    """What one run has cost so far.

    Args:
        budget: what it may cost.
        prices: of the language model; None = not known.
    """

    budget: Budget
    prices: Prices | None = None
    steps: int = 0
    calls: int = 0
    _read: int = field(default=0, init=False)
    _cached: int = field(default=0, init=False)
    _written: int = field(default=0, init=False)
    _counted: bool = field(default=True, init=False)

    def add(self, usage: UsageMetadata | None, characters: tuple[int, int]) -> None:
        """One answer of the model: what its endpoint counted, or the characters in and out."""
        if usage is None:
            self._counted = False
            self._read += characters[0] // 4
            self._written += characters[1] // 4
            return
        self._read += usage["input_tokens"]
        self._cached += usage.get("input_token_details", {}).get("cache_read", 0) or 0
        self._written += usage["output_tokens"]

    @property
    def cost(self) -> float | None:
        """Of the tokens; None where no price is known, or nothing was asked of a model."""
        if self.prices is None or not self._read:
            return None
        anew = self._read - self._cached
        price = self.prices
        told = anew * price.read + self._cached * price.cached + self._written * price.written
        return told / _MILLION

    def used_up(self) -> str:
        """What of the budget is used up, as a clause; empty if nothing."""
        budget, cost = self.budget, self.cost
        if self.steps >= budget.steps:
            return "it did not come to an end"
        if self.calls >= budget.all_calls:
            return "it had looked up all that one answer may"
        if self._read + self._written >= budget.tokens:
            return "the tokens allowed for one answer were used up"
        if cost is not None and budget.cost is not None and cost >= budget.cost:
            return "the money allowed for one answer was used up"
        return ""

    def spent(self, seconds: float) -> Spent:
        """All of it, as the answer tells it."""
        cost = self.cost
        return Spent(
            steps=self.steps,
            calls=self.calls,
            tokens_in=self._read,
            tokens_cached=self._cached,
            tokens_out=self._written,
            counted=self._counted,
            cost=cost,
            currency="" if cost is None or self.prices is None else self.prices.currency,
            seconds=seconds,
        )
