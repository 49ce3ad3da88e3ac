"""What one question may cost: steps, tool calls, time. It must never be raised by a model."""

from pydantic import Field

from twin_core.value import Value


class Budget(Value):
    """Bounds of one run.

    Attributes:
        steps: answers of the language model, the repair included.
        calls: tool calls in one step; more are not run.
        repeats: how often the same call with the same arguments is run.
        model_s: seconds for one answer of the model.
        tool_s: seconds for one tool.
        total_s: seconds for the whole run.
    """

    steps: int = Field(default=10, gt=0)
    calls: int = Field(default=6, gt=0)
    repeats: int = Field(default=2, gt=0)
    model_s: float = Field(default=45.0, gt=0)
    tool_s: float = Field(default=60.0, gt=0)
    total_s: float = Field(default=150.0, gt=0)
