"""What a `rich_text` block may hold.

Source: Slack's reference of the rich text block.
"""

from collections.abc import Mapping
from typing import Any

from evals.slack.shapes import Rule, array, boolean, choice, one_of, record, string, url, whole

_STYLE = record(
    {}, dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight"), boolean)
)
_NAMED_STYLE = record(
    {},
    dict.fromkeys(
        ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight",
         "unlink"),
        boolean,
    ),
)  # fmt: skip
_INLINE: dict[str, Rule] = {
    "text": record({"text": string()}, {"style": _STYLE}),
    "link": record({"url": url(3000)}, {"text": string(), "unsafe": boolean, "style": _STYLE}),
    "emoji": record({"name": string()}, {"unicode": string(), "skin_tone": whole(1, 6)}),
    "user": record({"user_id": string()}, {"style": _NAMED_STYLE}),
    "usergroup": record({"usergroup_id": string()}, {"style": _NAMED_STYLE}),
    "channel": record({"channel_id": string()}, {"style": _NAMED_STYLE}),
    "broadcast": record({"range": choice("here", "channel", "everyone")}),
    "color": record({"value": string(form="#[0-9A-Fa-f]{6}")}),
    "date": record(
        {"timestamp": whole(0, 9_999_999_999), "format": string()},
        {"url": url(3000), "fallback": string(), "style": _STYLE},
    ),
}
_SPANS = array(one_of(_INLINE), fewest=0)
_SECTION = record({"elements": _SPANS})
_PARTS: dict[str, Rule] = {
    "rich_text_section": _SECTION,
    "rich_text_list": record(
        {
            "style": choice("bullet", "ordered"),
            "elements": array(one_of({"rich_text_section": _SECTION})),
        },
        {"indent": whole(0, 8), "offset": whole(0, 1_000_000), "border": whole(0, 1)},
    ),
    "rich_text_preformatted": record(
        {"elements": array(one_of(_INLINE, ("text", "link")), fewest=0)},
        {"border": whole(0, 1)},
    ),
    "rich_text_quote": record({"elements": _SPANS}, {"border": whole(0, 1)}),
}
RICH: Rule = record(
    {"elements": array(one_of(_PARTS), fewest=0)}, {"block_id": string(255)}
)  # fmt: skip
RICH_INPUT: Rule = one_of({"rich_text": RICH})


def rich_words(value: Any, names: Mapping[str, str]) -> str:
    """The words of a rich text and of all within, a line for each part.

    Args:
        value: a `rich_text` block, or anything in one.
        names: member id → name, for those who are mentioned.
    """
    kind = value["type"]
    if kind in _INLINE:
        return _inline_words(kind, value, names)
    parts = [rich_words(part, names) for part in value["elements"]]
    if kind == "rich_text_list":
        return "\n".join(f"• {part}" for part in parts)
    return ("\n" if kind == "rich_text" else "").join(parts)


def _inline_words(kind: str, value: Mapping[str, Any], names: Mapping[str, str]) -> str:
    if kind == "user":
        return f"@{names.get(value['user_id'], value['user_id'])}"
    if kind in {"channel", "usergroup"}:
        return f"#{value[f'{kind}_id']}"
    if kind == "emoji":
        return f":{value['name']}:"
    if kind == "broadcast":
        return f"@{value['range']}"
    said = (value.get(name) for name in ("text", "fallback", "url", "value", "format"))
    return str(next((one for one in said if one), ""))
