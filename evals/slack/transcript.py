"""What a person reads: messages and views as plain text. Pure.

It must never show what Slack would not show, nor leave out what it would.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from evals.slack.channel import Message
from evals.slack.rich_text import rich_words
from evals.slack.view import View

_MARK = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")


def transcript(messages: Iterable[Message], names: Mapping[str, str]) -> str:
    """A channel, oldest first; replies stand under what they answer, set in.

    Args:
        messages: what the reader sees.
        names: member id → name.
    """
    every = list(messages)
    tops = [m for m in every if m.thread_ts in {None, m.ts} or m.broadcast]
    known = {m.ts for m in tops}
    lines = []
    for message in every:
        if message in tops:
            lines += _lines(message, names, "")
            replies = [m for m in every if m.thread_ts == message.ts and m.ts != message.ts]
            for reply in replies:
                lines += _lines(reply, names, "    ")
        elif message.thread_ts not in known:  # its parent is gone, or is not seen
            lines += _lines(message, names, "    ")
    return "\n".join(lines)


def screen(view: View | None, names: Mapping[str, str]) -> str:
    """A modal or a home tab; empty if there is none."""
    if view is None:
        return ""
    lines = [f"== {view.title} =="] if view.title else []
    for block in view.blocks:
        lines.append(block_words(block, names, view.state))
        if block["block_id"] in view.errors:
            lines.append(f"! {view.errors[block['block_id']]}")
    buttons = [view.body[name]["text"] for name in ("submit", "close") if name in view.body]
    lines += [f"[{button}]" for button in buttons]
    return "\n".join(lines)


def block_words(
    block: Mapping[str, Any], names: Mapping[str, str], state: Mapping[str, Any] | None = None
) -> str:
    """What a block says, buttons in brackets, each with the question it asks before."""
    kind = block["type"]
    if kind in {"section", "header", "markdown"}:
        fields = [block.get("text"), *block.get("fields", [])]
        words = [_text(field, names) for field in fields if field]
        if "accessory" in block:
            words.append(_element(block["accessory"], names))
        return "\n".join(words)
    if kind in {"context", "actions"}:
        return " ".join(_element(one, names) for one in block["elements"])
    if kind == "input":
        held = (state or {}).get(block["block_id"], {}).get(block["element"]["action_id"], {})
        entered = next((v for k, v in held.items() if k != "type" and v), "")
        hint = f" ({block['hint']['text']})" if "hint" in block else ""
        return f"{block['label']['text']}{hint}: {_option_words(entered)}____"
    if kind == "rich_text":
        return rich_words(block, names)
    if kind == "table":
        rows = [[_cell(cell, names) for cell in row] for row in block["rows"]]
        return "\n".join(" | ".join(row) for row in rows)
    return "----" if kind == "divider" else f"({kind}: {block.get('alt_text', '')})"


def pinged(message: Message) -> set[str]:
    """Whom a message notifies: member ids, groups, and `channel`, `here` or `everyone`.

    The text beside blocks counts too: it is what a notification shows.
    """
    found: set[str] = set()
    _collect_pings({"type": "mrkdwn", "text": message.text}, found)
    _collect_pings(message.blocks, found)
    return found


def _collect_pings(value: Any, found: set[str]) -> None:
    if isinstance(value, list):
        for item in value:
            _collect_pings(item, found)
    elif isinstance(value, dict):
        if value.get("type") in {"mrkdwn", "markdown"} and isinstance(value.get("text"), str):
            marks = _MARK.findall(value["text"])
            found |= {what.removeprefix("subteam^") for kind, what, _ in marks
                      if kind == "@" or (kind == "!" and not what.startswith("date^"))}  # fmt: skip
        named = {"user": "user_id", "usergroup": "usergroup_id", "broadcast": "range"}
        name = named.get(value.get("type", ""))
        found |= {value[name]} if name else set()
        for item in value.values():
            _collect_pings(item, found)


def marked(text: str, names: Mapping[str, str]) -> str:
    """A text of Slack's markup as it is read: names for ids, labels for links, no entities."""

    def told(mark: re.Match[str]) -> str:
        kind, what, label = mark.groups()
        if kind == "@":
            return f"@{names.get(what, what)}"
        if what.startswith("date^"):
            return label or what
        return f"{kind.replace('!', '@')}{label or what}"

    shown = _MARK.sub(told, text)
    return shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _lines(message: Message, names: Mapping[str, str], margin: str) -> list[str]:
    said = [block_words(block, names, message.state) for block in message.blocks]
    words = said or [marked(message.text, names)]
    words += [f"(file: {file['title']})" for file in message.files]
    words += [f":{name}: {len(users)}" for name, users in message.reactions.items()]
    marks = (" (only you)" if message.to else "") + (" (edited)" if message.edited_ts else "")
    first, *rest = "\n".join(words).split("\n")
    head = f"{margin}{names.get(message.user, message.user)}{marks}: {first}"
    return [head, *(f"{margin}  {line}" for line in rest)]


def _text(field: Any, names: Mapping[str, str]) -> str:
    if isinstance(field, str):
        return field
    said = str(field["text"])
    return marked(said, names) if field.get("type") == "mrkdwn" else said


def _element(element: Mapping[str, Any], names: Mapping[str, str]) -> str:
    kind = element["type"]
    if kind in {"mrkdwn", "plain_text"}:
        return _text(element, names)
    if kind == "button":
        asked = element.get("confirm")
        question = f" ({asked['title']['text']} {_text(asked['text'], names)})" if asked else ""
        return f"[{element['text']['text']}{question}]"
    if kind == "image":
        return f"({element['alt_text']})"
    options = [option["text"]["text"] for option in element.get("options", [])]
    label = element.get("placeholder", {}).get("text", "")
    return f"[{label}▾ {' / '.join(options)}]"


def _cell(cell: Mapping[str, Any], names: Mapping[str, str]) -> str:
    if cell["type"] == "rich_text":
        return rich_words(cell, names)
    return str(cell.get("text", cell.get("value", "")))


def _option_words(entered: Any) -> str:
    if isinstance(entered, dict) and "text" in entered:
        return str(entered["text"]["text"])
    if isinstance(entered, list):
        return ", ".join(_option_words(one) for one in entered)
    return str(entered)
