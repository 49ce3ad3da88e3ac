"""People: what they can do, what the app is told of it, what they see."""

import pytest
from slack_sdk.webhook.async_client import AsyncWebhookClient

from evals.slack.form import CannotDo
from tests.evals.slack.small_app import CARD, plain

MENU = [
    {"type": "section", "block_id": "menu", "text": plain("Pick"), "accessory": {
        "type": "static_select", "action_id": "pick", "placeholder": plain("One of"),
        "options": [{"text": plain("Red"), "value": "r"}, {"text": plain("Green"), "value": "g"}],
    }},
]  # fmt: skip


async def posted(client, line, **more):
    told = await client.chat_postMessage(channel=line.id, text="card", **more)
    return line.find(told["ts"])


async def test_a_click_says_who_where_and_what(client, slack, line, ada):
    """block_actions as Slack documents it."""
    card = await posted(client, line, blocks=CARD)
    told = await ada.click(card, "Reject")
    payload = told.payload
    assert payload["type"] == "block_actions"
    assert payload["user"] == {
        "id": ada.id, "username": "ada", "name": "ada", "team_id": slack.team,
    }  # fmt: skip
    assert payload["container"] == {
        "type": "message", "message_ts": card.ts, "channel_id": line.id, "is_ephemeral": False,
    }  # fmt: skip
    assert payload["message"]["ts"] == card.ts
    assert payload["state"] == {"values": {}}
    (action,) = payload["actions"]
    assert (action["action_id"], action["value"], action["type"]) == ("reject", "p1", "button")
    assert action["block_id"] == card.blocks[2]["block_id"]
    assert float(action["action_ts"]) > float(card.ts)
    assert payload["response_url"].startswith(f"{slack.url}/actions/")
    assert payload["trigger_id"] in slack.links.triggers


async def test_blocks_come_back_as_slack_keeps_them(client, line, ada):
    """With every id and every default, so that they are not those that were sent."""
    card = await posted(client, line, blocks=CARD)
    blocks = (await ada.click(card, "Reject")).payload["message"]["blocks"]
    assert blocks[0]["text"]["emoji"] is True
    assert blocks[1]["text"]["verbatim"] is False
    assert all(block["block_id"] for block in blocks)
    await client.chat_update(channel=line.id, ts=card.ts, text="again", blocks=blocks)
    assert card.blocks == blocks


async def test_a_question_is_answered_before_a_button_acts(client, line, ada):
    """Its text is kept; without a yes nothing is sent, and a yes needs a question."""
    card = await posted(client, line, blocks=CARD)
    with pytest.raises(CannotDo, match="asks before it acts"):
        await ada.click(card, "Approve")
    await ada.click(card, "Approve", confirmed=True)
    assert ada.confirmed == [("Sure?", "It moves.", "Yes")]
    with pytest.raises(CannotDo, match="asks nothing"):
        await ada.click(card, "Reject", confirmed=True)


async def test_nobody_presses_what_he_does_not_see(client, slack, line, ada, bob):
    """No such button, somebody else's ephemeral message, a deleted one; but an old screen may."""
    card = await posted(client, line, blocks=CARD)
    with pytest.raises(CannotDo, match="0 buttons"):
        await ada.click(card, "Explode")
    await client.chat_postEphemeral(channel=line.id, user=ada.id, text="x", blocks=CARD)
    with pytest.raises(CannotDo, match="does not see"):
        await bob.click(line.messages[-1], "Reject")
    before = card.blocks
    await client.chat_update(channel=line.id, ts=card.ts, text="done", blocks=[])
    with pytest.raises(CannotDo, match="0 buttons"):
        await ada.click(card, "Reject")
    told = await ada.click(card, "Reject", seen=before)
    assert told.payload["actions"][0]["value"] == "p1"
    await client.chat_delete(channel=line.id, ts=card.ts)
    with pytest.raises(CannotDo, match="does not see"):
        await ada.click(card, "Reject", seen=before)


async def test_an_ephemeral_click_comes_without_its_message(client, line, ada):
    """As on Slack: only where it was."""
    await client.chat_postEphemeral(channel=line.id, user=ada.id, text="x", blocks=CARD)
    told = await ada.click(line.messages[-1], "Reject")
    assert told.payload["container"]["is_ephemeral"]
    assert "message" not in told.payload


async def test_a_choice_is_told_and_stays_chosen(client, slack, line, ada):
    """With the option that was picked, and the state of the whole message."""
    card = await posted(client, line, blocks=MENU)
    told = await ada.choose(card, "One of", "Green")
    picked = told.payload["actions"][0]["selected_option"]
    assert picked["value"] == "g"
    held = {"type": "static_select", "selected_option": picked}
    assert told.payload["state"]["values"] == {"menu": {"pick": held}}
    with pytest.raises(CannotDo, match="No option"):
        await ada.choose(card, "pick", "Blue")


async def test_people_write_text_and_not_markup(slack, line, ada, bob):
    """What they type is escaped; only a name of somebody becomes a mention."""
    await ada.say(line, "@Bob <@U0TWIN> is <b> & *x*")
    message = line.messages[-1]
    assert message.text == "<@U0BOB> &lt;@U0TWIN&gt; is &lt;b&gt; &amp; *x*"
    assert slack.seen(bob, line) == "Ada: @Bob <@U0TWIN> is <b> & *x*"
    assert slack.deliveries.all == []


async def test_the_app_is_told_what_it_subscribed_to(slack, line, ada):
    """A mention once, or twice with message.channels; nothing where the app is not."""
    await ada.mention(line, "one")
    slack.subscriptions.add("message.channels")
    await ada.mention(line, "two")
    kinds = [d.payload["event"]["type"] for d in slack.deliveries.all]
    assert kinds == ["app_mention", "app_mention", "message"]
    away = slack.add_channel("canteen", ada, app_in=False)
    assert (await ada.mention(away, "three")).attempts == []
    with pytest.raises(CannotDo, match="not in"):
        await ada.say(slack.add_channel("elsewhere"), "hello")


async def test_an_edited_mention_is_told_again(slack, line, ada):
    """With when it was edited."""
    await ada.mention(line, "why?")
    await ada.edit(line.messages[-1], "why now?")
    first, again = (d.payload["event"] for d in slack.deliveries.all)
    assert again["ts"] == first["ts"]
    assert again["edited"]["user"] == ada.id
    assert again["text"].endswith("why now?")


async def test_a_bot_writes_as_a_bot(slack, line):
    """Its messages carry a bot_id."""
    robot = slack.add_member("U0ROBOT", "Robot", bot=True)
    line.members.add(robot.id)
    told = await robot.mention(line, "hello")
    assert told.payload["event"]["bot_id"] == "B0ROBOT"


async def test_a_response_url_answers_five_times_within_half_an_hour(client, slack, line, ada):
    """To one person, or in the channel; it replaces and deletes what was pressed."""
    card = await posted(client, line, blocks=CARD)
    url = (await ada.click(card, "Reject")).payload["response_url"]
    web = AsyncWebhookClient(url)
    assert (await web.send(text="only you")).status_code == 200
    assert slack.seen(ada, line).splitlines()[-1] == "twin (only you): only you"
    await web.send(text="all", response_type="in_channel")
    await web.send(text="done", replace_original=True)
    assert slack.seen(ada, line).splitlines()[0] == "twin (edited): done"
    bad = await web.send(text="x", blocks=[{"type": "header"}])
    assert (bad.status_code, "invalid_blocks" in bad.body) == (400, True)
    await web.send(delete_original=True)
    assert card.deleted
    gone = await web.send(text="sixth")
    assert (gone.status_code, "used_url" in gone.body) == (404, True)
    late = (await ada.command("/twin", "", line)).payload["response_url"]
    slack.clock.turn(1801)
    assert "expired_url" in (await AsyncWebhookClient(late).send(text="x")).body


async def test_a_command_without_answer_is_told_to_the_person(slack, ada, line):
    """Slack says so; nobody else sees it."""
    told = await ada.command("/twin", "a <b>", line)
    assert told.payload["text"] == "a &lt;b&gt;"
    assert ada.notices == ["/twin failed with the error: dispatch_failed"]


async def test_opening_the_home_tab_is_told_with_what_is_there(client, slack, ada):
    """app_home_opened carries the view once there is one."""
    first = await ada.open_home()
    assert "view" not in first.payload["event"]
    view = {"type": "home", "blocks": [{"type": "actions", "elements": [
        {"type": "button", "text": plain("Go"), "action_id": "go"}]}]}  # fmt: skip
    await client.views_publish(user_id=ada.id, view=view)
    again = await ada.open_home()
    assert again.payload["event"]["view"]["id"] == ada.home.id
    told = await ada.click(ada.home, "Go")
    assert told.payload["container"] == {"type": "view", "view_id": ada.home.id}
    assert "message" not in told.payload


async def test_waiting_for_what_does_not_come_ends(slack):
    """`until` has a deadline."""
    with pytest.raises(TimeoutError):
        await slack.until(lambda: False, timeout_s=0.1)
