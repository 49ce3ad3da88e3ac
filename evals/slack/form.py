"""Filling in a view and finding what to press, as Slack's own client lets a person.

It must never let through what the client would not: a required field left empty, a number out of
bounds, an option that is not offered.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from evals.slack.elements import elements_of

_EMPTY: Mapping[str, tuple[str, str | None, Any]] = {
    # kind → (field of the state, field of the element that it starts from, empty)
    "plain_text_input": ("value", "initial_value", None),
    "number_input": ("value", "initial_value", None),
    "email_text_input": ("value", "initial_value", None),
    "url_text_input": ("value", "initial_value", None),
    "rich_text_input": ("rich_text_value", "initial_value", None),
    "static_select": ("selected_option", "initial_option", None),
    "external_select": ("selected_option", "initial_option", None),
    "radio_buttons": ("selected_option", "initial_option", None),
    "multi_static_select": ("selected_options", "initial_options", []),
    "checkboxes": ("selected_options", "initial_options", []),
    "users_select": ("selected_user", "initial_user", None),
    "multi_users_select": ("selected_users", "initial_users", []),
    "multi_channels_select": ("selected_channels", "initial_channels", []),
    "multi_conversations_select": ("selected_conversations", "initial_conversations", []),
    "multi_external_select": ("selected_options", "initial_options", []),
    "channels_select": ("selected_channel", "initial_channel", None),
    "conversations_select": ("selected_conversation", "initial_conversation", None),
    "datepicker": ("selected_date", "initial_date", None),
    "timepicker": ("selected_time", "initial_time", None),
    "datetimepicker": ("selected_date_time", "initial_date_time", None),
    "file_input": ("files", None, []),
}

Found = tuple[dict[str, Any], dict[str, Any]]
"""A block and an element of it."""


class CannotDo(LookupError):
    """What Slack's client would not let a person do: there is no such button, or no such value."""


def pressed(blocks: list[dict[str, Any]], label: str) -> Found:
    """The one button with this text or action_id.

    Raises:
        CannotDo: there is none, or more than one.
    """
    every = [f for f in _every(blocks) if f[1].get("type") == "button"]
    labelled = [f for f in every if f[1]["text"]["text"] == label]
    found = labelled or [f for f in every if f[1].get("action_id") == label]
    if len(found) != 1:
        offered = [f[1]["text"]["text"] for f in every]
        raise CannotDo(f"{len(found)} buttons “{label}”; there are {offered}.")
    return found[0]


def chosen_from(blocks: list[dict[str, Any]], which: str) -> Found:
    """The one menu (select, overflow, checkboxes, …) with this action_id, label or placeholder.

    Raises:
        CannotDo: there is none, or more than one.
    """
    every = [f for f in _every(blocks) if f[1].get("type") not in {"button", "image"}]
    found = [f for f in every if which in _names(*f)]
    if len(found) != 1:
        raise CannotDo(f"{len(found)} menus “{which}”; there are {[_names(*f) for f in every]}.")
    return found[0]


def started(blocks: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The state of blocks that nobody has touched: block_id → action_id → value."""
    state: dict[str, dict[str, Any]] = {}
    for block, element in _every(blocks):
        kind = element.get("type", "")
        if kind in _EMPTY:
            name, initial, empty = _EMPTY[kind]
            value = element.get(initial, empty) if initial else empty
            held = state.setdefault(block["block_id"], {})
            held[element["action_id"]] = {"type": kind, name: value}
    return state


def filled(
    blocks: list[dict[str, Any]],
    state: dict[str, dict[str, Any]],
    values: Mapping[str, Any],
) -> dict[str, dict[str, Any]]:
    """The state after a person has filled in `values`.

    Args:
        blocks: of the view.
        state: what is filled in already.
        values: by label, block_id or action_id: a text, an option's text, or a list of them.

    Raises:
        CannotDo: the client would not send it.
    """
    made = {name: dict(actions) for name, actions in (state or started(blocks)).items()}
    left = dict(values)
    asked = [(b, e) for b, e in _every(blocks) if e.get("type") in _EMPTY]
    unknown = set(values) - {name for block, element in asked for name in _names(block, element)}
    if unknown:
        raise CannotDo(f"Nothing to fill in: {sorted(unknown)}.")
    for block, element in asked:
        given = [name for name in _names(block, element) if name in left]
        if given:
            held = picked(element, left.pop(given[0]))
            made.setdefault(block["block_id"], {})[element["action_id"]] = held
        _check_filled(block, element, made[block["block_id"]][element["action_id"]])
    return made


def picked(element: dict[str, Any], given: Any) -> dict[str, Any]:
    """An element's state once a person has entered or picked this.

    Raises:
        CannotDo: it is not offered, or not to be entered there.
    """
    kind = element["type"]
    name = _EMPTY[kind][0] if kind in _EMPTY else "selected_option"
    return {"type": kind, name: _value(element, given)}


def _value(element: dict[str, Any], given: Any) -> Any:
    kind = element["type"]
    if kind in {"static_select", "radio_buttons", "overflow"}:
        return None if given is None else _option(element, given)
    if kind in {"multi_static_select", "checkboxes"}:
        return [_option(element, one) for one in given]
    if kind == "number_input" and given not in {None, ""}:
        return _number(element, str(given))
    if kind == "plain_text_input":
        typed = str(given or "")
        most = element.get("max_length", 3000)
        if len(typed) > most or (typed and len(typed) < element.get("min_length", 0)):
            raise CannotDo(f"{len(typed)} characters; at most {most} can be typed.")
        return typed or None
    return given or None


def _every(blocks: list[dict[str, Any]]) -> Iterator[Found]:
    return ((block, element) for block in blocks for element in elements_of(block))


def _names(block: dict[str, Any], element: dict[str, Any]) -> list[str]:
    said = [block.get("label", {}).get("text"), element.get("action_id"),
            element.get("placeholder", {}).get("text"), block.get("block_id")]  # fmt: skip
    return [name for name in said if name]


def _option(element: dict[str, Any], label: str) -> dict[str, Any]:
    groups = element.get("option_groups", [])
    offered = [*element.get("options", []), *(o for g in groups for o in g["options"])]
    for option in offered:
        if label in {option["text"]["text"], option.get("value")}:
            found: dict[str, Any] = option
            return found
    raise CannotDo(f"No option “{label}”; there are {[o['text']['text'] for o in offered]}.")


def _number(element: dict[str, Any], typed: str) -> str:
    try:
        number = float(typed)
    except ValueError:
        raise CannotDo(f"“{typed}” is no number.") from None
    least, most = element.get("min_value"), element.get("max_value")
    if least is not None and number < float(least):
        raise CannotDo(f"{typed} is below {least}.")
    if most is not None and number > float(most):
        raise CannotDo(f"{typed} is above {most}.")
    if not element["is_decimal_allowed"] and "." in typed:
        raise CannotDo(f"{typed} has decimals.")
    return typed


def _check_filled(block: dict[str, Any], element: dict[str, Any], held: dict[str, Any]) -> None:
    if block["type"] != "input" or block.get("optional"):
        return
    value = held[_EMPTY[element["type"]][0]]
    if not value:
        raise CannotDo(f"“{block['label']['text']}” must be filled in.")
