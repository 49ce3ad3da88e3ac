"""A modal or a home tab: what Slack thinks of one, and what it keeps.

Source: Slack's reference of view objects.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from evals.slack.blocks import block_faults
from evals.slack.refused import Refused, refused_for
from evals.slack.shapes import Rule, anything, boolean, fault, one_of, plain, record, string
from evals.slack.strict import argument

_MOST_BYTES = 250_000
_NAMED = {
    "private_metadata": string(3000, 0),
    "callback_id": string(255, 0),
    "external_id": string(255, 0),
}
_KINDS: dict[str, Rule] = {
    "modal": record(
        {"title": plain(24), "blocks": anything},
        {
            **_NAMED,
            "submit": plain(24),
            "close": plain(24),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
            "submit_disabled": boolean,
        },
    ),
    "home": record({"blocks": anything}, _NAMED),
}


@dataclass
class View:
    """A view that somebody has before him.

    `body` is what the app sent, its blocks named; `state` is what the person has filled in:
    block_id → action_id → value.
    """

    id: str
    owner: str
    body: dict[str, Any]
    hash: str
    root_id: str
    previous_id: str | None = None
    state: dict[str, dict[str, Any]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """Its blocks."""
        found: list[dict[str, Any]] = self.body["blocks"]
        return found

    @property
    def title(self) -> str:
        """What it says at the top; empty for a home tab."""
        return str(self.body.get("title", {}).get("text", ""))

    def as_json(self, team: str, app: str, bot: str) -> dict[str, Any]:
        """As Slack sends it in payloads and answers."""
        whole = {
            "id": self.id,
            "team_id": team,
            "app_id": app,
            "app_installed_team_id": team,
            "bot_id": bot,
            "title": None,
            "submit": None,
            "close": None,
            "private_metadata": "",
            "callback_id": "",
            "external_id": "",
            "clear_on_close": False,
            "notify_on_close": False,
            **self.body,
            "state": {"values": self.state},
            "hash": self.hash,
            "root_view_id": self.root_id,
            "previous_view_id": self.previous_id,
        }
        copied: dict[str, Any] = json.loads(json.dumps(whole))
        return copied


def taken_view(given: Any, *kinds: str) -> dict[str, Any]:
    """The view, if Slack takes it.

    Args:
        given: an object, or a JSON text of one.
        kinds: the types that the method shows: `modal`, `home`.

    Raises:
        Refused: `invalid_arguments` with what is wrong, or `view_too_large`.
    """
    try:
        view = argument(given)
    except ValueError:
        raise refused_for("invalid_arguments", [fault("must be valid JSON", "/view")]) from None
    faults: list[str] = []
    one_of(_KINDS, kinds)(view, "/view", faults)
    if isinstance(view, dict) and view.get("type") in kinds and "blocks" in view:
        found = block_faults(view["blocks"], view["type"], "/view/blocks")
        if found and not faults:
            faults.append(fault("failed to match all allowed schemas", "/view"))
        faults.extend(found)
        if not faults and _must_be_sent(view):
            faults.append(fault("missing required field: submit", "/view"))
    if faults:
        raise refused_for("invalid_arguments", faults)
    if len(json.dumps(view)) > _MOST_BYTES:
        raise Refused("view_too_large")
    kept: dict[str, Any] = view
    return kept


def _must_be_sent(view: dict[str, Any]) -> bool:
    asks = any(block["type"] == "input" for block in view["blocks"])
    return view["type"] == "modal" and asks and "submit" not in view
