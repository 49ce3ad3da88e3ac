"""What an answer may cost and did, and a provider that does not hold still: the answer comes."""

import time
from typing import Any

import pytest

from agents.budget import Budget, Prices, Tally
from evals.attacks.endpoint import Endpoint, Reply, call
from tests.agents.house import House

PRICES = Prices(read=2.0, cached=0.5, written=8.0, currency="EUR")


def usage(read, cached, written):
    return {
        "prompt_tokens": read,
        "completion_tokens": written,
        "total_tokens": read + written,
        "prompt_tokens_details": {"cached_tokens": cached},
    }


def counted(_request, n):
    """A look-up and an answer, both counted."""
    told = usage(1000, 400, 50) if n == 0 else usage(1200, 1000, 30)
    first = call("latest_values", measurement="rate", asset="line 4")
    return Reply(calls=first.calls if n == 0 else [], text="It runs." if n else "", usage=told)


async def test_an_answer_tells_what_it_cost():
    """Steps, look-ups, tokens as the endpoint counted them, and money where prices are set."""
    with Endpoint(counted) as endpoint:
        answer = await House(base_url=endpoint.base_url, prices=PRICES).ask(
            "what is line 4 making?"
        )
    spent = answer.spent
    assert (spent.steps, spent.calls) == (2, 1)
    assert (spent.tokens_in, spent.tokens_cached, spent.tokens_out) == (2200, 1400, 80)
    assert spent.counted
    assert spent.cost == pytest.approx((800 * 2.0 + 1400 * 0.5 + 80 * 8.0) / 1e6)
    assert spent.currency == "EUR"
    assert spent.seconds > 0
    assert endpoint.requests[0]["stream_options"] == {"include_usage": True}


async def test_without_prices_no_cost_is_told_and_what_was_not_counted_is_reckoned():
    """From the characters, and marked as such."""
    with Endpoint(lambda _r, _n: Reply(text="It runs. " * 10)) as endpoint:
        answer = await House(base_url=endpoint.base_url).ask("what is line 4 making?")
    assert answer.spent.cost is None
    assert not answer.spent.counted
    assert answer.spent.tokens_out == 22
    assert answer.spent.tokens_in > 500


async def test_the_operator_costs_steps_and_look_ups_only():
    """No token, no money."""
    spent = (await House(prices=PRICES).ask("what is line 4 making?")).spent
    assert (spent.steps, spent.calls, spent.tokens_in, spent.cost) == (2, 1, 0, None)


def again(_request, n):
    """Always another thing to ask, at a price."""
    told = call("trend", measurement="rate", asset="line 4", span=f"last {n + 1} min")
    return Reply(calls=told.calls, usage=usage(10_000, 0, 500))


@pytest.mark.parametrize(
    ("budget", "requests", "why"),
    [
        (Budget(steps=3), 3, "it did not come to an end"),
        (Budget(all_calls=2), 2, "it had looked up all that one answer may"),
        (Budget(tokens=30_000), 3, "the tokens allowed for one answer were used up"),
        (Budget(cost=0.04), 2, "the money allowed for one answer was used up"),
    ],
)
async def test_a_budget_that_is_used_up_ends_in_the_operators_answer(budget, requests, why):
    """Whatever it is that is used up, plainly said."""
    with Endpoint(again) as endpoint:
        house = House(base_url=endpoint.base_url, budget=budget, prices=PRICES)
        answer = await house.ask("what is line 4 making?")
    assert len(endpoint.requests) == requests
    assert f"test-model could not be used ({why})" in answer.text
    assert "403 bottles/min" in answer.text


async def test_an_answer_without_end_is_left_before_it_has_come():
    """The connection is given up; nothing waits for the rest of it."""
    seen = []
    reply = Reply(text="word " * 100_000, pauses=lambda sent: seen.append(len(sent)))
    with Endpoint(lambda _r, _n: reply) as endpoint:
        answer = await House(base_url=endpoint.base_url).ask("what is line 4 making?")
    assert "its answer had no end" in answer.text
    assert "403 bottles/min" in answer.text
    assert max(seen) < len(reply.text)


async def test_a_tools_answer_without_end_is_cut_for_the_model():
    """And it is told so."""

    def script(_request, n):
        return (
            call("search_documents", query="low bowl pressure") if n == 0 else Reply(text="I see.")
        )

    with Endpoint(script) as endpoint:
        house = House(base_url=endpoint.base_url, budget=Budget(result_chars=500))
        shelf: Any = house.assistant._library
        shelf.hits = [shelf.hits[0].model_copy(update={"text": "Low bowl pressure. " * 5000})]
        await house.ask("what does the manual say about low bowl pressure?")
    told = endpoint.requests[1]["messages"][-1]["content"]
    assert len(told) < 600
    assert told.endswith("(cut here: ask for less, or for a shorter time)")


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_refusal_that_passes_is_tried_again(status):
    """After the time the endpoint names, if that is short."""

    def script(request, n):
        return Reply(status=status) if n == 0 else counted(request, n - 1)

    with Endpoint(script) as endpoint:
        answer = await House(base_url=endpoint.base_url, retries=1).ask("what is line 4 making?")
    assert answer.model == "test-model"
    assert len(endpoint.requests) == 3


@pytest.mark.parametrize("after", ["3600", "Wed, 21 Oct 2099 07:28:00 GMT"])
@pytest.mark.catches("a wait as long as the endpoint likes")
async def test_a_wait_that_the_budget_does_not_allow_is_not_begun(after):
    """“Come again in an hour” is an endpoint that is down, at once."""
    began = time.monotonic()
    with Endpoint(lambda _r, _n: Reply(status=429, retry_after=after)) as endpoint:
        answer = await House(base_url=endpoint.base_url, retries=3).ask("what is line 4 making?")
    assert len(endpoint.requests) == 1
    assert time.monotonic() - began < 20
    assert "too many requests" in answer.text
    assert "403 bottles/min" in answer.text


@pytest.mark.parametrize("status", [400, 401, 404])
async def test_a_refusal_for_good_is_not_tried_again(status):
    """It would be the same."""
    with Endpoint(lambda _r, _n: Reply(status=status)) as endpoint:
        answer = await House(base_url=endpoint.base_url, retries=3).ask("what is line 4 making?")
    assert len(endpoint.requests) == 1
    assert "403 bottles/min" in answer.text


@pytest.mark.parametrize(
    "reply",
    [
        Reply(text="Line 4 makes 403 bott", finish="length"),
        Reply(calls=[("latest_values", '{"measurement": "rate", "asset": "line 4')]),
        Reply(calls=[("latest_values", '["rate"]')]),
        Reply(calls=[("", "{}")]),
        Reply(text="Line 4", cut=0.6, pauses=lambda _: None),
        Reply(text="   \n"),
    ],
    ids=["too long", "half a call", "a list", "no name", "no end", "blank"],
)
async def test_half_an_answer_is_none(reply):
    """What is cut off can look like something else: it is never taken for whole."""
    with Endpoint(lambda _r, _n: reply) as endpoint:
        answer = await House(base_url=endpoint.base_url).ask("what is line 4 making?")
    assert answer.model == "offline operator 1"
    assert "403 bottles/min" in answer.text


def test_nothing_was_spent_at_the_beginning():
    """And nothing is used up."""
    tally = Tally(Budget())
    assert tally.used_up() == ""
    assert tally.spent(0).model_dump(exclude_defaults=True) == {}


@pytest.mark.catches("a repair that is due keeps the operator from ending")
async def test_steps_that_end_before_a_repair_end_in_an_answer():
    """What was not bound is not shown, and the operator answers once."""

    def script(_request, n):
        if n == 0:
            return call("latest_values", measurement="rate", asset="line 4")
        return Reply(text="Line 4 makes 987 bottles/min.")

    with Endpoint(script) as endpoint:
        house = House(base_url=endpoint.base_url, budget=Budget(steps=2))
        answer = await house.ask("what is line 4 making?")
    assert len(endpoint.requests) == 2
    assert answer.spent.steps == 4
    assert "403 bottles/min" in answer.text
    assert "987" not in answer.text
