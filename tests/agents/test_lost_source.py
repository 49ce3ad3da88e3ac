"""A source that goes silent while a question is being answered."""

import pytest

from evals.attacks.endpoint import Endpoint, Reply, call, seen
from tests.agents.house import House
from tests.tools.scenery import LINE3, NOW, snapshot

LOST = "no data from line 3 since 13:59:59 GMT"


@pytest.mark.parametrize(
    "question",
    [
        "what is line 3 making?",
        "how is line 3?",
        "what is the root cause of the throughput drop on line 3?",
        "OEE of line 3",
        "what will line 3 make in the next 30 min?",
        "bowl pressure on line 3",
    ],
)
async def test_a_silent_line_is_said_to_be_silent_and_no_old_rate_is_given(question):
    """With the line's controller down before the question, the answer is that there is no data."""
    house = House()
    house.window.lose("line3_plc")
    answer = await house.ask(question)
    assert LOST in answer.text
    assert "bottles/min" not in answer.text
    assert LOST in " ".join(answer.unknown)


@pytest.mark.parametrize(
    "question", ["what is line 3 making?", "how is line 3?", "OEE of line 3", "why is line 3 slow?"]
)
async def test_whenever_the_line_is_lost_what_was_read_before_is_not_given(
    question,
):
    """At whichever look the loss comes, the answer says it and gives no rate."""
    house = House()
    looks = 0

    def count(_window):
        nonlocal looks
        looks += 1

    house.window.on_look = count
    before = await house.ask(question)
    assert "540 bottles/min" in before.text
    for moment in range(1, looks + 1):
        house = House()
        left = moment

        def lose(window):
            nonlocal left
            left -= 1
            if left == 0:
                window.lose("line3_plc")

        house.window.on_look = lose
        answer = await house.ask(question)
        assert LOST in answer.text, f"lost at look {moment}"
        assert "bottles/min" not in answer.text, f"lost at look {moment}"
        assert not [e for e in answer.evidence if e.kind == "indicator"]


async def test_a_line_lost_between_two_tools_is_seen_by_the_second():
    """Every tool looks at the newest snapshot, not at the one of the first."""
    house = House()
    _, answer = await house.hear(
        "what is the root cause of the throughput drop on line 4?",
        on_progress=lambda p: house.window.lose("line4_plc") if p.step == "find_remedies" else None,
    )
    assert "no data from line 4 since 13:59:59 GMT" in answer.text
    assert "403 bottles/min" not in answer.text
    assert house.desk.submitted == []


async def test_a_language_models_words_about_a_lost_line_are_taken_out():
    """A model that repeats the rate it read before the loss is corrected by the last look."""
    house = House()

    def script(request, n):
        if n == 0:
            return call("latest_values", measurement="rate", asset="line 3")
        house.window.lose("line3_plc")
        (ev, statement), *_ = seen(request).items()
        return Reply(text=f"{statement} [{ev}] Nothing else is to be said.")

    with Endpoint(script) as endpoint:
        house = House(base_url=endpoint.base_url)
        answer = await house.ask("what is line 3 making?")
    assert LOST in answer.text
    assert "540" not in answer.text
    assert answer.model == "test-model"


async def test_other_lines_are_not_touched_by_a_loss():
    """What is known of line 4 stays when line 3 falls silent."""
    house = House()
    house.window.now = snapshot(down={"line3_plc": NOW - 1_000_000})
    answer = await house.ask("what is line 4 making?")
    assert "403 bottles/min" in answer.text
    assert LINE3 not in str(answer.evidence)


async def test_the_overview_names_the_silent_line_beside_the_rates_of_the_others():
    """The whole plant at a glance says who cannot be heard."""
    house = House()
    house.window.lose("line3_plc")
    answer = await house.ask("how is the plant doing?")
    assert LOST in answer.text
    assert "Line 4 makes 403 bottles/min" in answer.text
    assert "Line 3 makes" not in answer.text
