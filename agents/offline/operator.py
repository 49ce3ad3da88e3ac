"""The offline operator: a deterministic planner behind the chat-model interface.

It goes through the same graph as any language model: messages in, tool calls or words out. Its
vocabulary is the plant's names, the tools it is bound to and a grammar with examples. It learns
nothing: the same conversation reads the same for ever. Awaited, it reads in a thread.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.messages.tool import tool_call
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ConfigDict

from agents.offline.call import Call
from agents.offline.phrases import NAME
from agents.offline.plan import next_calls, supposing_clear
from agents.offline.question import Reading
from agents.offline.reading import Reads, read, read_conversation
from agents.offline.wording import word
from agents.specialists import ANALYST, HAND_OVER, STEWARD, Specialist, owner, within_reach
from tools.result import ToolResult
from twin_core.plant.names import Names

_LATELY = 500
"""Messages whose reading is remembered; a conversation is read at each step."""
_NOT_READ = frozenset({"unclear", "foreign"})


class OfflineOperator(BaseChatModel):
    """A chat model that plans by rules of grammar.

    Attributes:
        names: what people call things in this plant.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    names: Names
    model_name: str = NAME

    @cached_property
    def _reads(self) -> Reads:
        return lru_cache(_LATELY)(read)

    @property
    def _llm_type(self) -> str:
        return "offline-operator"

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The operator with the schemas of tools; it calls no other."""
        schemas = [convert_to_openai_tool(tool)["function"] for tool in tools]
        return self.bind(schemas=schemas, tool_choice=tool_choice, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002 (the interface's)
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002 (the interface's)
        **kwargs: Any,
    ) -> ChatResult:
        return self._next(messages, kwargs.get("schemas") or ())

    def _next(
        self, messages: Sequence[BaseMessage], bound: Sequence[Mapping[str, Any]]
    ) -> ChatResult:
        """The next message: the calls the plan still needs, or the answer.

        Calls of a colleague's tools wait, and he is let go on.
        """
        schemas = {s["name"]: s for s in bound}
        tools = within_reach(schemas, _colleagues(schemas.get(HAND_OVER, {})))
        readings = self.understand(messages)
        answers = _answers(messages)
        calls = next_calls(readings, answers, tools)
        made = [
            tool_call(name=c.tool, args=_fitting(c, schemas[c.tool]), id=f"{at}:{c.key}")
            for at, c in enumerate(calls)
            if c.tool in schemas
        ]
        other = next((owner(c.tool) for c in calls if c.tool not in schemas), None)
        if other is not None:
            made.append(tool_call(name=HAND_OVER, args={"to": other.name}, id=HAND_OVER))
        message = (
            AIMessage("", tool_calls=made)
            if made
            else AIMessage(
                word(readings, answers, tools),
                response_metadata={"understood": all(map(_is_read, readings))},
            )
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def begins(self, messages: Sequence[BaseMessage], tools: frozenset[str]) -> Specialist:
        """Who is to begin: the steward where a proposal is asked for, else whose tool is needed.

        That of which asset is asked is not clear makes no difference. Where nothing is understood,
        the analyst: he knows the names of things.
        """
        readings = self.understand(messages)
        if STEWARD.tools[0] in tools and any(r.kind == "propose" for r in readings):
            return STEWARD
        needed = next_calls([supposing_clear(r) for r in readings], {}, tools)
        return (owner(needed[0].tool) if needed else None) or ANALYST

    def understand(self, messages: Sequence[BaseMessage]) -> list[Reading]:
        """What the newest question of a conversation asks."""
        asked: list[str] = []
        told: list[str] = []
        for message in messages:
            if isinstance(message, HumanMessage):
                asked.append(str(message.text))
                told.append("")
            elif isinstance(message, AIMessage) and told:
                told[-1] = str(message.text)
        return read_conversation(asked, self.names, self._reads, told[:-1])


def _is_read(reading: Reading) -> bool:
    """Whether a question was understood; of a change, every word of it."""
    return reading.kind not in _NOT_READ and not reading.unread


def _answers(messages: Sequence[BaseMessage]) -> dict[str, ToolResult]:
    """Results of our own calls since the newest question, by the key of the call."""
    last = max((i for i, m in enumerate(messages) if isinstance(m, HumanMessage)), default=-1)
    return {
        m.tool_call_id.partition(":")[2]: ToolResult.model_validate(m.artifact)
        for m in messages[last + 1 :]
        if isinstance(m, ToolMessage) and m.artifact is not None and ":" in m.tool_call_id
    }


def _colleagues(schema: Mapping[str, Any]) -> Sequence[str]:
    """Whom the call of handing over may name."""
    to = schema.get("parameters", {}).get("properties", {}).get("to", {})
    return tuple(to.get("enum", ()))


def _fitting(call: Call, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The call's arguments as far as the tool's schema knows them, empty ones left out."""
    known = schema.get("parameters", {}).get("properties", {})
    return {k: v for k, v in call.arguments.items() if k in known and v != ""}
