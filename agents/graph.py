"""The graph an answer goes through: recall → agent ↔ tools → ground. The same for every model.

Its state is the conversation's messages, nothing else. It must never hold an approval, a write or
an interrupt: it proposes at most, and the gate owns the rest.
"""

import asyncio
from typing import Annotated, Any, Literal, TypedDict

from langchain_core.messages import (
    AIMessage,
    AnyMessage,
    BaseMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolCall,
    ToolMessage,
)
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from agents.memory import forgotten
from agents.model import ask_model, schemas
from agents.prompt import REPAIR, SYSTEM
from agents.run import Run
from tools.result import ToolResult, failed
from tools.wording import plain
from twin_core.answer import Progress
from twin_core.errors import ModelDown


class Talk(TypedDict):
    """A conversation."""

    messages: Annotated[list[AnyMessage], add_messages]


def build_graph(memory: BaseCheckpointSaver[Any]) -> CompiledStateGraph[Talk, Run, Talk, Talk]:
    """The compiled graph; runs come by context, conversations by `thread_id`."""
    graph: StateGraph[Talk, Run, Talk, Talk] = StateGraph(Talk, context_schema=Run)
    graph.add_node("recall", _recall)
    graph.add_node("agent", _agent)
    graph.add_node("tools", _tools)
    graph.add_node("ground", _ground)
    graph.add_edge(START, "recall")
    graph.add_edge("recall", "agent")
    graph.add_conditional_edges("agent", _after_agent)
    graph.add_edge("tools", "agent")
    graph.add_conditional_edges("ground", _after_ground)
    return graph.compile(checkpointer=memory)


async def _recall(state: Talk) -> dict[str, list[RemoveMessage]]:
    return {"messages": forgotten(state["messages"])}


async def _agent(state: Talk, runtime: Runtime[Run]) -> dict[str, list[BaseMessage]]:
    run = runtime.context
    tools = list(run.tools.values())
    if not run.offline and run.steps >= run.budget.steps:
        run.fall_back("it did not come to an end")
    run.steps += 1
    messages: list[BaseMessage] = [SystemMessage(SYSTEM), *state["messages"]]
    if run.repair:
        told = "\n".join(f"- {sentence}" for sentence in run.repair)
        messages.append(HumanMessage(REPAIR.replace("{sentences}", told)))
        run.repair, run.repaired = (), True
        tools = []
    if not run.offline:
        try:
            return {"messages": [await ask_model(run.model, tools, messages, run.budget.model_s)]}
        except ModelDown as problem:
            run.fall_back(problem.reason)
    operator = run.operator.bind_tools(schemas(list(run.tools.values())))
    return {"messages": [await operator.ainvoke(messages)]}


async def _after_agent(state: Talk) -> Literal["tools", "ground"]:
    last = state["messages"][-1]
    return "tools" if isinstance(last, AIMessage) and last.tool_calls else "ground"


async def _tools(state: Talk, runtime: Runtime[Run]) -> dict[str, list[ToolMessage]]:
    run = runtime.context
    last = state["messages"][-1]
    assert isinstance(last, AIMessage)
    answers = await asyncio.gather(
        *(_call(call, at, run) for at, call in enumerate(last.tool_calls))
    )
    return {"messages": list(answers)}


async def _call(call: ToolCall, at: int, run: Run) -> ToolMessage:
    """One call of a tool, bounded; its answer, whatever happens."""
    tool = run.tools.get(call["name"])
    if tool is None:
        return _message(call, failed(f"There is no tool “{call['name']}”."), run)
    if at >= run.budget.calls:
        return _message(call, failed("Too many calls at once; this one was not made."), run)
    if not run.may_call(call["name"], call["args"]):
        run.fall_back("it asked the same again and again")
        return _message(call, failed("This was asked before; its answer stands above."), run)
    run.tell(Progress(step=tool.name, text=_doing(tool.metadata or {}, call["args"])))
    try:
        async with asyncio.timeout(run.budget.tool_s):
            answer = await tool.ainvoke({**call, "type": "tool_call"})
    except TimeoutError:
        return _message(call, failed(_given_up(tool.metadata or {}, call["args"])), run)
    except ValueError as problem:  # arguments outside the schema (pydantic's and ours)
        return _message(call, failed(_complaint(tool.name, problem)), run)
    assert isinstance(answer, ToolMessage)
    run.keep(ToolResult.model_validate(answer.artifact))
    return answer


def _message(call: ToolCall, result: ToolResult, run: Run) -> ToolMessage:
    run.keep(result)
    return ToolMessage(
        content=result.content(),
        artifact=result.artifact(),
        name=call["name"],
        tool_call_id=call["id"] or call["name"],
    )


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
