"""What is logged, and what never is."""

import asyncio
import json

import pytest
import structlog

from api.logs import log_to_stderr
from api.system import _every
from twin_core.errors import SourceDown


@pytest.fixture
def logging_plainly():
    yield
    structlog.reset_defaults()


def test_what_a_failing_function_held_is_not_logged(capsys, logging_plainly):
    """Where it failed is told, its variables are not: passwords and tokens are among them."""
    log_to_stderr("info")
    try:
        sign_in("correct-horse")
    except ValueError:
        structlog.get_logger().exception("failed")
    said = json.loads(capsys.readouterr().err)
    assert said["exception"][0]["exc_type"] == "ValueError"
    assert said["exception"][0]["frames"]
    assert "correct-horse" not in json.dumps(said)


def sign_in(password):
    raise ValueError(len(password))


async def test_a_task_that_cannot_do_its_work_is_told_in_a_line_and_once():
    """That a system does not answer is a state, not a traceback; it is tried again all the same."""
    tries: asyncio.Queue[None] = asyncio.Queue()

    async def ask():
        tries.put_nowait(None)
        raise SourceDown("maintenance", "it does not answer")

    with structlog.testing.capture_logs() as said:
        task = asyncio.create_task(_every(0.0, ask))
        for _ in range(3):
            await tries.get()
        task.cancel()
    assert [(s["log_level"], "exc_info" in s) for s in said] == [("warning", False)]
    assert "maintenance" in said[0]["reason"]
