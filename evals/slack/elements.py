"""Which elements a block may hold, and what each must look like.

Source: Slack's reference of block elements and composition objects.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from evals.slack.rich_text import RICH_INPUT
from evals.slack.shapes import (
    Rule,
    array,
    boolean,
    choice,
    exactly_one,
    fault,
    one_of,
    plain,
    record,
    string,
    text,
    url,
    whole,
)

ACTION_ID = string(255)
PICTURE = url(3000, r"https?://")
STORED = record({}, {"id": string(), "url": url(3000)}, exactly_one("id", "url"))
"""A picture that was uploaded to Slack."""
CONFIRM = record(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": choice("primary", "danger")},
)
_DAY = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_MOMENT = whole(1_000_000_000, 9_999_999_999)  # ten digits
_DISPATCH = record(
    {}, {"trigger_actions_on": array(choice("on_enter_pressed", "on_character_entered"), 2)}
)
_FILTER = record(
    {},
    {
        "include": array(choice("im", "mpim", "private", "public")),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)


def _option(words: Rule) -> Rule:
    return record(
        {"text": words, "value": string(150)}, {"description": text(75), "url": url(3000)}
    )


_PICKED = _option(plain(75))
_TICKED = _option(text(75))
_GROUP = record({"label": plain(75), "options": array(_PICKED, 100)})


def _offered(value: Mapping[str, Any]) -> list[Any]:
    groups = value.get("option_groups") or ()
    return [*(value.get("options") or ()), *(o for group in groups for o in group["options"])]


def _initial_is_offered(value: Any, where: str, faults: list[str]) -> None:
    offered = _offered(value)
    chosen = value.get("initial_options", [])
    if "initial_option" in value:
        chosen = [value["initial_option"]]
    if any(one not in offered for one in chosen):
        faults.append(fault("initial option must be one of the options", where))


def _bounds_in_order(value: Any, where: str, faults: list[str]) -> None:
    least, most = value.get("min_length"), value.get("max_length")
    if least is not None and most is not None and least > most:
        faults.append(fault("min_length must not be greater than max_length", where))


def _numbers_in_order(value: Any, where: str, faults: list[str]) -> None:
    names = ("min_value", "initial_value", "max_value")
    given = {name: float(value[name]) for name in names if name in value}
    if not value["is_decimal_allowed"]:
        faults.extend(
            fault("must be a whole number when is_decimal_allowed is false", f"{where}/{name}")
            for name, number in given.items()
            if not number.is_integer()
        )
    least, most = given.get("min_value", -math.inf), given.get("max_value", math.inf)
    if least > most:
        faults.append(fault("min_value must not be greater than max_value", where))
    if not least <= given.get("initial_value", least) <= most:
        faults.append(fault("must be between min_value and max_value", f"{where}/initial_value"))


_NUMBER = string(form=r"-?\d{1,300}(\.\d{1,300})?")
_ASKED = {"action_id": ACTION_ID, "confirm": CONFIRM, "focus_on_load": boolean}
_HINTED = {**_ASKED, "placeholder": plain(150)}
_TYPED = {
    "action_id": ACTION_ID,
    "placeholder": plain(150),
    "dispatch_action_config": _DISPATCH,
    "focus_on_load": boolean,
}
_LISTED = {"options": array(_PICKED, 100), "option_groups": array(_GROUP, 100)}
_MANY = {"max_selected_items": whole(1, 1000)}
_ROUTED = {
    "default_to_current_conversation": boolean,
    "response_url_enabled": boolean,
    "filter": _FILTER,
}

ELEMENTS: Mapping[str, Rule] = {
    "button": record(
        {"text": plain(75)},
        {
            "action_id": ACTION_ID,
            "url": url(3000),
            "value": string(2000),
            "style": choice("primary", "danger"),
            "confirm": CONFIRM,
            "accessibility_label": string(75),
        },
    ),
    "checkboxes": record(
        {"options": array(_TICKED, 10)},
        {**_ASKED, "initial_options": array(_TICKED, 10)},
        _initial_is_offered,
    ),
    "radio_buttons": record(
        {"options": array(_TICKED, 10)}, {**_ASKED, "initial_option": _TICKED}, _initial_is_offered
    ),
    "overflow": record(
        {"options": array(_PICKED, 5)}, {"action_id": ACTION_ID, "confirm": CONFIRM}
    ),
    "datepicker": record({}, {**_HINTED, "initial_date": string(form=_DAY)}),
    "timepicker": record(
        {},
        {**_HINTED, "initial_time": string(form=r"([01]\d|2[0-3]):[0-5]\d"), "timezone": string()},
    ),
    "datetimepicker": record({}, {**_ASKED, "initial_date_time": _MOMENT}),
    "static_select": record(
        {},
        {**_HINTED, **_LISTED, "initial_option": _PICKED},
        exactly_one("options", "option_groups"),
        _initial_is_offered,
    ),
    "multi_static_select": record(
        {},
        {**_HINTED, **_LISTED, **_MANY, "initial_options": array(_PICKED, 100)},
        exactly_one("options", "option_groups"),
        _initial_is_offered,
    ),
    "external_select": record(
        {}, {**_HINTED, "initial_option": _PICKED, "min_query_length": whole(0, 100)}
    ),
    "users_select": record({}, {**_HINTED, "initial_user": string()}),
    "multi_users_select": record({}, {**_HINTED, **_MANY, "initial_users": array(string())}),
    "channels_select": record(
        {}, {**_HINTED, "initial_channel": string(), "response_url_enabled": boolean}
    ),
    "conversations_select": record(
        {}, {**_HINTED, **_ROUTED, "initial_conversation": string()}
    ),
    "multi_channels_select": record({}, {**_HINTED, **_MANY, "initial_channels": array(string())}),
    "multi_conversations_select": record(
        {},
        {
            **_HINTED,
            **_MANY,
            "default_to_current_conversation": boolean,
            "filter": _FILTER,
            "initial_conversations": array(string()),
        },
    ),
    "multi_external_select": record(
        {},
        {**_HINTED, **_MANY, "initial_options": array(_PICKED), "min_query_length": whole(0, 100)},
    ),
    "plain_text_input": record(
        {},
        {
            **_TYPED,
            "initial_value": string(3000, 0),
            "multiline": boolean,
            "min_length": whole(0, 3000),
            "max_length": whole(1, 3000),
        },
        _bounds_in_order,
    ),
    "number_input": record(
        {"is_decimal_allowed": boolean},
        {**_TYPED, "initial_value": _NUMBER, "min_value": _NUMBER, "max_value": _NUMBER},
        _numbers_in_order,
    ),
    "email_text_input": record({}, {**_TYPED, "initial_value": string()}),
    "url_text_input": record({}, {**_TYPED, "initial_value": string()}),
    "rich_text_input": record({}, {**_TYPED, "initial_value": RICH_INPUT}),
    "file_input": record(
        {},
        {"action_id": ACTION_ID, "filetypes": array(string()), "max_files": whole(1, 10)},
    ),
    "image": record(
        {"alt_text": string(2000)},
        {"image_url": PICTURE, "slack_file": STORED},
        exactly_one("image_url", "slack_file"),
    ),
    "plain_text": record({"text": string(3000)}, {"emoji": boolean}),
    "mrkdwn": record({"text": string(3000)}, {"verbatim": boolean}),
}  # fmt: skip

_CHOSEN = (
    "checkboxes", "radio_buttons", "datepicker", "timepicker", "static_select", "external_select",
    "users_select", "channels_select", "conversations_select", "multi_static_select",
    "multi_users_select", "multi_channels_select", "multi_conversations_select",
    "multi_external_select",
)  # fmt: skip
_ONLY_MODALS = ("number_input", "email_text_input", "url_text_input", "file_input")
BESIDE = one_of(ELEMENTS, (*_CHOSEN, "button", "overflow", "image"))
"""A section's accessory."""
ACTING = one_of(ELEMENTS, (*_CHOSEN, "button", "overflow", "datetimepicker"))
"""In an actions block."""
TOLD = one_of(ELEMENTS, ("image", "plain_text", "mrkdwn"))
"""In a context block."""


def asked(surface: str) -> Rule:
    """In an input block of a `modal`, the `home` tab or a `message`."""
    allowed = [*_CHOSEN, "datetimepicker", "plain_text_input"]
    if surface != "message":
        allowed.append("rich_text_input")
    if surface == "modal":
        allowed.extend(_ONLY_MODALS)
    return one_of(ELEMENTS, allowed)


def elements_of(block: Any) -> Iterator[dict[str, Any]]:
    """The elements of a block that a person may act on; nothing of what is no block."""
    if not isinstance(block, dict):
        return
    several = block.get("elements")
    held = several if block.get("type") == "actions" and isinstance(several, list) else []
    for element in (*held, block.get("accessory"), block.get("element")):
        if isinstance(element, dict):
            yield element
