"""What an answer cost: the language model's answers and tokens, and the calls of tools.

Counted from outside, by LangChain's own callbacks. It must never change what is asked.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, LLMResult
from langchain_core.tracers.context import register_configure_hook

_RUNNING: "ContextVar[Meter | None]" = ContextVar("opstwin_meter", default=None)


class Meter(BaseCallbackHandler):
    """Counts while it is set.

    Attributes:
        steps: answers that the model was asked for; `calls` of tools; `tokens` in and out.
    """

    def __init__(self) -> None:
        self.steps = self.calls = self.tokens = 0

    def on_chat_model_start(
        self,
        serialized: dict[str, Any],
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        **kwargs: Any,
    ) -> None:
        """The model is asked."""
        del serialized, messages, run_id, kwargs
        self.steps += 1

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        """The model has answered."""
        del run_id, kwargs
        for generation in (one for some in response.generations for one in some):
            if isinstance(generation, ChatGeneration) and isinstance(generation.message, AIMessage):
                usage = generation.message.usage_metadata
                self.tokens += 0 if usage is None else usage["total_tokens"]

    def on_tool_start(
        self, serialized: dict[str, Any], input_str: str, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """A tool is called."""
        del serialized, input_str, run_id, kwargs
        self.calls += 1


@contextmanager
def metered(meter: Meter) -> Iterator[None]:
    """Count everything that is begun inside."""
    _hooked()
    token = _RUNNING.set(meter)
    try:
        yield
    finally:
        _RUNNING.reset(token)


@cache
def _hooked() -> None:
    register_configure_hook(_RUNNING, inheritable=True)
