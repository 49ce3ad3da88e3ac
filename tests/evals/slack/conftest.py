"""A workspace that listens, with two people and a channel, and Slack's own client for its API."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from evals.slack.workspace import Workspace


@pytest.fixture
async def slack():
    async with Workspace() as started:
        started.deliveries.patience_s = 0.5
        ada = started.add_member("U0ADA", "Ada")
        bob = started.add_member("U0BOB", "Bob")
        started.add_channel("line-4", ada, bob)
        started.echoes = False
        yield started


@pytest.fixture
def ada(slack):
    return slack.members["U0ADA"]


@pytest.fixture
def bob(slack):
    return slack.members["U0BOB"]


@pytest.fixture
def line(slack):
    return slack.channels["C0LINE4"]


@pytest.fixture
def client(slack):
    return AsyncWebClient(slack.bot_token, base_url=slack.base_url)
