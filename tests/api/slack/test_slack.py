"""Slack as people use it: ask, see what waits, decide; against a stand-in of Slack."""

import json

import pytest
import pytest_asyncio

from tests.api.slack.scene import FASTER, chatting
from tests.api.test_server import SITE
from twin_core.governance.events import Notify
from twin_core.governance.ports import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

LABELLER = f"{SITE}/packaging/line2/labeller"


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["socket", "http"])
async def chat(request, tmp_path_factory):
    async with chatting(tmp_path_factory.mktemp("chat") / "data", request.param) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def nothing_left(chat):
    """No proposal of a test waits in the next."""
    yield
    await chat.cleared()


async def inspection(chat, user="olga", **more):
    """A job that somebody asks for over HTTP, and its card; nothing has to be simulated."""
    action = {"kind": "inspection", "asset": LABELLER, "task": "look at the glue"}
    body = {"action": action, "title": "Look at it", "reason": "it smells", **more}
    answer = await chat.house.post("/proposals", body, user)
    assert answer.status_code == 200, answer.text
    name = answer.json()["proposal"]
    await chat.look()
    return name, chat.floor.last(name)


async def test_a_question_is_answered_in_one_message_of_its_thread(chat):
    """It is there at once and becomes the answer; what it rests on is behind a button."""
    answer = await chat.ask(chat.olga, "what is the speed of filler 2?")
    (asked,) = [m for m in chat.line.messages if m.text.endswith("speed of filler 2?")]
    assert answer.thread_ts == asked.ts
    assert answer.history[0][0] == "Looking …"
    assert "filler 2" in answer.text
    assert "[1]" in chat.read(chat.olga, chat.line)
    assert "[ev-" not in chat.read(chat.olga, chat.line)
    await chat.olga.click(answer, "Evidence (1)")
    await chat.idle()
    assert "bottles/min" in chat.olga.screen()
    assert "ev-" in chat.olga.screen()


async def test_a_thread_goes_on(chat):
    """“And filler 1?” is understood in the thread; in private without one."""
    first = await chat.ask(chat.olga, "what is the speed of filler 2?")
    then = await chat.ask(chat.olga, "and filler 1?", thread_ts=first.thread_ts)
    assert "of filler 1:" in then.text
    for text in ("what is the speed of filler 3?", "and filler 1?"):
        await chat.olga.direct(text)
        await chat.system.slack.app.idle()
    said = chat.read(chat.olga, chat.slack.direct(chat.olga.id))
    assert said.index("of filler 3:") < said.index("of filler 1:")


async def test_the_command_asks_too(chat):
    """And says what it can do, and what waits."""
    await chat.olga.command("/twin", "what is the speed of filler 2?", chat.line)
    await chat.idle()
    assert "filler 2" in chat.line.last().text
    await chat.olga.command("/twin", "", chat.line)
    await chat.idle()
    assert "/twin link CODE" in chat.line.last().text
    name, _ = await inspection(chat)
    await chat.olga.command("/twin", "queue", chat.line)
    await chat.idle()
    assert name in chat.line.last().text
    assert chat.line.last().to == chat.olga.id


async def test_a_card_changes_only_after_the_durable_decision(chat):
    """Who approves sees it done, with his name, and no button is left."""
    name, card = await inspection(chat)
    assert "Inspection of labeller 2" in json.dumps(card.blocks)
    assert "0 of 1" in json.dumps(card.blocks)
    assert "If nobody answers, nothing is done." in json.dumps(card.blocks)
    await chat.sam.click(card, "Approve")
    await chat.idle()
    case = await chat.system.actuation.proposal(name)
    assert [(v.user, v.channel) for v in case.signed] == [("sam", "slack")]
    assert "Sam approved" in json.dumps(card.blocks)
    assert not any(block["type"] == "actions" for block in card.blocks)


async def test_the_requester_is_refused_for_himself_alone(chat):
    """Four eyes: he reads why, nobody else does, and the card stays."""
    name, card = await inspection(chat)
    await chat.olga.click(card, "Approve")
    await chat.idle()
    told = chat.floor.last("requester never approves")
    assert told.to == chat.olga.id
    assert "never approves" not in chat.read(chat.sam)
    assert (await chat.system.actuation.proposal(name)).stage == "pending"


async def test_a_rejection_takes_its_reason(chat):
    """A modal asks; the reason stands in the record."""
    name, card = await inspection(chat)
    await chat.sam.click(card, "Reject …")
    await chat.system.slack.app.idle()
    assert "Inspection of labeller 2" in chat.sam.screen()
    await chat.sam.submit(chat.sam.modal, {"why": "we looked yesterday"})
    await chat.idle()
    case = await chat.system.actuation.proposal(name)
    assert (case.stage, case.votes[0].reason) == ("rejected", "we looked yesterday")
    assert "It was rejected" in json.dumps(card.blocks)


async def test_another_size_is_another_proposal(chat):
    """With limits and unit in the modal; simulated anew, without votes; the old card says so."""
    card = await chat.card()
    await chat.sam.click(card, "Another size …")
    await chat.system.slack.app.idle()
    assert "bottles/min; 300 to 660 is allowed" in chat.sam.screen()
    await chat.sam.submit(chat.sam.modal, {"size_0": "595", "why": "half of it"})
    await chat.idle()
    assert "It was cancelled" in json.dumps(card.blocks)
    new = chat.floor.last("Approve")
    assert "600 → 595 bottles/min" in json.dumps(new.blocks, ensure_ascii=False)
    assert "on line 4" in json.dumps(new.blocks)


async def test_what_was_asked_for_in_a_thread_is_shown_there_too(chat):
    """Beside the channel for all; both cards end."""
    card = await chat.card()
    asked = next(m for m in reversed(chat.line.messages) if m.text.endswith(FASTER))
    here = [m for m in chat.line.thread(asked.ts) if "[Approve]" not in m.text and m.blocks]
    twin = here[-1]
    assert "Filler 4: standard change" in json.dumps(twin.blocks)
    await chat.sam.click(twin, "Approve")
    await chat.idle()
    for one in (card, twin):
        assert "It was carried out" in json.dumps(one.blocks)


async def test_the_home_tab_is_my_queue(chat):
    """What waits, what I asked for, who I am; its buttons work."""
    name, _ = await inspection(chat)
    for who, heading in ((chat.sam, "Waits for a decision: 1"), (chat.olga, "You asked for: 1")):
        await who.open_home()
        await chat.idle()
        assert heading in who.home_screen()
        assert f"You are {who.name}" in who.home_screen()
    await chat.sam.click(chat.sam.home, "Approve")
    await chat.idle()
    assert (await chat.system.actuation.proposal(name)).signed
    await chat.ned.open_home()
    await chat.idle()
    assert "opstwin slack link" in chat.ned.home_screen()


async def test_a_topic_has_a_thread_of_its_own(chat):
    """What is told of an incident later stands under its first message; a card takes its own."""
    tell = chat.system.actuation.notices.tell
    tell("in-1", Notify("info", "Line 1 makes less. First finding: …"))
    tell("in-1", Notify("info", "in-1, looked at once more: the capper."))
    name, card = await inspection(chat)
    tell(name, Notify("alarm", "something about it"))
    tell(name, Notify("info", "the card says this already"))
    await chat.look()
    first = chat.floor.last("First finding")
    assert chat.floor.last("looked at once more").thread_ts == first.ts
    assert chat.floor.last("something about it").thread_ts == card.ts
    assert chat.floor.last("the card says this already") is None


async def test_a_page_wakes_one_person_once(chat):
    """In his own conversation with us, whoever hands it over again."""
    pager = chat.system.escalating._pagers["slack"]
    page = Page(id="pg-1", proposal="p-1", channel="slack", person="sam", level="page",
                text="p-1 waits for you", at=0)  # fmt: skip
    await pager.page(page)
    await pager.page(page)
    said = chat.read(chat.sam, chat.slack.direct(chat.sam.id))
    assert said.count("p-1 waits for you") == 1


async def test_nothing_that_slack_would_not_like(chat):
    """In all of these tests the stand-in had nothing to complain of."""
    assert chat.slack.complaints == []
