"""Modals and home tabs over the Web API, and what people do with them."""

import json
from typing import Any

import pytest

from evals.slack.form import CannotDo
from tests.evals.slack.refusing import refused
from tests.evals.slack.small_app import ASKING, plain

HOME = {"type": "home", "blocks": [{"type": "header", "text": plain("Line 4")}]}


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"title": plain("x" * 25)}, "less than 25 characters [json-pointer:/view/title/text]"),
        ({"submit": plain("x" * 25)}, "less than 25 characters [json-pointer:/view/submit/text]"),
        ({"close": plain("x" * 25)}, "less than 25 characters [json-pointer:/view/close/text]"),
        ({"private_metadata": "x" * 3001}, "less than 3001 characters"),
        ({"callback_id": "x" * 256}, "less than 256 characters"),
        ({"type": "dialog"}, "unsupported type: dialog [json-pointer:/view/type]"),
        ({"colour": "red"}, "invalid additional property: colour"),
        ({"blocks": [{"type": "divider"}] * 101}, "no more than 100 items"),
        ({"blocks": [{"type": "header"}]}, "text [json-pointer:/view/blocks/0]"),
        ({"blocks": [{"type": "markdown", "text": "a"}]}, "unsupported type: markdown"),
    ],
)
async def test_a_modal_that_is_not_right_is_refused(client, slack, ada, change, what):
    """invalid_arguments, with what is wrong and where; the trigger is not spent on it."""
    trigger = slack.links.trigger(ada.id)
    call = client.views_open(trigger_id=trigger, view={**ASKING, **change})
    told = await refused(call, "invalid_arguments")
    assert any(what in message for message in told["response_metadata"]["messages"]), told
    await client.views_open(trigger_id=trigger, view=ASKING)


async def test_what_asks_must_be_submitted(client, slack, ada):
    """A modal with inputs needs its submit button; a text that is no JSON is no view."""
    bare = {name: held for name, held in ASKING.items() if name != "submit"}
    call = client.views_open(trigger_id=slack.links.trigger(ada.id), view=bare)
    await refused(call, "invalid_arguments")
    call = client.views_open(trigger_id=slack.links.trigger(ada.id), view="{")
    await refused(call, "invalid_arguments")
    view = json.dumps(ASKING)
    await client.views_open(trigger_id=slack.links.trigger(ada.id), view=view)


async def test_a_trigger_opens_once_and_for_three_seconds(client, slack, ada):
    """Unknown, expired and exchanged triggers open nothing."""
    trigger = slack.links.trigger(ada.id)
    slack.clock.turn(2.5)
    await client.views_open(trigger_id=trigger, view=ASKING)
    await refused(client.views_open(trigger_id=trigger, view=ASKING), "exchanged_trigger_id")
    trigger = slack.links.trigger(ada.id)
    slack.clock.turn(3.5)
    await refused(client.views_open(trigger_id=trigger, view=ASKING), "expired_trigger_id")
    await refused(client.views_open(trigger_id="1.2.3", view=ASKING), "invalid_trigger_id")


async def test_an_update_keeps_what_was_filled_in(client, slack, ada):
    """Where block and action are the same; an old hash and a view that is gone are refused."""
    opened = await client.views_open(trigger_id=slack.links.trigger(ada.id), view=ASKING)
    name, old = opened["view"]["id"], opened["view"]["hash"]
    ada.modal.state["speed"]["speed"]["value"] = "40"
    view = {**ASKING, "title": plain("How fast now?")}
    await client.views_update(view_id=name, hash=old, view=view)
    assert "== How fast now? ==" in ada.screen()
    assert "Speed: 40____" in ada.screen()
    await refused(client.views_update(view_id=name, hash=old, view=view), "hash_conflict")
    await ada.close(ada.modal)
    await refused(client.views_update(view_id=name, view=view), "not_found")


async def test_modals_are_stacked_three_high(client, slack, ada):
    """views.push puts one on top; a fourth is refused."""
    opened = await client.views_open(trigger_id=slack.links.trigger(ada.id), view=ASKING)
    for _ in range(2):
        pushed = await client.views_push(trigger_id=slack.links.trigger(ada.id), view=ASKING)
    assert pushed["view"]["root_view_id"] == opened["view"]["id"]
    call = client.views_push(trigger_id=slack.links.trigger(ada.id), view=ASKING)
    await refused(call, "push_limit_reached")
    await ada.close(ada.modal)
    assert len(ada.modals) == 2


async def test_an_external_id_is_one_views_at_a_time(client, slack, ada, bob):
    """A second view of the same external_id is refused; it finds the first."""
    named = {**ASKING, "external_id": "speed-of-4"}
    await client.views_open(trigger_id=slack.links.trigger(ada.id), view=named)
    call = client.views_open(trigger_id=slack.links.trigger(bob.id), view=named)
    await refused(call, "duplicate_external_id")
    await client.views_update(external_id="speed-of-4", view=ASKING)


async def test_a_home_tab_is_published_to_one_person(client, slack, ada, bob):
    """And is not a modal."""
    await client.views_publish(user_id=ada.id, view=HOME)
    assert ada.home_screen() == "Line 4"
    assert bob.home_screen() == ""
    await refused(client.views_publish(user_id=ada.id, view=ASKING), "invalid_arguments")
    await refused(client.views_publish(user_id="U0NOBODY", view=HOME), "user_not_found")
    call = client.views_open(trigger_id=slack.links.trigger(ada.id), view=HOME)
    await refused(call, "invalid_arguments")


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({}, "must be filled in"),
        ({"Speed": "0"}, "below 1"),
        ({"Speed": "1001"}, "above 1000"),
        ({"Speed": "1.5"}, "decimals"),
        ({"Speed": "fast"}, "is no number"),
        ({"Colour": "red"}, "Nothing to fill in"),
    ],
)
async def test_slacks_client_does_not_send_what_it_would_not_take(client, slack, ada, values, why):
    """Required, bounded and whole are checked before anything is sent."""
    await client.views_open(trigger_id=slack.links.trigger(ada.id), view=ASKING)
    with pytest.raises(CannotDo, match=why):
        await ada.submit(ada.modal, values)
    assert slack.deliveries.all == []


async def test_a_form_of_every_kind_fills_its_state(client, slack, ada):
    """Each element's value stands where Slack documents it; options as Slack keeps them."""
    option, other = (
        {"text": {**plain(n), "emoji": True}, "value": n.lower()} for n in ("Red", "Green")
    )
    elements: dict[str, tuple[dict[str, Any], Any, dict[str, Any]]] = {
        "text": ({"type": "plain_text_input", "multiline": True}, "so", {"value": "so"}),
        "pick": ({"type": "static_select", "options": [option, other]}, "Green",
                 {"selected_option": other}),
        "many": ({"type": "checkboxes", "options": [option, other]}, ["Red"],
                 {"selected_options": [option]}),
        "day": ({"type": "datepicker"}, "2026-02-01", {"selected_date": "2026-02-01"}),
        "who": ({"type": "users_select"}, "U0BOB", {"selected_user": "U0BOB"}),
    }  # fmt: skip
    blocks = [
        {"type": "input", "block_id": name, "label": plain(name), "optional": True,
         "element": {**element, "action_id": name}}
        for name, (element, _, _) in elements.items()
    ]  # fmt: skip
    await client.views_open(
        trigger_id=slack.links.trigger(ada.id), view={**ASKING, "blocks": blocks}
    )
    values = {name: given for name, (_, given, _) in elements.items()}
    told = await ada.submit(ada.modal, values)
    state = told.payload["view"]["state"]["values"]
    for name, (element, _, held) in elements.items():
        assert state[name][name] == {"type": element["type"], **held}
