"""What a hostile model streams is measured before it is read, and refused call by call."""

import asyncio
import gc
import json
import time
from contextlib import contextmanager

import pytest

from agents.arguments import read_arguments
from evals.attacks.endpoint import Endpoint, Reply, call, seen
from tests.agents.house import House

MOST_HELD_S = 0.05


def then(hostile, at=0):
    """Hostile in the answer of that number; else a sensible look, and what it shows."""

    def script(request, n):
        if n == at:
            return hostile
        if not seen(request):
            return call("latest_values", measurement="rate", asset="line 4")
        (ev, statement), *_ = seen(request).items()
        return Reply(text=f"{statement.rstrip('.')} [{ev}].")

    return script


@contextmanager
def held():
    """The longest that nobody else had a turn on the loop, in seconds of this thread's work."""
    gc.collect()
    gc.freeze()  # what other tests left is not walked through in our time
    loop, worst, going = asyncio.get_running_loop(), [0.0], True
    last = time.thread_time()

    def beat():
        nonlocal last
        now = time.thread_time()
        worst[0], last = max(worst[0], now - last), now
        if going:
            loop.call_soon(beat)

    loop.call_soon(beat)
    try:
        yield worst
    finally:
        going = False
        gc.unfreeze()


ENDLESS = {
    "long arguments, letter by letter": Reply(
        calls=[("search_documents", json.dumps({"query": "x" * 30_000}))], grain=1
    ),
    "long arguments at once": Reply(
        calls=[("search_documents", json.dumps({"query": "x" * 200_000}))], grain=300_000
    ),
    "arguments that are never whole": Reply(
        calls=[("search_documents", 'x{"query": [' + "{" * 200_000)], grain=300_000
    ),
    "a thousand calls": Reply(calls=[("asset_state", '{"asset": "line 4"}')] * 1_000),
    "words without end": Reply(text="word " * 40_000),
    "pieces with nothing in them": Reply(raw=b'data: {"choices": [{"delta": {}}]}\n' * 30_000),
    "a line without end": Reply(raw=b"data: " + b"[" * 9_000_000),
    "lines without end": Reply(raw=b": still here\n" * 700_000),
}


async def heard(reply):
    """What is answered to a hostile reply, and how long the loop was held; all is imported."""
    with Endpoint(then(reply, at=2)) as endpoint:
        house = House(base_url=endpoint.base_url)
        await house.ask("what is line 2 making?", "before")
        with held() as worst:
            answer = await house.ask("what is line 4 making?")
    return answer, worst[0]


@pytest.mark.parametrize("reply", ENDLESS.values(), ids=ENDLESS.keys())
async def test_an_answer_without_end_is_left_and_holds_nobody_up(reply):
    """Over its bounds the operator answers instead and says so; others have a turn meanwhile."""
    answer, held_s = await heard(reply)
    assert held_s < MOST_HELD_S
    assert answer.model == "offline operator 1"
    assert "test-model could not be used (its answer had no end)" in answer.text
    assert "403 bottles/min" in answer.text


@pytest.mark.parametrize(
    "reply",
    [
        Reply(calls=[("asset_state", json.dumps({"asset": "x" * 19_000}))], grain=1),
        Reply(calls=[("asset_state", 'x{"query": [' + "{" * 19_000)], grain=1),
        Reply(text="\n" * 5_000 + "So."),
    ],
    ids=["long arguments", "garbage", "empty lines"],
)
async def test_the_longest_answer_there_may_be_holds_nobody_up(reply):
    """What is within the bounds is read and bound to evidence without a stand-still."""
    answer, held_s = await heard(reply)
    assert held_s < MOST_HELD_S
    assert answer.model == "test-model"


NESTED = '{"asset":' * 400 + "1" + "}" * 400
UNMEANT = {
    "nested 400 levels": (NESTED, "nested deeper than 32 levels"),
    "nested 2,000 levels": (NESTED.replace("1", NESTED.replace("1", NESTED)), "nested"),
    "half a character": (r'{"asset": "\ud800"}', "half a character"),
    "half a character as a key": (r'{"\udfff": "line 4"}', "half a character"),
    "not a number": ('{"asset": NaN}', "number without bounds"),
    "infinite": ('{"asset": -Infinity}', "number without bounds"),
    "infinite by its exponent": ('{"asset": 1e999}', "number without bounds"),
    "an integer of 401 digits": (f'{{"asset": {10**400}}}', "number without bounds"),
    "an integer of 5,000 digits": (f'{{"asset": 1{"0" * 5_000}}}', "not JSON"),
    "no object": ("[1, 2, 3]", "not a JSON object"),
    "no JSON": ('{"asset": ', "not JSON"),
}


@pytest.mark.catches("arguments nobody can mean reach tools or memory")
@pytest.mark.parametrize(("written", "why"), UNMEANT.values(), ids=UNMEANT.keys())
async def test_f62_arguments_that_cannot_be_meant_are_refused_and_the_thread_goes_on(written, why):
    """The model is told why, may do better, and the next question finds the conversation whole."""
    with Endpoint(then(Reply(calls=[("latest_values", written)]))) as endpoint:
        house = House(base_url=endpoint.base_url)
        first = await house.ask("what is line 4 making?")
        again = await house.ask("and line 2?")
    refused = endpoint.requests[1]["messages"][-1]
    assert refused["role"] == "tool"
    assert refused["content"].startswith("failed: The arguments of latest_values cannot be used")
    assert why in refused["content"]
    assert endpoint.requests[1]["messages"][-2]["tool_calls"][0]["function"]["arguments"] == "{}"
    assert first.model == again.model == "test-model"
    assert "403 bottles/min" in first.text
    kept = [m["role"] for m in endpoint.requests[3]["messages"]]
    assert kept == ["system", "user", "assistant", "user"]
    assert not again.unknown


async def test_a_model_that_goes_on_with_them_is_left():
    """The same tool called in the same way again and again is a loop like any other."""
    with Endpoint(lambda _r, _n: Reply(calls=[("latest_values", NESTED)])) as endpoint:
        answer = await House(base_url=endpoint.base_url).ask("what is line 4 making?")
    assert len(endpoint.requests) == 3
    assert answer.model == "offline operator 1"
    assert "again and again" in answer.text
    assert "403 bottles/min" in answer.text


@pytest.mark.parametrize("ids", [("", ""), ("a", "a"), ("call00001", "")], ids=repr)
async def test_calls_are_told_apart_whatever_they_are_called(ids):
    """Each call has an answer of its own, with an id that no other one has."""
    two = [("asset_state", f'{{"asset": "line {line}"}}') for line in (2, 4)]
    with Endpoint(then(Reply(calls=two, ids=ids))) as endpoint:
        await House(base_url=endpoint.base_url).ask("how are line 2 and line 4?")
    *_, asked, second, fourth = endpoint.requests[1]["messages"]
    named = [one["id"] for one in asked["tool_calls"]]
    assert len(set(named)) == 2
    assert all(named)
    assert [m["tool_call_id"] for m in (second, fourth)] == named
    assert "Line 2" in second["content"]
    assert "Line 4" in fourth["content"]


async def test_the_name_of_a_tool_is_no_longer_than_one_may_be():
    """A name of ten kilobytes is no tool's, and is neither kept nor sent back."""
    with Endpoint(then(Reply(calls=[("asset_state" * 1_000, "{}")]))) as endpoint:
        answer = await House(base_url=endpoint.base_url).ask("what is line 4 making?")
    *_, asked, refused = endpoint.requests[1]["messages"]
    assert len(asked["tool_calls"][0]["function"]["name"]) == 64
    assert refused["content"].startswith("failed: There is no tool")
    assert len(refused["content"]) < 200
    assert answer.model == "test-model"


async def test_words_of_half_a_character_can_be_sent_on():
    """An answer is text that every channel can send, whatever a model streams."""
    with Endpoint(lambda _r, _n: Reply(text="I cannot \ud800 say.")) as endpoint:
        house = House(base_url=endpoint.base_url)
        answer = await house.ask("what is line 4 making?")
        await house.ask("and line 2?")
    assert answer.text.encode()
    assert answer.model == "test-model"


async def test_calls_of_one_place_with_names_of_their_own_are_two():
    """Some endpoints give every call of an answer the place 0; their names tell them apart."""
    deltas = (
        _one("a", "asset_state", '{"asset": '),
        _one("", "", '"line 2"}'),
        _one("b", "asset_state", '{"asset": "line 4"}'),
    )
    choices = [*({"delta": delta} for delta in deltas), {"finish_reason": "tool_calls"}]
    raw = "".join(f"data: {json.dumps({'choices': [one]})}\n\n" for one in choices)
    with Endpoint(then(Reply(raw=raw.encode()))) as endpoint:
        progress, _ = await House(base_url=endpoint.base_url).hear("how are line 2 and line 4?")
    assert [one.text.split()[-1] for one in progress[:2]] == ["2", "4"]


def _one(name, tool, arguments):
    function = {"name": tool, "arguments": arguments}
    return {"tool_calls": [{"index": 0, "id": name, "function": function}]}


def test_arguments_that_can_be_meant_are_read_as_they_are():
    """Nesting, numbers and letters within the bounds pass; nothing written is no arguments."""
    deep = '{"a":' * 32 + "1" + "}" * 32
    assert read_arguments(deep) == json.loads(deep)
    assert read_arguments('{"a": 9223372036854775807, "b": 1e308, "c": "Füller 😀"}')["b"] == 1e308
    assert read_arguments("") == {}
    with pytest.raises(ValueError, match="nested"):
        read_arguments('{"a":' + deep + "}")
