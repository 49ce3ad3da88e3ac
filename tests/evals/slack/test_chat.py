"""Messages over the Web API, through Slack's own client."""

import httpx
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.evals.slack.refusing import refused
from tests.evals.slack.small_app import CARD, plain


async def test_who_the_app_is_comes_with_its_scopes(client, slack):
    """auth.test names the bot, and the header tells what the token may do."""
    told = await client.auth_test()
    assert (told["user_id"], told["bot_id"]) == (slack.bot_user, slack.bot_id)
    assert "chat:write" in told.headers["x-oauth-scopes"].split(",")


@pytest.mark.parametrize(
    ("method", "token", "code"),
    [
        ("auth.test", "xoxb-of-somebody-else", "invalid_auth"),
        ("auth.test", "", "not_authed"),
        ("chat.postMessage", "app", "not_allowed_token_type"),
        ("apps.connections.open", "bot", "not_allowed_token_type"),
        ("chat.shout", "bot", "unknown_method"),
    ],
)
async def test_a_token_opens_what_it_is_for(slack, method, token, code):
    """A wrong, missing or unfit token is refused, and so is a method that there is none of."""
    given = {"app": slack.app_token, "bot": slack.bot_token}.get(token, token)
    client = AsyncWebClient(given, base_url=slack.base_url)
    await refused(client.api_call(method), code)


async def test_a_scope_that_is_missing_is_named(client, slack, line):
    """missing_scope says which one is needed."""
    slack.scopes.remove("chat:write")
    told = await refused(client.chat_postMessage(channel=line.id, text="x"), "missing_scope")
    assert told["needed"] == "chat:write"


async def test_a_message_is_posted_read_changed_and_taken_away(client, slack, line, ada):
    """Its timestamp is its name; what people read follows."""
    told = await client.chat_postMessage(channel=line.id, text="one", blocks=CARD)
    ts = told["ts"]
    assert told["message"]["blocks"][2]["elements"][0]["action_id"] == "approve"
    assert told["message"]["blocks"][0]["block_id"]
    assert "[Approve (Sure? It moves.)] [Reject]" in slack.seen(ada, line)
    await client.chat_update(channel=line.id, ts=ts, text="two", blocks=[])
    assert slack.seen(ada, line) == "twin (edited): two"
    assert line.find(ts).history[0][0] == "one"
    await client.chat_delete(channel=line.id, ts=ts)
    assert slack.seen(ada, line) == ""


async def test_blocks_that_an_update_does_not_name_stay(client, line):
    """chat.update keeps them, as its page says; a client that means otherwise sends none."""
    ts = (await client.chat_postMessage(channel=line.id, text="one", blocks=CARD))["ts"]
    await client.chat_update(channel=line.id, ts=ts, text="two")
    assert len(line.find(ts).blocks) == len(CARD)


async def test_arguments_may_be_a_form_with_blocks_as_text(slack, line):
    """Slack takes forms and JSON; blocks in a form are a JSON text."""
    head = {"Authorization": f"Bearer {slack.bot_token}"}
    async with httpx.AsyncClient(base_url=slack.base_url, headers=head) as web:
        form = {"channel": line.id, "text": "x", "blocks": '[{"type":"divider"}]'}
        told = (await web.post("chat.postMessage", data=form)).json()
        assert told["message"]["blocks"][0]["type"] == "divider"
        told = (await web.post("conversations.replies", json={"channel": line.id})).json()
        assert told["error"] == "channel_not_found"  # this one does not read JSON


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b"{", "application/json", "invalid_json"),
        (b"[" * 100_000, "application/json", "invalid_json"),
        (b"[1]", "application/json", "json_not_object"),
        (b"a=%FF\xff", "application/x-www-form-urlencoded", "invalid_form_data"),
        (b"a", "text/plain", "invalid_post_type"),
        (b'{"channel": {"a": [1]}, "text": 7}', "application/json", "channel_not_found"),
        (b'{"channel": "C0LINE4", "text": {"a": 1}}', "application/json", "invalid_arguments"),
        (b'{"channel": "C0LINE4", "blocks": "{"}', "application/json", "invalid_blocks_format"),
        (b'{"channel": "C0LINE4", "blocks": {}}', "application/json", "invalid_blocks_format"),
        (b'{"channel": "C0LINE4", "text": "a", "metadata": "{}"}', "application/json",
         "invalid_metadata_format"),
    ],
)  # fmt: skip
async def test_whatever_is_sent_is_answered_in_slacks_words(slack, body, kind, code):
    """Broken JSON, forms and types are refused; none is an error of the server."""
    head = {"Authorization": f"Bearer {slack.bot_token}", "Content-Type": kind}
    async with httpx.AsyncClient() as web:
        told = await web.post(f"{slack.base_url}chat.postMessage", content=body, headers=head)
    assert told.status_code == 200
    assert told.json()["error"] == code


async def test_a_message_needs_a_place_and_words(client, slack, line):
    """No channel, one the app is not in, an archived one, no text, too much of it."""
    slack.add_channel("secret", kind="group", app_in=False)
    slack.add_channel("canteen", app_in=False)
    slack.add_channel("old").archived = True
    post = client.chat_postMessage
    await refused(post(channel="C0NOWHERE", text="x"), "channel_not_found")
    await refused(post(channel="C0SECRET", text="x"), "channel_not_found")
    await refused(post(channel="C0CANTEEN", text="x"), "not_in_channel")
    await refused(post(channel="C0OLD", text="x"), "is_archived")
    bare = client.api_call("chat.postMessage", json={"channel": line.id})
    await refused(bare, "no_text")
    await refused(post(channel=line.id, text="x" * 40_001), "msg_too_long")
    await refused(post(channel=line.id, text="x", thread_ts="yesterday"), "invalid_thread_ts")
    await post(channel=line.id, text="x" * 40_000)
    await post(channel="#line-4", text="by its name")


async def test_only_ones_own_messages_are_changed(client, slack, line, ada):
    """A person's message, an ephemeral one and one that there is none of are not."""
    await ada.say(line, "mine")
    ts = line.messages[-1].ts
    change = client.chat_update
    await refused(change(channel=line.id, ts=ts, text="x"), "cant_update_message")
    await refused(client.chat_delete(channel=line.id, ts=ts), "cant_delete_message")
    await refused(change(channel=line.id, ts="1.000001", text="x"), "message_not_found")
    told = await client.chat_postEphemeral(channel=line.id, user=ada.id, text="psst")
    await refused(change(channel=line.id, ts=told["message_ts"], text="x"), "message_not_found")
    ts = (await client.chat_postMessage(channel=line.id, text="x"))["ts"]
    await refused(change(channel=line.id, ts=ts, text="x" * 4_001), "msg_too_long")
    bare = client.api_call("chat.update", json={"channel": line.id, "ts": ts, "text": ""})
    await refused(bare, "no_text")


async def test_an_ephemeral_message_is_seen_by_one(client, slack, line, ada, bob):
    """And only by somebody who is in the channel."""
    await client.chat_postEphemeral(channel=line.id, user=ada.id, text="psst")
    assert slack.seen(ada, line) == "twin (only you): psst"
    assert slack.seen(bob, line) == ""
    slack.add_member("U0CAT", "Cat")
    call = client.chat_postEphemeral(channel=line.id, user="U0CAT", text="psst")
    await refused(call, "user_not_in_channel")


async def test_a_thread_is_read_in_pages_and_seen_set_in(client, slack, line, ada):
    """conversations.replies goes by a cursor; history shows the first message only."""
    ts = (await client.chat_postMessage(channel=line.id, text="top"))["ts"]
    for number in range(3):
        await client.chat_postMessage(channel=line.id, text=f"reply {number}", thread_ts=ts)
    first = await client.conversations_replies(channel=line.id, ts=ts, limit=2)
    assert [m["text"] for m in first["messages"]] == ["top", "reply 0"]
    assert first["has_more"]
    cursor = first["response_metadata"]["next_cursor"]
    rest = await client.conversations_replies(channel=line.id, ts=ts, limit=2, cursor=cursor)
    assert [m["text"] for m in rest["messages"]] == ["reply 1", "reply 2"]
    history = await client.conversations_history(channel=line.id)
    assert [m["reply_count"] for m in history["messages"]] == [3]
    assert slack.seen(ada, line).splitlines()[1] == "    twin: reply 0"
    call = client.conversations_replies(channel=line.id, ts="1.000001")
    await refused(call, "thread_not_found")
    assert slack.complaints == []


async def test_a_reply_that_people_will_not_find_is_complained_of(client, slack, line):
    """To nothing, or to a reply instead of its thread."""
    ts = (await client.chat_postMessage(channel=line.id, text="top"))["ts"]
    one = (await client.chat_postMessage(channel=line.id, text="reply", thread_ts=ts))["ts"]
    await client.chat_postMessage(channel=line.id, text="lost", thread_ts="1.000001")
    await client.chat_postMessage(channel=line.id, text="odd", thread_ts=one)
    assert len(slack.complaints) == 2


async def test_blocks_without_text_are_complained_of(client, slack, line):
    """Nobody can read them in a notification."""
    call = {"channel": line.id, "blocks": CARD}
    await client.api_call("chat.postMessage", json=call)
    assert slack.complaints == ["chat.postMessage: missing_text_in_message"]
    assert line.messages[-1].text == "This content can't be displayed."


async def test_direct_messages_are_opened_with_one_person(client, slack, ada):
    """A member's id is his direct messages; who is unknown, or a bot, has none."""
    slack.add_member("U0ROBOT", "Robot", bot=True)
    channel = (await client.conversations_open(users=ada.id))["channel"]["id"]
    assert slack.channels[channel].kind == "im"
    told = await client.chat_postMessage(channel=ada.id, text="hello")
    assert told["channel"] == channel
    assert slack.seen(ada, slack.direct(ada.id)) == "twin: hello"
    await refused(client.conversations_open(users="U0NOBODY"), "user_not_found")
    await refused(client.conversations_open(users="U0ROBOT"), "cannot_dm_bot")


async def test_a_reaction_is_put_once(client, slack, line, ada):
    """A known name, a message that there is, and not twice."""
    ts = (await client.chat_postMessage(channel=line.id, text="x"))["ts"]
    react = client.reactions_add
    await react(channel=line.id, timestamp=ts, name="eyes")
    assert ":eyes: 1" in slack.seen(ada, line)
    await refused(react(channel=line.id, timestamp=ts, name="eyes"), "already_reacted")
    await refused(react(channel=line.id, timestamp=ts, name=":eyes:"), "invalid_name")
    await refused(react(channel=line.id, timestamp="1.000001", name="eyes"), "message_not_found")


async def test_people_are_known_by_their_id(client, slack, ada):
    """users.info tells the name, and who is a bot."""
    told = (await client.users_info(user=ada.id))["user"]
    assert (told["real_name"], told["is_bot"]) == ("Ada", False)
    assert (await client.users_info(user=slack.bot_user))["user"]["is_bot"]
    await refused(client.users_info(user="U0NOBODY"), "user_not_found")


async def test_blocks_that_are_too_long_together_are_refused(client, line):
    """Fifty blocks of little text pass, forty-five of eleven thousand characters do not."""
    section = {"type": "section", "text": plain("x" * 190)}
    await client.chat_postMessage(channel=line.id, text="x", blocks=[section] * 50)
    section = {"type": "section", "text": plain("x" * 252)}
    call = client.chat_postMessage(channel=line.id, text="x", blocks=[section] * 45)
    await refused(call, "msg_blocks_too_long")


async def test_markdown_is_a_message_of_its_own(client, slack, line, ada):
    """markdown_text stands alone; beside blocks or text it is refused."""
    await client.chat_postMessage(channel=line.id, markdown_text="**so**")
    assert slack.seen(ada, line) == "twin: **so**"
    call = client.chat_postMessage(channel=line.id, markdown_text="**so**", text="so")
    await refused(call, "markdown_text_conflict")


async def test_a_channel_tells_what_it_is_and_who_is_in_it(client, slack, line, ada, bob):
    """conversations.info and .members; a private channel without the app is unknown."""
    told = (await client.conversations_info(channel=line.id))["channel"]
    assert (told["name"], told["is_member"], told["is_private"]) == ("line-4", True, False)
    told = (await client.conversations_info(channel=slack.direct(ada.id).id))["channel"]
    assert (told["is_im"], told["user"]) == (True, ada.id)
    members = (await client.conversations_members(channel=line.id))["members"]
    assert members == sorted([ada.id, bob.id, slack.bot_user])
    slack.scopes.remove("channels:read")
    await refused(client.conversations_info(channel=line.id), "missing_scope")


async def test_a_message_has_an_address_and_loses_its_reaction(client, slack, line, ada):
    """chat.getPermalink, reactions.remove."""
    ts = (await client.chat_postMessage(channel=line.id, text="x"))["ts"]
    told = await client.chat_getPermalink(channel=line.id, message_ts=ts)
    assert told["permalink"].endswith(f"/{line.id}/p{ts.replace('.', '')}")
    await client.reactions_add(channel=line.id, timestamp=ts, name="eyes")
    await client.reactions_remove(channel=line.id, timestamp=ts, name="eyes")
    assert slack.seen(ada, line) == "twin: x"
    call = client.reactions_remove(channel=line.id, timestamp=ts, name="eyes")
    await refused(call, "no_reaction")


async def test_strangers_guests_and_leavers_are_told_apart(client, slack, line):
    """By users.info, and by the team that their messages and clicks carry."""
    eve = slack.add_member("U0EVE", "Eve", team="T0OTHER")
    eve.guest, eve.deleted = True, True
    told = (await client.users_info(user=eve.id, include_locale=True))["user"]
    kept = ("team_id", "is_stranger", "is_restricted", "deleted", "locale")
    assert [told[name] for name in kept] == ["T0OTHER", True, True, True, "en-GB"]
    line.members.add(eve.id)
    event = (await eve.mention(line, "let me in")).payload["event"]
    assert (event["team"], event["user_team"]) == ("T0OTHER", "T0OTHER")
    card = line.find((await client.chat_postMessage(channel=line.id, text="x", blocks=CARD))["ts"])
    assert (await eve.click(card, "Reject")).payload["user"]["team_id"] == "T0OTHER"
