"""What a source that nobody can write answers to a command: it was not sent."""

from typing import Literal

from twin_core.governance.action import Command, Outcome


def not_sent(command: Command, result: Literal["not_applied", "unknown"], why: str) -> Outcome:
    """A command that was not sent.

    Args:
        command: the step.
        result: `not_applied` to a write, `unknown` to a look.
        why: one clause.
    """
    return Outcome(
        key=command.key, result=result, sent=False, acknowledged=False, detail=f"not sent: {why}"
    )
