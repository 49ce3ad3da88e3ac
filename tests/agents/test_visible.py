"""What a reader sees of a text: markup does not come back by what was taken out of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.visible import visible

PIECES = ("<", ">", "*", "**", "_", "`", "\\", "|", "[", "]", "(", ")", "{", "}", "&lt;", "&amp;",
          "amp;", "lt;", "//", "http:", "img", "b", "evil.example", "/x", "~~", "#", "\n", " ", "-",
          "![", "$", "403", "@", "<!--", "-->", "ev-0")  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["<**img src=x>", "/**/evil.example/x", "h**ttps://evil.example/q", "&am**p;lt;b>",
     "\\" * 30 + "|", "&" + "amp;" * 40 + "lt;b>", "<<<" * 12 + "**" + "b>" * 40],
)  # fmt: skip
def test_what_is_taken_out_leaves_no_markup_behind(text):
    """What kept a tag or an address apart is gone, and so are they."""
    shown = visible(text)
    assert "<" not in shown
    assert "//" not in shown
    assert visible(shown) == shown


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_what_is_visible_stays_as_it_is(text):
    """Of any markup inside any other."""
    shown = visible(text)
    assert visible(shown) == shown


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_nothing_visible_is_a_tag_or_an_address(text):
    """Whatever was wrapped in whatever."""
    shown = visible(text)
    assert "<img" not in shown
    assert "//evil.example" not in shown
