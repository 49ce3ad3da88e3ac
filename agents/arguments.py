"""Arguments of a call as a language model wrote them: read whole, or refused with the reason.

What is let through can be stored, sent on and compared. It must never mend what it reads.
"""

import json
import math
from typing import Any

_DEEPEST = 32
_NESTED = f"they are nested deeper than {_DEEPEST} levels"
_LARGEST = 2**63 - 1
"""What a store of 64 bits holds."""


def read_arguments(text: str) -> dict[str, Any]:
    """The arguments; none where nothing was written.

    Raises:
        ValueError: they cannot be meant; why, as a clause that holds nothing of them.
    """
    try:
        found = json.loads(text or "{}")
    except RecursionError:
        raise ValueError(_NESTED) from None
    except ValueError:
        raise ValueError("they are not JSON") from None
    if not isinstance(found, dict):
        raise ValueError("they are not a JSON object")  # noqa: TRY004 (of the text, no type of ours)
    if why := _wrong(found, _DEEPEST):
        raise ValueError(why)
    return found


def _wrong(value: Any, levels: int) -> str:
    """Why a value cannot be meant; empty if it can."""
    if isinstance(value, str):
        return "" if _is_text(value) else "they hold half a character"
    if isinstance(value, int | float):
        whole = math.isfinite(value) if isinstance(value, float) else abs(value) <= _LARGEST
        return "" if whole else "they hold a number without bounds"
    if not isinstance(value, dict | list):
        return ""
    if not levels:
        return _NESTED
    inner = [*value, *value.values()] if isinstance(value, dict) else value
    return next((why for one in inner if (why := _wrong(one, levels - 1))), "")


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
