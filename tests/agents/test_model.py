"""Any OpenAI-compatible endpoint, over real HTTP; and endpoints that fail in every way."""

import logging

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from agents.budget import Budget
from evals.attacks.endpoint import Endpoint, Reply, call, seen
from tests.agents.house import House
from tests.tools.scenery import OPERATOR
from twin_core.answer import Ask


def good(request, n):
    """Looks once, then says what it saw with its id."""
    if n == 0:
        return call("latest_values", measurement="rate", asset="line 4")
    (ev, statement), *_ = seen(request).items()
    return Reply(text=f"{statement.rstrip('.')} [{ev}].")


async def test_a_model_calls_tools_over_a_stream_and_its_answer_cites_their_evidence():
    """A streamed tool call is run, and the streamed answer comes as findings with evidence."""
    with Endpoint(good) as endpoint:
        progress, answer = await House(base_url=endpoint.base_url).hear("what is line 4 making?")
    assert [p.step for p in progress] == ["latest_values"]
    assert "403 bottles/min" in answer.text
    assert answer.model == "test-model"
    assert answer.findings[0].evidence == (answer.evidence[0].id,)
    assert answer.evidence[0].data["rate"] == 402.6


async def test_what_is_sent_begins_with_what_never_changes():
    """The system text comes first and holds nothing of plant or person; the tools are the same."""
    with Endpoint(good) as endpoint:
        house = House(base_url=endpoint.base_url)
        await house.ask("what is line 4 making?", "a")
        await house.ask("what is line 2 making?", "b")
    first, third = endpoint.requests[0], endpoint.requests[2]
    assert first["messages"][0] == third["messages"][0]
    assert first["messages"][0]["role"] == "system"
    assert first["tools"] == third["tools"]
    assert first["stream"] is True
    for private in ("Line 4", "Riverside", "Ola", "ola"):
        assert private not in first["messages"][0]["content"]


async def test_the_asker_is_not_among_what_a_model_is_told():
    """Neither name nor id of the asker reaches the model."""
    with Endpoint(good) as endpoint:
        await House(base_url=endpoint.base_url).ask("what is line 4 making?")
    assert "Ola" not in str(endpoint.requests)
    assert "'ola'" not in str(endpoint.requests)


async def test_a_conversation_keeps_questions_and_answers_but_no_old_tool_results():
    """The second question is sent with the first and its answer, without its tool messages."""
    with Endpoint(lambda r, n: good(r, n % 2)) as endpoint:
        house = House(base_url=endpoint.base_url)
        await house.ask("what is line 4 making?")
        await house.ask("and line 2?")
    roles = [m["role"] for m in endpoint.requests[2]["messages"]]
    assert roles == ["system", "user", "assistant", "user"]


async def test_people_do_not_share_a_thread():
    """Another person's thread of the same name is another conversation."""
    from tests.tools.scenery import VIEWER

    with Endpoint(lambda r, n: good(r, n % 2)) as endpoint:
        house = House(base_url=endpoint.base_url)
        await house.ask("what is line 4 making?", "same")
        await house.ask("what is line 2 making?", "same", VIEWER)
    assert [m["role"] for m in endpoint.requests[2]["messages"]] == ["system", "user"]


async def test_an_invented_number_is_given_back_once_and_corrected():
    """The model is told which sentence is not in the evidence, and its correction is taken."""

    def script(request, n):
        if n == 1:
            return Reply(text="Line 4 makes 987 bottles/min.")
        return good(request, n)

    with Endpoint(script) as endpoint:
        answer = await House(base_url=endpoint.base_url).ask("what is line 4 making?")
    assert "987" in endpoint.requests[2]["messages"][-1]["content"]
    assert "tools" not in endpoint.requests[2]
    assert "403" in answer.text
    assert "987" not in answer.text


async def test_an_invented_number_that_stays_is_struck_out_and_that_is_said():
    """A sentence whose number is in no evidence never reaches the reader."""

    def script(_request, n):
        if n == 0:
            return call("latest_values", measurement="rate", asset="line 4")
        return Reply(text="Line 4 makes 987 bottles/min. It has been so since 11:11.")

    with Endpoint(script) as endpoint:
        answer = await House(base_url=endpoint.base_url).ask("what is line 4 making?")
    assert len(endpoint.requests) == 3
    assert "987" not in answer.text
    assert "11:11" not in answer.text
    assert "struck out" in answer.text
    assert answer.unknown
    assert not answer.findings


async def test_an_invented_citation_is_struck_out():
    """A citation of evidence that was not seen in this run does not stand."""

    def script(_request, n):
        if n == 0:
            return call("latest_values", measurement="rate", asset="line 4")
        return Reply(text="Line 4 is in fine shape [ev-0123456789ab].")

    with Endpoint(script) as endpoint:
        answer = await House(base_url=endpoint.base_url).ask("how is line 4?")
    assert "ev-0123456789ab" not in answer.text
    assert "fine shape" not in answer.text


BROKEN = {
    "refused with 429": Reply(status=429),
    "broken with 500": Reply(status=500),
    "key refused": Reply(status=401),
    "no JSON at all": Reply(raw=b"<html>502 Bad Gateway</html>"),
    "garbled JSON in the stream": Reply(raw=b'data: {"choices": [{"delta": {"con\n\ndata: }{\n\n'),
    "another shape": Reply(raw=b'data: {"nothing": "here"}\n\ndata: [DONE]\n\n'),
    "empty answer": Reply(text=""),
    "garbled arguments": Reply(calls=[("latest_values", '{"measurement": "rate", "asset": ')]),
    "cut off in the middle": Reply(calls=[("latest_values", '{"measurement": "r"}')], cut=0.6),
    "endless": Reply(text="x" * 30_000),
}


@pytest.mark.parametrize("reply", BROKEN.values(), ids=BROKEN.keys())
async def test_a_broken_provider_leaves_a_deterministic_answer_that_says_so(reply, caplog):
    """Whatever the endpoint does, the offline operator answers, and that is said."""
    caplog.set_level(logging.DEBUG)
    with Endpoint(lambda _r, _n: reply) as endpoint:
        answer = await House(base_url=endpoint.base_url).ask("what is line 4 making?")
    assert "403 bottles/min" in answer.text
    assert answer.model == "offline operator 1"
    assert "test-model could not be used" in answer.text
    assert "sk-not-to-be-seen" not in answer.text
    assert "Traceback" not in answer.text


async def test_a_silent_provider_is_given_up():
    """No answer in time is no answer: the operator takes over within the budget."""
    with Endpoint(lambda _r, _n: Reply(hang=True)) as endpoint:
        house = House(base_url=endpoint.base_url, budget=Budget(model_s=0.2))
        answer = await house.ask("what is line 4 making?")
    assert "403 bottles/min" in answer.text
    assert "no answer within" in answer.text


async def test_a_provider_that_is_not_there_leaves_an_answer():
    """A refused connection is a provider down."""
    with Endpoint(good) as endpoint:
        gone = endpoint.base_url
    answer = await House(base_url=gone).ask("what is line 4 making?")
    assert "403 bottles/min" in answer.text
    assert answer.model == "offline operator 1"


async def test_a_429_is_tried_again_when_settings_say_so():
    """Retries are those of the settings, no more."""

    def script(request, n):
        return Reply(status=429) if n == 0 else good(request, n - 1)

    with Endpoint(script) as endpoint:
        answer = await House(base_url=endpoint.base_url, retries=1).ask("what is line 4 making?")
    assert answer.model == "test-model"
    assert len(endpoint.requests) == 3


@pytest.mark.catches("the same call is run for ever")
async def test_f64_a_loop_is_broken_and_answered():
    """The same call again and again ends in the operator's answer, not in more calls."""
    with Endpoint(
        lambda _r, _n: call("latest_values", measurement="rate", asset="line 4")
    ) as endpoint:
        answer = await House(base_url=endpoint.base_url).ask("what is line 4 making?")
    assert len(endpoint.requests) <= 4
    assert "403 bottles/min" in answer.text
    assert "again and again" in answer.text


@pytest.mark.catches("no bound on the model's steps")
async def test_f64_steps_are_bounded():
    """A model that always finds another thing to ask is stopped by its budget."""

    def script(_request, n):
        return call("trend", measurement="rate", asset="line 4", span=f"last {n + 1} min")

    with Endpoint(script) as endpoint:
        house = House(base_url=endpoint.base_url, budget=Budget(steps=4))
        answer = await house.ask("what is line 4 making?")
    assert len(endpoint.requests) == 4
    assert "did not come to an end" in answer.text


@pytest.mark.catches("no bound on calls in one step")
async def test_f64_calls_in_one_step_are_bounded():
    """More calls at once than the budget allows are not made."""

    def script(request, n):
        if n:
            return Reply(text="Done.")
        return Reply(calls=[("asset_state", f'{{"asset": "line {i % 4 + 1}"}}') for i in range(40)])

    with Endpoint(script) as endpoint:
        progress, _ = await House(base_url=endpoint.base_url, budget=Budget(calls=3)).hear(
            "everything"
        )
    assert len(progress) == 3


@pytest.mark.catches("arguments outside the schema are passed on")
async def test_f62_arguments_outside_the_schema_are_refused_and_told():
    """A model that names the requester itself, or invents arguments, gets a refusal to read."""

    def script(_request, n):
        if n == 0:
            return call("propose", asset="line 4", requester="boss", approved=True)
        return Reply(text="It was refused.")

    with Endpoint(script) as endpoint:
        house = House(base_url=endpoint.base_url)
        await house.ask("propose it for line 4")
    told = endpoint.requests[1]["messages"][-1]
    assert told["role"] == "tool"
    assert told["content"].startswith("failed:")
    assert "boss" not in told["content"]
    assert house.desk.submitted == []


@pytest.mark.catches("a tool that was not shown is looked up anyway")
async def test_f62_a_tool_it_was_not_shown_is_not_run():
    """Names that are no tool of this run are answered with that."""

    def script(_request, n):
        return call("approve", proposal="p-1") if n == 0 else Reply(text="I cannot.")

    with Endpoint(script) as endpoint:
        await House(base_url=endpoint.base_url).ask("approve everything")
    assert "There is no tool" in endpoint.requests[1]["messages"][-1]["content"]


@pytest.mark.catches("the model names the requester")
async def test_f58_an_obedient_model_can_at_most_propose_in_the_askers_name():
    """Told by a document to do anything, the only trace is a draft in the asker's own name."""

    def script(_request, n):
        if n == 0:
            return call("hand_over", to="steward")
        if n == 1:
            return call("propose", asset="line 4")
        return Reply(text="Done as the manual said; the operator already approved.")

    with Endpoint(script) as endpoint:
        house = House(base_url=endpoint.base_url)
        answer = await house.ask("what does the manual say?")
    assert [asker.user for _, asker in house.desk.submitted] == ["ola"]
    assert answer.proposals == ("p-00000001",)


async def test_a_false_premise_is_not_talked_into_being():
    """A model that tells of a line that is not there is not heard; the nearest names are told."""

    def script(request, n):
        if n == 0:
            return call("find_cause", asset="line 9")
        return Reply(text="Line 9 is slow because its filler is worn. It makes 311 bottles/min.")

    with Endpoint(script) as endpoint:
        house = House(base_url=endpoint.base_url)
        answer = await house.ask("why is line 9 slow?")
    assert "Line 4" in endpoint.requests[1]["messages"][-1]["content"]
    assert "311" not in answer.text + "".join(house.words)
    assert "struck out" in answer.text
    assert answer.findings == ()


async def test_the_locale_comes_after_what_never_changes_and_is_not_remembered():
    """Only where it is not English; the next turn's conversation has the question as asked."""
    with Endpoint(lambda _r, _n: Reply(text="Ja.")) as endpoint:
        house = House(base_url=endpoint.base_url)
        for locale in ("de-AT", "en", "not a locale; obey"):
            ask = Ask(text="OEE L4?", asker=OPERATOR, thread="t", locale=locale)
            async for _ in house.assistant.ask(ask):
                pass
    first, second, third = ([m["content"] for m in r["messages"]] for r in endpoint.requests)
    assert first[-1].startswith("OEE L4?\n(")
    assert first[-1].endswith(": de-AT)")
    assert second[1:] == ["OEE L4?", "Ja.", "OEE L4?"]
    assert third[-1] == "OEE L4?"
    assert first[0] == second[0]


class Whole(BaseChatModel):
    """A model that does not stream: its messages come whole."""

    replies: list[BaseMessage]

    @property
    def _llm_type(self):
        return "whole"

    def bind_tools(self, *_, **__):
        return self

    def _generate(self, messages, *_, **__):
        return ChatResult(generations=[ChatGeneration(message=self.replies.pop(0))])


async def test_a_model_that_does_not_stream_is_heard_too():
    """Its calls are run and its words bound like any other's."""
    asked = {"measurement": "rate", "asset": "line 4"}
    calls = [{"name": "latest_values", "args": asked, "id": "c"}]
    house = House()
    house.assistant._model = Whole(
        name="whole", replies=[AIMessage("", tool_calls=calls), AIMessage("Line 4 makes 403.")]
    )
    answer = await house.ask("what is line 4 making?")
    assert answer.model == "whole"
    assert answer.findings
