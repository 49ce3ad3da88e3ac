"""Conversations: what is kept, what is let go, whose it is, and that it outlives the process."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from agents.budget import Budget
from agents.memory import Conversations, ThisProcess, named, remembered
from connectors.threads import SqlThreads
from tests.agents.house import House
from tests.agents.test_assistant import stuck
from tests.fakes import FakeClock, FakeThreads
from tests.tools.scenery import OPERATOR, VIEWER


def turn(n):
    return [
        HumanMessage(f"question {n}", id=f"h{n}"),
        AIMessage("", id=f"c{n}", tool_calls=[{"name": "x", "args": {}, "id": f"k{n}"}]),
        ToolMessage("found", tool_call_id=f"k{n}", id=f"t{n}"),
        AIMessage(f"answer {n}", id=f"a{n}"),
    ]


def test_of_a_turn_question_and_answer_are_remembered_only():
    """Tool calls and results are let go."""
    talk = [*turn(1), *turn(2), HumanMessage("question 3", id="h3")]
    assert [m.id for m in remembered(talk)] == ["h1", "a1", "h2", "a2", "h3"]


def test_turns_older_than_the_last_few_go_whole():
    """A conversation does not grow for ever."""
    left = [m.id for m in remembered([m for n in range(20) for m in turn(n)])]
    assert left == [f"{kind}{n}" for n in range(14, 20) for kind in "ha"]


def test_nothing_is_remembered_of_nothing():
    """An empty conversation has nothing to keep."""
    assert remembered([]) == []


def stored(threads, user="ola", thread="t") -> Any:
    """What is in the store, read as strictly as it may be."""
    strict = JsonPlusSerializer(allowed_msgpack_modules=None)
    return strict.loads_typed(("msgpack", threads.bodies[user, thread]))["channel_values"]


async def test_what_is_stored_is_words_and_what_was_told_of_causes():
    """No tool message, no call, no channel of the graph's own; ten turns are no more than six."""
    threads = FakeThreads()
    house = House(threads=threads)
    for _ in range(10):
        await house.ask("why is line 4 slow?")
    values = stored(threads)
    assert set(values) == {"messages", "told"}
    assert [type(m) for m in values["messages"]] == [HumanMessage, AIMessage] * 6
    assert not any(m.tool_calls for m in values["messages"] if isinstance(m, AIMessage))
    assert list(values["told"]) == ["riverside/packaging/line4"]


async def test_the_longest_unused_thread_of_this_process_is_let_go_first(monkeypatch):
    """A thousand threads are kept; two in this test."""
    monkeypatch.setattr("agents.memory._THREADS", 2)
    threads = ThisProcess()
    house = House(threads=threads)
    for thread in ("a", "b", "c"):
        await house.ask("how is line 4?", thread)
    assert set(threads._kept) == {("ola", "b"), ("ola", "c")}
    answer = await house.ask("why?", "a")
    assert "Which do you mean" in answer.text


async def test_a_conversation_outlives_the_process(tmp_path):
    """“And line 2?” and “propose it” mean after a restart what they meant before it."""
    url = f"sqlite:///{tmp_path}/threads.db"
    store = SqlThreads(url, FakeClock(), 90)
    await House(threads=store).ask("why is line 4 slow?", "story")
    await store.close()
    store = SqlThreads(url, FakeClock(), 90)
    house = House(threads=store)
    assert "Nothing abnormal was found on line 2" in (await house.ask("and line 2?", "story")).text
    await house.ask("why is line 4 slow?", "story")
    await store.close()
    store = SqlThreads(url, FakeClock(), 90)
    house = House(threads=store)
    house.forecaster._answers["diagnose"] = None  # it is not diagnosed anew
    answer = await house.ask("propose it", "story")
    assert answer.proposals == ("p-00000001",)
    await store.close()


@pytest.mark.catches("two names that are one thread")
async def test_nobody_continues_another_persons_thread():
    """Whatever characters are in the names."""
    house = House()
    slash = OPERATOR.model_copy(update={"user": "ola/t"})
    await house.ask("why is line 4 slow?", "t/x")
    assert "Which do you mean" in (await house.ask("propose it", "x", slash)).text
    assert "Which do you mean" in (await house.ask("why?", "t/x", VIEWER)).text
    assert named("a/b", "c") != named("a", "b/c")


async def test_what_was_kept_and_cannot_be_read_is_forgotten(caplog):
    """A damaged thread, or one of types that are not on the list, begins anew."""
    threads = FakeThreads()
    house = House(threads=threads)
    for body in (b"", b"\xc1", JsonPlusSerializer().dumps_typed({"channel_values": 3})[1]):
        threads.bodies["ola", "t"] = body
        assert "Which do you mean" in (await house.ask("why?")).text


@pytest.mark.parametrize("verbs", [("kept",), ("keep",), ("kept", "keep")])
async def test_a_question_is_answered_without_the_store_and_that_is_said(verbs):
    """Once, with what is missing."""
    house = House(threads=FakeThreads(verbs))
    progress, answer = await house.hear("what is line 4 making?")
    assert answer.text.startswith("Line 4 makes 403 bottles/min")
    assert len(progress) == 1
    assert answer.unknown == (
        "This conversation could not be remembered: The threads cannot be used: no such host.",
    )


async def test_a_run_that_broke_off_leaves_its_question_in_the_conversation():
    """And what it was told of causes until then."""
    threads = FakeThreads()
    house = House(threads=threads, forecaster=stuck(), budget=Budget(total_s=0.5))
    await house.ask("What is the root cause of the throughput drop on line 4?")
    values = stored(threads)
    assert [type(m) for m in values["messages"]] == [HumanMessage]
    assert list(values["told"]) == ["riverside/packaging/line4"]


def test_the_checkpointer_reads_types_of_a_closed_list_whatever_the_environment_says():
    """Bytes that name a class of ours come back as plain data, not as that class."""
    loose = JsonPlusSerializer(allowed_msgpack_modules=True)
    kind, body = loose.dumps_typed({"x": OPERATOR})
    strict = Conversations(ThisProcess()).serde
    assert not isinstance(strict.loads_typed((kind, body))["x"], type(OPERATOR))
