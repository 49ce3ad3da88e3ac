"""One door to language models: any OpenAI-compatible endpoint, by settings passed in.

Time-outs and retries are bounded, and whatever goes wrong at the far side becomes `ModelDown`. It
must never read the environment, and never send a trace anywhere but to the endpoint given.
"""

import asyncio
from collections.abc import Sequence
from functools import cache
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel, Field, SecretStr

from twin_core.errors import ModelDown
from twin_core.value import Value

_LONGEST_ANSWER = 20_000


class ModelSettings(Value):
    """Where a language model is and how long it may take.

    Attributes:
        name: the model's name at the endpoint.
        key: its API key.
        base_url: of an OpenAI-compatible endpoint, ending in `/v1`; absent = OpenAI's own.
        timeout_s: for one attempt.
        retries: attempts after the first, on refusals and lost connections only.
    """

    name: str
    key: SecretStr
    base_url: str | None = None
    timeout_s: float = Field(default=30.0, gt=0)
    retries: int = Field(default=1, ge=0, le=3)


def open_model(settings: ModelSettings) -> BaseChatModel:
    """The chat model at an OpenAI-compatible endpoint; nothing is sent yet."""
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(
        model=settings.name,
        api_key=settings.key,
        base_url=settings.base_url or "https://api.openai.com/v1",
        timeout=settings.timeout_s,
        max_retries=settings.retries,
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


async def ask_model(
    model: BaseChatModel,
    tools: Sequence[BaseTool],
    messages: Sequence[BaseMessage],
    timeout_s: float,
) -> AIMessage:
    """The model's next message: words, or calls of tools.

    Raises:
        ModelDown: no answer in time, a refusal, or an answer that is none.
    """
    try:
        async with asyncio.timeout(timeout_s):
            bound: Any = model.bind_tools(schemas(tools)) if tools else model
            answer = await bound.ainvoke(list(messages))
    except TimeoutError as problem:
        raise ModelDown(name_of(model), f"no answer within {timeout_s:.0f} s") from problem
    except Exception as problem:  # whatever a vendor's library makes of a broken endpoint
        raise ModelDown(name_of(model), _reason(problem)) from problem
    if not isinstance(answer, AIMessage):
        raise ModelDown(name_of(model), "its answer was not an assistant's message")
    if answer.tool_calls:
        return answer
    if answer.invalid_tool_calls:
        raise ModelDown(name_of(model), "it called a tool with garbled arguments")
    if not answer.text.strip():
        raise ModelDown(name_of(model), "its answer was empty")
    if len(answer.text) > _LONGEST_ANSWER:
        raise ModelDown(name_of(model), "its answer had no end")
    return answer


def _reason(problem: Exception) -> str:
    """One clause without addresses or keys: the kind of failure and its HTTP status."""
    status = getattr(problem, "status_code", None)
    words = {401: "the key was refused", 403: "the key was refused", 429: "too many requests"}
    if isinstance(status, int):
        return words.get(status, f"it answered with HTTP status {status}")
    return f"its answer could not be read ({type(problem).__name__})"
