"""What Slack answers when it will not: `{"ok": false, "error": code, …}`."""

from collections.abc import Sequence
from typing import Any


class Refused(Exception):
    """A method's refusal.

    Args:
        code: Slack's name of the error, as its method pages list them.
        more: further fields of the answer.
    """

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.code, self.more = code, more

    def answer(self) -> dict[str, Any]:
        """The body of the answer."""
        return {"ok": False, "error": self.code, **self.more}


def refused_for(code: str, faults: Sequence[str]) -> Refused:
    """A refusal that lists what is wrong, each with its JSON pointer."""
    messages = [f"[ERROR] {fault}" for fault in faults]
    return Refused(code, errors=list(faults), response_metadata={"messages": messages})
