"""One door to language models: any OpenAI-compatible endpoint, by settings passed in.

Time, retries and length are bounded, and whatever goes wrong at the far side becomes `ModelDown`.
It must never read the environment, and never send a trace anywhere but to the endpoint given.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import cache
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    message_chunk_to_message,
)
from langchain_core.messages.ai import UsageMetadata
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel, Field, SecretStr

from agents.budget import Budget
from twin_core.errors import ModelDown
from twin_core.value import Value

_PASSES = frozenset({408, 409, 429, 500, 502, 503, 504})
"""HTTP statuses that may be over the next time."""
_PAUSE_S = 0.5
"""Before the next time, where the endpoint names none."""


class ModelSettings(Value):
    """Where a language model is and how long it may take.

    Attributes:
        name: the model's name at the endpoint.
        key: its API key.
        base_url: of an OpenAI-compatible endpoint, ending in `/v1`; absent = OpenAI's own.
        timeout_s: for one attempt.
    """

    name: str
    key: SecretStr
    base_url: str | None = None
    timeout_s: float = Field(default=30.0, gt=0)


def open_model(settings: ModelSettings) -> BaseChatModel:
    """The chat model at an OpenAI-compatible endpoint; nothing is sent yet."""
    from agents.stream import Streamed

    return Streamed(
        model=settings.name,
        api_key=settings.key,
        base_url=settings.base_url or "https://api.openai.com/v1",
        timeout=settings.timeout_s,
        max_retries=0,  # `ask_model` tries again, within the time of the run
        temperature=0,
        streaming=True,
        use_responses_api=False,
    )


def name_of(model: BaseChatModel) -> str:
    """What stands under an answer: the model's name."""
    return str(getattr(model, "model_name", None) or getattr(model, "name", None) or "model")


def schemas(tools: Sequence[BaseTool]) -> list[dict[str, Any]]:
    """What a model is told of tools, in the form of the chat-completions protocol."""
    found = []
    for tool in tools:
        arguments: Any = tool.args_schema
        found.append(_schema(tool.name, tool.description, arguments))
    return found


@cache
def _schema(name: str, description: str, arguments: type[BaseModel]) -> dict[str, Any]:
    """One tool's schema: the same for every run, and dear to make."""
    told = {"title": name, "description": description}
    return convert_to_openai_tool({**arguments.model_json_schema(), **told})


@dataclass(frozen=True, slots=True)
class Said:
    """One answer of a model: its message, and what its endpoint counted of it, if anything."""

    message: AIMessage
    usage: UsageMetadata | None


async def ask_model(
    model: BaseChatModel,
    tools: Sequence[dict[str, Any]],
    messages: Sequence[BaseMessage],
    budget: Budget,
    hear: Callable[[str], None] = lambda _: None,
) -> Said:
    """The model's next message: words, or calls of tools.

    Args:
        model: the model.
        tools: schemas of those it may call.
        messages: the conversation.
        budget: how long it may take, and how often a refusal is tried again. An endpoint that says
            when to come again is asked again then, if the time allows it, and else given up.
        hear: told the words so far, whenever there are more.

    Raises:
        ModelDown: no answer in time, a refusal, or an answer that is none.
    """
    bound: Any = model.bind_tools(tools) if tools else model
    clock = asyncio.get_running_loop().time
    deadline = clock() + budget.model_s
    try:
        async with asyncio.timeout_at(deadline):
            for left in range(budget.retries, -1, -1):
                try:
                    return _checked(await _heard(bound, messages, hear), name_of(model))
                except ModelDown:
                    raise
                except Exception as problem:  # whatever a vendor's library makes of it
                    wait_s = _again_s(problem)
                    if not left or wait_s is None or clock() + wait_s >= deadline:
                        raise ModelDown(name_of(model), _reason(problem)) from problem
                await asyncio.sleep(wait_s)
    except TimeoutError as problem:
        said = f"no answer within {budget.model_s:.0f} s"
        raise ModelDown(name_of(model), said) from problem
    raise AssertionError


async def _heard(
    bound: Any, messages: Sequence[BaseMessage], hear: Callable[[str], None]
) -> BaseMessage:
    """The whole message, told as it comes; its last piece has all but the words before it."""
    text, piece = "", AIMessage("")
    async with aclosing(bound.astream(list(messages))) as coming:
        async for piece in coming:
            if isinstance(piece, AIMessageChunk) and piece.text:
                text += piece.text
                hear(text)
    if not isinstance(piece, AIMessageChunk):  # a model that does not stream
        return piece
    return message_chunk_to_message(piece.model_copy(update={"content": text}))


def _checked(heard: BaseMessage, name: str) -> Said:
    """The message, if it is one.

    Raises:
        ModelDown: it is none.
    """
    if not isinstance(heard, AIMessage):
        raise ModelDown(name, "its answer was not an assistant's message")
    if heard.response_metadata.get("finish_reason", "stop") in {"", "length"}:
        raise ModelDown(name, "its answer was cut off")
    if not (heard.tool_calls or heard.invalid_tool_calls or heard.text.strip()):
        raise ModelDown(name, "its answer was empty")
    return Said(heard, heard.usage_metadata)


def _again_s(problem: Exception) -> float | None:
    """Seconds after which the same request may come again; None: it may not."""
    status = getattr(problem, "status_code", None)
    if status not in _PASSES and type(problem).__name__ != "APIConnectionError":
        return None
    headers = getattr(getattr(problem, "response", None), "headers", {})
    try:
        return max(0.0, float(headers.get("retry-after", _PAUSE_S)))
    except ValueError:  # a date: a wait that nobody promised to be short
        return None


def _reason(problem: Exception) -> str:
    """One clause without addresses or keys: the kind of failure and its HTTP status."""
    status = getattr(problem, "status_code", None)
    words = {401: "the key was refused", 403: "the key was refused", 429: "too many requests"}
    if isinstance(status, int):
        return words.get(status, f"it answered with HTTP status {status}")
    return f"its answer could not be read ({type(problem).__name__})"
