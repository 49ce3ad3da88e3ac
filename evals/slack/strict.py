"""JSON as Slack reads it: no NaN, no half of a surrogate pair, nothing deeper than it goes."""

import json
from typing import Any, NoReturn


def read(text: str | bytes) -> Any:
    """What a JSON text says.

    Raises:
        ValueError: Slack would not read it.
    """
    try:
        told = json.loads(text, parse_constant=_refuse)
        json.dumps(told, ensure_ascii=False).encode()  # a lone surrogate is no character
    except RecursionError as deep:
        raise ValueError("too deep") from deep
    return told


def argument(given: Any) -> Any:
    """A JSON argument, which may be sent as a text or as itself.

    Raises:
        ValueError: a text that Slack would not read.
    """
    return read(given) if isinstance(given, str) else given


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
