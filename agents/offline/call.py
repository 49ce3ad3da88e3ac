"""One call of a tool that a question needs, and what was answered so far. Values alone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tools.result import ToolResult


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a tool."""

    tool: str
    arguments: dict[str, Any] = field(hash=False)

    @property
    def key(self) -> str:
        """Equal calls have equal keys."""
        return f"{self.tool} {json.dumps(self.arguments, sort_keys=True)}"


Answers = Mapping[str, ToolResult]
"""Results by the key of their call."""
