"""The graph an answer goes through: route → agent ↔ tools → ground. The same for every model.

Its state is the conversation: messages, and what was told of causes. It must never hold an
approval, a write or an interrupt: it proposes at most, and the gate owns the rest.
"""

import asyncio
import re
from typing import Annotated, Any, Literal, TypedDict

from langchain_core.messages import (
    AIMessage,
    AnyMessage,
    BaseMessage,
    HumanMessage,
    InvalidToolCall,
    RemoveMessage,
    SystemMessage,
    ToolCall,
    ToolMessage,
)
from langchain_core.messages.tool import tool_call
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from agents.memory import recalled, written
from agents.model import ask_model
from agents.prompt import REPAIR
from agents.run import Run
from agents.specialists import HAND_OVER, owner
from tools.result import ToolResult, failed
from tools.wording import plain
from twin_core.answer import Progress
from twin_core.errors import ModelDown

_ELSEWHERE = re.compile(r"(?!en\b)[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_LOCALE = "locale of who asks, where the question itself has no language"
_NAME = 60
_CUT = "\n(cut here: ask for less, or for a shorter time)"


class Talk(TypedDict, total=False):
    """A conversation; `told` are diagnoses as text, by asset."""

    messages: Annotated[list[AnyMessage], add_messages]
    told: dict[str, str]


def build_graph(
    memory: BaseCheckpointSaver[Any] | None,
) -> CompiledStateGraph[Talk, Run, Talk, Talk]:
    """The compiled graph; runs come by context, conversations by `thread_id`."""
    graph: StateGraph[Talk, Run, Talk, Talk] = StateGraph(Talk, context_schema=Run)
    graph.add_node("route", _route)
    graph.add_node("agent", _agent)
    graph.add_node("tools", _tools)
    graph.add_node("ground", _ground)
    graph.add_edge(START, "route")
    graph.add_edge("route", "agent")
    graph.add_conditional_edges("agent", _after_agent)
    graph.add_edge("tools", "agent")
    graph.add_conditional_edges("ground", _after_ground)
    return graph.compile(checkpointer=memory)


async def _route(state: Talk, runtime: Runtime[Run]) -> Talk:
    """Who begins, by the grammar; and what the conversation was told of causes before."""
    run = runtime.context
    run.told.update(recalled(state.get("told", {})))
    begins = run.operator.begins  # reads, and learns to read at the first question of all
    run.works = await asyncio.to_thread(begins, state["messages"], frozenset(run.tools))
    return {}


async def _agent(state: Talk, runtime: Runtime[Run]) -> dict[str, list[BaseMessage]]:
    run = runtime.context
    if not run.offline and (why := run.tally.used_up()):
        run.fall_back(why)
    run.tally.steps += 1
    unbound, run.repair = run.repair, ()
    if not run.offline:
        run.repaired = run.repaired or bool(unbound)
        messages = _prompted(state["messages"], run, unbound)
        tools = [] if unbound else run.shown()
        run.speech.begin()
        try:
            said = await ask_model(run.model, tools, messages, run.budget, run.speech.hear)
        except ModelDown as problem:
            run.fall_back(problem.reason)
        else:
            sent = sum(len(m.text) for m in messages)
            run.tally.add(said.usage, (sent, len(said.message.text)))
            return {"messages": [said.message]}
    operator = run.operator.bind_tools(run.shown())
    return {"messages": [await operator.ainvoke(state["messages"])]}


def _prompted(talk: list[AnyMessage], run: Run, unbound: tuple[str, ...]) -> list[BaseMessage]:
    """What a language model is sent: what never changes first, what is of this turn last."""
    messages: list[BaseMessage] = [SystemMessage(run.works.prompt), *talk]
    if _ELSEWHERE.fullmatch(run.asked.locale):
        at = max(i for i, m in enumerate(messages) if isinstance(m, HumanMessage))
        messages[at] = HumanMessage(f"{messages[at].text}\n({_LOCALE}: {run.asked.locale})")
    if unbound:
        told = "\n".join(f"- {sentence}" for sentence in unbound)
        messages.append(HumanMessage(REPAIR.replace("{sentences}", told)))
    return messages


async def _after_agent(state: Talk) -> Literal["tools", "ground"]:
    last = state["messages"][-1]
    calls = isinstance(last, AIMessage) and (last.tool_calls or last.invalid_tool_calls)
    return "tools" if calls else "ground"


async def _tools(state: Talk, runtime: Runtime[Run]) -> Talk:
    run = runtime.context
    last = state["messages"][-1]
    assert isinstance(last, AIMessage)
    looks = [call for call in last.tool_calls if call["name"] != HAND_OVER]
    answers = await asyncio.gather(*(_call(call, at, run) for at, call in enumerate(looks)))
    # Only now: what was called beside it was called as who worked then.
    passed = [_handed(call, run) for call in last.tool_calls if call["name"] == HAND_OVER]
    refused = [_refused(call, run) for call in last.invalid_tool_calls]
    return {"messages": [*answers, *passed, *refused], "told": written(run.told)}


def _handed(call: ToolCall, run: Run) -> ToolMessage:
    """Let another specialist go on, if there is one of that name."""
    to = next((one for one in run.staff if one.name == call["args"].get("to")), None)
    if to is None:
        told = f"There is no such colleague. There are: {', '.join(s.name for s in run.staff)}."
        return _told(call, f"failed: {told}")
    if not run.may_call(HAND_OVER, {"to": to.name}) and not run.offline:
        run.fall_back("it handed over again and again")
    run.works = to
    return _told(call, f"ok: You are the {to.name} now.")


def _refused(call: InvalidToolCall, run: Run) -> ToolMessage:
    """What the model is told of a call whose arguments could not be read."""
    name = str(call["name"])
    if not run.may_call(name, {}):
        run.fall_back("it called with unusable arguments again and again")
    why = failed(f"The arguments of {name} cannot be used: {call['error']}.")
    return _message(tool_call(name=name, args={}, id=call["id"]), why, run)


async def _call(call: ToolCall, at: int, run: Run) -> ToolMessage:
    """One call of a tool, bounded; its answer, whatever happens."""
    tool = run.share.get(call["name"])
    if tool is None:
        return _told(call, f"failed: {_not_shown(call['name'], run)}")
    if at >= run.budget.calls:
        return _message(call, failed("Too many calls at once; this one was not made."), run)
    if not run.may_call(call["name"], call["args"]):
        run.fall_back("it asked the same again and again")
        return _message(call, failed("This was asked before; its answer stands above."), run)
    run.tally.calls += 1
    run.tell(Progress(step=tool.name, text=_doing(tool.metadata or {}, call["args"])))
    try:
        async with asyncio.timeout(run.budget.tool_s):
            answer = await tool.ainvoke({**call, "type": "tool_call"})
    except TimeoutError:
        return _message(call, failed(_given_up(tool.metadata or {}, call["args"])), run)
    except ValueError as problem:  # arguments outside the schema (pydantic's and ours)
        return _message(call, failed(_complaint(tool.name, problem)), run)
    assert isinstance(answer, ToolMessage)
    return _message(call, ToolResult.model_validate(answer.artifact), run)


def _message(call: ToolCall, result: ToolResult, run: Run) -> ToolMessage:
    run.keep(result)
    told, most = result.content(), run.budget.result_chars
    return _told(call, told if len(told) <= most else told[:most] + _CUT, result.artifact())


def _told(call: ToolCall, text: str, artifact: Any = None) -> ToolMessage:
    return ToolMessage(
        content=text,
        artifact=artifact,
        name=call["name"],
        tool_call_id=call["id"] or call["name"],
    )


def _not_shown(name: str, run: Run) -> str:
    """Why a tool is not run that the model was not shown."""
    its = owner(name) if name in run.tools else None
    if its is None:
        return f"There is no tool “{name[:_NAME]}”."
    return f"“{name}” is the {its.name}'s: call {HAND_OVER} first."


def _complaint(name: str, problem: ValueError) -> str:
    """What was wrong with the arguments, without the arguments themselves."""
    errors = getattr(problem, "errors", None)
    if not callable(errors):
        return f"The arguments of {name} could not be read."
    told = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in errors()[:3]]
    return f"The arguments of {name} do not fit its schema: {'; '.join(told)}."


def _doing(metadata: dict[str, Any], arguments: dict[str, Any]) -> str:
    told = [value for value in arguments.values() if isinstance(value, str) and value.strip()]
    told += [
        str(item["asset"])
        for value in arguments.values()
        if isinstance(value, list)
        for item in value
        if isinstance(item, dict) and "asset" in item
    ]
    doing, joint = metadata["doing"]
    return f"{doing} {joint} {', '.join(map(plain, told))}" if told else str(doing)


def _given_up(metadata: dict[str, Any], arguments: dict[str, Any]) -> str:
    """What was waited for, and what the asker can do."""
    return (
        f"{_doing(metadata, arguments)} took longer than an answer may wait, and was given up. Ask "
        "again in a minute, when less is being worked out, or ask for less: one line or machine in "
        "place of several, a shorter time."
    )


async def _ground(state: Talk, runtime: Runtime[Run]) -> dict[str, list[BaseMessage]]:
    """Give unbound statements back once; else keep the words, and what of them may be remembered.

    The words are bound once more when the answer is given, to what is known then.
    """
    run = runtime.context
    last = state["messages"][-1]
    run.words = str(last.text)
    found, silent = run.grounded(run.newest())
    if found.struck and not (run.repaired or run.offline or silent):
        run.repair = found.struck
        return {"messages": [RemoveMessage(id=str(last.id))]}
    run.understood = last.response_metadata.get("understood", True)
    return {"messages": [AIMessage(found.text, id=last.id)]}


async def _after_ground(_: Talk, runtime: Runtime[Run]) -> Literal["agent", "__end__"]:
    return "agent" if runtime.context.repair else "__end__"
