"""Whatever a method is given, it answers in Slack's words."""

import itertools
from typing import Any

import httpx
import pytest

from evals.slack.methods import METHODS

NAMES = (
    "channel", "ts", "thread_ts", "text", "blocks", "user", "users", "user_id", "view", "view_id",
    "trigger_id", "external_id", "hash", "name", "timestamp", "files", "filename", "length",
    "channel_id", "channels", "cursor", "limit", "oldest", "latest", "metadata", "markdown_text",
    "initial_comment", "inclusive", "reply_broadcast",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 1e308, 10**30, "", "x", "nan", "inf", "C0LINE4", "U0ADA", "{", "[]",
    "{}", [], {}, [None], [[]], {"type": "modal"}, {"type": ["modal"]}, {"a": {"b": []}},
    "\x00", "é" * 300,
    '{"type": "home", "blocks": [{"type": "section", "text": {"type": "mrkdwn"}}]}',
    [{"type": "section", "text": {"type": "mrkdwn", "text": 7}}], [{"id": {}}], "1.000001",
)  # fmt: skip


@pytest.mark.parametrize("method", sorted(METHODS))
async def test_no_argument_makes_an_error_of_the_server(slack, line, ada, method):
    """Arguments with odd values, beside good ones and beside none, as JSON and as a form.

    Every ninth pair is tried, from another start for each method: all of them take minutes.
    """
    start = sorted(METHODS).index(method) % 9
    slack.deliveries.patience_s = 0
    token = slack.app_token if METHODS[method].app_token else slack.bot_token
    head = {"Authorization": f"Bearer {token}"}
    good = {"channel": line.id, "text": "x", "user": ada.id, "user_id": ada.id, "filename": "a",
            "length": 3, "name": "eyes"}  # fmt: skip
    async with httpx.AsyncClient(headers=head, base_url=slack.base_url) as web:
        odd = itertools.islice(itertools.product(NAMES, VALUES), start, None, 9)
        for number, (name, value) in enumerate(odd):
            given = {**(good if number % 2 else {}), name: value}
            if number % 3:
                told = await web.post(method, json=given)
            else:
                told = await web.post(method, data={k: str(v) for k, v in given.items()})
            assert told.status_code == 200, (given, told.text)
            assert isinstance(told.json()["ok"], bool)
            assert told.json()["ok"] or told.json()["error"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"channel": "C0LINE4", "text": "\\ud83d"}', "invalid_json"),
        (b'{"channel": "C0LINE4", "text": "x", "limit": NaN}', "invalid_json"),
        (b'{"channel": "C0LINE4", "blocks": "[NaN]"}', "invalid_blocks_format"),
        (b'{"channel": "C0LINE4", "text": "\xff"}', "invalid_json"),
    ],
)
async def test_half_a_character_and_no_number_are_no_json(slack, line, body, code):
    """Python writes them, Slack does not read them."""
    head = {"Authorization": f"Bearer {slack.bot_token}", "Content-Type": "application/json"}
    async with httpx.AsyncClient() as web:
        told = await web.post(f"{slack.base_url}chat.postMessage", content=body, headers=head)
    assert told.json()["error"] == code
