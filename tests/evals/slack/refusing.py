"""How a test says that Slack refuses: the code, and the answer to look into."""

from collections.abc import Awaitable
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError


async def refused(call: Awaitable[Any], code: str) -> dict[str, Any]:
    """Await a call that must be refused with this code; the whole answer."""
    with pytest.raises(SlackApiError) as told:
        await call
    answer = told.value.response
    assert answer["error"] == code, answer
    return dict(answer.data)
