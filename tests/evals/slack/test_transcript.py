"""What a person reads, and whom a message notifies."""

import pytest

from evals.slack.channel import Message
from evals.slack.transcript import marked, pinged, transcript

NAMES = {"U1": "Ada", "U2": "Bob"}


def said(ts, text="x", **more):
    return Message("C1", ts, more.pop("user", "U1"), text, **more)


def test_replies_stand_under_what_they_answer():
    """In their order, whatever came between; what is broadcast stands in both places."""
    every = [
        said("1.1", "top"), said("2.1", "other"), said("3.1", "reply", thread_ts="1.1"),
        said("4.1", "both", thread_ts="1.1", broadcast=True), said("5.1", "lost", thread_ts="0.1"),
    ]  # fmt: skip
    assert transcript(every, NAMES).splitlines() == [
        "Ada: top", "    Ada: reply", "    Ada: both", "Ada: other", "Ada: both", "    Ada: lost",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("<@U1> and <@U9>", "@Ada and @U9"),
        ("<https://x|here> <https://y>", "here https://y"),
        ("<!channel> &lt;!channel&gt; &amp;amp;", "@channel <!channel> &amp;"),
        ("<!date^1700000000^{date}|then>", "then"),
        ("<#C1|line-4>", "#line-4"),
    ],
)
def test_markup_is_read_as_people_see_it(text, read):
    """Names for ids, labels for links, characters for entities, once."""
    assert marked(text, NAMES) == read


def test_every_block_says_something():
    """Fields, menus, tables, pictures, rich text: nothing a person sees is left out."""

    def plain(text):
        return {"type": "plain_text", "text": text}

    blocks = [
        {"type": "section", "fields": [plain("a"), plain("<@U1>")]},
        {"type": "divider"},
        {"type": "context", "elements": [{"type": "image", "alt_text": "a cat"}, plain("c")]},
        {"type": "table", "rows": [[{"type": "raw_text", "text": "d"},
                                    {"type": "raw_number", "value": 7}]]},
        {"type": "actions", "elements": [{"type": "overflow", "options": [
            {"text": plain("e"), "value": "e"}]}]},
        {"type": "rich_text", "elements": [{"type": "rich_text_list", "style": "bullet", "elements":
            [{"type": "rich_text_section", "elements": [{"type": "user", "user_id": "U2"},
             {"type": "text", "text": " <@U1>"}]}]}]},
    ]  # fmt: skip
    assert transcript([said("1.1", blocks=blocks)], NAMES).splitlines() == [
        "Ada: a", "  <@U1>", "  ----", "  (a cat) c", "  d | 7", "  [▾ e]", "  • @Bob <@U1>",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "blocks", "whom"),
    [
        ("<@U1> <!channel> <!subteam^S1> <!date^1^x|y>", [], {"U1", "channel", "S1"}),
        ("&lt;!channel&gt; @channel <https://x|!here>", [], set()),
        ("x", [{"type": "section", "text": {"type": "mrkdwn", "text": "<!here>"}}], {"here"}),
        ("x", [{"type": "section", "text": {"type": "plain_text", "text": "<!here>"}}], set()),
        ("x", [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [
            {"type": "broadcast", "range": "everyone"}, {"type": "user", "user_id": "U2"},
            {"type": "text", "text": "<@U1>"}]}]}], {"everyone", "U2"}),
    ],
)  # fmt: skip
def test_who_is_notified_is_known(text, blocks, whom):
    """By markup in text that is read as markup, and by rich text; not by escaped or plain text."""
    assert pinged(said("1.1", text, blocks=blocks)) == whom
