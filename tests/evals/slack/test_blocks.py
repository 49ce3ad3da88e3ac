"""What Slack refuses in blocks, and what it takes."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.slack.blocks import block_faults, taken
from evals.slack.refused import Refused
from tests.evals.slack.refusing import refused
from tests.evals.slack.small_app import CARD, CONFIRM, plain

MARKED = {"type": "mrkdwn", "text": "*so*"}
OPTION = {"text": plain("A"), "value": "a"}


def button(**more):
    return {"type": "button", "text": plain("Go"), "action_id": "go", **more}


def section(**more):
    return {"type": "section", "text": MARKED, **more}


def actions(*elements):
    return {"type": "actions", "elements": list(elements)}


def asked(element):
    return {"type": "input", "label": plain("How much"), "element": element}


def number(**more):
    return {"type": "number_input", "action_id": "n", "is_decimal_allowed": True, **more}


def select(**more):
    return {"type": "static_select", "action_id": "s", **more}


def rich(*parts):
    return {"type": "rich_text", "elements": list(parts)}


def spans(*elements):
    return {"type": "rich_text_section", "elements": list(elements)}


MISTAKES = {
    "no type": ({"text": MARKED}, "missing required field: type", ""),
    "unknown block": ({"type": "carousel9"}, "unsupported type: carousel9", "/type"),
    "no block": ("text", "must provide an object", ""),
    "section without text": ({"type": "section"}, "missing required field: text", ""),
    "text as a string": (section(text="so"), "must provide an object", "/text"),
    "text too long": (section(text=plain("x" * 3001)), "must be less than 3001", "/text/text"),
    "text empty": (section(text=plain("")), "must be more than 0 characters", "/text/text"),
    "unknown property": (section(color="red"), "invalid additional property: color", ""),
    "emoji with markup": (
        section(text={**MARKED, "emoji": True}), "invalid additional property: emoji", "/text"
    ),
    "eleven fields": (section(fields=[MARKED] * 11), "no more than 10 items", "/fields"),
    "field too long": (
        section(fields=[plain("x" * 2001)]), "must be less than 2001", "/fields/0/text"
    ),
    "header with markup": ({"type": "header", "text": MARKED}, "unsupported type", "/text/type"),
    "header too long": (
        {"type": "header", "text": plain("x" * 151)}, "must be less than 151", "/text/text"
    ),
    "block_id too long": (section(block_id="x" * 256), "must be less than 256", "/block_id"),
    "no elements": (actions(), "no fewer than 1 items", "/elements"),
    "26 elements": (
        actions(*(button(action_id=str(n)) for n in range(26))), "no more than 25", "/elements"
    ),
    "eleven in context": (
        {"type": "context", "elements": [MARKED] * 11}, "no more than 10", "/elements"
    ),
    "button in context": ({"type": "context", "elements": [button()]}, "unsupported type", "type"),
    "image without alt_text": (
        {"type": "image", "image_url": "https://x"}, "missing required field: alt_text", ""
    ),
    "button without text": (
        actions({"type": "button", "action_id": "go"}), "missing required field: text", "/0"
    ),
    "button with markup": (actions(button(text=MARKED)), "unsupported type: mrkdwn", "/text/type"),
    "button text too long": (
        actions(button(text=plain("x" * 76))), "must be less than 76", "/elements/0/text/text"
    ),
    "value too long": (actions(button(value="x" * 2001)), "must be less than 2001", "/value"),
    "value no text": (actions(button(value=7)), "must provide a string", "/value"),
    "style unknown": (actions(button(style="default")), "must be a valid enum value", "/style"),
    "url too long": (actions(button(url="x" * 3001)), "must be less than 3001", "/url"),
    "action_id too long": (
        actions(button(action_id="x" * 256)), "must be less than 256", "/action_id"
    ),
    "action_id twice": (actions(button(), button()), "`action_id` go already exists", ""),
    "confirm incomplete": (
        actions(button(confirm={"title": plain("Sure?")})), "missing required field: text", "conf"
    ),
    "confirm title too long": (
        actions(button(confirm={**CONFIRM, "title": plain("x" * 101)})), "less than 101", "/title/"
    ),
    "confirm text too long": (
        actions(button(confirm={**CONFIRM, "text": plain("x" * 301)})), "less than 301", "/text"
    ),
    "confirm yes too long": (
        actions(button(confirm={**CONFIRM, "confirm": plain("x" * 31)})), "less than 31", "/confirm"
    ),
    "select without options": (actions(select()), "must provide exactly one of", "/0"),
    "select with 101 options": (
        actions(select(options=[OPTION] * 101)), "no more than 100 items", "/options"
    ),
    "option text too long": (
        actions(select(options=[{**OPTION, "text": plain("x" * 76)}])), "less than 76", "/text"
    ),
    "option value too long": (
        actions(select(options=[{**OPTION, "value": "x" * 151}])), "less than 151", "/value"
    ),
    "initial option elsewhere": (
        actions(select(options=[OPTION], initial_option={**OPTION, "value": "b"})),
        "initial option must be one of the options", "/0",
    ),
    "overflow of six": (
        actions({"type": "overflow", "options": [OPTION] * 6}), "no more than 5 items", "/options"
    ),
    "eleven checkboxes": (
        actions({"type": "checkboxes", "options": [OPTION] * 11}), "no more than 10", "/options"
    ),
    "no such day": (
        actions({"type": "datepicker", "initial_date": "2026-13-01"}), "format", "/initial_date"
    ),
    "input in a section": (section(accessory=number()), "unsupported type", "/accessory/type"),
    "decimals in words": (
        asked(number(is_decimal_allowed="true")), "must provide a boolean", "is_decimal_allowed"
    ),
    "decimals not told": (
        asked({"type": "number_input"}), "missing required field: is_decimal_allowed", "/element"
    ),
    "bound is a number": (asked(number(min_value=1)), "must provide a string", "/min_value"),
    "bound is no number": (asked(number(max_value="ten")), "format", "/max_value"),
    "bounds crossed": (
        asked(number(min_value="2", max_value="1")), "must not be greater", "/element"
    ),
    "initial out of bounds": (
        asked(number(initial_value="3", max_value="1")), "must be between", "/initial_value"
    ),
    "whole but decimal": (
        asked(number(is_decimal_allowed=False, min_value="0.5")), "whole number", "/min_value"
    ),
    "label too long": (
        {**asked(number()), "label": plain("x" * 2001)}, "less than 2001", "/label/text"
    ),
    "rich text with a text": (rich("so"), "must provide an object", "/elements/0"),
    "rich text part unknown": (
        rich({"type": "rich_text_table", "elements": []}), "unsupported type", "/elements/0/type"
    ),
    "rich text empty span": (
        rich(spans({"type": "text", "text": ""})), "more than 0 characters", "/text"
    ),
    "rich text style in words": (
        rich(spans({"type": "text", "text": "a", "style": {"bold": "yes"}})), "boolean", "/bold"
    ),
    "rich text style unknown": (
        rich(spans({"type": "text", "text": "a", "style": {"big": True}})), "additional", "/style"
    ),
    "list of texts": (
        rich({"type": "rich_text_list", "style": "bullet", "elements":
              [{"type": "text", "text": "a"}]}), "unsupported type: text", "/elements/0/type",
    ),
    "list too deep": (
        rich({"type": "rich_text_list", "style": "bullet", "indent": 9, "elements": [spans()]}),
        "must be between 0 and 8", "/indent",
    ),
    "user without id": (rich(spans({"type": "user"})), "missing required field: user_id", "/0"),
    "link without url": (rich(spans({"type": "link"})), "missing required field: url", "/0"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(MISTAKES))
def test_a_mistake_is_named_with_its_place(name):
    """Each fault says what is wrong, and points to where in the JSON."""
    block, what, where = MISTAKES[name]
    faults = block_faults([{"type": "divider"}, block], "modal", "/view/blocks")
    assert any(what in f and "[json-pointer:/view/blocks/1" in f and where in f for f in faults), (
        faults
    )


GOOD = {
    "card": CARD,
    "bare": [{"type": "divider"}, section(), {"type": "section", "fields": [MARKED, plain("b")]}],
    "menus": [
        actions(
            select(options=[OPTION], initial_option=OPTION, placeholder=plain("Pick")),
            {"type": "users_select", "action_id": "u"},
            {"type": "datepicker", "action_id": "d", "initial_date": "2026-02-28"},
            {"type": "radio_buttons", "action_id": "r", "options": [{**OPTION, "text": MARKED}]},
        ),
        section(accessory={"type": "overflow", "options": [OPTION]}),
    ],
    "rich": [
        rich(
            spans({"type": "text", "text": "a", "style": {"bold": True}},
                  {"type": "link", "url": "https://x", "text": "x"},
                  {"type": "user", "user_id": "U0ADA"}, {"type": "emoji", "name": "eyes"},
                  {"type": "date", "timestamp": 1_700_000_000, "format": "{date}"}),
            {"type": "rich_text_list", "style": "ordered", "indent": 1, "elements": [spans()]},
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "c"}]},
            {"type": "rich_text_quote", "elements": [{"type": "text", "text": "q"}]},
        )
    ],
    "table": [
        {"type": "table", "column_settings": [None, {"align": "right"}],
         "rows": [[{"type": "raw_text", "text": "a"}, rich(spans())]]}
    ],
    "image": [{"type": "image", "image_url": "https://x", "alt_text": "a"}],
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(GOOD))
def test_what_slack_takes_has_no_fault(name):
    """Every block and element that its reference shows."""
    assert block_faults(GOOD[name], "message") == []


def test_fifty_blocks_make_a_message_and_a_hundred_a_view():
    """One more is too many."""
    divider = {"type": "divider"}
    assert block_faults([divider] * 50, "message") == []
    assert block_faults([divider] * 100, "modal") == []
    assert "no more than 50 items" in block_faults([divider] * 51, "message")[0]
    assert "no more than 100 items" in block_faults([divider] * 101, "home")[0]


@pytest.mark.parametrize(("surface", "taken_there"), [("modal", True), ("message", False)])
def test_a_number_is_asked_for_in_modals_only(surface, taken_there):
    """number_input is not of messages and home tabs."""
    assert (block_faults([asked(number())], surface) == []) is taken_there


def test_block_ids_are_told_apart():
    """The same block_id twice is refused."""
    faults = block_faults([section(block_id="a"), section(block_id="a")], "message")
    assert faults == ["`block_id` a already exists [json-pointer:/blocks/1/block_id]"]


def test_of_two_tables_one_is_too_many():
    """A message may have one."""
    with pytest.raises(Refused, match="only_one_table_allowed"):
        taken(GOOD["table"] * 2)


async def test_the_answer_lists_every_fault(client, line):
    """invalid_blocks comes with response_metadata.messages, each an [ERROR] with its pointer."""
    blocks = [section(text=plain("x" * 3001)), {"type": "header"}]
    call = client.chat_postMessage(channel=line.id, text="x", blocks=blocks)
    told = await refused(call, "invalid_blocks")
    messages = told["response_metadata"]["messages"]
    assert messages == [
        "[ERROR] failed to match all allowed schemas [json-pointer:/blocks/0]",
        "[ERROR] failed to match all allowed schemas [json-pointer:/blocks/0/text]",
        "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
        "[ERROR] failed to match all allowed schemas [json-pointer:/blocks/1]",
        "[ERROR] missing required field: text [json-pointer:/blocks/1]",
    ]


NAMES = st.sampled_from(
    ["type", "text", "elements", "element", "label", "options", "confirm", "accessory", "fields",
     "value", "action_id", "rows", "initial_option", "option_groups", "min_value"]
)  # fmt: skip
WORDS = st.sampled_from(
    ["section", "actions", "button", "input", "plain_text", "mrkdwn", "static_select",
     "number_input", "rich_text", "rich_text_section", "table", "checkboxes", "x", ""]
)  # fmt: skip
TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)


@given(TREES)
def test_no_json_breaks_the_check(tree):
    """Whatever it is, it is taken or has faults; nothing is raised but a refusal."""
    for blocks in (tree, [tree], json.dumps(tree)):
        with contextlib.suppress(Refused):
            taken(blocks)
