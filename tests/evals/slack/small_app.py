"""A small app on Slack's own framework, to try the stand-in with."""

from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from evals.slack.workspace import Workspace


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


CONFIRM = {"title": plain("Sure?"), "text": plain("It moves."), "confirm": plain("Yes"),
           "deny": plain("No")}  # fmt: skip
CARD = [
    {"type": "header", "text": plain("Proposal")},
    {"type": "section", "text": {"type": "mrkdwn", "text": "*Speed* of <@U0ADA>’s line"}},
    {
        "type": "actions",
        "elements": [
            {"type": "button", "text": plain("Approve"), "action_id": "approve", "value": "p1",
             "style": "primary", "confirm": CONFIRM},
            {"type": "button", "text": plain("Reject"), "action_id": "reject", "value": "p1"},
        ],
    },
]  # fmt: skip
ASKING = {
    "type": "modal",
    "callback_id": "speed",
    "title": plain("How fast?"),
    "submit": plain("Set"),
    "private_metadata": "C0LINE4",
    "blocks": [
        {
            "type": "input",
            "block_id": "speed",
            "label": plain("Speed"),
            "element": {"type": "number_input", "action_id": "speed", "is_decimal_allowed": False,
                        "min_value": "1", "max_value": "1000"},
        }
    ],
}  # fmt: skip


def made(slack: Workspace) -> AsyncApp:
    client = AsyncWebClient(slack.bot_token, base_url=slack.base_url)
    app = AsyncApp(client=client, signing_secret=slack.signing_secret)

    @app.event("app_mention")
    async def mentioned(event, say):
        await say(text="A proposal: Approve?", blocks=CARD, thread_ts=event["ts"])

    @app.event("message")
    async def written(event, say):
        if event.get("channel_type") == "im" and "bot_id" not in event and "subtype" not in event:
            await say("hello yourself")

    @app.event("app_home_opened")
    async def home(event, client):
        view = {"type": "home", "blocks": [{"type": "divider"}]}
        await client.views_publish(user_id=event["user"], view=view)

    @app.action("approve")
    async def approve(ack, body, client):
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=ASKING)

    @app.view("speed")
    async def submitted(ack, view, client):
        speed = int(view["state"]["values"]["speed"]["speed"]["value"])
        if speed > 100:
            await ack(response_action="errors", errors={"speed": "too fast"})
            return
        await ack()
        await client.chat_postMessage(channel=view["private_metadata"], text=f"set to {speed}")

    @app.command("/twin")
    async def command(ack, command, respond):
        await ack(f"you said {command['text']}")

    return app
