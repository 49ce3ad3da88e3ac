"""Conversations: what is kept, what is let go."""

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.runnables import RunnableConfig

from agents.memory import Conversations, forgotten
from tests.agents.house import House


def turn(n):
    return [
        HumanMessage(f"question {n}", id=f"h{n}"),
        AIMessage("", id=f"c{n}", tool_calls=[{"name": "x", "args": {}, "id": f"k{n}"}]),
        ToolMessage("found", tool_call_id=f"k{n}", id=f"t{n}"),
        AIMessage(f"answer {n}", id=f"a{n}"),
    ]


def test_earlier_turns_keep_question_and_answer_only():
    """Tool calls and results of the past are let go; the newest question stays."""
    talk = [*turn(1), *turn(2), HumanMessage("question 3", id="h3")]
    assert [m.id for m in forgotten(talk)] == ["c1", "t1", "c2", "t2"]


def test_turns_older_than_the_last_few_go_whole():
    """A conversation does not grow for ever."""
    talk = [m for n in range(20) for m in turn(n)] + [HumanMessage("now", id="h99")]
    gone = {m.id for m in forgotten(talk)}
    left = [m.id for m in talk if m.id not in gone]
    assert left[-1] == "h99"
    assert len([i for i in left if i.startswith("h")]) == 6


def test_nothing_is_forgotten_of_nothing():
    """An empty conversation has nothing to let go."""
    assert forgotten([]) == []


def kept(house) -> Conversations:
    memory = house.assistant._graph.checkpointer
    assert isinstance(memory, Conversations)
    return memory


async def test_only_the_newest_state_of_a_thread_is_stored():
    """Ten questions leave one state, and the conversation is still known."""
    house = House()
    memory = kept(house)
    for _ in range(10):
        await house.ask("how is line 4?")
    await house.ask("how is line 4?", "other")
    assert {len(spaces[""]) for spaces in memory.storage.values()} == {1}
    assert len({key for key in memory.blobs if key[0] == "ola/t"}) < 12
    answer = await house.ask("why?")
    assert "Line 4 makes 403" in answer.text


async def test_the_longest_unused_thread_is_let_go_first(monkeypatch):
    """A thousand threads are kept; two in this test."""
    monkeypatch.setattr("agents.memory._THREADS", 2)
    house = House()
    for thread in ("a", "b", "c"):
        await house.ask("how is line 4?", thread)
    assert set(kept(house).storage) == {"ola/b", "ola/c"}
    answer = await house.ask("why?", "a")
    assert "Which do you mean" in answer.text


async def test_what_is_stored_is_plain():
    """Messages of langchain and JSON: a strict store takes it."""
    house = House()
    await house.ask("what is line 4 making?")
    config: RunnableConfig = {"configurable": {"thread_id": "ola/t"}}
    state = await house.assistant._graph.aget_state(config)
    for message in state.values["messages"]:
        if isinstance(message, ToolMessage):
            assert isinstance(message.artifact, dict)
