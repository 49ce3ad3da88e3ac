"""Canonical bytes: golden vectors that must never change, and what is refused."""

import math

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from twin_core.canonical import canonical, digest
from twin_core.errors import NotCanonical
from twin_core.value import JSON, Range


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ({"b": 1.0, "a": [True, None, "x"]}, b'\x01{"a":[true,null,"x"],"b":1}'),
        (-0.0, b"\x010"),
        (1e21, b"\x011e+21"),
        (0.1 + 0.2, b"\x010.30000000000000004"),
        (1e-7, b"\x011e-7"),
        (1_750_000_000_000_000, b"\x011750000000000000"),
        ({"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7},
         '\x01{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\U0001f600":5,"\ufb33":3}'.encode()),
        (Range(low=1, high=2.5), b'\x01{"high":2.5,"low":1}'),
        ((1, "a"), b'\x01[1,"a"]'),
    ],
)  # fmt: skip
def test_a_value_has_one_form(value, form):
    assert canonical(value) == form


def test_the_digest_of_a_value_never_changes():
    value = {"kind": "rate_loss", "subject": "riverside/packaging/line4", "opened": 0}
    assert digest(value) == "2eec949a5c2c466d695174ddba18c1f407396c3fc5a0f48c97c908669affa7ab"


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, {"a": [-math.inf]}, 2**53, {1: "x"}, {"a": object()}, b"x", "\ud800",
     {"\udfff": 1}],
)  # fmt: skip
def test_what_two_machines_could_write_differently_is_refused(value):
    with pytest.raises(NotCanonical):
        canonical(value)


@given(st.dictionaries(st.text(max_size=4), st.integers(-(2**53) + 1, 2**53 - 1), max_size=6))
def test_the_order_of_keys_leaves_no_trace(tree):
    assert digest(tree) == digest(dict(reversed(tree.items())))


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(-1e3, 1e3),
    st.text(max_size=5),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@pytest.mark.catches("numbers as Python writes them")
@given(TREES)
def test_the_bytes_are_those_of_the_standard(tree):
    """Whatever writes them, they are what RFC 8785 says."""
    assert canonical(tree) == b"\x01" + rfc8785.dumps(tree)


@pytest.mark.parametrize("depth", [10, 300])
def test_a_deep_tree_has_canonical_bytes_too(depth):
    tree: JSON = 1.5
    for _ in range(depth):
        tree = [tree]
    assert canonical(tree) == b"\x01" + b"[" * depth + b"1.5" + b"]" * depth
