"""Words shown while a model still writes: soon, in order, and never one that is not bound."""

import threading

import pytest

from evals.attacks.endpoint import Endpoint, Reply, call, seen
from tests.agents.house import House
from tests.tools.scenery import OPERATOR
from twin_core.answer import Answer, Ask, Words

SECOND_ONE = "It is watched by people on every shift, and told to whoever asks for it."


def looks(n, reply):
    """One look-up, then the reply."""
    return call("latest_values", measurement="rate", asset="line 4") if n == 0 else reply


def stated(request):
    (ev, statement), *_ = seen(request).items()
    return f"{statement.rstrip('.')} [{ev}]."


async def test_the_first_sentence_is_shown_while_the_second_is_being_written():
    """The endpoint writes on only when the reader has the first: no clock is needed to see it."""
    shown = threading.Event()
    waited = []

    def pauses(sent):
        if "people" in sent:  # well within the second sentence
            waited.append(shown.wait(10))

    def script(request, n):
        return looks(n, Reply(text=f"{stated(request)} {SECOND_ONE}" if n else "", pauses=pauses))

    with Endpoint(script) as endpoint:
        house = House(base_url=endpoint.base_url)
        words = []
        ask = Ask(text="what is line 4 making?", asker=OPERATOR, thread="t")
        async for said in house.assistant.ask(ask):
            if isinstance(said, Words):
                words.append(said.text)
                shown.set()
            if isinstance(said, Answer):
                answer = said
    assert waited
    assert all(waited)
    assert "403 bottles/min" in words[0]
    assert "people" not in words[0]
    assert "".join(words) == answer.text
    assert answer.text.endswith(SECOND_ONE)


@pytest.mark.catches("a sentence is shown before it is bound")
async def test_a_sentence_that_is_not_bound_is_shown_to_nobody():
    """Nor what comes after it, until the answer is settled; then the rest of it is."""

    def script(request, n):
        said = f"{stated(request)} It will be 987 bottles/min soon. {SECOND_ONE}" if n else ""
        return looks(n, Reply(text=said))

    with Endpoint(script) as endpoint:
        house = House(base_url=endpoint.base_url)
        answer = await house.ask("what is line 4 making?")
    assert len(endpoint.requests) == 3
    assert "987" not in "".join(house.words)
    assert "".join(house.words) == answer.text
    assert "struck out" in answer.text


async def test_what_is_repaired_goes_on_from_what_was_shown():
    """The first sentence is not told twice."""

    def script(request, n):
        if n == 1:
            return Reply(text=f"{stated(request)} It was 987 bottles/min before. {SECOND_ONE}")
        return looks(n, Reply(text=f"{stated(request)} {SECOND_ONE}" if n else ""))

    with Endpoint(script) as endpoint:
        house = House(base_url=endpoint.base_url)
        answer = await house.ask("what is line 4 making?")
    assert "".join(house.words) == answer.text
    assert answer.text.count("403 bottles/min") == 1


async def test_what_a_model_says_beside_a_call_is_not_taken_for_the_answer():
    """“I will look that up. One moment.” rests on nothing."""

    def script(request, n):
        if n == 0:
            first = call("latest_values", measurement="rate", asset="line 4")
            return Reply(text="I will look that up. One moment. ", calls=first.calls)
        return Reply(text=stated(request))

    with Endpoint(script) as endpoint:
        house = House(base_url=endpoint.base_url)
        answer = await house.ask("what is line 4 making?")
    assert "look that up" not in "".join(house.words)
    assert "".join(house.words) == answer.text


async def test_a_model_cut_off_in_the_middle_has_said_nothing_wrong():
    """What was shown is bound; the answer that follows says anew, and why."""

    def script(request, n):
        said = f"{stated(request)} {SECOND_ONE}" if n else ""
        return looks(n, Reply(text=said, cut=0.6, pauses=lambda _: None) if n else Reply())

    with Endpoint(script) as endpoint:
        house = House(base_url=endpoint.base_url)
        answer = await house.ask("what is line 4 making?")
    assert "403 bottles/min" in "".join(house.words)
    assert "test-model could not be used (its answer was cut off)" in answer.text
    assert answer.model == "offline operator 1"
    assert "403 bottles/min" in answer.text


async def test_the_operators_words_come_at_once():
    """One piece, the whole text, before the answer."""
    house = House()
    answer = await house.ask("what is line 4 making?")
    assert house.words == [answer.text]
