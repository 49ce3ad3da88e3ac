"""What Slack thinks of blocks: every block and all it holds, on the surface they are for.

Source: Slack's reference of blocks and of its limits.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from evals.slack.elements import ACTING, BESIDE, PICTURE, STORED, TOLD, asked, elements_of
from evals.slack.refused import Refused, refused_for
from evals.slack.rich_text import RICH
from evals.slack.shapes import (
    Rule,
    array,
    boolean,
    choice,
    exactly_one,
    fault,
    number,
    one_of,
    plain,
    record,
    string,
    text,
)
from evals.slack.strict import argument

MOST = {"message": 50, "modal": 100, "home": 100}
_MOST_WEIGHT = 13_357
_WEIGHT = 60
"""What a block counts beside its text, in characters.

Slack documents neither; these two fit the sizes that people reported as taken and as refused with
`msg_blocks_too_long` (bolt-js, issues 2509 and 2867).
"""
_ID = {"block_id": string(255)}


def _text_or_fields(value: Any, where: str, faults: list[str]) -> None:
    if "text" not in value and "fields" not in value:
        faults.append(fault("missing required field: text", where))


def _even_rows(value: Any, where: str, faults: list[str]) -> None:
    if len({len(row) for row in value["rows"]}) > 1:
        faults.append(fault("rows must have the same number of cells", f"{where}/rows"))


_CELL = one_of(
    {
        "raw_text": record({"text": string()}),
        "raw_number": record({"value": number}, {"text": string()}),
        "rich_text": RICH,
    }
)
_COLUMN = record({}, {"align": choice("left", "center", "right"), "is_wrapped": boolean})


def _column(value: Any, where: str, faults: list[str]) -> None:
    if value is not None:
        _COLUMN(value, where, faults)


def _kinds(surface: str) -> Mapping[str, Rule]:
    kinds: dict[str, Rule] = {
        "section": record(
            {},
            {
                **_ID,
                "text": text(3000),
                "fields": array(text(2000), 10),
                "accessory": BESIDE,
                "expand": boolean,
            },
            _text_or_fields,
        ),
        "header": record({"text": plain(150)}, _ID),
        "divider": record({}, _ID),
        "context": record({"elements": array(TOLD, 10)}, _ID),
        "actions": record({"elements": array(ACTING, 25)}, _ID),
        "image": record(
            {"alt_text": string(2000)},
            {**_ID, "image_url": PICTURE, "slack_file": STORED, "title": plain(2000)},
            exactly_one("image_url", "slack_file"),
        ),
        "input": record(
            {"label": plain(2000), "element": asked(surface)},
            {**_ID, "hint": plain(2000), "optional": boolean, "dispatch_action": boolean},
        ),
        "rich_text": RICH,
        "video": record(
            {"alt_text": string(), "title": plain(199), "thumbnail_url": string(),
             "video_url": string()},
            {**_ID, "author_name": string(49), "description": plain(200), "title_url": string(),
             "provider_name": string(), "provider_icon_url": string()},
        ),
    }  # fmt: skip
    if surface == "message":
        kinds["markdown"] = record({"text": string(12_000)}, _ID)
        kinds["table"] = record(
            {"rows": array(array(_CELL, 20), 100)},
            {**_ID, "column_settings": array(_column, 20, 0)},
            _even_rows,
        )
    return kinds


def block_faults(blocks: Any, surface: str, where: str = "/blocks") -> list[str]:
    """What is wrong with blocks, each with its JSON pointer; none if Slack takes them.

    Args:
        blocks: whatever was sent.
        surface: `message`, `modal` or `home`.
        where: the pointer of the list itself.
    """
    faults: list[str] = []
    array(one_of(_kinds(surface)), MOST[surface], 0)(blocks, where, faults)
    if not faults:
        faults.extend(_repeated(blocks, where))
    return faults


def _repeated(blocks: list[dict[str, Any]], where: str) -> Iterator[str]:
    names = set()
    focused = 0
    for place, block in enumerate(blocks):
        name = block.get("block_id")
        if name is not None and name in names:
            yield fault(f"`block_id` {name} already exists", f"{where}/{place}/block_id")
        names.add(name)
        ids = set()
        for element in elements_of(block):
            focused += bool(element.get("focus_on_load"))
            action = element.get("action_id")
            if action is not None and action in ids:
                yield fault(f"`action_id` {action} already exists", f"{where}/{place}")
            ids.add(action)
    if focused > 1:
        yield fault("only one element may be focused on load", where)


def words_in(value: Any) -> int:
    """How many characters of text there are in blocks."""
    if isinstance(value, list):
        return sum(words_in(item) for item in value)
    if not isinstance(value, dict):
        return 0
    return sum(
        len(held) if name == "text" and isinstance(held, str) else words_in(held)
        for name, held in value.items()
    )


def taken(given: Any, surface: str = "message", *, weighed: bool = True) -> list[dict[str, Any]]:
    """The blocks of a message, if Slack takes them.

    Args:
        given: a list, or a JSON text of one.
        surface: where they are to be shown.
        weighed: whether the message's total length counts.

    Raises:
        Refused: `invalid_blocks_format`, `invalid_blocks` or `msg_blocks_too_long`.
    """
    try:
        blocks = argument(given)
    except ValueError:
        raise Refused("invalid_blocks_format") from None
    if not isinstance(blocks, list):
        raise Refused("invalid_blocks_format")
    faults = block_faults(blocks, surface)
    if faults:
        raise refused_for("invalid_blocks", faults)
    if sum(block["type"] == "table" for block in blocks) > 1:
        raise Refused("only_one_table_allowed")
    if weighed and words_in(blocks) + _WEIGHT * len(blocks) > _MOST_WEIGHT:
        raise Refused("msg_blocks_too_long")
    return blocks


def named(blocks: list[dict[str, Any]], names: Iterator[str]) -> list[dict[str, Any]]:
    """The blocks as Slack keeps them, and sends them back.

    Each has a `block_id`, each element an `action_id`, and each text what it left to its default.
    """
    kept: list[dict[str, Any]] = json.loads(json.dumps(blocks))
    with_defaults(kept)
    for block in kept:
        block.setdefault("block_id", next(names))
        for element in elements_of(block):
            if element.get("type") != "image":
                element.setdefault("action_id", next(names))
    return kept


def with_defaults(value: Any) -> None:
    """Write into every text within what it left to its default."""
    if isinstance(value, list):
        for item in value:
            with_defaults(item)
    elif isinstance(value, dict):
        if value.get("type") == "plain_text":
            value.setdefault("emoji", True)
        elif value.get("type") == "mrkdwn":
            value.setdefault("verbatim", False)
        for item in value.values():
            with_defaults(item)
